"""Open questions: what a grader judges an answer by. The grade itself is a person's; this only says what levels earn. Pure.

The key is ``{"criteria": [{"id": "c1", "text": {…}, "levels": [{"points": "0", "text": {…}}, …]}]}``; a grader's judgement names
the points of one level for every criterion: ``{"c1": "2"}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from statistics import median
from typing import Any

from msgspec import Struct

from assessments.grading.rubric import Criterion, Level, Rubric, RubricInvalid, score
from assessments.grading.texts import ID, BadQuestion, Text, decimal_of, decimal_text, text_of
from lms.values import NotEstimable

BY_HAND = ("open_text", "file", "oral")
"""The kinds whose answers people grade."""
MOST_CRITERIA = 10
MOST_LEVELS = 8
APART = Fraction(1, 4)
"""Two graders further apart than this share of the marks need a third; the median of the three counts."""


class OpenLevel(Struct, frozen=True):
    points: Fraction
    text: Text


class OpenCriterion(Struct, frozen=True):
    id: str
    text: Text
    levels: tuple[OpenLevel, ...]


class OpenKey(Struct, frozen=True):
    """Every criterion counts alike; its lowest level earns nothing and its highest all."""

    criteria: tuple[OpenCriterion, ...]

    def share(self, points: Mapping[str, str]) -> Fraction:
        """What one grader's judgement earns, 0 to 1. :raises BadQuestion: ``grade_incomplete``, ``grade_no_such_level``."""
        rubric = Rubric("", tuple(_criterion(each) for each in self.criteria))
        try:
            total = score(rubric, points).total
        except RubricInvalid as problem:
            raise BadQuestion("grade_no_such_level", "points") from problem
        if isinstance(total, NotEstimable):
            raise BadQuestion("grade_incomplete", "points")
        return total


def parse_key(data: object) -> OpenKey:
    """:raises BadQuestion: ``question_criteria``, ``question_levels``."""
    criteria = data.get("criteria") if isinstance(data, dict) else None
    if not isinstance(criteria, list) or not 1 <= len(criteria) <= MOST_CRITERIA:
        raise BadQuestion("question_criteria", "criteria")
    found = tuple(_parsed(each, f"criteria.{at}") for at, each in enumerate(criteria))
    if len({each.id for each in found}) < len(found):
        raise BadQuestion("question_criteria", "criteria")
    return OpenKey(found)


def key_to_json(key: OpenKey) -> dict[str, Any]:
    return {
        "criteria": [
            {
                "id": each.id,
                "text": dict(each.text),
                "levels": [{"points": decimal_text(lv.points), "text": dict(lv.text)} for lv in each.levels],
            }
            for each in key.criteria
        ]
    }


def settled(shares: Sequence[Fraction], wanted: int) -> Fraction | None:
    """The share that counts of the graders' ``shares`` in their order, or None while more are needed.

    One alone counts; of two the mean, unless they lie further apart than :data:`APART`: then the median of three.
    """
    if len(shares) < wanted:
        return None
    if wanted == 1 and len(shares) == 1:
        return shares[0]
    first, second = shares[:2]
    if abs(first - second) <= APART:
        return (first + second) / 2
    return median(shares[:3]) if len(shares) >= 3 else None


def _parsed(data: object, where: str) -> OpenCriterion:
    if not isinstance(data, dict) or not isinstance(data.get("id"), str) or not ID.fullmatch(data["id"]):
        raise BadQuestion("question_criteria", where)
    text, levels = text_of(data.get("text"), where), data.get("levels")
    if not text or not isinstance(levels, list) or not 2 <= len(levels) <= MOST_LEVELS:
        raise BadQuestion("question_criteria", where)
    found = tuple(_level(each, where) for each in levels)
    if any(later.points <= earlier.points for earlier, later in zip(found, found[1:], strict=False)):
        raise BadQuestion("question_levels", where)
    return OpenCriterion(data["id"], text, found)


def _level(data: object, where: str) -> OpenLevel:
    if not isinstance(data, dict):
        raise BadQuestion("question_levels", where)
    points = decimal_of(data.get("points"), "question_levels", where)
    text = text_of(data.get("text"), where)
    if points < 0 or not text:
        raise BadQuestion("question_levels", where)
    return OpenLevel(points, text)


def _criterion(criterion: OpenCriterion) -> Criterion:
    return Criterion(criterion.id, "", tuple(Level(each.points, "") for each in criterion.levels))
