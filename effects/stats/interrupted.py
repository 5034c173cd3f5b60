"""Interrupted time series: everyone was trained at once, so there is only the company's own past to compare with.

    y_t = b0 + b1 t + (season) + b2 [t >= s] + b3 (t - s) [t >= s] + u_t,      u_t = r u_(t-1) + e_t

on the company's mean per period. Effect over the first H periods: b2 + b3 (H - 1) / 2. Months resemble the months
before them, by how much (r) thirty months cannot tell; to take the best guess of r for the truth makes the range far
too narrow. So every r is asked, and each answers in proportion to how well it explains the series: given r, the
effect is a t variable about its generalised least squares estimate with n - p degrees of freedom; r has its
restricted likelihood, times Jeffreys' prior, as weight. Estimate and range are the median and the quantiles of that mixture.

Whatever else happened in that month is in the figure, which is why its grade is never better than suggestive. Placebo
dates: the same regression on earlier dates, by rank. Source: Bernal, Cummins & Gasparrini (2017); Zellner & Tiao
(1964), "Bayesian analysis of the regression model with autocorrelated errors", JASA 59; on how badly the usual errors
do in short series Turner et al. (2021), BMC Medical Research Methodology 21:181.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from scipy import special

from effects.stats.panel import Panel
from effects.stats.results import Check, Effect, EffectAt, Verdict
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

METHOD = "its"
FEWEST_BEFORE = 8
FEWEST_AFTER = 3
SEASON = 12
LIKENESS = (-0.6, 0.96, 40)
"""The values of r that are asked. Before the series is seen they weigh by Jeffreys' rule, 1 / sqrt(1 - r^2)."""
HALVINGS = 60
ROUNDING = 1e-20


class _Line(Struct, frozen=True):
    """``effect``, ``scale`` (R,) of the t variable of each r; ``weight`` (R,) of each, 1 in all; ``df`` of all;
    ``expected`` (n,) what the company's past leads one to expect."""

    effect: FloatArray
    scale: FloatArray
    weight: FloatArray
    df: int
    expected: FloatArray

    def below(self, value: float) -> float:
        """Probability that the effect lies below ``value``."""
        distance = value - self.effect
        sure = np.where(distance > 0, np.inf, -np.inf)
        ratio = np.divide(distance, self.scale, out=sure, where=self.scale > 0)
        return float(self.weight @ special.stdtr(self.df, ratio))

    def quantile(self, share: float) -> float:
        """The value below which the effect lies with this probability."""
        reach = 1e3 * self.scale
        low, high = float((self.effect - reach).min()), float((self.effect + reach).max())
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.below(middle) < share else (low, middle)
        return (low + high) / 2

    @property
    def median(self) -> float:
        return self.quantile(0.5)


def interrupted(panel: Panel, *, horizon: int | None = None, level: float = 0.95) -> Effect | NotEstimable:
    """The effect at the one date on which everybody (who is trained) started.

    A yearly season (one sine and cosine) is fitted where two full years lie before the start. Codes: no_trained,
    more_than_one_start(n), too_few_periods_before(n, needed), too_few_periods_after(n, needed), no_records.
    """
    starts = np.unique(panel.start[panel.trained_units])
    if len(starts) == 0:
        return NotEstimable("no_trained")
    if len(starts) > 1:
        return NotEstimable("more_than_one_start", {"n": len(starts)})
    series = company_mean(panel.select(panel.trained_units))
    start = int(starts[0])
    end = len(series) if horizon is None else min(len(series), start + horizon)
    if start < FEWEST_BEFORE:
        return NotEstimable("too_few_periods_before", {"n": start, "needed": FEWEST_BEFORE})
    if end - start < FEWEST_AFTER:
        return NotEstimable("too_few_periods_after", {"n": end - start, "needed": FEWEST_AFTER})
    if not np.isfinite(series[:end]).all():
        return NotEstimable("no_records")
    return _effect(panel, series[:end], start, level)


def _effect(panel: Panel, series: FloatArray, start: int, level: float) -> Effect:
    """``se`` is the standard error of which the range is two t quantiles, so that whatever is reckoned from it agrees."""
    line, end = _fit(series, start), len(series)
    estimate, gap = line.median, series - line.expected
    low, high = line.quantile((1 - level) / 2), line.quantile((1 + level) / 2)
    se = (high - low) / 2 / float(special.stdtrit(line.df, (1 + level) / 2))
    known = bool((line.scale > 0).all())
    return Effect(
        method=METHOD,
        estimate=estimate,
        se=se if known else 0.0,
        interval=Interval(low, high, level) if known else Interval(estimate, estimate, level),
        p_value=2 * min(line.below(0.0), 1 - line.below(0.0)) if known else None,
        inference="ar1",
        n_units=panel.n_units,
        n_trained=int(panel.trained_units.sum()),
        n_clusters=panel.n_clusters,
        n_periods=end,
        n_trained_periods=end - start,
        event_study=tuple(EffectAt(t - start, float(gap[t]), None, None, 1) for t in range(end)),
        degrees=line.df,
    )


