"""Synthetic control and synthetic difference-in-differences: one team (or region) against a blend of others.

    tau = (-w, 1/N1)' Y (-l, 1/T1)

w: weights of the comparison units, l: of the periods before. Synthetic DiD (Arkhangelsky et al. 2021) fits both
with an intercept and a ridge penalty; synthetic control (Abadie et al. 2010) fits w to the levels and takes l = 0;
difference-in-differences takes equal weights. Weights by Frank-Wolfe on the simplex, small ones set to zero and
refitted, as in the authors' reference implementation (whose stopping rule the published digits depend on).

Inference by placebo: every comparison unit in turn (or random groups of N1) plays the treated one.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct
from scipy import stats

from effects.stats.panel import NEVER, Panel
from effects.stats.results import Effect, EffectAt
from lms.arrays import FloatArray, IntArray, NDArray
from lms.values import Interval, NotEstimable

Variant = Literal["sdid", "sc", "did"]
FEWEST_COMPARISON = 10
FEWEST_BEFORE = 6
DRAWS = 200
STOP = 1e-5
ITERATIONS = 10_000
FIRST_PASS = 100


class Blend(Struct, frozen=True):
    """``units`` (N0,) and ``periods`` (T0,) weights of one start cohort; ``gap`` (T,) treated less blend, with the
    weighted gap before the start taken off; ``effect`` its mean after the start."""

    units: FloatArray
    periods: FloatArray
    gap: FloatArray
    effect: float


def synthetic(
    panel: Panel,
    *,
    variant: Variant = "sdid",
    horizon: int | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    level: float = 0.95,
    fewest_comparison: int = FEWEST_COMPARISON,
) -> Effect | NotEstimable:
    """The effect on the units of ``panel`` (usually teams: see `team_panel`) with placebo errors and rank p.

    Units with any missing value are left out. Several start cohorts are estimated one by one against the units
    never trained in the data and averaged by treated unit-periods. ``p_value`` is the rank among placebos; the
    interval is estimate +- z * placebo standard deviation.

    Codes: no_trained, too_few_comparable(n, needed), too_few_periods_before(n, needed).
    """
    full = panel.observed.all(axis=1)
    outcome, start = panel.outcome[full], panel.start[full]
    trained = start < panel.n_periods
    if not trained.any():
        return NotEstimable("no_trained")
    control = outcome[start == NEVER]
    if len(control) < fewest_comparison:
        return NotEstimable("too_few_comparable", {"n": len(control), "needed": fewest_comparison})
    first = int(start[trained].min())
    if first < FEWEST_BEFORE:
        return NotEstimable("too_few_periods_before", {"n": first, "needed": FEWEST_BEFORE})
    cohorts = [(int(s), outcome[start == s]) for s in np.unique(start[trained])]
    blends = [(s, len(rows), blend(control, rows, s, variant, horizon)) for s, rows in cohorts]
    overall, weight = _average(blends, panel.n_periods, horizon)
    placebos = _placebos(control, cohorts, variant, horizon, draws, seed)
    se = float(np.sqrt(np.mean((placebos - placebos.mean()) ** 2)))
    rank = float((1 + np.sum(np.abs(placebos) >= abs(overall) - 1e-12)) / (1 + len(placebos)))
    half = float(stats.norm.ppf(0.5 + level / 2)) * se
    return Effect(
        method=variant,
        estimate=overall,
        se=se,
        interval=Interval(overall - half, overall + half, level),
        p_value=rank,
        inference="placebo",
        n_units=int(full.sum()),
        n_trained=int(trained.sum()),
        n_clusters=panel.n_clusters,
        n_periods=panel.n_periods,
        n_trained_periods=weight,
        event_study=_event_study(blends),
    )


def team_panel(panel: Panel) -> Panel:
    """One row per cluster: the mean over its recorded reps (a rate: weighted by the denominator) in each period. A
    team starts when its first rep does; reps of a partly trained team are all in its mean."""
    weight = (
        panel.observed.astype(float) if panel.weight is None else np.where(panel.observed, panel.weight, 0)
    )
    total, amount = np.zeros((2, panel.n_clusters, panel.n_periods))
    np.add.at(total, panel.cluster, weight)
    np.add.at(amount, panel.cluster, weight * np.where(panel.observed, panel.outcome, 0.0))
    start = np.full(panel.n_clusters, NEVER, dtype=np.int64)
    np.minimum.at(start, panel.cluster, np.where(panel.trained_units, panel.start, NEVER))
    return Panel(
        units=panel.clusters,
        periods=panel.periods,
        outcome=np.divide(amount, total, out=np.full(total.shape, np.nan), where=total > 0),
        start=start,
        cluster=np.arange(panel.n_clusters),
        clusters=panel.clusters,
    )


def blend(
    control: FloatArray, treated: FloatArray, start: int, variant: Variant, horizon: int | None = None
) -> Blend:
    """One start cohort: ``control`` (N0, T) and ``treated`` (N1, T) outcomes, first trained period ``start``."""
    end = control.shape[1] if horizon is None else min(control.shape[1], start + horizon)
    before, after = control[:, :start], control[:, start:end].mean(axis=1)
    path = treated.mean(axis=0)
    noise = float(np.std(np.diff(before, axis=1), ddof=1))
    n0, t0 = before.shape
    units, periods = np.full(n0, 1 / n0), np.full(t0, 1 / t0)
    if variant != "did":
        ridge = (len(treated) * (end - start)) ** 0.25 if variant == "sdid" else 1e-6
        units = _weights(before.T, path[:start], ridge * noise, noise, intercept=variant == "sdid")
    if variant == "sdid":
        periods = _weights(before, after, 1e-6 * noise, noise, intercept=True)
    elif variant == "sc":
        periods = np.zeros(t0)
    difference = path - units @ control
    gap = difference - periods @ difference[:start]
    return Blend(units, periods, gap, float(gap[start:end].mean()))


def _weights(a: FloatArray, b: FloatArray, zeta: float, noise: float, *, intercept: bool) -> FloatArray:
    """Simplex weights x of least  |A x - b|^2 / n + zeta^2 |x|^2, small ones set to zero and refitted."""
    if intercept:
        a, b = a - a.mean(axis=0), b - b.mean()
    stop = (STOP * noise) ** 2
    x = _frank_wolfe(a, b, zeta, np.full(a.shape[1], 1 / a.shape[1]), stop, FIRST_PASS)
    x = np.where(x <= x.max() / 4, 0.0, x)
    return _frank_wolfe(a, b, zeta, x / x.sum(), stop, ITERATIONS)


def _frank_wolfe(
    a: FloatArray, b: FloatArray, zeta: float, x: FloatArray, stop: float, iterations: int
) -> FloatArray:
    """With the Gram matrix, one step costs a column: (Gx), x'Gx and c'x move by scalars."""
    n = len(b)
    gram: FloatArray = a.T @ a + n * zeta**2 * np.eye(a.shape[1])
    c: FloatArray = a.T @ b
    gx: FloatArray = gram @ x
    xgx, cx, bb = float(x @ gx), float(c @ x), float(b @ b)
    last = np.inf
    for _ in range(iterations):
        i = int(np.argmin(gx - c))
        slope = float(gx[i] - c[i]) - (xgx - cx)
        bend = float(gram[i, i] - 2 * gx[i]) + xgx
        if bend <= 0:
            break
        step = min(max(-slope / bend, 0.0), 1.0)
        xgx = (1 - step) ** 2 * xgx + 2 * step * (1 - step) * float(gx[i]) + step**2 * float(gram[i, i])
        cx += step * (float(c[i]) - cx)
        gx = gx + step * (gram[:, i] - gx)
        x = x * (1 - step)
        x[i] += step
        value = (xgx - 2 * cx + bb) / n
        if last - value <= stop:
            break
        last = value
    return x


def _average(blends: list[tuple[int, int, Blend]], n_periods: int, horizon: int | None) -> tuple[float, int]:
    """The mean over treated unit-periods, and their number."""
    cells = [n * ((n_periods if horizon is None else min(n_periods, s + horizon)) - s) for s, n, _ in blends]
    effects = [b.effect for _, _, b in blends]
    return float(np.average(effects, weights=cells)), sum(cells)


def _placebos(
    control: FloatArray,
    cohorts: list[tuple[int, FloatArray]],
    variant: Variant,
    horizon: int | None,
    draws: int,
    seed: int,
) -> FloatArray:
    """Estimates with comparison units in the place of the treated: each in turn if one was treated, else drawn."""
    sizes = [len(rows) for _, rows in cohorts]
    rng = np.random.default_rng(seed)
    picks: list[IntArray] = [np.array([i]) for i in range(len(control))]
    if sum(sizes) > 1:
        room = min(sum(sizes), len(control) // 2)
        picks = [rng.choice(len(control), room, replace=False) for _ in range(draws)]
    found = []
    for pick in picks:
        rest = np.ones(len(control), dtype=np.bool_)
        rest[pick] = False
        found.append(_as_if_treated(control, rest, pick, cohorts, variant, horizon))
    return np.array(found)


def _as_if_treated(
    control: FloatArray,
    rest: NDArray[np.bool_],
    pick: IntArray,
    cohorts: list[tuple[int, FloatArray]],
    variant: Variant,
    horizon: int | None,
) -> float:
    shares = np.array_split(pick, len(cohorts)) if len(pick) >= len(cohorts) else [pick] * len(cohorts)
    blends = [
        (s, len(rows), blend(control[rest], control[mine], s, variant, horizon))
        for (s, rows), mine in zip(cohorts, shares, strict=True)
    ]
    return _average(blends, control.shape[1], horizon)[0]


def _event_study(blends: list[tuple[int, int, Blend]]) -> tuple[EffectAt, ...]:
    """Treated less blend by event time, averaged over cohorts by treated units."""
    totals: dict[int, list[float]] = {}
    for start, n, b in blends:
        for t, gap in enumerate(b.gap):
            total = totals.setdefault(t - start, [0.0, 0.0])
            total[0] += n * float(gap)
            total[1] += n
    return tuple(EffectAt(k, amount / n, None, None, int(n)) for k, (amount, n) in sorted(totals.items()))
