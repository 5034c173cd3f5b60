"""G-computation on each rep's own history.

Model of an untrained rep-period, fitted on not-yet-trained rep-periods only (Robins 1986; sequential
ignorability given the rep's own record):

    y_it = a_t + sum_j (b_j + c_j tau_t) f_itj + e_it,   f = (y_i,t-L … y_i,t-1, mean of own values before t)

with period effects ``a_t`` and ``tau_t`` the centred period in years of twelve. From each trained rep's start the
model is iterated forward, its own predictions taking the place of the lags. Effect = actual - predicted.

Least squares needs only sums of squares and products per team and period; the iterated prediction is linear in
the state at the start. Both are additive over teams, so leaving a team out costs no second pass over the reps.

A value missing from the last L is replaced by the rep's own mean before that period (in the forward iteration:
before the start); a rep-period with fewer than L recorded values before it is not used, and a rep with fewer than
L before the start is not estimated.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from effects.stats.cohort_cells import CohortCells, constant, join, members_without, report
from effects.stats.options import Aggregate
from effects.stats.panel import NEVER, Panel
from effects.stats.results import Effect
from lms.arrays import FloatArray, IntArray, NDArray
from lms.values import NotEstimable

LAGS = 6
METHOD = "gcomp"
MIN_COMPARISON_CLUSTERS = 2
"""A period needs untrained reps of at least two teams, so that it survives leaving any team out."""


class _Moments(Struct, frozen=True):
    """Sums over untrained rep-periods of z z', z = (1, f, y): ``by_cluster`` (G, T, p+2, p+2)."""

    by_cluster: FloatArray
    period_ok: NDArray[np.bool_]


class _Trained(Struct, frozen=True):
    """Trained rep-periods summed per (cluster, key, k); a key is a (start, values before start) pair."""

    start: IntArray
    history: IntArray
    cluster: IntArray
    key: IntArray
    k: IntArray
    state: FloatArray
    actual: FloatArray
    weight: FloatArray
    count: FloatArray
    members: FloatArray
    reps: int
    horizon: int


def gcomputation(
    panel: Panel,
    *,
    horizon: int | None = None,
    lags: int = LAGS,
    anticipation: int = 0,
    placebo: int | None = None,
    level: float = 0.95,
    aggregate: Aggregate = "simple",
    seed: int = 1,
) -> Effect | NotEstimable:
    """Average effect on the trained over the first ``horizon`` periods (all, if None).

    ``anticipation`` periods before the start already count as trained for the model and are reported at k < 0.
    ``placebo`` periods before the start are predicted as if the course had begun then (default: ``lags``, at
    most what the histories allow; 0 for none) and stand in the event study at k < 0.

    Codes: no_trained, no_untrained_comparison, too_short_history(lags), too_few_untrained_periods(n, needed),
    too_few_clusters(n), constant_outcome.
    """
    limit = None if horizon is None else horizon + anticipation
    found = _cells(_shift(panel, anticipation), lags, limit)
    if isinstance(found, NotEstimable):
        return found
    cells = found[0].real_time(anticipation)
    if not (cells.count[:, cells.ks >= 0] > 0).any():
        return NotEstimable("no_untrained_comparison")
    reach = lags if placebo is None else placebo
    if anticipation == 0 and reach > 0:
        before = _cells(_shift(panel, reach), lags, reach)
        if not isinstance(before, NotEstimable):
            cells = join(cells, before[0].real_time(reach))
    return report(METHOD, panel, cells, found[1], level, aggregate=aggregate, seed=seed)


def point_estimate(panel: Panel, *, horizon: int | None = None, lags: int = LAGS) -> float | None:
    """The overall effect alone, without its error, or None: for redrawing lotteries many times."""
    found = _cells(panel, lags, horizon, replicates=False)
    if isinstance(found, NotEstimable):
        return None
    cells = found[0]
    return float(cells.total[0].sum() / cells.weight[0].sum())


def _shift(panel: Panel, earlier: int) -> Panel:
    """The panel as if everybody had started ``earlier`` periods before they did."""
    return replace(panel, start=np.where(panel.start < NEVER, panel.start - earlier, NEVER))


def _cells(
    panel: Panel, lags: int, horizon: int | None, *, replicates: bool = True
) -> tuple[CohortCells, int] | NotEstimable:
    """The cells and the number of trained reps behind them."""
    if not panel.trained_units.any():
        return NotEstimable("no_trained")
    if panel.n_clusters < MIN_COMPARISON_CLUSTERS:
        return NotEstimable("too_few_clusters", {"n": panel.n_clusters})
    if constant(panel):
        return NotEstimable("constant_outcome")
    if panel.n_periods <= lags:
        return NotEstimable("too_short_history", {"lags": lags})
    n_rows = int(_fit_mask(panel, lags).sum())
    needed = 2 * (lags + 1) + panel.n_periods
    if n_rows < needed:
        return NotEstimable("too_few_untrained_periods", {"n": n_rows, "needed": needed})
    moments = _moments(panel, lags)
    if not moments.period_ok.any():
        return NotEstimable("no_untrained_comparison")
    trained = _trained(panel, lags, horizon, moments.period_ok)
    if isinstance(trained, NotEstimable):
        return trained
    return _predict(moments, trained, lags, replicates), trained.reps


