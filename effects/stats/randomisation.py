"""Randomisation inference: the stored lottery drawn again and again (Fisher 1935; Young 2019).

If the course moved nobody's KPI, the records would be the same whoever had been drawn. So the estimate under the
real draw is ranked among the estimates under other draws of the very same lottery.
p = (1 + number at least as far from zero) / (1 + draws).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from effects.stats.lottery import Plan
from effects.stats.panel import Panel
from lms.values import NotEstimable

Statistic = Callable[[Panel], float | None]
DRAWS = 999


class RandomisationTest(Struct, frozen=True):
    """``p_value`` two-sided, ``draws`` that gave an estimate, ``seed`` of the first redraw."""

    statistic: float
    p_value: float
    draws: int
    seed: int


def randomisation_test(
    panel: Panel,
    plan: Plan,
    drawn_seed: int,
    statistic: Statistic,
    *,
    draws: int = DRAWS,
    seed: int = 1,
) -> RandomisationTest | NotEstimable:
    """Ranks ``statistic`` at the lottery of ``drawn_seed`` among redraws (intention to treat: starts as drawn).

    ``panel.start`` is replaced by the drawn start, whether or not everybody came. Redraws use the seeds
    [seed, drawn_seed, i]. Codes: no_estimate, too_few_draws(n) under 99.
    """
    actual = statistic(replace(panel, start=plan.assign(drawn_seed)))
    if actual is None or not np.isfinite(actual):
        return NotEstimable("no_estimate")
    rng = np.random.default_rng([seed, drawn_seed])
    found = [
        value
        for other in rng.integers(2**62, size=draws)
        if (value := statistic(replace(panel, start=plan.assign(int(other))))) is not None
    ]
    if len(found) < min(draws, 99):
        return NotEstimable("too_few_draws", {"n": len(found)})
    as_far = int(np.sum(np.abs(found) >= abs(actual) - 1e-12))
    return RandomisationTest(actual, (1 + as_far) / (1 + len(found)), len(found), seed)
