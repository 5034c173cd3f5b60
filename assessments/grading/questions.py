"""Questions: what they ask, which answer is right, and what a taker may see of them. Pure.

A question as JSON, in files and in the bank::

    {"kind": "single", "stem": {"en": "…"}, "options": [{"id": "k3", "text": {"en": "…"}, "feedback": {}}],
     "unit": "", "key": {"correct": "k3"}, "feedback": {"en": "…"}}

Keys by kind: single ``{"correct": id}``; multiple ``{"correct": [ids], "credit": "exact|partial|penalty"}``;
true_false ``{"correct": true}``; numeric ``{"value": "12.5", "tolerance": "0.5", "relative": false}``;
short_text ``{"accepted": ["…"], "match_case": false}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

LANGUAGES = ("en", "zh_Hans", "zh_Hant")
LONGEST_TEXT = 10_000
LONGEST_ACCEPTED = 200
MOST_OPTIONS = 20
MOST_ACCEPTED = 50
TRUE_FALSE = ("true", "false")
_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")

Text = Mapping[str, str]
"""A text by language: {'en': …, 'zh_Hans': …}."""


class BadQuestion(ValueError):
    """What is wrong with a question: a stable ``code`` and ``where`` in it."""

    def __init__(self, code: str, where: str) -> None:
        super().__init__(f"{code} at {where}")
        self.code = code
        self.where = where


class Credit(StrEnum):
    """How a multiple choice earns."""

    EXACT = "exact"
    """All or nothing."""
    PARTIAL = "partial"
    """Each right choice its part; choices beyond the number of right ones take parts back."""
    PENALTY = "penalty"
    """Each right choice its part, each wrong choice takes a part back; never below 0."""


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    text: Text
    feedback: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SingleKey:
    correct: str


@dataclass(frozen=True, slots=True)
class MultipleKey:
    """``wrong`` is how many options are not right: the penalty of each wrong choice is shared among them."""

    correct: frozenset[str]
    wrong: int
    credit: Credit = Credit.PARTIAL


@dataclass(frozen=True, slots=True)
class TrueFalseKey:
    correct: bool


@dataclass(frozen=True, slots=True)
class NumericKey:
    """Right from ``value`` − t to ``value`` + t, bounds included; t is ``tolerance``, or that share of |value|."""

    value: Fraction
    tolerance: Fraction = Fraction(0)
    relative: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class TextKey:
    accepted: tuple[str, ...]
    match_case: bool = False


Key = SingleKey | MultipleKey | TrueFalseKey | NumericKey | TextKey
KINDS = ("single", "multiple", "true_false", "numeric", "short_text")
CHOICES = ("single", "multiple")
"""The kinds that carry their own options."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of any kind; ``feedback`` is said to everyone afterwards, an option's to those who chose it."""

    kind: str
    stem: Text
    key: Key
    options: tuple[Option, ...] = ()
    unit: str = ""
    feedback: Text = field(default_factory=dict)


def parse(data: object) -> Question:
    """A question from JSON. :raises BadQuestion: naming what is wrong and where."""
    if not isinstance(data, dict):
        raise BadQuestion("question_unreadable", "question")
    kind = data.get("kind")
    if kind not in KINDS:
        raise BadQuestion("question_kind_unknown", "kind")
    stem = text_of(data.get("stem"), "stem")
    if not any(stem.values()):
        raise BadQuestion("question_stem_missing", "stem")
    options = _options(data.get("options")) if kind in CHOICES else ()
    unit = data.get("unit") or ""
    if not isinstance(unit, str) or len(unit) > 40:
        raise BadQuestion("question_unit", "unit")
    unit = unit.strip() if kind == "numeric" else ""
    key = parse_key(kind, data.get("key"), [option.id for option in options], unit)
    return Question(kind, stem, key, options, unit, text_of(data.get("feedback"), "feedback"))


