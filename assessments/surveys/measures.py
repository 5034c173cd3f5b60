"""Figures of a survey with their uncertainty: shares, means, the net promoter score. Pure.

Sources and reference values: docs/methodology/surveys.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.estimates import NOTHING, Estimate, quantile, wilson
from assessments.surveys.items import Item
from lms.values import Interval, NotEstimable

LEAST = 5
"""Under so many answers no interval is computed, of a named survey either."""


def share(count: int, n: int) -> Estimate | NotEstimable:
    """A share of ``n`` answers with Wilson's score interval (1927)."""
    if n == 0:
        return NotEstimable("survey_no_answers")
    return Estimate(count / n, wilson(count / n, n), n, n >= LEAST)


def mean(values: Sequence[float], low: float | None = None, high: float | None = None) -> Estimate | NotEstimable:
    """The mean with Student's interval, cut to the scale ``low`` to ``high``.

    Where all gave the same answer the spread is not known and there is no interval.
    """
    n = len(values)
    if n < LEAST:
        return NotEstimable("survey_too_few", {"n": n, "least": LEAST})
    data = np.asarray(values, dtype=float)
    value, spread = float(data.mean()), float(data.std(ddof=1))
    if spread <= NOTHING:
        return Estimate(value, None, n, True)
    half = float(stats.t.ppf(0.975, n - 1)) * spread / math.sqrt(n)
    bottom = value - half if low is None else max(low, value - half)
    top = value + half if high is None else min(high, value + half)
    return Estimate(value, Interval(bottom, top), n, True)


def nps(values: Sequence[int]) -> Estimate | NotEstimable:
    """Net promoter score −1 to 1: share of 9–10 minus share of 0–6 (Reichheld 2003).

    Interval: adjusted Wald with three answers added, 3/4 promoters, 3/4 detractors and 3/2 passives (Rocks 2016, American
    Statistician 70(4)): the plain one has no width when all agree and is too narrow in small samples.
    """
    n = len(values)
    if n < LEAST:
        return NotEstimable("survey_too_few", {"n": n, "least": LEAST})
    promoters, detractors = sum(v >= 9 for v in values), sum(v <= 6 for v in values)
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    half = quantile(0.95) * math.sqrt((p + d - (p - d) ** 2) / (n + 3))
    return Estimate(
        (promoters - detractors) / n, Interval(max(-1.0, p - d - half), min(1.0, p - d + half)), n, True
    )


def on_unit_scale(item: Item, answer: Any) -> float | None:
    """An answer on a scale from 0 (least) to 1 (most); of a Likert grid the mean of its statements."""
    if answer is None:
        return None
    if item.kind == "likert":
        points = {option.id: at for at, option in enumerate(item.options)}
        given = [points[value] / (len(points) - 1) for value in answer.values()]
        return sum(given) / len(given) if given else None
    scale = item.scale()
    return float((answer - scale.start) / (len(scale) - 1))


class Measure(Struct, frozen=True):
    """What a survey says in one figure, 0 to 1, with the number of answers, of those asked, and the response rate."""

    value: float
    interval: Interval | None
    n: int
    invited: int
    response_rate: Estimate
    held_back: int = 0
    """Anonymous answers that are in but not in the figure, because they would show a group under five."""


def score(items: Sequence[Item], answers: dict[str, Any]) -> float | None:
    """The measure of one respondent: the mean of the measured questions, each from 0 to 1; None unless all are answered."""
    values = [on_unit_scale(item, answers.get(item.id)) for item in items if item.measure]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if values and len(known) == len(values) else None


def agreeing(item: Item) -> frozenset[str]:
    """The points of a Likert scale above its middle."""
    return frozenset(option.id for option in item.options[math.ceil(len(item.options) / 2) :])


def disagreeing(item: Item) -> frozenset[str]:
    """The points below its middle."""
    return frozenset(option.id for option in item.options[: len(item.options) // 2])
