"""Answers from a browser: what counts as the same answer, and what is no answer to the question."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.grading.answers import BadAnswer, normal, number, parse, ungrouped
from assessments.grading.questions import KINDS, TRUE_FALSE

IDS = ("k1", "k2", "k3")
SIMPLER = {"戶": "户", "專": "专"}


def simpler(text: str) -> str:
    return "".join(SIMPLER.get(letter, letter) for letter in text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nothing", [None, "", []])
def test_nothing_is_an_answer_left_empty(kind: str, nothing: Any) -> None:
    assert parse(kind, IDS, nothing) == ()


def test_options_chosen_are_the_same_answer_in_any_order() -> None:
    assert parse("multiple", IDS, ["k3", "k1", "k3"]) == parse("multiple", IDS, ["k1", "k3"]) == ("k1", "k3")


def test_one_option_is_an_answer_to_single_and_multiple_choice() -> None:
    assert (
        parse("single", IDS, "k2") == parse("single", IDS, ["k2"]) == parse("multiple", IDS, "k2") == ("k2",)
    )


def test_true_and_false_may_be_said_as_booleans() -> None:
    assert parse("true_false", ("true", "false"), False) == ("false",)
    assert parse("true_false", ("true", "false"), "true") == ("true",)


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("single", "k9", "answer_no_such_option"),
        ("single", ["k1", "k2"], "answer_unreadable"),
        ("single", {"correct": True}, "answer_unreadable"),
        ("single", True, "answer_unreadable"),
        ("multiple", ["k1", 7], "answer_unreadable"),
        ("multiple", ["k1", "k9"], "answer_no_such_option"),
        ("numeric", True, "answer_unreadable"),
        ("short_text", ["a", "b"], "answer_unreadable"),
        ("short_text", "x" * 1_001, "answer_too_long"),
    ],
)
def test_what_cannot_be_an_answer_is_named(kind: str, data: Any, code: str) -> None:
    with pytest.raises(BadAnswer) as refused:
        parse(kind, IDS, data)
    assert refused.value.code == code


def test_a_half_typed_number_is_kept_as_it_is_typed() -> None:
    assert parse("numeric", (), " -1. ") == ("-1.",)


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("12.5", "", Fraction(25, 2)),
        ("１２．５", "", Fraction(25, 2)),
        ("1,234,567.5", "", Fraction(2469135, 2)),
        ("−3", "", Fraction(-3)),
        (".5", "", Fraction(1, 2)),
        ("12.", "", Fraction(12)),
        ("12 %", "%", Fraction(12)),
        ("12％", "%", Fraction(12)),
        ("30 天", "天", Fraction(30)),
        ("0.1", "", Fraction(1, 10)),
    ],
)
def test_a_number_is_read_exactly(typed: str, unit: str, value: Fraction) -> None:
    assert number(typed, unit) == value


@pytest.mark.parametrize(
    "typed", ["", "-", ".", "twelve", "1,23", "12,5", "1e5", "12 %", "1/2", "１，２", "∞", "nan", "٣"]
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert number(typed) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＫＡ", "ka"),
        ("  key   account ", "Key account"),
        ("客户　画像", "客户画像"),
        ("大客户 KA", "大客户KA"),
        ("Straße", "STRASSE"),
        ("客戶", "客户"),
    ],
)
def test_spellings_that_count_as_the_same(one: str, other: str) -> None:
    assert normal(one, fold=simpler) == normal(other, fold=simpler)


def test_case_counts_where_it_is_asked_for() -> None:
    assert normal("Ka", match_case=True) != normal("KA", match_case=True)


def test_blanks_between_latin_words_count() -> None:
    assert normal("keyaccount") != normal("key account")


@given(st.text(max_size=60))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(
    st.sampled_from(KINDS),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=6,
    ),
)
def test_whatever_is_sent_is_an_answer_or_refused_by_a_word(kind: str, data: Any) -> None:
    ids = TRUE_FALSE if kind == "true_false" else IDS
    try:
        answer = parse(kind, ids, data)
    except BadAnswer as problem:
        assert problem.code.startswith("answer_")
    else:
        assert parse(kind, ids, list(answer)) == answer


@pytest.mark.parametrize(
    ("typed", "kept"), [("1,234.5", "1234.5"), ("-12,000", "-12000"), ("1,5", "1,5"), ("1,2345", "1,2345"), ("12", "12"), ("1,000%", "1,000%")]
)
def test_only_commas_between_thousands_are_taken_away(typed: str, kept: str) -> None:
    assert ungrouped(typed) == kept
