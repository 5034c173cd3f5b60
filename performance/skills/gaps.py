"""A level against what the job asks for, and how ready a person or a team is: on absolute standards, never against colleagues. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from courses.competencies.scale import begins
from lms.values import Interval, NotEstimable
from performance.skills.levels import Level

SETTLED = 0.80
"""A level is met when it is at least as likely as this that it is reached; a gap when it is as likely that it is not."""
INTERVAL = 0.90


class Met(Struct, frozen=True):
    """Reached with ``probability`` ≥ 0.8."""

    probability: float


class Gap(Struct, frozen=True):
    """Not reached with ``1 − probability`` ≥ 0.8."""

    probability: float


class Unsettled(Struct, frozen=True):
    """It may be so or so; without a ``probability`` the level is unknown for the ``reason``."""

    probability: float | None
    reason: str | None = None


Judgement = Met | Gap | Unsettled


def judge(required: int, found: Level | NotEstimable) -> Judgement:
    """Whether a level asked for is reached. ``P = Φ((mean − where the level begins) / error)``."""
    if isinstance(found, NotEstimable):
        return Unsettled(None, found.code)
    if begins(required) <= 0:
        return Met(1.0)
    p = 0.5 * math.erfc(-(found.mean - begins(required)) / found.error / math.sqrt(2))
    if p >= SETTLED:
        return Met(p)
    return Gap(p) if p <= 1 - SETTLED else Unsettled(p)


class Readiness(Struct, frozen=True):
    """The share of what is asked for that is reached, with what it rests on.

    ``share``     expected share among those that are known.
    ``interval``  of the share among all: from "none of the unknown is reached" to "all of them are".
    ``variance``  of ``share``, from not knowing each level exactly.
    """

    share: float
    interval: Interval
    required: int
    known: int
    met: int
    gaps: int
    variance: float


def readiness(judgements: Sequence[Judgement]) -> Readiness | NotEstimable:
    """How ready somebody is; unknown while less than half of what is asked for is known.

    Levels are taken as independent of each other given the evidence. Codes: ``nothing_required``, ``too_little_known``.
    """
    if not judgements:
        return NotEstimable("nothing_required")
    known = [each.probability for each in judgements if each.probability is not None]
    required = len(judgements)
    if 2 * len(known) < required:
        return NotEstimable("too_little_known", {"known": len(known), "required": required})
    low, high = _central(known)
    unknown = required - len(known)
    return Readiness(
        share=sum(known) / len(known),
        interval=Interval(low / required, (high + unknown) / required, INTERVAL),
        required=required,
        known=len(known),
        met=sum(isinstance(each, Met) for each in judgements),
        gaps=sum(isinstance(each, Gap) for each in judgements),
        variance=sum(p * (1 - p) for p in known) / len(known) ** 2,
    )


def pooled(required: int, known: int, met: int, lacking: int, expected: float, variance: float) -> Readiness | NotEstimable:
    """The same over everything that is asked of the members of a team, from their sums.

    ``expected`` and ``variance`` are those of the number reached among the ``known``. The middle 90 % by the normal curve.
    """
    if not required:
        return NotEstimable("nothing_required")
    if 2 * known < required:
        return NotEstimable("too_little_known", {"known": known, "required": required})
    half = 1.6448536269514722 * math.sqrt(variance)
    low, high = max(0.0, expected - half), min(float(known), expected + half)
    return Readiness(
        share=expected / known,
        interval=Interval(low / required, (high + required - known) / required, INTERVAL),
        required=required,
        known=known,
        met=met,
        gaps=lacking,
        variance=variance / known**2,
    )


def _central(probabilities: Sequence[float]) -> tuple[int, int]:
    """The middle 90 % of the number of successes in trials of unequal probabilities (Poisson-binomial), the expected one within."""
    chances, expected = counts(probabilities), sum(probabilities)
    low, high = _first(chances), len(chances) - 1 - _first(chances[::-1])
    return min(low, math.floor(expected)), max(high, math.ceil(expected - 1e-9))


def _first(chances: Sequence[float]) -> int:
    """The first count that is no longer in the tail."""
    total = 0.0
    for count, chance in enumerate(chances):
        total += chance
        if total > (1 - INTERVAL) / 2:
            return count
    return len(chances) - 1


def counts(probabilities: Sequence[float]) -> list[float]:
    """The chance of 0, 1, 2 … successes: one trial after the other."""
    chances = [1.0]
    for p in probabilities:
        chances = [
            (chances[i] * (1 - p) if i < len(chances) else 0.0) + (chances[i - 1] * p if i else 0.0)
            for i in range(len(chances) + 1)
        ]
    return chances
