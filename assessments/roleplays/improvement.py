"""Do people get better with practice? A model of all attempts, never the best less the first. Pure.

    score = person + scenario + b (attempt - 1) + noise

The best of several noisy attempts is high without any learning, and the first one is the one that was low; the slope
``b`` within people uses all attempts alike. Its interval is a delete-one-person jackknife with t(people - 1). A single
person's slope is drawn towards ``b`` as far as its own noise asks (empirical Bayes, DerSimonian & Laird 1986).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.estimates import NOTHING
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

FEWEST_PEOPLE = 5
SETTLED_PEOPLE = 20
FEWEST_ATTEMPTS = 3
"""Of one person, before anything is said about them."""


class Attempt(Struct, frozen=True):
    """``number`` from 1 within the scenario; ``score`` 0-1."""

    person: int
    scenario: int
    number: int
    score: float


class OwnSlope(Struct, frozen=True):
    """One person's improvement per attempt, drawn towards that of all, with its interval."""

    person: int
    slope: float
    interval: Interval
    attempts: int


class Improvement(Struct, frozen=True):
    """``slope`` share per attempt; ``people`` with two attempts or more at something; ``settled`` from 20 people."""

    slope: float
    interval: Interval
    people: int
    attempts: int
    settled: bool
    own: tuple[OwnSlope, ...]


def improvement(attempts: Sequence[Attempt]) -> Improvement | NotEstimable:
    """Not estimable: ``too_few_people`` (under five who tried a scenario again), ``no_variation``."""
    again = {(a.person, a.scenario) for a in attempts if a.number > 1}
    kept = [a for a in attempts if (a.person, a.scenario) in again]
    people = sorted({a.person for a in kept})
    if len(people) < FEWEST_PEOPLE:
        return NotEstimable("too_few_people", {"n": len(people), "minimum": FEWEST_PEOPLE})
    slope = _slope(kept)
    if slope is None:
        return NotEstimable("no_variation")
    left_out = [_slope([a for a in kept if a.person != person]) for person in people]
    usable = np.array([value for value in left_out if value is not None])
    if usable.size < FEWEST_PEOPLE:
        return NotEstimable("too_few_people", {"n": int(usable.size), "minimum": FEWEST_PEOPLE})
    g = usable.size
    se = math.sqrt((g - 1) / g * float(((usable - slope) ** 2).sum()))
    half = float(stats.t.ppf(0.975, g - 1)) * se
    return Improvement(
        slope,
        Interval(slope - half, slope + half),
        len(people),
        len(kept),
        len(people) >= SETTLED_PEOPLE,
        _own(kept, slope, se),
    )


def _cells(attempts: Sequence[Attempt]) -> tuple[FloatArray, FloatArray, list[int]]:
    """Attempt numbers and scores less the mean of their person × scenario, and whose they are."""
    names = [(a.person, a.scenario) for a in attempts]
    _, cell = np.unique(np.array(names), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    count = np.bincount(cell)
    number = np.array([float(a.number) for a in attempts])
    score = np.array([a.score for a in attempts])
    x = number - (np.bincount(cell, number) / count)[cell]
    y = score - (np.bincount(cell, score) / count)[cell]
    return x, y, [a.person for a in attempts]


def _slope(attempts: Sequence[Attempt]) -> float | None:
    """Least squares within person × scenario, which takes out how good a person and how hard a scenario is."""
    if not attempts:
        return None
    x, y, _people = _cells(attempts)
    spread = float(x @ x)
    return float(x @ y) / spread if spread > NOTHING else None


def _own(attempts: Sequence[Attempt], slope: float, se: float) -> tuple[OwnSlope, ...]:
    x, y, people = _cells(attempts)
    who = np.array(people)
    rest = y - slope * x
    degrees = max(x.size - len({(a.person, a.scenario) for a in attempts}) - 1, 1)
    noise = float(rest @ rest) / degrees
    found = []
    for person in sorted(set(people)):
        mine = who == person
        spread = float(x[mine] @ x[mine])
        if int(mine.sum()) >= FEWEST_ATTEMPTS and spread > NOTHING:
            found.append((person, float(x[mine] @ y[mine]) / spread, noise / spread, int(mine.sum())))
    between = _between([(b, v) for _, b, v, _ in found], slope)
    return tuple(_drawn(person, b, v, n, slope, between, se) for person, b, v, n in found)


def _between(slopes: Sequence[tuple[float, float]], centre: float) -> float:
    """Variance of the true slopes, by moments; at least zero."""
    if len(slopes) < 2:
        return 0.0
    weights = np.array([1 / max(v, NOTHING) for _, v in slopes])
    q = float((weights * (np.array([b for b, _ in slopes]) - centre) ** 2).sum())
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    return max(0.0, (q - (len(slopes) - 1)) / scale) if scale > NOTHING else 0.0


def _drawn(
    person: int, own: float, variance: float, n: int, centre: float, between: float, se: float
) -> OwnSlope:
    share = between / (between + variance) if between + variance > NOTHING else 0.0
    value = centre + share * (own - centre)
    spread = math.sqrt(max(share * variance + (1 - share) ** 2 * se**2, 0.0))
    return OwnSlope(person, value, Interval(value - 1.96 * spread, value + 1.96 * spread), n)
