"""Keys: which answer is right, kind by kind, and what part of the marks it earns. Pure.

By kind: single ``{"correct": id}``; multiple ``{"correct": [ids], "credit": "exact|partial|penalty"}``; true_false
``{"correct": true}``; numeric ``{"value": "12.5", "tolerance": "0.5", "relative": false}``; short_text
``{"accepted": ["…"], "match_case": false, "patterns": ["key *"], "partly": [{"text": "…", "share": "1/2"}]}``, the
last two only when there are any.
"""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction
from typing import Any

from msgspec import Struct

from assessments.grading.texts import BadQuestion, decimal_of, decimal_text

LONGEST_ACCEPTED = 200
MOST_ACCEPTED = 50
MOST_WILD = 5
"""Asterisks in a pattern."""
TRUE_FALSE = ("true", "false")
_SHARE = re.compile(r"[1-9]\d{0,2}/[1-9]\d{0,2}", re.ASCII)


class Credit(StrEnum):
    """How a multiple choice earns."""

    EXACT = "exact"
    """All or nothing."""
    PARTIAL = "partial"
    """Each right choice its part; choices beyond the number of right ones take parts back."""
    PENALTY = "penalty"
    """Each right choice its part, each wrong choice takes a part back; never below 0."""


class SingleKey(Struct, frozen=True):
    correct: str


class MultipleKey(Struct, frozen=True):
    """``wrong`` is how many options are not right: the penalty of each wrong choice is shared among them."""

    correct: frozenset[str]
    wrong: int
    credit: Credit = Credit.PARTIAL


class TrueFalseKey(Struct, frozen=True):
    correct: bool


class NumericKey(Struct, frozen=True):
    """Right from ``value`` − t to ``value`` + t, bounds included; t is ``tolerance``, or that share of |value|."""

    value: Fraction
    tolerance: Fraction = Fraction(0)
    relative: bool = False
    unit: str = ""


class TextKey(Struct, frozen=True):
    """``accepted`` and ``patterns`` (``*`` is any run of letters) earn all, ``partly`` a share above 0 and below 1."""

    accepted: tuple[str, ...]
    match_case: bool = False
    patterns: tuple[str, ...] = ()
    partly: tuple[tuple[str, Fraction], ...] = ()


SimpleKey = SingleKey | MultipleKey | TrueFalseKey | NumericKey | TextKey
SIMPLE = ("single", "multiple", "true_false", "numeric", "short_text")
CHOICES = ("single", "multiple")
"""The simple kinds that carry their own options."""


def parse_simple(kind: str, data: object, option_ids: list[str], unit: str = "") -> SimpleKey:
    """The key of a question of a simple kind with these options. :raises BadQuestion:"""
    if not isinstance(data, dict):
        raise BadQuestion("question_key_missing", "key")
    if kind == "single":
        return _single(data, option_ids)
    if kind == "multiple":
        return _multiple(data, option_ids)
    if kind == "true_false":
        if not isinstance(data.get("correct"), bool):
            raise BadQuestion("question_key_missing", "key")
        return TrueFalseKey(data["correct"])
    if kind == "numeric":
        return _numeric(data, unit)
    if kind == "short_text":
        return _text(data)
    raise BadQuestion("question_kind_unknown", "kind")


def simple_to_json(key: SimpleKey) -> dict[str, Any]:
    """The canonical form of a key: the same key is always the same JSON."""
    if isinstance(key, MultipleKey):
        return {"correct": sorted(key.correct), "credit": key.credit.value}
    if isinstance(key, NumericKey):
        return {
            "value": decimal_text(key.value),
            "tolerance": decimal_text(key.tolerance),
            "relative": key.relative,
        }
    if isinstance(key, TextKey):
        return _text_to_json(key)
    return {"correct": key.correct}


def _text_to_json(key: TextKey) -> dict[str, Any]:
    data: dict[str, Any] = {"accepted": list(key.accepted), "match_case": key.match_case}
    if key.patterns:
        data["patterns"] = list(key.patterns)
    if key.partly:
        data["partly"] = [{"text": text, "share": str(share)} for text, share in key.partly]
    return data


def _single(data: dict[str, Any], option_ids: list[str]) -> SingleKey:
    correct = data.get("correct")
    if not isinstance(correct, str) or correct not in option_ids:
        raise BadQuestion("question_one_right", "key")
    return SingleKey(correct)


def _multiple(data: dict[str, Any], option_ids: list[str]) -> MultipleKey:
    correct = data.get("correct")
    if not isinstance(correct, list) or not correct or not all(each in option_ids for each in correct):
        raise BadQuestion("question_some_right", "key")
    credit = data.get("credit", Credit.PARTIAL.value)
    if credit not in {each.value for each in Credit}:
        raise BadQuestion("question_credit_unknown", "key")
    right = frozenset(correct)
    return MultipleKey(right, len(option_ids) - len(right), Credit(credit))


def _numeric(data: dict[str, Any], unit: str) -> NumericKey:
    value = decimal_of(data.get("value"), "question_number", "value")
    tolerance = decimal_of(data.get("tolerance", "0"), "question_tolerance", "tolerance")
    relative = data.get("relative", False)
    if tolerance < 0 or not isinstance(relative, bool):
        raise BadQuestion("question_tolerance", "tolerance")
    return NumericKey(value, tolerance, relative, unit)


def _text(data: dict[str, Any]) -> TextKey:
    match_case = data.get("match_case", False)
    accepted = _spellings(data.get("accepted"))
    patterns = _spellings(data.get("patterns", []))
    if not isinstance(match_case, bool) or not accepted and not patterns:
        raise BadQuestion("question_accepted", "accepted")
    if any("*" not in each or each.count("*") > MOST_WILD or not each.strip("* ") for each in patterns):
        raise BadQuestion("question_pattern", "accepted")
    return TextKey(accepted, match_case, patterns, _partly(data.get("partly", [])))


def _spellings(data: object) -> tuple[str, ...]:
    if (
        not isinstance(data, list)
        or len(data) > MOST_ACCEPTED
        or not all(isinstance(each, str) and 0 < len(each.strip()) <= LONGEST_ACCEPTED for each in data)
    ):
        raise BadQuestion("question_accepted", "accepted")
    return tuple(dict.fromkeys(each.strip() for each in data))


def _partly(data: object) -> tuple[tuple[str, Fraction], ...]:
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise BadQuestion("question_accepted", "accepted")
    texts = _spellings([each.get("text") for each in data])
    shares = [share_of(each.get("share")) for each in data]
    if len(texts) < len(shares):
        raise BadQuestion("question_accepted", "accepted")
    return tuple(zip(texts, shares, strict=True))


def share_of(data: object) -> Fraction:
    """A share between 0 and 1, like ``1/3``. :raises BadQuestion: ``question_share``."""
    if not isinstance(data, str) or not _SHARE.fullmatch(data) or not 0 < Fraction(data) < 1:
        raise BadQuestion("question_share", "accepted")
    return Fraction(data)
