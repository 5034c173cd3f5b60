"""Group-time average effects: each start cohort against those not (yet) trained.

    ATT(g, t) = E[Y_t - Y_b | cohort g] - E[Y_t - Y_b | comparison]        b = last untrained period, g - 1

The comparison of a cell is whoever never starts ("never") or has not started by t ("notyet"). A unit enters a
cell if it was observed in both t and b, so histories may be unequal. With covariates the difference is doubly
robust. Before the start the base is the period before ("varying") or g - 1 throughout ("universal").
Averages count each trained rep-period once; a cohort's own effect is the plain mean over its periods. Source: Callaway & Sant'Anna (2021), "Difference-in-differences
with multiple time periods", Journal of Econometrics 225; R ``did``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from effects.stats.doubly_robust import Difference, doubly_robust, simple_difference
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.point import ATT, Key, PointEstimate
from lms.arrays import BoolArray, FloatArray, IntArray
from lms.values import NotEstimable


class Comparison(Struct, frozen=True):
    """One cell: cohort ``g`` at period ``t`` against base ``base``; ``units`` are the rows that take part."""

    g: int
    t: int
    base: int
    units: IntArray
    change: FloatArray
    cohort: FloatArray
    weight: FloatArray

    @property
    def difference(self) -> Difference:
        return simple_difference(self.change, self.cohort, self.weight)

    @property
    def reps(self) -> float:
        """Weight of the cohort in this cell."""
        return float(self.cohort @ self.weight)


class Layout(Struct, frozen=True):
    """``cohorts`` start periods with a period before; ``keys`` all figures, the average first."""

    cohorts: tuple[int, ...]
    keys: tuple[Key, ...]
    column: dict[Key, int]

    @classmethod
    def of(cls, panel: Panel, options: Options) -> Layout:
        starts = np.unique(panel.start[panel.trained_units])
        cohorts = tuple(int(g) for g in starts if g - 1 - options.anticipation >= 0)
        pairs = [(g, t) for g in cohorts for t, _ in periods(panel, options, g)]
        after = [(g, t) for g, t in pairs if t >= g]
        keys: tuple[Key, ...] = (
            ATT,
            *(("event", k) for k in sorted({t - g for g, t in pairs})),
            *(("group", g) for g in cohorts),
            *(("calendar", t) for t in sorted({t for _, t in after})),
        )
        return cls(cohorts, keys, {key: i for i, key in enumerate(keys)})

    def columns(self, g: int, t: int) -> tuple[list[int], list[bool]]:
        """The figures a cell counts in and whether it counts by its reps (else: once)."""
        event = [self.column["event", t - g]]
        if t < g:
            return event, [True]
        columns = [0, *event, self.column["group", g], self.column["calendar", t]]
        return columns, [True, True, False, True]


def periods(panel: Panel, options: Options, g: int) -> Iterator[tuple[int, int]]:
    """(t, base) of cohort ``g``."""
    last = g - 1 - options.anticipation
    horizon = panel.n_periods if options.horizon is None else options.horizon
    for t in range(panel.n_periods):
        base = last if t >= g or options.base == "universal" else t - 1
        if base >= 0 and t != base and t < g + horizon:
            yield t, base


def unit_weights(panel: Panel) -> FloatArray:
    """(N,) 1, or for a rate the mean denominator before training, scaled to mean 1."""
    if panel.weight is None:
        return np.ones(panel.n_units)
    usable = panel.observed & panel.untrained & (panel.weight > 0)
    total = np.where(usable, panel.weight, 0.0).sum(axis=1)
    mean = total / np.maximum(usable.sum(axis=1), 1)
    return np.asarray(mean / mean.mean(), np.float64) if mean.sum() > 0 else mean


def comparisons(panel: Panel, options: Options, weight: FloatArray) -> Iterator[Comparison]:
    """Every cell that has reps on both sides."""
    by_period = np.ascontiguousarray(panel.outcome.T)
    usable = weight > 0
    for g in Layout.of(panel, options).cohorts:
        cohort = (panel.start == g) & usable
        for t, base in periods(panel, options, g):
            others = comparison_units(panel, options, g, max(t, base)) & usable
            change = by_period[t] - by_period[base]
            units = np.flatnonzero((cohort | others) & np.isfinite(change))
            member = cohort[units].astype(np.float64)
            if 0 < member.sum() < len(units):
                yield Comparison(g, t, base, units, change[units], member, weight[units])


def comparison_units(panel: Panel, options: Options, g: int, latest: int) -> BoolArray:
    """(N,) who serves as comparison for cohort ``g`` up to period ``latest``."""
    if options.control == "never":
        never: BoolArray = panel.start == NEVER
        return never
    waiting: BoolArray = (panel.start > latest + options.anticipation) & (panel.start != g)
    return waiting


def differences(panel: Panel, options: Options, weight: FloatArray) -> Iterator[tuple[Comparison, Difference]]:
    """Every cell with its estimate; with covariates, cells whose models have no solution are left out."""
    names = sorted(panel.covariates)
    x = np.column_stack([panel.covariates[name] for name in names]) if names else None
    for cell in comparisons(panel, options, weight):
        if x is None:
            yield cell, cell.difference
            continue
        found = doubly_robust(cell.change, cell.cohort, cell.weight, x[cell.units])
        if found is not None:
            yield cell, found


class Averages(Struct):
    """Running weighted sums of cells for R variants of the sample (the full one, or without each cluster)."""

    layout: Layout
    share: FloatArray
    """(R, cohorts) weight of each cohort, for the average over cohorts"""
    number: FloatArray
    """(R, K)"""
    total: FloatArray
    """(R, K)"""

    @classmethod
    def start(cls, layout: Layout, share: FloatArray) -> Averages:
        shape = (len(share), len(layout.keys))
        return cls(layout, share, np.zeros(shape), np.zeros(shape))

    def add(self, g: int, t: int, estimate: FloatArray, reps: FloatArray) -> None:
        """``estimate`` and weight ``reps`` of the cohort in the cell, (R,); nan where there is no such cell."""
        exists = np.isfinite(estimate)
        value, share = np.where(exists, estimate, 0.0), np.where(exists, reps, 0.0)
        for column, by_reps in zip(*self.layout.columns(g, t), strict=True):
            weight = share if by_reps else exists.astype(np.float64)
            self.number[:, column] += weight * value
            self.total[:, column] += weight

    def values(self, aggregate: str) -> FloatArray:
        """(R, K) the figures, the average first."""
        empty = self.total <= 0
        found = np.where(empty, np.nan, self.number / np.where(empty, 1.0, self.total))
        if aggregate != "simple":
            columns, weight = self.weights_of_average(aggregate, found)
            total = weight.sum(axis=1)
            summed = (np.where(weight > 0, found[:, columns], 0.0) * weight).sum(axis=1)
            found[:, 0] = np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)
        return found

    def weights_of_average(self, aggregate: str, found: FloatArray) -> tuple[list[int], FloatArray]:
        """The series behind the average and the weight (R, series) of each of its figures."""
        keys = self.layout.keys
        columns = [i for i, (name, k) in enumerate(keys) if name == aggregate and (name != "event" or k >= 0)]
        weight = np.isfinite(found[:, columns]).astype(np.float64)
        return columns, weight * self.share if aggregate == "group" else weight


def cohort_shares(panel: Panel, layout: Layout, weight: FloatArray) -> FloatArray:
    """(cohorts,) weighted share of all units that belong to each cohort."""
    return np.array([weight[panel.start == g].sum() for g in layout.cohorts]) / panel.n_units


def refusal(panel: Panel, options: Options, layout: Layout) -> NotEstimable | None:
    """Why no cell can exist, if so."""
    if not panel.trained_units.any():
        return NotEstimable("no_trained_cells")
    if not layout.cohorts:
        return NotEstimable("no_period_before")
    if options.control == "never" and not (panel.start == NEVER).any():
        return NotEstimable("no_never_trained")
    return None


def estimate(panel: Panel, options: Options | None = None) -> PointEstimate | NotEstimable:
    """The group-time estimate with event study, cohorts and calendar periods.

    Not estimable: "no_trained_cells", "no_period_before", "no_never_trained", "nothing_to_compare",
    "covariates_separate" (no cell's models have a solution with these covariates).
    """
    options = options or Options()
    layout = Layout.of(panel, options)
    why = refusal(panel, options, layout)
    if why is not None:
        return why
    weight = unit_weights(panel)
    averages = Averages.start(layout, cohort_shares(panel, layout, weight)[None, :])
    tally = Tally(panel, layout)
    for cell, found in differences(panel, options, weight):
        averages.add(cell.g, cell.t, np.array([found.estimate]), np.array([cell.reps]))
        tally.add(cell)
    return tally.pack(averages.values(options.aggregate)[0], panel, options)


class Tally:
    """Counts of rep-periods behind each figure."""

    def __init__(self, panel: Panel, layout: Layout) -> None:
        self.layout = layout
        self.counts = np.zeros(len(layout.keys), np.int64)
        self.trained = np.zeros(panel.n_units, bool)

    def add(self, cell: Comparison) -> None:
        columns, _ = self.layout.columns(cell.g, cell.t)
        self.counts[columns] += int(cell.cohort.sum())
        if cell.t >= cell.g:
            self.trained[cell.units[cell.cohort > 0]] = True

    def pack(self, values: FloatArray, panel: Panel, options: Options) -> PointEstimate | NotEstimable:
        """The point estimate, or why there is none."""
        if not self.trained.any() or not np.isfinite(values[0]):
            return NotEstimable("covariates_separate" if panel.covariates else "nothing_to_compare")
        horizon = panel.n_periods if options.horizon is None else options.horizon
        seen = panel.observed & (panel.relative >= 0) & (panel.relative < horizon)
        return PointEstimate(
            "cs",
            self.layout.keys,
            values,
            self.counts,
            int(self.trained.sum()),
            max(0, int(seen.sum()) - int(self.counts[0])),
        )