def _fit_mask(panel: Panel, lags: int) -> NDArray[np.bool_]:
    """(N, T) rep-periods the model is fitted on: untrained, recorded, with ``lags`` recorded values before."""
    seen: IntArray = panel.observed.astype(np.int64)
    before = np.cumsum(seen, axis=1) - seen
    mask = panel.untrained & panel.observed & (before >= lags)
    mask[:, :lags] = False
    return np.asarray(mask)


def _features(panel: Panel, lags: int) -> Iterator[tuple[int, FloatArray]]:
    """Period by period, (N, 1 + lags + 1): one, the last values oldest first, the mean of values before."""
    seen = np.zeros(panel.n_units)
    total = np.zeros(panel.n_units)
    for t in range(panel.n_periods):
        if t >= lags:
            mean = np.divide(total, seen, out=np.zeros_like(total), where=seen > 0)
            window = panel.outcome[:, t - lags : t]
            filled = np.where(np.isfinite(window), window, mean[:, None])
            yield t, np.column_stack([np.ones(panel.n_units), filled, mean])
        value = panel.outcome[:, t]
        known = np.isfinite(value)
        total += np.where(known, value, 0.0)
        seen += known


def _moments(panel: Panel, lags: int) -> _Moments:
    mask = _fit_mask(panel, lags)
    order = np.argsort(panel.cluster, kind="stable")
    edges = np.searchsorted(panel.cluster[order], np.arange(panel.n_clusters))
    width = lags + 3
    by_cluster = np.zeros((panel.n_clusters, panel.n_periods, width, width))
    row, column = np.triu_indices(width)
    has = np.bincount(panel.cluster, minlength=panel.n_clusters) > 0
    for t, f in _features(panel, lags):
        rows = mask[:, t]
        weight = rows.astype(float) if panel.weight is None else np.where(rows, panel.weight[:, t], 0.0)
        z = np.column_stack([f, np.where(rows, panel.outcome[:, t], 0.0)])[order]
        products = z[:, row] * z[:, column] * weight[order][:, None]
        sums = np.add.reduceat(products, edges[has], axis=0)
        by_cluster[has, t, row[:, None], column[:, None]] = sums.T
        by_cluster[has, t, column[:, None], row[:, None]] = sums.T
    informative = (by_cluster[:, :, 0, 0] > 0).sum(axis=0)
    return _Moments(by_cluster, informative >= MIN_COMPARISON_CLUSTERS)


def _trained(
    panel: Panel, lags: int, horizon: int | None, period_ok: NDArray[np.bool_]
) -> _Trained | NotEstimable:
    before: IntArray = np.where(panel.untrained, panel.observed, False).sum(axis=1)
    eligible = panel.trained_units & (panel.start >= lags) & (before >= lags)
    if not eligible.any():
        return NotEstimable("too_short_history", {"lags": lags})
    last = _last_predictable(period_ok)
    reach = panel.n_periods if horizon is None else horizon
    units = np.flatnonzero(eligible)
    keys, key_of = np.unique(
        np.column_stack([panel.start[units], before[units]]), axis=0, return_inverse=True
    )
    key_of = key_of.reshape(-1)
    state = np.zeros((len(units), lags + 2))
    for t, f in _features(panel, lags):
        here = panel.start[units] == t
        state[here] = f[units[here]]
    k = panel.relative[units]
    cells = (k >= 0) & (k < reach) & panel.observed[units]
    cells &= np.arange(panel.n_periods)[None, :] <= last[panel.start[units]][:, None]
    i, period = np.nonzero(cells)
    if len(i) == 0:
        return NotEstimable("no_untrained_comparison")
    weight = np.ones(len(i)) if panel.weight is None else panel.weight[units[i], period]
    tag = np.column_stack([panel.cluster[units[i]], key_of[i], k[i, period]])
    groups, inverse = np.unique(tag, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)

    def total(values: FloatArray) -> FloatArray:
        return np.bincount(inverse, weights=values, minlength=len(groups)).astype(float)

    return _Trained(
        start=keys[:, 0],
        history=keys[:, 1],
        cluster=groups[:, 0],
        key=groups[:, 1],
        k=groups[:, 2],
        state=np.column_stack([total(weight * state[i, j]) for j in range(lags + 2)]),
        actual=total(weight * panel.outcome[units[i], period]),
        weight=total(weight),
        count=total(np.ones(len(i))),
        members=_members(panel, units[np.unique(i)], np.unique(keys[:, 0])),
        reps=len(np.unique(i)),
        horizon=int(groups[:, 2].max()) + 1,
    )


def _members(panel: Panel, units: IntArray, cohorts: IntArray) -> FloatArray:
    """(1 + G, C) reps behind each start cohort, of everybody and without each cluster; none where nobody of a
    cohort was recorded after the start."""
    return members_without(cohorts, panel.start[units], panel.cluster[units], panel.n_clusters)


