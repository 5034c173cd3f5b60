"""Grading: what an answer earns, exactly. Fractions throughout, so that 3 × ⅓ is 1 and a pass mark is a pass mark. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from msgspec import Struct, field

from assessments.grading import certainty
from assessments.grading.answers import Answer, Fold, normal, number
from assessments.grading.areas import AreaKey, holds, point_of
from assessments.grading.formula import BadFormula, CalculatedKey
from assessments.grading.open_text import OpenKey
from assessments.grading.parts import OrderKey, PartCredit, PartsKey, by_part, order_share
from assessments.grading.questions import (
    Credit,
    Key,
    MultipleKey,
    NumericKey,
    SingleKey,
    TextKey,
    TrueFalseKey,
)

GRADER = "exact-2"
"""Named with every grade. A change of what an answer earns is another grader."""
_NONE, _ALL = Fraction(0), Fraction(1)


class Item(Struct, frozen=True):
    """A question of an attempt by its number, its key and the marks it is worth.

    ``values`` are the numbers drawn for it, ``hand`` what its graders gave: None while they have not.
    """

    question: int
    key: Key
    marks: int
    values: Mapping[str, Fraction] = field(default_factory=dict)
    hand: Fraction | None = None
    sure: int | None = None
    """How sure the answer's giver is, 1 to 3, where that decides what it earns."""


class Mark(Struct, frozen=True):
    """What the answer to one question earned: ``share`` of its ``marks``, 0 to 1, below 0 where wrong answers cost."""

    question: int
    share: Fraction
    marks: int
    answered: bool
    pending: bool = False
    """It waits for a grader; until then it has earned nothing."""
    correct: Fraction | None = None
    """What of the answer was right, where how sure its giver was has made another share of it."""
    sure: int | None = None

    @property
    def earned(self) -> Fraction:
        return self.share * self.marks


class Grade(Struct, frozen=True):
    """The marks in the order of the items; ``earned`` of ``possible``; whether that reaches the pass mark."""

    marks: tuple[Mark, ...]
    earned: Fraction
    possible: int
    passed: bool

    @property
    def pending(self) -> bool:
        """Whether an answer still waits for a grader: the rest is not the grade yet."""
        return any(mark.pending for mark in self.marks)

    @property
    def score(self) -> Fraction:
        """earned ÷ possible; 0 for a quiz without questions, which nobody passes."""
        return self.earned / self.possible if self.possible else _NONE


def grade(
    items: Sequence[Item],
    answers: Mapping[int, Answer],
    pass_mark: Fraction,
    *,
    fold: Fold | None = None,
    penalty: Fraction = _NONE,
    by_certainty: bool = False,
) -> Grade:
    """Grade an attempt. ``pass_mark`` is a share of the marks, 0 to 1; no answer earns nothing.

    ``penalty`` is the share of its marks that a wholly wrong answer costs; a grader's judgement never costs, and
    the whole is never below 0. ``by_certainty``: each answer earns or costs by how sure its giver is.
    """
    marks = tuple(_mark(item, answers.get(item.question, ()), fold, penalty, by_certainty) for item in items)
    earned = max(_NONE, sum((mark.earned for mark in marks), _NONE))
    possible = sum(item.marks for item in items)
    return Grade(marks, earned, possible, possible > 0 and earned >= pass_mark * possible)


def _mark(item: Item, answer: Answer, fold: Fold | None, penalty: Fraction, by_certainty: bool) -> Mark:
    if isinstance(item.key, OpenKey):
        earned = item.hand if answer and item.hand is not None else _NONE
        return Mark(item.question, earned, item.marks, bool(answer), bool(answer) and item.hand is None)
    earned = share(item.key, answer, fold=fold, values=item.values)
    if answer and by_certainty:
        level = item.sure or certainty.LEAST
        return Mark(item.question, certainty.earned(earned, level), item.marks, True, correct=earned, sure=level)
    if answer and not earned:
        earned = -penalty
    return Mark(item.question, earned, item.marks, bool(answer))


def share(
    key: Key, answer: Answer, *, fold: Fold | None = None, values: Mapping[str, Fraction] | None = None
) -> Fraction:
    """The share of the marks that an answer earns, 0 to 1; an open answer's is a grader's to give."""
    if not answer:
        return _NONE
    if isinstance(key, PartsKey):
        return _parts(key, answer, fold)
    if isinstance(key, OrderKey):
        return order_share(key, answer)
    if isinstance(key, CalculatedKey):
        return _calculated(key, answer, values or {})
    if isinstance(key, AreaKey):
        point = point_of(answer[0])
        return _all_or_nothing(point is not None and any(holds(area, *point) for area in key.areas))
    if isinstance(key, OpenKey):
        return _NONE
    return _simple(key, answer, fold)


def _simple(
    key: SingleKey | MultipleKey | TrueFalseKey | NumericKey | TextKey, answer: Answer, fold: Fold | None
) -> Fraction:
    if isinstance(key, SingleKey):
        return _all_or_nothing(answer == (key.correct,))
    if isinstance(key, TrueFalseKey):
        return _all_or_nothing(answer == ("true" if key.correct else "false",))
    if isinstance(key, MultipleKey):
        return _multiple(key, frozenset(answer))
    if isinstance(key, NumericKey):
        return _all_or_nothing(_close(key, answer[0]))
    return _spelt(key, answer[0], fold)


def part_shares(key: PartsKey, answer: Answer, *, fold: Fold | None = None) -> dict[str, Fraction]:
    """Part → what the answer to it earns, 0 to 1."""
    given = by_part(answer)
    return {
        id_: _simple(own, given[id_], fold) if given.get(id_) else _NONE for id_, own in key.parts
    }


def _parts(key: PartsKey, answer: Answer, fold: Fold | None) -> Fraction:
    shares = part_shares(key, answer, fold=fold)
    if key.credit is PartCredit.EXACT:
        return _all_or_nothing(all(each == 1 for each in shares.values()))
    return sum(shares.values(), _NONE) / len(shares)


def _calculated(key: CalculatedKey, answer: Answer, values: Mapping[str, Fraction]) -> Fraction:
    """Numbers for which the formula has no value ask nothing that could be answered: whoever answered gets the marks."""
    try:
        return _all_or_nothing(_close(key.resolved(values), answer[0]))
    except BadFormula:
        return _ALL


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


def _spelt(key: TextKey, text: str, fold: Fold | None) -> Fraction:
    """A whole spelling, else a pattern, earns all; else the best of the spellings that earn a part."""

    def same(each: str) -> str:
        return normal(each, match_case=key.match_case, fold=fold)

    given = same(text)
    if any(same(each) == given for each in key.accepted) or any(fits(same(each), given) for each in key.patterns):
        return _ALL
    return max((part for each, part in key.partly if same(each) == given), default=_NONE)


def fits(pattern: str, text: str) -> bool:
    """Whether the text is the pattern with each ``*`` as any run of letters, also none.

    Each piece is looked for once, from left to right: no pattern takes longer than its length times the text's.
    """
    first, *middle, last = pattern.split("*")
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _all_or_nothing(right: bool) -> Fraction:
    return _ALL if right else _NONE
