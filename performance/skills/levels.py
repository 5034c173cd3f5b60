"""How far a person has a competency, how sure that is, and how old: one number from many occasions. Pure.

What is looked for, θ, lives on the scale from 0 to 1 on which every occasion is scored. Among people of one company θ is spread around the
mean μ with variance τ², and over time it moves: two moments Δ days apart are correlated by ρ with ρ² = 2^(−Δ/H). An occasion shows θ with an error
of variance σ²ₒ (another day, another task, another rater) plus that of its few items. The level is the expectation of θ today given all
occasions, its error the standard deviation that is left. Source and derivation: docs/methodology/skills.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from courses.competencies.scale import level_of
from lms.values import Interval, NotEstimable
from performance.skills.occasions import Occasion

HALF_LIFE = 540.0
"""H, days: after a year and a half what was seen says half of what it said, and its reliability is half of what it was. A setting of the
house, not an estimate."""
LEAST_RELIABILITY = 0.5
"""Under it a level is unknown: the colleagues' mean would say more of the person than the person's own evidence."""
SURE = 0.90
"""Of intervals of levels."""
_Z = 1.6448536269514722
DAY = 86_400.0


class Norms(Struct, frozen=True):
    """μ, τ² and σ²ₒ of a competency, and from how many people they were estimated (0: set by the house)."""

    mean: float
    between: float
    occasion: float
    people: int = 0


DEFAULT = Norms(0.60, 0.20**2, 0.12**2)
"""Levels are 0.2 apart: before anything is seen, one below and one above the middle are as good as the middle one."""
GRADED = 0.25


class Level(Struct, frozen=True):
    """A known level. ``mean`` and ``error`` are on the scale from 0 to 1; ``days`` have passed since the last occasion."""

    mean: float
    error: float
    reliability: float
    occasions: int
    days: float
    knowledge_only: bool
    """Whether quizzes and dialogues alone speak: it is known, nobody has seen it done."""

    @property
    def level(self) -> int:
        return level_of(self.mean)

    @property
    def interval(self) -> Interval:
        """Of the mean, kept within 0 and 1."""
        return Interval(max(0.0, self.mean - _Z * self.error), min(1.0, self.mean + _Z * self.error), SURE)

    @property
    def levels(self) -> tuple[int, int]:
        """The lowest and the highest plausible level."""
        return level_of(self.interval.low), level_of(self.interval.high)


def sampling_variance(occasion: Occasion) -> float:
    """Of the share of one occasion, from its few items: that of yes/no answers with the same share, which is the largest it can be; of
    criteria, whose levels are described and lie between yes and no, a quarter of that (half the standard deviation).

    The share is drawn to the middle by Laplace's rule, since 3 of 3 is not certainty.
    """
    if occasion.standard_error is not None:
        return occasion.standard_error**2
    p = (occasion.share * occasion.items + 1) / (occasion.items + 2)
    return (1.0 if occasion.source.chosen else GRADED) * p * (1 - p) / occasion.items


def remembered(days: float) -> float:
    """The correlation of what somebody can do now with what they could ``days`` ago; its square is 0.5 after :data:`HALF_LIFE`."""
    return float(2.0 ** (-max(days, 0.0) / HALF_LIFE / 2))


def level(occasions: Sequence[Occasion], now: datetime, norms: Norms = DEFAULT) -> Level | NotEstimable:
    """The level today, or why it is unknown: ``no_evidence``, ``too_little`` (with the reliability reached), ``too_old``."""
    if not occasions:
        return NotEstimable("no_evidence")
    ages = [(now - each.at).total_seconds() / DAY for each in occasions]
    mean, variance = _posterior(zip(ages, occasions, strict=True), norms)
    reliability = 1 - variance / norms.between
    if reliability < LEAST_RELIABILITY:
        newest = min(ages)
        _, fresh = _posterior(((age - newest, each) for age, each in zip(ages, occasions, strict=True)), norms)
        code = "too_old" if 1 - fresh / norms.between >= LEAST_RELIABILITY else "too_little"
        return NotEstimable(code, {"reliability": reliability, "occasions": len(occasions), "days": newest})
    return Level(
        min(max(mean, 0.0), 1.0),
        math.sqrt(variance),
        reliability,
        len(occasions),
        min(ages),
        all(each.source.chosen for each in occasions),
    )


def _posterior(aged: Iterable[tuple[float, Occasion]], norms: Norms) -> tuple[float, float]:
    """Mean and variance of θ today: from the oldest occasion on, forget a little, then learn from the next (Kalman)."""
    mean, variance, at = norms.mean, norms.between, None
    for age, occasion in sorted(aged, key=lambda pair: (-pair[0], pair[1].share, pair[1].items)):
        if at is not None:
            mean, variance = _forget(mean, variance, at - age, norms)
        at = age
        gain = variance / (variance + norms.occasion + sampling_variance(occasion))
        mean += gain * (occasion.share - mean)
        variance *= 1 - gain
    return _forget(mean, variance, at or 0.0, norms)


def _forget(mean: float, variance: float, days: float, norms: Norms) -> tuple[float, float]:
    kept = remembered(days)
    return norms.mean + kept * (mean - norms.mean), kept**2 * variance + (1 - kept**2) * norms.between
