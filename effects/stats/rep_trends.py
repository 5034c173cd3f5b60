"""Imputation with a level and a linear trend of each rep's own (for volunteers already on the way up).

    y_it = a_i + g_i t + l_t + e_it        on untrained rep-periods

a_i, g_i, l_t by weighted least squares, then effect = y_it - (a_i + g_i t + l_t) on trained rep-periods
(Borusyak, Jaravel & Spiess 2024, with unit trends). With Q_i the orthonormal basis of (1, t) on rep i's
untrained periods, the periods solve  (sum_i W_i - Q_i Q_i') l = sum_i (W_i y_i - Q_i Q_i' y_i): sums per team,
so leaving a team out costs one T x T solve.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from effects.stats.cohort_cells import CohortCells, constant, join, members_without, report
from effects.stats.options import Aggregate
from effects.stats.panel import NEVER, Panel
from effects.stats.results import Effect
from lms.arrays import FloatArray, IntArray, NDArray
from lms.values import NotEstimable

METHOD = "bjs-trends"
MIN_BEFORE = 8
"""Untrained recorded periods a trained rep needs before the start."""
MIN_COMPARISON = 3
"""Untrained recorded periods any rep needs to say something about periods beside its own trend."""


class _Normal(Struct, frozen=True):
    """Normal equations of the period effects per cluster: ``a`` (G, T, T), ``b`` (G, T)."""

    a: FloatArray
    b: FloatArray


class _Gaps(Struct, frozen=True):
    """Per (cluster, cohort, k) row: sum of y - own line, and what one unit of each period effect adds to the
    prediction (T,)."""

    cluster: IntArray
    cohort: IntArray
    k: IntArray
    gap: FloatArray
    load: FloatArray
    weight: FloatArray
    count: FloatArray
    members: FloatArray
    reps: int


def rep_trends(
    panel: Panel,
    *,
    horizon: int | None = None,
    anticipation: int = 0,
    placebo: int = 3,
    min_before: int = MIN_BEFORE,
    level: float = 0.95,
    aggregate: Aggregate = "simple",
    seed: int = 1,
) -> Effect | NotEstimable:
    """Average effect on the trained over the first ``horizon`` periods (all, if None).

    ``placebo`` periods before the start are predicted as if the course had begun then, for the event study.

    Codes: no_trained, too_few_clusters(n), too_short_history(needed), no_untrained_comparison,
    constant_outcome.
    """
    found = _cells(
        _earlier(panel, anticipation), None if horizon is None else horizon + anticipation, min_before
    )
    if isinstance(found, NotEstimable):
        return found
    cells = found[0].real_time(anticipation)
    if not (cells.count[:, cells.ks >= 0] > 0).any():
        return NotEstimable("no_untrained_comparison")
    if anticipation == 0 and placebo > 0:
        before = _cells(_earlier(panel, placebo), placebo, min_before)
        if not isinstance(before, NotEstimable):
            cells = join(cells, before[0].real_time(placebo))
    return report(METHOD, panel, cells, found[1], level, aggregate=aggregate, seed=seed)


def _earlier(panel: Panel, periods: int) -> Panel:
    return replace(panel, start=np.where(panel.start < NEVER, panel.start - periods, NEVER))


def _cells(panel: Panel, horizon: int | None, min_before: int) -> tuple[CohortCells, int] | NotEstimable:
    if not panel.trained_units.any():
        return NotEstimable("no_trained")
    if panel.n_clusters < 2:
        return NotEstimable("too_few_clusters", {"n": panel.n_clusters})
    if constant(panel):
        return NotEstimable("constant_outcome")
    weight = _weights(panel)
    basis = _basis(weight)
    normal = _normal_equations(panel, weight, basis)
    comparison = _comparison(panel, weight)
    gaps = _gaps(panel, weight, basis, horizon, min_before, comparison)
    if isinstance(gaps, NotEstimable):
        return gaps
    return _impute(panel, normal, gaps), gaps.reps


def _weights(panel: Panel) -> FloatArray:
    """(N, T) weight of the rep-periods used in the fit, 0 elsewhere."""
    use = panel.untrained & panel.observed
    use &= (use.sum(axis=1) >= MIN_COMPARISON)[:, None]
    return use.astype(float) if panel.weight is None else np.where(use, panel.weight, 0.0)


def _basis(weight: FloatArray) -> FloatArray:
    """(N, T, 2) columns spanning weighted (1, t) per rep, orthonormal: Q'Q = I after multiplying by sqrt(w)."""
    t = np.arange(weight.shape[1], dtype=float)
    total = weight.sum(axis=1, keepdims=True)
    centre = np.divide(weight @ t[:, None], total, out=np.zeros_like(total), where=total > 0)
    line = t[None, :] - centre
    spread = (weight * line**2).sum(axis=1, keepdims=True)
    one = np.where(total > 0, 1.0 / np.sqrt(np.where(total > 0, total, 1.0)), 0.0)
    slope = np.where(spread > 1e-9, 1.0 / np.sqrt(np.where(spread > 1e-9, spread, 1.0)), 0.0)
    return np.stack([np.broadcast_to(one, weight.shape), line * slope], axis=-1)


