"""Interrupted time series: everyone was trained at once, so there is only the company's own past to compare with.

    y_t = b0 + b1 t + (season) + b2 [t >= s] + b3 (t - s) [t >= s] + e_t

on the company's mean per period. Effect over the first H periods: b2 + b3 (H - 1) / 2. Errors are Newey-West (HAC,
Bartlett weights, L = floor(4 (n/100)^(2/9)) lags at least 1), with n / (n - p) and t(n - p). Whatever else
happened in that month is in the figure, which is why its grade is never better than suggestive. Placebo dates:
the same regression on earlier dates, by rank. Source: Bernal, Cummins & Gasparrini (2017); Newey & West (1987).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from effects.stats.panel import FloatArray, Panel
from effects.stats.results import Check, Effect, EffectAt, Verdict
from lms.values import Interval, NotEstimable

METHOD = "its"
FEWEST_BEFORE = 8
FEWEST_AFTER = 3
SEASON = 12


@dataclass(frozen=True, slots=True)
class _Line:
    effect: float
    se: float
    df: int
    expected: FloatArray


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
    line = _fit(series[:end], start)
    half = float(stats.t.ppf(0.5 + level / 2, line.df)) * line.se
    gap = series[:end] - line.expected
    return Effect(
        method=METHOD,
        estimate=line.effect,
        se=line.se,
        interval=Interval(line.effect - half, line.effect + half, level),
        p_value=float(2 * stats.t.sf(abs(line.effect / line.se), line.df)) if line.se > 0 else None,
        inference="hac",
        n_units=panel.n_units,
        n_trained=int(panel.trained_units.sum()),
        n_clusters=panel.n_clusters,
        n_periods=end,
        n_trained_periods=end - start,
        event_study=tuple(EffectAt(t - start, float(gap[t]), None, None, 1) for t in range(end)),
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
    effects = [_fit(series[: date + reach], date).effect for date in dates]
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
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    df = n - x.shape[1]
    bread = np.linalg.pinv(x.T @ x)
    covariance = bread @ _hac(x * (y - x @ beta)[:, None]) @ bread * n / df
    pick = np.zeros(x.shape[1])
    pick[untrained:] = 1.0, (n - start - 1) / 2
    expected: FloatArray = x[:, :untrained] @ beta[:untrained]
    variance = max(float(pick @ covariance @ pick), 0.0)
    return _Line(float(pick @ beta), float(np.sqrt(variance)), df, expected)


def _hac(scores: FloatArray) -> FloatArray:
    """(p, p) long-run covariance of (n, p) scores."""
    n = len(scores)
    lags = max(1, int(4 * (n / 100) ** (2 / 9)))
    total: FloatArray = scores.T @ scores
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        total = total + (1 - lag / (lags + 1)) * (cross + cross.T)
    return total
