"""The planned estimator on a placebo panel: the same figure and standard error as in the study, without its series."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from effects.stats import imputation, methods
from effects.stats.imputation_jackknife import without_each
from effects.stats.jackknife import finite, standard_errors
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.results import Effect
from lms.values import NotEstimable

Estimate = Callable[[Panel, int], Effect | NotEstimable]


def planned(name: str) -> Estimate:
    """``estimate(panel, horizon)`` of the estimator by this name."""
    if name == "bjs":
        return average_by_imputation
    return lambda panel, horizon: methods.run(name, panel, Options(horizon=horizon, leads=0))


def average_by_imputation(panel: Panel, horizon: int) -> Effect | NotEstimable:
    """The average effect by imputation with its jackknife error: equal to ``bjs``, which also gives the series."""
    options = Options(horizon=horizon, leads=0)
    point = imputation.estimate(panel, options)
    if isinstance(point, NotEstimable):
        return point
    error = standard_errors(point.values, without_each(panel, options, point))
    return Effect(
        method=point.method,
        estimate=point.att,
        se=finite(error[0]) if error[0] > 0 else None,
        interval=None,
        p_value=None,
        inference="jackknife",
        n_units=panel.n_units,
        n_trained=point.n_trained,
        n_clusters=panel.n_clusters,
        n_periods=panel.n_periods,
        n_trained_periods=int(point.counts[0]),
    )


def point(name: str, panel: Panel, horizon: int) -> float | None:
    """The estimate alone, for the redraws of the lottery: by imputation whatever the plan's estimator, since the
    test asks only whether the drawn groups differ. None where there is none."""
    found = imputation.estimate(panel, Options(horizon=horizon, leads=0))
    if isinstance(found, NotEstimable) or not np.isfinite(found.att):
        return None
    return found.att
