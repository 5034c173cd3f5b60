"""The imputation estimate without each team, for all teams, without fitting again.

The normal equations and the averages are sums over reps, so a team's share is subtracted:
M_(g) = M - M_g, r_(g) = r - r_g, delta_(g) = M_(g)^-1 r_(g), and for every figure k

    theta_k(g) = (L_k - C_k . delta_(g) - own_kg(delta_(g))) / (D_k - D_kg)

with L_k the weighted sum of (Y_it - own untrained mean), C_k the period effects it carries, D_k its weight, and
own_kg, D_kg the left-out team's part of them. Where a team alone held periods together, the estimate is made afresh.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from scipy import sparse

from effects.stats import imputation
from effects.stats.cells import Cells, cells
from effects.stats.equations import equations, equations_by_cluster
from effects.stats.jackknife import estimate_without, jackknife
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.point import Key, PointEstimate
from effects.stats.pretrends import LeadSystem
from effects.stats.results import Effect
from lms.arrays import BoolArray, FloatArray, IntArray
from lms.values import NotEstimable

UNITS_AT_ONCE = 2048
RETURN_TOLERANCE = 1e-6
"""A known vector sent through a left-out system must come back this exactly, else the system is singular."""


def bjs(panel: Panel, options: Options) -> Effect | NotEstimable:
    """The imputation estimate with team-jackknife inference."""

    def estimator(p: Panel) -> PointEstimate | NotEstimable:
        return imputation.estimate(p, options)

    def leave_out(p: Panel, point: PointEstimate) -> FloatArray:
        return without_each(p, options, point)

    return jackknife(panel, estimator, level=options.level, seed=options.seed, leave_out=leave_out)


def without_each(panel: Panel, options: Options, point: PointEstimate) -> FloatArray:
    """(G, K) estimates without each cluster, in the order of ``point.keys``."""
    p = panel.ordered(np.argsort(panel.cluster, kind="stable"))
    c = cells(p, options)
    fit = imputation.fit_untrained(c)
    figures = Figures.of(p, c, imputation.imputable(c, fit), point.keys)
    leads = LeadSystem.of(p, options, c)
    weight = np.where(c.fit, c.weight, 0.0)
    matrix, right = equations(weight, c.outcome)
    matrix = imputation.anchored(matrix, fit.part)
    rows = np.full((p.n_clusters, len(point.keys)), np.nan)
    for first, last, at in chunks(p.cluster, p.n_clusters):
        local = p.cluster[at] - first
        delta = solve_without(matrix, right, *equations_by_cluster(weight[at], c.outcome[at], local))
        rows[first:last] = figures.without(delta, local, at)
        if leads is not None:
            own = equations_by_cluster(weight[at], c.outcome[at], local, leads.column[at], leads.number)
            solved = solve_without(leads.anchored, leads.right, *own)
            for k, row, _ in leads.identified:
                rows[first:last, point.keys.index(("event", k))] = solved[:, row]
            rows[first:last][np.isnan(solved[:, 0])] = np.nan
    return _afresh(panel, options, point, rows, leads, figures)


def _afresh(
    panel: Panel,
    options: Options,
    point: PointEstimate,
    rows: FloatArray,
    leads: LeadSystem | None,
    figures: Figures,
) -> FloatArray:
    """Fills the rows that subtraction could not, and turns the series into the average asked for."""
    fixed = replace(options, leads=0 if leads is None else leads.number)
    if options.aggregate != "simple":
        rows[:, 0] = np.where(np.isnan(rows[:, 0]), np.nan, figures.overall(options, rows))
    for g in np.flatnonzero(np.isnan(rows[:, 0])):
        rows[g] = estimate_without(panel, int(g), lambda p: imputation.estimate(p, fixed), point.keys)
    return rows


def chunks(cluster: IntArray, n_clusters: int) -> Iterator[tuple[int, int, slice]]:
    """(first cluster, last + 1, their rows) in runs of about ``UNITS_AT_ONCE`` rows, clusters kept whole."""
    edges = np.searchsorted(cluster, np.arange(n_clusters + 1))
    first = 0
    while first < n_clusters:
        last = int(np.searchsorted(edges, edges[first] + UNITS_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), n_clusters)
        yield first, last, slice(int(edges[first]), int(edges[last]))
        first = last


def solve_without(
    matrix: FloatArray, right: FloatArray, own_matrix: FloatArray, own_right: FloatArray
) -> FloatArray:
    """(G, P) solutions of the system without each cluster's own part; ``nan`` where that is singular."""
    left = matrix - own_matrix
    known = np.cos(np.arange(len(right)))
    sides = np.stack([right - own_right, left @ known], axis=-1)
    try:
        solved = np.linalg.solve(left, sides)
    except np.linalg.LinAlgError:
        solved = np.stack([_solve_one(a, b) for a, b in zip(left, sides, strict=True)])
    wrong = ~(np.abs(solved[:, :, 1] - known).max(axis=1) < RETURN_TOLERANCE)
    solution = np.array(solved[:, :, 0], np.float64)
    solution[wrong] = np.nan
    return solution


