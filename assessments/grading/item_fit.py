"""Does a calibrated item behave as its model says? S-X2 of Orlando & Thissen (2000). Pure.

Takers are grouped by their number of right answers, which needs no estimate of ability. In each group the share that had
the item right is set against the share the model expects there, which the recursion of Lord & Wingersky (1984) gives.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.irt import Calibration, lines, nodes, probability
from lms.arrays import FloatArray
from lms.values import NotEstimable

FEWEST_EXPECTED = 1.0
"""Neighbouring groups are put together until each expects at least one right and one wrong answer (Orlando & Thissen 2000)."""
MISFIT = 0.05
"""Share of false alarms that are accepted among those raised (Benjamini & Hochberg 1995)."""


class ItemFit(Struct, frozen=True):
    """``statistic`` on ``df`` degrees of freedom; ``adjusted`` is the p-value over all items together (Benjamini & Hochberg)."""

    name: str
    statistic: float
    df: int
    p_value: float
    adjusted: float

    @property
    def misfits(self) -> bool:
        return self.adjusted < MISFIT


def sum_scores(chance: FloatArray) -> FloatArray:
    """(q, p + 1) probability of each number of right answers at each ability, from (q, p) chances (Lord & Wingersky 1984)."""
    found = np.ones((chance.shape[0], 1))
    for item in chance.T:
        longer = np.zeros((found.shape[0], found.shape[1] + 1))
        longer[:, :-1] += found * (1 - item)[:, None]
        longer[:, 1:] += found * item[:, None]
        found = longer
    return found


def item_fit(
    calibration: Calibration, answers: FloatArray, *, points: int = 61
) -> list[ItemFit | NotEstimable]:
    """S-X2 of each calibrated item, from (n, p) ``answers`` on the calibrated items in their order, 1 right, 0 wrong.

    Not estimable: ``not_everyone_had_all`` with a ``nan`` (the number of right answers groups only those who had the same
    items), ``too_few_groups`` where no degree of freedom is left.
    """
    p = len(calibration.items)
    if np.isnan(answers).any():
        return [NotEstimable("not_everyone_had_all")] * p
    theta, prior = nodes(points)
    chance = probability(theta, *lines(calibration.items))
    whole = prior @ sum_scores(chance)
    total = answers.sum(axis=1).astype(np.int64)
    takers = np.bincount(total, minlength=p + 1).astype(np.float64)[1:p]
    own = 2 if calibration.model == "2pl" else 1
    found: list[ItemFit | NotEstimable] = []
    for j, item in enumerate(calibration.items):
        rest = sum_scores(np.delete(chance, j, axis=1))
        expected = (prior * chance[:, j]) @ rest[:, : p - 1] / whole[1:p]
        right = np.bincount(total, weights=answers[:, j], minlength=p + 1)[1:p].astype(np.float64)
        found.append(_fit_of(item.name, right, takers, expected, own))
    return _adjusted(found)


def _fit_of(
    name: str, right: FloatArray, takers: FloatArray, expected: FloatArray, own: int
) -> ItemFit | NotEstimable:
    """The statistic over score groups of which each expects enough right and wrong answers."""
    groups = _together(right, takers, takers * expected)
    df = len(groups) - own
    if df < 1:
        return NotEstimable("too_few_groups", {"groups": len(groups)})
    statistic = sum((r - e) ** 2 / (e * (n - e) / n) for r, n, e in groups)
    p_value = float(stats.chi2.sf(statistic, df))
    return ItemFit(name, float(statistic), df, p_value, p_value)


def _together(right: FloatArray, takers: FloatArray, expected: FloatArray) -> list[tuple[float, float, float]]:
    """(right, takers, expected right) by group, from the lowest score up; a remnant joins the last group."""
    groups: list[tuple[float, float, float]] = []
    held = (0.0, 0.0, 0.0)
    for each in zip(right, takers, expected, strict=True):
        held = (held[0] + float(each[0]), held[1] + float(each[1]), held[2] + float(each[2]))
        if min(held[2], held[1] - held[2]) >= FEWEST_EXPECTED:
            groups.append(held)
            held = (0.0, 0.0, 0.0)
    if held[1] and groups:
        last = groups.pop()
        groups.append((last[0] + held[0], last[1] + held[1], last[2] + held[2]))
    return groups


def benjamini_hochberg(p_values: Sequence[float], tests: int | None = None) -> list[float]:
    """Adjusted p-values: the smallest share of false alarms at which each is still raised. ``tests``: how many were made in
    all, if only the smallest p-values are given."""
    m = tests or len(p_values)
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    found = [0.0] * len(p_values)
    least = 1.0
    for rank, at in reversed(list(enumerate(order, 1))):
        least = min(least, p_values[at] * m / rank)
        found[at] = least
    return found


def _adjusted(found: Sequence[ItemFit | NotEstimable]) -> list[ItemFit | NotEstimable]:
    known = [each for each in found if isinstance(each, ItemFit)]
    adjusted = iter(benjamini_hochberg([each.p_value for each in known]))
    return [
        ItemFit(each.name, each.statistic, each.df, each.p_value, next(adjusted)) if isinstance(each, ItemFit) else each
        for each in found
    ]
