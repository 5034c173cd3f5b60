"""The parts of a question as items of their own: each gap, pair, row or question on a case. Pure.

A part is set against the rest of the quiz *without its whole question*: with its own neighbours it shares the case, the text and
often the mistake, which would make it look better than it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from assessments.grading.estimates import Estimate, wilson
from assessments.grading.items import OFTEN_OMITTED, discrimination, facility_of
from lms.arrays import BoolArray, FloatArray
from lms.values import NotEstimable


class PartStatistics(Struct, frozen=True):
    """One part: ``n`` takers met it, ``omitted`` of them said nothing to it; figures as of an item."""

    name: str
    n: int
    omitted: int
    facility: Estimate | NotEstimable
    discrimination: Estimate | NotEstimable
    alarm: str
    """``probable_wrong_key``, ``often_omitted``, ``everyone_right``, ``nobody_right``, or nothing."""


def part_statistics(
    shares: FloatArray, rest: FloatArray, names: Sequence[str], *, level: float = 0.95
) -> tuple[PartStatistics, ...]:
    """Figures of each part from (n, m) ``shares`` (0-1, ``nan``: left empty) and (n,) ``rest``, each taker's result on the other questions."""
    answered = ~np.isnan(shares)
    filled = np.where(answered, shares, 0.0)
    return tuple(
        _part(name, filled[:, j], answered[:, j], rest, level) for j, name in enumerate(names)
    )


def _part(name: str, score: FloatArray, answered: BoolArray, rest: FloatArray, level: float) -> PartStatistics:
    n, omitted = score.size, int((~answered).sum())
    facility, power = facility_of(score, level), discrimination(score, rest, level)
    return PartStatistics(name, n, omitted, facility, power, _alarm(n, omitted, facility, power))


def _alarm(n: int, omitted: int, facility: Estimate | NotEstimable, power: Estimate | NotEstimable) -> str:
    if isinstance(power, Estimate) and power.interval is not None and power.interval.high < 0:
        return "probable_wrong_key"
    if n and omitted / n >= OFTEN_OMITTED and wilson(omitted / n, n).low > OFTEN_OMITTED / 2:
        return "often_omitted"
    if isinstance(facility, Estimate) and facility.settled and facility.value in (0.0, 1.0):
        return "everyone_right" if facility.value else "nobody_right"
    return ""
