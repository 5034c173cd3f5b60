"""Questions from JSON: what is read, what is refused and by which word, and that nobody sees a key too early."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.grading.questions import (
    BadQuestion,
    Credit,
    MultipleKey,
    NumericKey,
    Question,
    SingleKey,
    TextKey,
    TrueFalseKey,
    decimal_text,
    parse,
    public_view,
    to_json,
)

STEM = {"en": "Which figure comes first?", "zh_Hans": "先问哪个数字？"}
OPTIONS = [
    {"id": "k1", "text": {"en": "The price"}, "feedback": {"en": "That is what they want to hear."}},
    {"id": "k2", "text": {"en": "What it is compared with"}},
    {"id": "k3", "text": {"en": "The discount"}},
]


def question(kind: str, key: dict[str, Any], **more: Any) -> dict[str, Any]:
    options = OPTIONS if kind in ("single", "multiple") else []
    return {"kind": kind, "stem": STEM, "options": options, "key": key, "feedback": {"en": "Ask."}} | more


EVERY_KIND = [
    question("single", {"correct": "k2"}),
    question("multiple", {"correct": ["k2", "k3"], "credit": "penalty"}),
    question("true_false", {"correct": False}),
    question("numeric", {"value": "12.5", "tolerance": "0.05", "relative": True}, unit="%"),
    question("short_text", {"accepted": ["客户", "顾客"], "match_case": True}),
]


def test_each_kind_is_read_with_its_key() -> None:
    keys = [parse(data).key for data in EVERY_KIND]
    assert keys == [
        SingleKey("k2"),
        MultipleKey(frozenset({"k2", "k3"}), 1, Credit.PENALTY),
        TrueFalseKey(False),
        NumericKey(Fraction(25, 2), Fraction(1, 20), True, "%"),
        TextKey(("客户", "顾客"), True),
    ]


@pytest.mark.parametrize("data", EVERY_KIND, ids=lambda data: data["kind"])
def test_a_question_written_and_read_again_is_the_same(data: dict[str, Any]) -> None:
    assert parse(to_json(parse(data))) == parse(data)


@pytest.mark.parametrize("data", EVERY_KIND, ids=lambda data: data["kind"])
def test_what_a_taker_sees_holds_neither_key_nor_feedback(data: dict[str, Any]) -> None:
    seen = public_view(parse(data))
    assert set(seen) == {"kind", "stem", "options", "unit"}
    assert all(set(option) == {"id", "text"} for option in seen["options"])


@pytest.mark.parametrize(
    ("data", "code", "where"),
    [
        (["no dict"], "question_unreadable", "question"),
        (question("essay", {}), "question_kind_unknown", "kind"),
        (question("single", {"correct": "k2"}, stem={"en": "  "}), "question_stem_missing", "stem"),
        (question("single", {"correct": "k2"}, stem={"fr": "Quoi ?"}), "question_text", "stem"),
        (question("single", {"correct": "k2"}, stem={"en": "x" * 10_001}), "question_text", "stem"),
        (question("single", {"correct": "k2"}, options=OPTIONS[:1]), "question_option_count", "options"),
        (
            question("single", {"correct": "k2"}, options=[*OPTIONS, {"id": "k4", "text": {}}]),
            "question_option_empty",
            "options.3",
        ),
        (
            question("single", {"correct": "k2"}, options=[OPTIONS[0], OPTIONS[0]]),
            "question_option_twice",
            "options",
        ),
        (
            question("single", {"correct": "k2"}, options=[OPTIONS[0], {"id": "<b>", "text": {"en": "x"}}]),
            "question_option_unreadable",
            "options.1",
        ),
        (question("single", {"correct": "k9"}), "question_one_right", "key"),
        (question("single", {"correct": ["k1"]}), "question_one_right", "key"),
        (question("single", None), "question_key_missing", "key"),
        (question("multiple", {"correct": []}), "question_some_right", "key"),
        (question("multiple", {"correct": ["k1"], "credit": "all"}), "question_credit_unknown", "key"),
        (question("true_false", {"correct": "true"}), "question_key_missing", "key"),
        (question("numeric", {"value": "twelve"}), "question_number", "value"),
        (question("numeric", {"value": "１２"}), "question_number", "value"),
        (question("numeric", {"value": "1", "tolerance": "-1"}), "question_tolerance", "tolerance"),
        (question("numeric", {"value": "1"}, unit="x" * 41), "question_unit", "unit"),
        (question("short_text", {"accepted": []}), "question_accepted", "accepted"),
        (question("short_text", {"accepted": [" "]}), "question_accepted", "accepted"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(data: Any, code: str, where: str) -> None:
    with pytest.raises(BadQuestion) as refused:
        parse(data)
    assert (refused.value.code, refused.value.where) == (code, where)


def test_a_unit_belongs_to_numbers_alone() -> None:
    assert parse(question("single", {"correct": "k2"}, unit="%")).unit == ""


def test_an_accepted_answer_given_twice_is_kept_once() -> None:
    key = parse(question("short_text", {"accepted": ["BANT", "BANT ", "MEDDIC"]})).key
    assert key == TextKey(("BANT", "MEDDIC"))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_a_decimal_is_written_as_it_was_read(value: Any) -> None:
    assert Fraction(decimal_text(Fraction(value))) == Fraction(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
        max_leaves=8,
    )
)
def test_whatever_is_sent_is_a_question_or_refused_by_a_word(data: Any) -> None:
    for attempt in (data, {"kind": "single", "stem": STEM, "options": data, "key": data}):
        try:
            assert isinstance(parse(attempt), Question)
        except BadQuestion as problem:
            assert problem.code.startswith("question_")
