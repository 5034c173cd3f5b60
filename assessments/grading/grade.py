"""Grading: what an answer earns, exactly. Fractions throughout, so that 3 × ⅓ is 1 and a pass mark is a pass mark. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assessments.grading.answers import Answer, Fold, normal, number
from assessments.grading.questions import (
    Credit,
    Key,
    MultipleKey,
    NumericKey,
    SingleKey,
    TextKey,
    TrueFalseKey,
)

GRADER = "exact-1"
"""Named with every grade. A change of what an answer earns is another grader."""
_NONE, _ALL = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class Item:
    """A question of an attempt by its number, its key and the marks it is worth."""

    question: int
    key: Key
    marks: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What the answer to one question earned: ``share`` of its ``marks``, 0 to 1."""

    question: int
    share: Fraction
    marks: int
    answered: bool

    @property
    def earned(self) -> Fraction:
        return self.share * self.marks


@dataclass(frozen=True, slots=True)
class Grade:
    """The marks in the order of the items; ``earned`` of ``possible``; whether that reaches the pass mark."""

    marks: tuple[Mark, ...]
    earned: Fraction
    possible: int
    passed: bool

    @property
    def score(self) -> Fraction:
        """earned ÷ possible; 0 for a quiz without questions, which nobody passes."""
        return self.earned / self.possible if self.possible else _NONE


def grade(
    items: Sequence[Item], answers: Mapping[int, Answer], pass_mark: Fraction, *, fold: Fold | None = None
) -> Grade:
    """Grade an attempt. ``pass_mark`` is a share of the marks, 0 to 1; no answer earns nothing."""
    marks = tuple(
        Mark(
            item.question,
            share(item.key, answers.get(item.question, ()), fold=fold),
            item.marks,
            bool(answers.get(item.question)),
        )
        for item in items
    )
    earned = sum((mark.earned for mark in marks), _NONE)
    possible = sum(item.marks for item in items)
    return Grade(marks, earned, possible, possible > 0 and earned >= pass_mark * possible)


def share(key: Key, answer: Answer, *, fold: Fold | None = None) -> Fraction:
    """The share of the marks that an answer earns, 0 to 1."""
    if not answer:
        return _NONE
    if isinstance(key, SingleKey):
        return _all_or_nothing(answer == (key.correct,))
    if isinstance(key, TrueFalseKey):
        return _all_or_nothing(answer == ("true" if key.correct else "false",))
    if isinstance(key, MultipleKey):
        return _multiple(key, frozenset(answer))
    if isinstance(key, NumericKey):
        return _all_or_nothing(_close(key, answer[0]))
    return _all_or_nothing(_accepted(key, answer[0], fold))


def _multiple(key: MultipleKey, chosen: frozenset[str]) -> Fraction:
    if key.credit is Credit.EXACT:
        return _all_or_nothing(chosen == key.correct)
    right, wanted = len(chosen & key.correct), len(key.correct)
    if key.credit is Credit.PARTIAL:
        surplus = max(0, len(chosen) - wanted)
        return Fraction(max(0, right - surplus), wanted)
    wrong = len(chosen - key.correct)
    penalty = Fraction(wrong, key.wrong) if key.wrong else _NONE
    return max(_NONE, Fraction(right, wanted) - penalty)


def _close(key: NumericKey, text: str) -> bool:
    value = number(text, key.unit)
    margin = key.tolerance * abs(key.value) if key.relative else key.tolerance
    return value is not None and abs(value - key.value) <= margin


def _accepted(key: TextKey, text: str, fold: Fold | None) -> bool:
    given = normal(text, match_case=key.match_case, fold=fold)
    return any(normal(each, match_case=key.match_case, fold=fold) == given for each in key.accepted)


def _all_or_nothing(right: bool) -> Fraction:
    return _ALL if right else _NONE