def _normal_equations(panel: Panel, weight: FloatArray, basis: FloatArray) -> _Normal:
    g, t = panel.n_clusters, panel.n_periods
    a, b = np.zeros((g, t, t)), np.zeros((g, t))
    y = np.where(weight > 0, panel.outcome, 0.0)
    loaded = basis * weight[:, :, None]
    fitted = np.einsum("ntc,nt->nc", loaded, y)
    order = np.argsort(panel.cluster, kind="stable")
    edges = np.searchsorted(panel.cluster[order], np.arange(g + 1))
    for i in range(g):
        rows = order[edges[i] : edges[i + 1]]
        q = loaded[rows].transpose(0, 2, 1).reshape(-1, t)
        a[i] = np.diag(weight[rows].sum(axis=0)) - q.T @ q
        b[i] = (weight[rows] * y[rows]).sum(axis=0) - q.T @ fitted[rows].reshape(-1)
    return _Normal(a, b)


def _comparison(panel: Panel, weight: FloatArray) -> NDArray[np.bool_]:
    """(T,) periods with untrained reps in at least two teams, so that each survives leaving any team out."""
    present = np.zeros((panel.n_clusters, panel.n_periods))
    np.add.at(present, panel.cluster, weight > 0)
    return np.asarray((present > 0).sum(axis=0) >= 2)


def _gaps(
    panel: Panel,
    weight: FloatArray,
    basis: FloatArray,
    horizon: int | None,
    min_before: int,
    comparison: NDArray[np.bool_],
) -> _Gaps | NotEstimable:
    enough = (weight > 0).sum(axis=1) >= min_before
    units = np.flatnonzero(panel.trained_units & enough)
    if len(units) == 0:
        return NotEstimable("too_short_history", {"needed": min_before})
    k = panel.relative[units]
    cells = (k >= 0) & panel.observed[units] & comparison[None, :]
    if horizon is not None:
        cells &= k < horizon
    i, t = np.nonzero(cells)
    if len(i) == 0:
        return NotEstimable("no_untrained_comparison")
    w = np.ones(len(i)) if panel.weight is None else panel.weight[units[i], t]
    loaded = (basis[units] * weight[units][:, :, None]).transpose(0, 2, 1)
    known = np.where(weight[units] > 0, panel.outcome[units], 0.0)
    own = np.einsum("nct,nt->nc", loaded, known)
    here = basis[units[i], t]
    tag = np.column_stack([panel.cluster[units[i]], panel.start[units[i]], k[i, t]])
    groups, inverse = np.unique(tag, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    load = np.zeros((len(groups), panel.n_periods))
    order = np.argsort(inverse, kind="stable")
    edges = np.searchsorted(inverse[order], np.arange(len(groups) + 1))
    for row in range(len(groups)):
        members = order[edges[row] : edges[row + 1]]
        drawn = np.einsum("m,mc,mct->t", w[members], here[members], loaded[i[members]])
        load[row] = -drawn
        load[row, t[members[0]]] += w[members].sum()
    gap = w * (panel.outcome[units[i], t] - (here * own[i]).sum(axis=1))
    return _Gaps(
        cluster=groups[:, 0],
        cohort=groups[:, 1],
        k=groups[:, 2],
        gap=np.bincount(inverse, gap).astype(float),
        load=load,
        weight=np.bincount(inverse, w).astype(float),
        count=np.bincount(inverse).astype(float),
        members=_members(panel, units[np.unique(i)]),
        reps=len(np.unique(i)),
    )


def _members(panel: Panel, units: IntArray) -> FloatArray:
    """(1 + G, C) reps behind each start cohort, of everybody and without each cluster."""
    start = panel.start[units]
    return members_without(np.unique(start), start, panel.cluster[units], panel.n_clusters)


def _impute(panel: Panel, normal: _Normal, gaps: _Gaps) -> CohortCells:
    """Sums of actual - predicted per (cohort, k): of everybody, then without each cluster."""
    cohorts, c = np.unique(gaps.cohort, return_inverse=True)
    ks, k = np.unique(gaps.k, return_inverse=True)
    a, b = normal.a.sum(axis=0), normal.b.sum(axis=0)
    rows = np.column_stack([gaps.gap, gaps.weight, gaps.count, gaps.load])
    rows[_floating(a, gaps)] = 0.0
    whole = np.zeros((len(cohorts), len(ks), rows.shape[1]))
    np.add.at(whole, (c, k), rows)
    total, weight = np.zeros((2, panel.n_clusters + 1, len(cohorts), len(ks)))
    edges = np.searchsorted(gaps.cluster, np.arange(panel.n_clusters + 1))
    for g in range(-1, panel.n_clusters):
        cells, left, right = whole, a, b
        if g >= 0:
            left, right, own = a - normal.a[g], b - normal.b[g], slice(edges[g], edges[g + 1])
            cells = whole.copy()
            np.subtract.at(cells, (c[own], k[own]), rows[own])
        periods = np.linalg.lstsq(left, right, rcond=1e-9)[0]
        live = cells[..., 1] > 1e-9
        total[g + 1] = np.where(live, cells[..., 0] - cells[..., 3:] @ periods, 0.0)
        weight[g + 1] = np.where(live, cells[..., 1], 0.0)
    return CohortCells(cohorts, ks, total, weight, whole[..., 2], gaps.members)


def _floating(a: FloatArray, gaps: _Gaps) -> NDArray[np.bool_]:
    """(U,) rows whose prediction the untrained rep-periods do not pin down."""
    roots, vectors = np.linalg.eigh(a)
    null = vectors[:, roots < 1e-9 * max(roots.max(), 1e-300)]
    return np.asarray(np.abs(gaps.load @ null).max(axis=1, initial=0.0) > 1e-6 * gaps.weight)
