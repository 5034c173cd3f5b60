"""From effects per start cohort and event time to the figures of a report, with the delete-one-team jackknife.

An estimator that is additive over teams hands over, for the full panel and without each team, the sum of
``actual - predicted`` and the sum of weights per (cohort, k). Everything reported is a ratio of such sums: each
trained rep-period counts once (or by its denominator), whatever other options are on.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from effects.stats import jackknife
from effects.stats.options import Aggregate
from effects.stats.panel import Panel
from effects.stats.point import ATT, Key, PointEstimate
from effects.stats.results import Effect
from lms.arrays import FloatArray, IntArray, NDArray


class CohortCells(Struct, frozen=True):
    """Sums over the trained rep-periods of cohort c at event time k; row 0 is everybody, row g + 1 without
    cluster g. ``total``, ``weight`` (1 + G, C, K); ``count`` (C, K) rep-periods; ``members`` (1 + G, C) reps of each
    cohort, which weigh the average over cohorts."""

    cohorts: IntArray
    ks: IntArray
    total: FloatArray
    weight: FloatArray
    count: FloatArray
    members: FloatArray

    def real_time(self, earlier: int) -> CohortCells:
        """Cells of a panel whose starts were moved ``earlier``, told from the true start again."""
        return replace(self, cohorts=self.cohorts + earlier, ks=self.ks - earlier)


def members_without(cohorts: IntArray, start: IntArray, cluster: IntArray, n_clusters: int) -> FloatArray:
    """(1 + G, C) reps of each cohort, of everybody and without each cluster; ``start``, ``cluster`` (n,) of the reps."""
    own = np.zeros((n_clusters, len(cohorts)))
    np.add.at(own, (cluster, np.searchsorted(cohorts, start)), 1.0)
    whole: FloatArray = own.sum(axis=0, keepdims=True)
    return np.vstack([whole, whole - own])


def constant(panel: Panel) -> bool:
    """True if every recorded value is the same (or none is recorded)."""
    values = panel.outcome[panel.observed]
    return values.size == 0 or bool(np.ptp(values) == 0)


def join(first: CohortCells, second: CohortCells) -> CohortCells:
    """Both tables in one; they share no (cohort, k) cell. The reps of a cohort are those of the first table."""
    cohorts = np.union1d(first.cohorts, second.cohorts)
    ks = np.union1d(first.ks, second.ks)
    rows = len(first.total)
    total, weight = np.zeros((2, rows, len(cohorts), len(ks)))
    count, members = np.zeros((len(cohorts), len(ks))), np.zeros((rows, len(cohorts)))
    members[:, np.searchsorted(cohorts, first.cohorts)] = first.members
    for part in (first, second):
        c, k = np.searchsorted(cohorts, part.cohorts), np.searchsorted(ks, part.ks)
        total[:, c[:, None], k[None, :]] += part.total
        weight[:, c[:, None], k[None, :]] += part.weight
        count[np.ix_(c, k)] += part.count
    return CohortCells(cohorts, ks, total, weight, count, members)


def report(
    method: str,
    panel: Panel,
    cells: CohortCells,
    n_trained: int,
    level: float = 0.95,
    *,
    aggregate: Aggregate = "simple",
    seed: int = 1,
) -> Effect:
    """The `Effect` with CV3 errors. The overall figure takes k >= 0 only: each trained rep-period once ("simple"),
    cohorts by their reps ("group"), or each calendar period or event time once."""
    keys, masks = _keys(cells)
    flat = masks.reshape(len(keys), -1).astype(float)
    totals = cells.total.reshape(len(cells.total), -1) @ flat.T
    weights = cells.weight.reshape(len(cells.weight), -1) @ flat.T
    values = np.divide(totals, weights, out=np.full(totals.shape, np.nan), where=weights > 1e-12)
    if aggregate != "simple":
        values[:, 0] = _averaged(aggregate, keys, values, cells)
    counts = (flat @ cells.count.reshape(-1)).round().astype(np.int64)
    point = PointEstimate(method, keys, values[0], counts, n_trained)
    return jackknife.assemble(panel, point, values[1:], level=level, seed=seed)


def _averaged(aggregate: str, keys: tuple[Key, ...], values: FloatArray, cells: CohortCells) -> FloatArray:
    """(1 + G,) mean of the series of that name; a figure that is missing without a team is left out there."""
    columns = [i for i, (name, key) in enumerate(keys) if name == aggregate and (name != "event" or key >= 0)]
    weight = np.isfinite(values[:, columns]).astype(float)
    if aggregate == "group":
        weight *= cells.members[:, [int(np.searchsorted(cells.cohorts, keys[i][1])) for i in columns]]
    total = weight.sum(axis=1)
    summed = (np.where(weight > 0, values[:, columns], 0.0) * weight).sum(axis=1)
    return np.asarray(np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan), np.float64)


def _keys(cells: CohortCells) -> tuple[tuple[Key, ...], NDArray[np.bool_]]:
    """The reported keys and, for each, the (C, K) mask of cells that it averages."""
    calendar = cells.cohorts[:, None] + cells.ks[None, :]
    after = np.broadcast_to(cells.ks >= 0, calendar.shape)
    filled = cells.count > 0
    named: list[tuple[Key, NDArray[np.bool_]]] = [(ATT, after)]
    named += [(("event", int(k)), np.broadcast_to(cells.ks == k, calendar.shape)) for k in cells.ks]
    named += [(("group", int(c)), after & (cells.cohorts == c)[:, None]) for c in cells.cohorts]
    periods = np.unique(calendar[after & filled])
    named += [(("calendar", int(t)), after & (calendar == t)) for t in periods]
    kept = [(key, mask & filled) for key, mask in named if (mask & filled).any()]
    return tuple(key for key, _ in kept), np.array([mask for _, mask in kept])
