"""Which rep-periods play which part in an estimate, and the averages taken over them."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from effects.stats.options import Aggregate, Options
from effects.stats.panel import Panel
from effects.stats.point import Series
from lms.arrays import BoolArray, FloatArray, IntArray


class Cells(Struct, frozen=True):
    """Which rep-periods play which part, (N, T) each; ``weight`` is 1 for a plain KPI."""

    fit: BoolArray
    trained: BoolArray
    weight: FloatArray
    outcome: FloatArray


def cells(panel: Panel, options: Options) -> Cells:
    """Untrained cells to fit on, trained cells to average over, and their weights."""
    weight = np.ones_like(panel.outcome) if panel.weight is None else panel.weight
    usable = panel.observed & np.isfinite(weight) & (weight > 0)
    scale = float(weight[usable].mean()) if usable.any() else 1.0
    relative = panel.relative
    horizon = panel.n_periods if options.horizon is None else options.horizon
    return Cells(
        fit=usable & (relative < -options.anticipation),
        trained=usable & (relative >= 0) & (relative < horizon),
        weight=np.where(usable, weight, 0.0) / scale,
        outcome=np.where(usable, panel.outcome, 0.0),
    )


def weighted_means(keys: IntArray, value: FloatArray, weight: FloatArray) -> Series:
    """key -> (weighted mean of ``value``, number of cells)."""
    names, inverse = np.unique(keys, return_inverse=True)
    total = np.bincount(inverse, weight)
    mean = np.bincount(inverse, weight * value) / total
    count = np.bincount(inverse)
    return {int(k): (float(m), int(n)) for k, m, n in zip(names, mean, count, strict=True)}


def average(
    how: Aggregate,
    value: FloatArray,
    weight: FloatArray,
    groups: Series,
    members: dict[int, int],
    calendar: Series,
    event: Series,
) -> float:
    """The one figure: "simple" each trained rep-period once; "group" cohorts by their number of reps;
    "calendar" and "event" each period (since the start) once."""
    if how == "group":
        return float(
            np.average([groups[g][0] for g in groups], weights=[float(members[g]) for g in groups])
        )
    if how == "calendar":
        return float(np.mean([v for v, _ in calendar.values()]))
    if how == "event":
        return float(np.mean([v for v, _ in event.values()]))
    return float(np.average(value, weights=weight))