def _last_predictable(period_ok: NDArray[np.bool_]) -> IntArray:
    """(T,) for a start at t: the last period up to which every period has a comparison (t - 1 if none)."""
    last = np.empty(len(period_ok), dtype=np.int64)
    reach = len(period_ok) - 1
    for t in reversed(range(len(period_ok))):
        if not period_ok[t]:
            reach = t - 1
        last[t] = reach
    return last


def _tau(n_periods: int) -> FloatArray:
    return np.asarray((np.arange(n_periods) - (n_periods - 1) / 2) / 12.0)


def _fit(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slopes (T, p) and intercepts (T,) from ``sums`` (T, p+2, p+2); period effects are profiled out."""
    n_periods, width = len(sums), sums.shape[1]
    p = width - 2
    n = sums[:, 0, 0]
    live = n > 0
    mean = np.divide(sums[:, 0, 1:], n[:, None], out=np.zeros((n_periods, p + 1)), where=live[:, None])
    within = sums[:, 1:, 1:] - n[:, None, None] * mean[:, :, None] * mean[:, None, :]
    tau = _tau(n_periods)
    moments = (tau[None, :] ** np.arange(3)[:, None]) @ within.reshape(n_periods, -1)
    square, cross = moments.reshape(3, p + 1, p + 1)[:, :p, :p], moments.reshape(3, p + 1, p + 1)[:2, :p, p]
    a = np.block([[square[0], square[1]], [square[1], square[2]]])
    scale = np.sqrt(np.clip(np.diag(a), 1e-300, None))
    coef = np.linalg.lstsq(a / np.outer(scale, scale), np.concatenate(cross) / scale, rcond=1e-10)[0] / scale
    slopes = coef[:p][None, :] + tau[:, None] * coef[p:][None, :]
    return slopes, mean[:, p] - (mean[:, :p] * slopes).sum(axis=1)


def _predict(moments: _Moments, trained: _Trained, lags: int, replicates: bool) -> CohortCells:
    """Sums of actual - predicted per (cohort, k): of everybody, then without each cluster."""
    n_clusters = len(moments.by_cluster) if replicates else 0
    cohorts, cohort_of = np.unique(trained.start, return_inverse=True)
    shape = (len(cohorts), trained.horizon)
    to_cohort = (cohort_of.reshape(-1)[:, None] == np.arange(len(cohorts))).astype(float)
    sums = moments.by_cluster.sum(axis=0)
    whole = _spread(trained, slice(None))
    count = to_cohort.T @ _dense(trained, slice(None), trained.count)
    edges = np.searchsorted(trained.cluster, np.arange(n_clusters + 1))
    total, weight = np.zeros((2, n_clusters + 1, *shape))
    for g in range(-1, n_clusters):
        cells, moment = whole, sums
        if g >= 0:
            moment = sums - moments.by_cluster[g]
            if edges[g] < edges[g + 1]:
                cells = whole - _spread(trained, slice(edges[g], edges[g + 1]))
        maps = _iterate(*_fit(moment), trained, lags)
        predicted = (maps * cells[..., 2:]).sum(axis=-1)
        live = cells[..., 1] > 1e-9
        total[g + 1] = to_cohort.T @ np.where(live, cells[..., 0] - predicted, 0.0)
        weight[g + 1] = to_cohort.T @ np.where(live, cells[..., 1], 0.0)
    members = trained.members[: n_clusters + 1]
    return CohortCells(cohorts, np.arange(trained.horizon), total, weight, count, members)


def _dense(trained: _Trained, rows: slice, values: FloatArray) -> FloatArray:
    """(key, k) sums of ``values`` over ``rows``."""
    flat = trained.key[rows] * trained.horizon + trained.k[rows]
    size = len(trained.start) * trained.horizon
    return np.bincount(flat, values[rows], size).astype(float).reshape(-1, trained.horizon)


def _spread(trained: _Trained, rows: slice) -> FloatArray:
    """(key, k, 2 + state) sums over ``rows``: actual, weight, state at the start."""
    columns = [trained.actual, trained.weight, *trained.state.T]
    return np.stack([_dense(trained, rows, column) for column in columns], axis=-1)


def _iterate(slopes: FloatArray, intercepts: FloatArray, trained: _Trained, lags: int) -> FloatArray:
    """(key, k, lags + 2): the iterated prediction as a linear function of the state at the start."""
    n_keys, n_periods = len(trained.start), len(intercepts)
    maps = np.zeros((n_keys, trained.horizon, lags + 2))
    window = np.zeros((n_keys, lags + 1, lags + 2))
    window[:, np.arange(lags + 1), np.arange(1, lags + 2)] = 1.0
    for k in range(trained.horizon):
        t = np.minimum(trained.start + k, n_periods - 1)
        step = np.einsum("kj,kjs->ks", slopes[t], window)
        step[:, 0] += intercepts[t]
        maps[:, k] = step
        seen = (trained.history + k)[:, None]
        mean = (seen * window[:, lags] + step) / (seen + 1)
        window[:, : lags - 1] = window[:, 1:lags]
        window[:, lags - 1] = step
        window[:, lags] = mean
    return maps
