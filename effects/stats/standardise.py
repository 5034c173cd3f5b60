"""One yardstick for different KPIs: effects in standard deviations of the untreated (Glass's delta, Glass 1976).

    d = effect / sd,   sd^2 = sum_t (n_t - 1) s_t^2 / sum_t (n_t - 1)

with s_t^2 the variance over the reps who are untrained in period t: differences between reps at the same time, so
that seasons and trends of the firm do not count. For a rate both are weighted by the denominator. The yardstick is
taken as known: its own error is an order smaller than that of the effect.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from effects.stats.panel import Panel
from effects.stats.results import Effect
from effects.stats.scale import Scale, scaled

FEWEST = 10
"""Untrained rep-periods below which no yardstick is worth the name."""


def deviation(panel: Panel, scale: Scale) -> float | None:
    """The standard deviation over untrained reps of the same period, in KPI units or logs. None where it is unknown."""
    p = scaled(panel, scale)
    seen = p.observed & p.untrained
    squares, freedom = 0.0, 0
    for t in range(p.n_periods):
        values = p.outcome[seen[:, t], t]
        if len(values) < 2:
            continue
        weights = np.ones(len(values)) if p.weight is None else p.weight[seen[:, t], t]
        mean = float(np.average(values, weights=weights))
        variance = float(np.average((values - mean) ** 2, weights=weights)) * len(values) / (len(values) - 1)
        squares += (len(values) - 1) * variance
        freedom += len(values) - 1
    if freedom < FEWEST or squares <= 0:
        return None
    return float(np.sqrt(squares / freedom))


def normal_error(low: float, high: float, level: float = 0.95) -> float:
    """The standard error whose normal range is as wide as this one: few teams, with their wide t, stay uncertain."""
    return float((high - low) / (2 * stats.norm.ppf(0.5 + level / 2)))


def p_value(estimate: float, error: float, found: Effect | None = None) -> float:
    """Two-sided: that of the estimate where it has one, else from the range (a union of ranges has none)."""
    if found is not None and found.p_value is not None:
        return found.p_value
    return float(2 * stats.norm.sf(abs(estimate) / error))
