"""What a panel is like, before any estimate: the figures that routing, refusal and the report read."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from effects.stats.options import Options
from effects.stats.panel import Panel
from lms.arrays import BoolArray


class Facts(Struct, frozen=True):
    """Counts of a panel. *Comparison* reps were seen untrained when somebody else had already started.

    ``periods_before`` median over trained reps of recorded periods before the start; ``clusters_given`` False:
    every rep stands as an own cluster, and what is said of teams reads on reps. ``level_before`` mean KPI of the
    trained before their start (raw units), ``shown_before`` / ``shown_after`` over the window on each side.
    """

    n_units: int
    n_trained: int
    n_comparison: int
    n_clusters: int
    n_trained_clusters: int
    n_comparison_clusters: int
    n_whole_clusters: int
    clusters_given: bool
    n_periods: int
    n_cohorts: int
    n_trained_periods: int
    periods_before: float
    level_before: float | None
    shown_before: float | None
    shown_after: float | None
    constant: bool
    lowest: float | None

    @property
    def one_team(self) -> bool:
        """A single team was trained."""
        return self.clusters_given and self.n_trained_clusters == 1

    @property
    def nobody_to_compare(self) -> bool:
        """At no trained period was anybody seen untrained."""
        return self.n_comparison == 0


def facts_of(panel: Panel, options: Options) -> Facts:
    """The facts of a panel in its raw units."""
    seen, untrained, trained = panel.observed, panel.untrained, panel.trained_units
    after = seen & (panel.relative >= 0)
    counted = trained & after.any(axis=1) & (seen & untrained).any(axis=1)
    first = int(panel.start[trained].min()) if trained.any() else panel.n_periods
    comparison = (seen & untrained)[:, first:].any(axis=1)
    before = (seen & untrained)[counted].sum(axis=1)
    values = panel.outcome[seen]
    shown = [_mean(panel, counted, side) for side in _sides(panel, options)]
    in_cluster = np.bincount(panel.cluster, minlength=panel.n_clusters)
    trained_in = np.bincount(panel.cluster[counted], minlength=panel.n_clusters)
    return Facts(
        n_units=panel.n_units,
        n_trained=int(counted.sum()),
        n_comparison=int(comparison.sum()),
        n_clusters=panel.n_clusters,
        n_trained_clusters=int((trained_in > 0).sum()),
        n_comparison_clusters=len(np.unique(panel.cluster[comparison])),
        n_whole_clusters=int(((trained_in == in_cluster) & (in_cluster > 0)).sum()),
        clusters_given=panel.n_clusters < panel.n_units,
        n_periods=panel.n_periods,
        n_cohorts=len(np.unique(panel.start[counted])),
        n_trained_periods=int(after[counted].sum()),
        periods_before=float(np.median(before)) if len(before) else 0.0,
        level_before=_mean(panel, counted, untrained),
        shown_before=shown[0],
        shown_after=shown[1],
        constant=bool(len(values) == 0 or np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max()))),
        lowest=float(values.min()) if len(values) else None,
    )


def _sides(panel: Panel, options: Options) -> tuple[BoolArray, BoolArray]:
    relative, w = panel.relative, options.window
    return (relative >= -w) & (relative < 0), (relative >= 0) & (relative < w)


def _mean(panel: Panel, units: BoolArray, cells: BoolArray) -> float | None:
    """Mean KPI over the cells of the units; a rate as sum over sum."""
    use = panel.observed & cells & units[:, None]
    weight = np.ones(int(use.sum())) if panel.weight is None else panel.weight[use]
    return float(np.average(panel.outcome[use], weights=weight)) if weight.sum() > 0 else None