def placebo_dates(panel: Panel, effect: Effect, *, horizon: int | None = None) -> Check:
    """The same regression on every earlier date that leaves eight periods before and as many after as the study.

    value: rank p among dates; fail if more than one in ten earlier dates moved as much. params: n_dates, as_far, or
    code "too_few_dates" (under 5).
    """
    series = company_mean(panel.select(panel.trained_units))
    start = int(panel.start[panel.trained_units][0])
    reach = min(len(series) - start, horizon or len(series))
    dates = range(FEWEST_BEFORE, start - reach + 1)
    if len(dates) < 5:
        return Check("placebo_dates", "unknown", params={"code": "too_few_dates", "n_dates": len(dates)})
    effects = [_fit(series[: date + reach], date).median for date in dates]
    as_far = sum(abs(found) >= abs(effect.estimate) for found in effects)
    p = (1 + as_far) / (1 + len(effects))
    verdict: Verdict = "pass" if as_far / len(effects) <= 0.1 else "fail"
    return Check("placebo_dates", verdict, p, params={"n_dates": len(dates), "as_far": as_far})


def company_mean(panel: Panel) -> FloatArray:
    """(T,) mean over recorded reps (a rate: weighted by the denominator); nan where nobody was recorded."""
    weight = (
        panel.observed.astype(float) if panel.weight is None else np.where(panel.observed, panel.weight, 0)
    )
    total = weight.sum(axis=0)
    amount: FloatArray = (weight * np.where(panel.observed, panel.outcome, 0.0)).sum(axis=0)
    mean: FloatArray = np.divide(amount, total, out=np.full(len(total), np.nan), where=total > 0)
    return mean


def _fit(y: FloatArray, start: int) -> _Line:
    n = len(y)
    t = np.arange(n, dtype=float)
    after = (t >= start).astype(float)
    columns = [np.ones(n), t - start]
    if start >= 2 * SEASON:
        columns += [np.sin(2 * np.pi * t / SEASON), np.cos(2 * np.pi * t / SEASON)]
    untrained = len(columns)
    x = np.column_stack([*columns, after, after * (t - start)])
    pick = np.zeros(x.shape[1])
    pick[untrained:] = 1.0, (n - start - 1) / 2
    beta, scale, weight = _over_likeness(x, y, pick)
    expected: FloatArray = x[:, :untrained] @ (weight @ beta[:, :untrained])
    return _Line(beta @ pick, scale, weight, n - x.shape[1], expected)


def _over_likeness(x: FloatArray, y: FloatArray, pick: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """For each r: coefficients (R, p), standard error of the picked sum (R,), and the weight of its restricted
    likelihood (R,)."""
    likeness = np.linspace(*LIKENESS)
    r = likeness[:, None, None]
    rows = np.column_stack([x, y])[None, :, :]
    white = np.concatenate([np.sqrt(1 - r**2) * rows[:, :1], rows[:, 1:] - r * rows[:, :-1]], axis=1)
    q, upper = np.linalg.qr(white[:, :, :-1])
    beta = np.linalg.solve(upper, np.swapaxes(q, 1, 2) @ white[:, :, -1:])[:, :, 0]
    left = white[:, :, -1] - (white[:, :, :-1] @ beta[:, :, None])[:, :, 0]
    squares, df = (left**2).sum(axis=1), len(y) - x.shape[1]
    if bool((squares <= ROUNDING * (y**2).sum()).any()):  # a line without any chance about it
        return beta, np.zeros(len(beta)), np.full(len(beta), 1 / len(beta))
    reach = np.linalg.solve(np.swapaxes(upper, 1, 2), np.broadcast_to(pick[:, None], (len(beta), len(pick), 1)))
    size = np.abs(np.diagonal(upper, axis1=1, axis2=2))
    restricted = 0.5 * np.log(1 - likeness**2) - np.log(size).sum(axis=1) - 0.5 * df * np.log(squares)
    logs = restricted - 0.5 * np.log(1 - likeness**2)
    weight = np.exp(logs - logs.max())
    scale: FloatArray = np.sqrt(squares / df * (reach[:, :, 0] ** 2).sum(axis=1))
    return beta, scale, weight / weight.sum()
