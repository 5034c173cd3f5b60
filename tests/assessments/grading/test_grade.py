"""Grades worked out by hand, and what a grade must not depend on."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.grading.answers import Answer
from assessments.grading.grade import Item, grade, share
from assessments.grading.questions import (
    Credit,
    Key,
    MultipleKey,
    NumericKey,
    SingleKey,
    TextKey,
    TrueFalseKey,
)

HALF = Fraction(1, 2)


def multiple(credit: Credit) -> MultipleKey:
    """Five options a–e, of which a and b are right."""
    return MultipleKey(frozenset("ab"), 3, credit)


@pytest.mark.parametrize(
    ("chosen", "exact", "partial", "penalty"),
    [
        ("ab", 1, 1, 1),
        ("a", 0, HALF, HALF),
        ("ac", 0, HALF, HALF - Fraction(1, 3)),
        ("abc", 0, HALF, 1 - Fraction(1, 3)),
        ("c", 0, 0, 0),
        ("acde", 0, 0, 0),
        ("abcde", 0, 0, 0),
        ("", 0, 0, 0),
    ],
)
def test_partial_credit_by_hand(chosen: str, exact: Fraction, partial: Fraction, penalty: Fraction) -> None:
    answer = tuple(sorted(chosen))
    assert [share(multiple(credit), answer) for credit in (Credit.EXACT, Credit.PARTIAL, Credit.PENALTY)] == [
        exact,
        partial,
        penalty,
    ]


def test_where_every_option_is_right_none_can_be_penalised() -> None:
    assert share(MultipleKey(frozenset("ab"), 0, Credit.PENALTY), ("a", "b")) == 1


@pytest.mark.parametrize(
    ("key", "answer", "earned"),
    [
        (SingleKey("a"), ("a",), 1),
        (SingleKey("a"), ("b",), 0),
        (TrueFalseKey(True), ("true",), 1),
        (TrueFalseKey(False), ("true",), 0),
        (NumericKey(Fraction("12.5"), Fraction("0.5")), ("13",), 1),
        (NumericKey(Fraction("12.5"), Fraction("0.5")), ("13.01",), 0),
        (NumericKey(Fraction("0.3")), ("0.30",), 1),
        (NumericKey(Fraction(-200), Fraction("0.1"), relative=True), ("-220",), 1),
        (NumericKey(Fraction(-200), Fraction("0.1"), relative=True), ("-221",), 0),
        (NumericKey(Fraction(25), unit="%"), ("25 ％",), 1),
        (NumericKey(Fraction(25)), ("about 25",), 0),
        (TextKey(("key account", "大客户")), (" Key  Account ",), 1),
        (TextKey(("key account", "大客户")), ("大 客户",), 1),
        (TextKey(("KA",), match_case=True), ("ka",), 0),
        (TextKey(("KA",)), ("ABC",), 0),
    ],
)
def test_single_answers_by_hand(key: Key, answer: Answer, earned: int) -> None:
    assert share(key, answer) == earned


def test_traditional_characters_count_as_simplified_ones_when_told_so() -> None:
    key = TextKey(("客户",))
    assert share(key, ("客戶",)) == 0
    assert share(key, ("客戶",), fold=lambda text: text.replace("戶", "户")) == 1


def test_three_thirds_are_one_whole() -> None:
    items = [Item(n, MultipleKey(frozenset("abc"), 1), 1) for n in (1, 2, 3)]
    judged = grade(items, dict.fromkeys((1, 2, 3), ("a",)), Fraction(1, 3))
    assert judged.earned == 1
    assert judged.passed


def test_the_pass_mark_itself_passes_and_a_hair_below_does_not() -> None:
    items = [Item(1, SingleKey("a"), 7), Item(2, SingleKey("a"), 3)]
    answers = {1: ("a",)}
    assert grade(items, answers, Fraction(70, 100)).passed
    assert not grade(items, answers, Fraction(71, 100)).passed


def test_marks_weigh_the_questions() -> None:
    judged = grade([Item(1, SingleKey("a"), 3), Item(2, SingleKey("a"), 1)], {2: ("a",)}, HALF)
    assert (judged.earned, judged.possible, judged.score) == (1, 4, Fraction(1, 4))


def test_a_quiz_without_questions_is_passed_by_nobody() -> None:
    assert not grade([], {}, Fraction(0)).passed


def test_an_answer_to_a_question_that_was_not_asked_earns_nothing() -> None:
    assert grade([Item(1, SingleKey("a"), 1)], {2: ("a",)}, HALF).earned == 0


KEYS = st.one_of(
    st.builds(SingleKey, st.sampled_from("abcde")),
    st.builds(
        lambda right, credit: MultipleKey(right, 5 - len(right), credit),
        st.frozensets(st.sampled_from("abcde"), min_size=1),
        st.sampled_from(list(Credit)),
    ),
)
ANSWERS = st.frozensets(st.sampled_from("abcde")).map(lambda chosen: tuple(sorted(chosen)))
SHEETS = st.lists(st.tuples(KEYS, ANSWERS, st.integers(1, 5)), min_size=1, max_size=8)


def sheet(rows: list[tuple[Key, Answer, int]]) -> tuple[list[Item], dict[int, Answer]]:
    items = [Item(n, key, marks) for n, (key, _answer, marks) in enumerate(rows)]
    return items, {n: answer for n, (_key, answer, _marks) in enumerate(rows)}


@given(SHEETS, st.randoms(use_true_random=False))
def test_a_grade_depends_neither_on_the_order_of_questions_nor_on_that_of_answers(rows, chance) -> None:
    items, answers = sheet(rows)
    before = grade(items, answers, HALF)
    moved, given_later = list(items), list(answers.items())
    chance.shuffle(moved)
    chance.shuffle(given_later)
    after = grade(moved, dict(given_later), HALF)
    assert (after.earned, after.possible, after.passed) == (before.earned, before.possible, before.passed)
    assert {mark.question: mark for mark in after.marks} == {mark.question: mark for mark in before.marks}


@given(SHEETS, st.permutations("abcde"))
def test_a_grade_does_not_depend_on_how_options_are_named_or_ordered(rows, names) -> None:
    renamed = dict(zip("abcde", names, strict=True))

    def other(key: Key) -> Key:
        if isinstance(key, SingleKey):
            return SingleKey(renamed[key.correct])
        assert isinstance(key, MultipleKey)
        return MultipleKey(frozenset(renamed[each] for each in key.correct), key.wrong, key.credit)

    changed = [(other(key), tuple(sorted(renamed[x] for x in answer)), marks) for key, answer, marks in rows]
    assert grade(*sheet(changed), HALF) == grade(*sheet(rows), HALF)


@given(SHEETS)
def test_grading_again_gives_the_same_grade(rows) -> None:
    assert grade(*sheet(rows), HALF) == grade(*sheet(rows), HALF)


@given(SHEETS)
def test_a_grade_lies_between_nothing_and_everything(rows) -> None:
    judged = grade(*sheet(rows), HALF)
    assert 0 <= judged.score <= 1
    assert all(0 <= mark.share <= 1 for mark in judged.marks)


@given(KEYS)
def test_the_right_answer_earns_everything_and_ticking_every_box_earns_it_only_if_all_are_right(key) -> None:
    right = (key.correct,) if isinstance(key, SingleKey) else tuple(sorted(key.correct))
    assert share(key, right) == 1
    all_right = isinstance(key, MultipleKey) and len(key.correct) == 5
    assert (share(key, tuple("abcde")) == 1) == all_right