def parse_key(kind: str, data: object, option_ids: list[str], unit: str = "") -> Key:
    """The key of a question of ``kind`` with these options. :raises BadQuestion:"""
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


def to_json(question: Question) -> dict[str, Any]:
    """The whole question, key included; :func:`parse` gives it back."""
    return {
        "kind": question.kind,
        "stem": dict(question.stem),
        "options": [
            {"id": option.id, "text": dict(option.text), "feedback": dict(option.feedback)}
            for option in question.options
        ],
        "unit": question.unit,
        "key": key_to_json(question.key),
        "feedback": dict(question.feedback),
    }


def key_to_json(key: Key) -> dict[str, Any]:
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
        return {"accepted": list(key.accepted), "match_case": key.match_case}
    return {"correct": key.correct}


def public_view(question: Question) -> dict[str, Any]:
    """What a taker may see before the key is released: no key, no feedback."""
    return {
        "kind": question.kind,
        "stem": dict(question.stem),
        "options": [{"id": option.id, "text": dict(option.text)} for option in question.options],
        "unit": question.unit,
    }


def decimal_text(value: Fraction) -> str:
    """A decimal fraction in full: 25/2 → "12.5". Keys are read from decimals, so this is exact."""
    digits = 0
    while (value * 10**digits).denominator != 1 and digits < 40:
        digits += 1
    whole = abs(int(value * 10**digits))
    sign = "-" if value < 0 else ""
    if not digits:
        return f"{sign}{whole}"
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"


def text_of(data: object, where: str) -> dict[str, str]:
    """A text by language; empty ones are left out. :raises BadQuestion: ``question_text``."""
    if data is None:
        return {}
    if not isinstance(data, dict) or not all(
        key in LANGUAGES and isinstance(value, str) and len(value) <= LONGEST_TEXT
        for key, value in data.items()
    ):
        raise BadQuestion("question_text", where)
    return {key: value.strip() for key, value in data.items() if value.strip()}


def _options(data: object) -> tuple[Option, ...]:
    if not isinstance(data, list) or not 2 <= len(data) <= MOST_OPTIONS:
        raise BadQuestion("question_option_count", "options")
    options = []
    for at, each in enumerate(data):
        if not isinstance(each, dict) or not isinstance(each.get("id"), str) or not _ID.fullmatch(each["id"]):
            raise BadQuestion("question_option_unreadable", f"options.{at}")
        text = text_of(each.get("text"), f"options.{at}")
        if not text:
            raise BadQuestion("question_option_empty", f"options.{at}")
        options.append(Option(each["id"], text, text_of(each.get("feedback"), f"options.{at}")))
    if len({option.id for option in options}) < len(options):
        raise BadQuestion("question_option_twice", "options")
    return tuple(options)


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
    value = _decimal(data.get("value"), "question_number")
    tolerance = _decimal(data.get("tolerance", "0"), "question_tolerance")
    relative = data.get("relative", False)
    if tolerance < 0 or not isinstance(relative, bool):
        raise BadQuestion("question_tolerance", "tolerance")
    return NumericKey(value, tolerance, relative, unit)


def _decimal(data: object, code: str) -> Fraction:
    if not isinstance(data, str) or not _DECIMAL.fullmatch(data) or not data.isascii():
        raise BadQuestion(code, "value" if code == "question_number" else "tolerance")
    return Fraction(data)


def _text(data: dict[str, Any]) -> TextKey:
    accepted = data.get("accepted")
    match_case = data.get("match_case", False)
    if (
        not isinstance(accepted, list)
        or not 1 <= len(accepted) <= MOST_ACCEPTED
        or not all(isinstance(each, str) and 0 < len(each.strip()) <= LONGEST_ACCEPTED for each in accepted)
        or not isinstance(match_case, bool)
    ):
        raise BadQuestion("question_accepted", "accepted")
    return TextKey(tuple(dict.fromkeys(each.strip() for each in accepted)), match_case)
