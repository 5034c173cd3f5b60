"""Uncertainty of the group-time effects: influence functions, or the team jackknife by subtraction.

Influence: every figure is a weighted mean of ATT(g, t), so its influence is the same mean of theirs plus that of
the shares they are weighted by; V = sum over clusters of (sum of influence)^2 / n^2, normal quantiles.
Source: Callaway & Sant'Anna (2021), theorem 2 and corollary 2. It understates with few clusters, so where teams
are given the delete-one-team jackknife is the default.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from effects.stats import group_time
from effects.stats.doubly_robust import Difference
from effects.stats.group_time import Averages, Comparison, Layout, Tally
from effects.stats.jackknife import effect_from, jackknife, sup_t
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.point import PointEstimate
from effects.stats.results import Effect
from lms.arrays import FloatArray, IntArray
from lms.values import NotEstimable


def cs(panel: Panel, options: Options) -> Effect | NotEstimable:
    """The group-time estimate: jackknife where teams are given, else influence functions."""
    wanted = options.inference
    if wanted == "auto":
        wanted = "jackknife" if panel.n_clusters < panel.n_units else "influence"
    if wanted == "influence":
        return by_influence(panel, options)

    def estimator(p: Panel) -> PointEstimate | NotEstimable:
        return group_time.estimate(p, options)

    def leave_out(p: Panel, point: PointEstimate) -> FloatArray:
        return without_each(p, options, point)

    fast = None if panel.covariates else leave_out
    return jackknife(panel, estimator, level=options.level, seed=options.seed, leave_out=fast)


def without_each(panel: Panel, options: Options, point: PointEstimate) -> FloatArray:
    """(G, K) estimates without each cluster (no covariates): every cell is a difference of two means."""
    weight, layout, g = group_time.unit_weights(panel), Layout.of(panel, options), panel.n_clusters

    def by_cluster(values: FloatArray, cluster: IntArray) -> FloatArray:
        return np.bincount(cluster, values, minlength=g).astype(np.float64)

    shares = np.stack(
        [by_cluster(np.where(panel.start == c, weight, 0.0), panel.cluster) for c in layout.cohorts], axis=1
    )
    averages = Averages.start(layout, shares.sum(axis=0) - shares)
    for cell in group_time.comparisons(panel, options, weight):
        cluster = panel.cluster[cell.units]
        means, reps = [], []
        for side in (cell.cohort, 1 - cell.cohort):
            w = side * cell.weight
            total, summed = by_cluster(w, cluster), by_cluster(w * cell.change, cluster)
            left = total.sum() - total
            empty = left <= 1e-9 * total.sum()
            reps.append(left)
            means.append(np.where(empty, np.nan, (summed.sum() - summed) / np.where(empty, 1.0, left)))
        averages.add(cell.g, cell.t, means[0] - means[1], reps[0])
    return averages.values(options.aggregate)


def by_influence(panel: Panel, options: Options) -> Effect | NotEstimable:
    """The group-time estimate with analytic standard errors."""
    layout = Layout.of(panel, options)
    why = group_time.refusal(panel, options, layout)
    if why is not None:
        return why
    weight = group_time.unit_weights(panel)
    share = group_time.cohort_shares(panel, layout, weight)
    averages, tally = Averages.start(layout, share[None, :]), Tally(panel, layout)
    influence = Influence(panel, layout, share, weight)
    for cell, found in group_time.differences(panel, options, weight):
        averages.add(cell.g, cell.t, np.array([found.estimate]), np.array([cell.reps / panel.n_units]))
        influence.add(cell, found)
        tally.add(cell)
    values = averages.values(options.aggregate)
    point = tally.pack(values[0], panel, options)
    if isinstance(point, NotEstimable):
        return point
    return _effect(panel, options, point, influence.of_figures(averages, values, options.aggregate))


class Influence:
    """Running influence (K, N) of the sums in ``Averages``, and of the weights ``members`` (K, N) behind them.

    theta = sum_c s_c ATT_c / sum_c s_c moves with each ATT_c and with each share s_c = mean(w_i 1{i in c}).
    """

    def __init__(self, panel: Panel, layout: Layout, share: FloatArray, weight: FloatArray) -> None:
        self.layout, self.n = layout, panel.n_units
        self.sums = np.zeros((len(layout.keys), panel.n_units))
        self.members = np.zeros_like(self.sums)
        self.centred = np.stack([np.where(panel.start == g, weight, 0.0) for g in layout.cohorts], axis=1) - share

    def add(self, cell: Comparison, found: Difference) -> None:
        """One cell and its estimate. The average over all cells is summed up from the calendar at the end."""
        own = cell.cohort > 0
        members = cell.units[own]
        scaled = found.influence * (self.n / len(cell.units))
        for column, by_reps in zip(*self.layout.columns(cell.g, cell.t), strict=True):
            if column == 0:
                continue
            self.sums[column][cell.units] += scaled * (cell.reps / self.n) if by_reps else scaled
            if by_reps:
                self.sums[column][members] += cell.weight[own] * found.estimate
                self.members[column][members] += cell.weight[own]

    def of_figures(self, averages: Averages, values: FloatArray, aggregate: str) -> FloatArray:
        """(N, K) influence of the figures ``values`` (1, K)."""
        calendar = [i for i, (name, _) in enumerate(self.layout.keys) if name == "calendar"]
        self.sums[0], self.members[0] = self.sums[calendar].sum(axis=0), self.members[calendar].sum(axis=0)
        total = np.where(averages.total[0] > 0, averages.total[0], np.nan)
        self.members *= (averages.number[0] / total)[:, None]
        self.sums -= self.members
        self.sums /= total[:, None]
        found = self.sums.T
        if aggregate != "simple":
            found[:, 0] = self._of_average(averages, values, aggregate, found)
        return found

    def _of_average(
        self, averages: Averages, values: FloatArray, aggregate: str, found: FloatArray
    ) -> FloatArray:
        columns, weights = averages.weights_of_average(aggregate, values)
        weight = weights[0] / weights[0].sum()
        used = weight > 0
        result = np.asarray(found[:, columns][:, used] @ weight[used], np.float64)
        if aggregate == "group":
            slope = (values[0, columns] - values[0, 0]) / weights[0].sum()
            result += self.centred[:, used] @ slope[used]
        return result


def _effect(panel: Panel, options: Options, point: PointEstimate, influence: FloatArray) -> Effect:
    n = panel.n_units
    summed = np.stack(
        [np.bincount(panel.cluster, column, minlength=panel.n_clusters) for column in influence.T], axis=1
    )
    errors = np.sqrt((summed**2).sum(axis=0)) / n
    errors = np.where(errors > 0, errors, np.nan)
    half = float(stats.norm.ppf((1 + options.level) / 2)) * errors
    events = [i for i, key in enumerate(point.keys) if key[0] == "event" and np.isfinite(errors[i])]
    scaled = summed[:, events] / n / errors[events]
    critical = sup_t(scaled.T @ scaled, np.inf, options.level, options.seed) if events else float("nan")
    return effect_from(
        panel, point, errors, half, "influence", stats.norm.sf, critical, level=options.level
    )