def _solve_one(left: FloatArray, sides: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.solve(left, sides), np.float64)
    except np.linalg.LinAlgError:
        return np.full(sides.shape, np.nan)


class Figures(Struct, frozen=True):
    """Every figure of the trained cells as a linear function of the period effects.

    ``unit``, ``period``, ``weight`` (C,) the trained cells with a counterfactual, units sorted by cluster;
    ``columns`` (C, 4) the figures a cell counts in (average, event, group, calendar); ``centred`` (N, T)
    outcome less own untrained mean; ``share`` (N, T) weights of that mean; ``level``, ``total`` (K,),
    ``carried`` (K, T); ``members`` (G, K) reps behind
    each cohort's figure without each cluster.
    """

    keys: tuple[Key, ...]
    unit: IntArray
    period: IntArray
    weight: FloatArray
    columns: IntArray
    centred: FloatArray
    share: FloatArray
    level: FloatArray
    total: FloatArray
    carried: FloatArray
    members: FloatArray

    @classmethod
    def of(cls, panel: Panel, c: Cells, known: BoolArray, keys: tuple[Key, ...]) -> Figures:
        """The figures ``keys`` over the cells ``known`` (N, T)."""
        untrained = np.where(c.fit, c.weight, 0.0)
        own = untrained.sum(axis=1)
        share = untrained / np.where(own > 0, own, 1.0)[:, None]
        centred = c.outcome - (share * c.outcome).sum(axis=1)[:, None]
        n, t = np.nonzero(known)
        w = c.weight[n, t]
        index = {key: i for i, key in enumerate(keys)}
        start = panel.start[n]
        columns = np.stack(
            [np.zeros_like(n)]
            + [
                _numbered(index, name, values)
                for name, values in (("event", t - start), ("group", start), ("calendar", t))
            ],
            axis=1,
        )
        level, total = np.zeros(len(keys)), np.zeros(len(keys))
        carried = np.zeros((len(keys), panel.n_periods))
        for column in columns.T:
            level += np.bincount(column, w * centred[n, t], minlength=len(keys))
            total += np.bincount(column, w, minlength=len(keys))
            np.add.at(carried, (column, t), w)
            carried -= sparse.csr_array((w, (column, n)), shape=(len(keys), panel.n_units)) @ share
        members = _members(panel, known, columns, n, len(keys))
        return cls(keys, n, t, w, columns, centred, share, level, total, carried, members)

    def without(self, delta: FloatArray, local: IntArray, at: slice) -> FloatArray:
        """(G, K) the figures without each cluster of the rows ``at``, at its period effects (G, T)."""
        g, k = len(delta), len(self.keys)
        mine = slice(*np.searchsorted(self.unit, [at.start, at.stop]))
        unit, period, weight = self.unit[mine], self.period[mine], self.weight[mine]
        cluster = local[unit - at.start]
        carried = (self.share[at] * delta[local]).sum(axis=1)
        effect = self.centred[unit, period] - delta[cluster, period] + carried[unit - at.start]
        left = self.level - delta @ self.carried.T
        total = np.broadcast_to(self.total, (g, k)).copy()
        for column in self.columns[mine].T:
            slot = cluster * k + column
            left -= np.bincount(slot, weight * effect, minlength=g * k).reshape(g, k)
            total -= np.bincount(slot, weight, minlength=g * k).reshape(g, k)
        empty = total < 1e-9 * np.maximum(self.total, 1e-300)
        return np.asarray(np.where(empty, np.nan, left / np.where(empty, 1.0, total)), np.float64)

    def overall(self, options: Options, rows: FloatArray) -> FloatArray:
        """(G,) the average over cohorts, calendar or event periods, from the series without each cluster."""
        name = options.aggregate
        keep = [i for i, (kind, key) in enumerate(self.keys) if kind == name and (kind != "event" or key >= 0)]
        series = rows[:, keep]
        weight = np.where(np.isnan(series), 0.0, self.members[:, keep] if name == "group" else 1.0)
        total = weight.sum(axis=1)
        summed = np.where(np.isnan(series), 0.0, series * weight).sum(axis=1)
        return np.asarray(np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan), np.float64)


def _numbered(index: dict[Key, int], name: str, values: IntArray) -> IntArray:
    """The figure number of each value."""
    names, inverse = np.unique(values, return_inverse=True)
    return np.array([index[name, int(v)] for v in names], np.int64)[inverse]


def _members(panel: Panel, known: BoolArray, columns: IntArray, n: IntArray, k: int) -> FloatArray:
    """(G, K) reps behind each cohort figure without each cluster."""
    found = np.zeros((panel.n_clusters, k))
    unit, first = np.unique(n, return_index=True)
    np.add.at(found, (panel.cluster[unit], columns[first, 2]), 1.0)
    return np.asarray(found.sum(axis=0) - found, np.float64)
