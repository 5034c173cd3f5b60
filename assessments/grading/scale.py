"""A calibrated quiz as a scale: what score an ability stands for, how sure the quiz is where the pass mark lies, and whether its
questions stand where its takers do. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from assessments.grading.irt import Ability, ItemParameters, lines, probability, test_information
from lms.arrays import FloatArray
from lms.values import NotEstimable

LOWEST, HIGHEST = -4.0, 4.0
STEP = 0.25


class AtPassMark(Struct, frozen=True):
    """``theta``: the ability whose expected score is the pass mark; ``se`` of an ability there; ``score_se``: the same in shares of
    the quiz's points; ``below``: the share of takers whose estimated ability lies under it."""

    theta: float
    se: float
    score_se: float
    below: float


class Band(Struct, frozen=True):
    """Abilities from ``low`` up to ``high``: how many takers, and the names of the items whose difficulty lies there."""

    low: float
    high: float
    takers: int
    items: tuple[str, ...]


def expected_score(items: Sequence[ItemParameters], theta: FloatArray, weights: FloatArray) -> FloatArray:
    """(q,) expected share of the points at each ability (the test characteristic curve); ``weights`` (p,) are the items' marks."""
    result: FloatArray = probability(theta, *lines(items)) @ weights / weights.sum()
    return result


def at_pass_mark(
    items: Sequence[ItemParameters], abilities: Sequence[Ability], cut: float, weights: FloatArray
) -> AtPassMark | NotEstimable:
    """Where the pass mark ``cut`` (share of the points, 0-1) lies on the scale of ability, and how sure the quiz is there.

    Not estimable: ``no_ability_at_cut`` if no ability between -6 and 6 expects that score.
    """
    low, high = -6.0, 6.0

    def short(theta: float) -> float:
        return float(expected_score(items, np.array([theta]), weights)[0]) - cut

    if short(low) > 0 or short(high) < 0:
        return NotEstimable("no_ability_at_cut")
    for _halving in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if short(middle) < 0 else (low, middle)
    theta = (low + high) / 2
    information = float(test_information(items, np.array([theta]))[0])
    if information <= 0:
        return NotEstimable("no_ability_at_cut")
    chance = probability(np.array([theta]), *lines(items))[0]
    score_se = math.sqrt(float((weights**2 * chance * (1 - chance)).sum())) / float(weights.sum())
    below = sum(each.theta < theta for each in abilities) / len(abilities) if abilities else 0.0
    return AtPassMark(theta, 1 / math.sqrt(information), score_se, below)


def person_item_map(items: Sequence[ItemParameters], abilities: Sequence[Ability], width: float = 0.5) -> list[Band]:
    """Takers and items side by side along one scale (Wright & Stone 1979), in bands from -3.5 to 3.5; what lies beyond counts in the outermost."""
    edges = np.arange(-3.5, 3.5 + width / 2, width)
    last = edges.size - 2

    def band(value: float) -> int:
        return min(max(int((value - edges[0]) // width), 0), last)

    takers = [0] * (last + 1)
    for each in abilities:
        takers[band(each.theta)] += 1
    names: list[list[str]] = [[] for _band in takers]
    for item in items:
        if item.b is not None:
            names[band(item.b)].append(item.name)
    return [Band(float(edges[i]), float(edges[i + 1]), takers[i], tuple(names[i])) for i in range(last + 1)]


def grid() -> FloatArray:
    """The abilities at which curves are drawn."""
    return np.arange(LOWEST, HIGHEST + STEP / 2, STEP)
