"""What questions are written in: texts by language, options, exact numbers, and the word for what is wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from msgspec import Struct, field

LANGUAGES = ("en", "zh_Hans", "zh_Hant")
LONGEST_TEXT = 10_000
MOST_OPTIONS = 20
ID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?", re.ASCII)

Text = Mapping[str, str]
"""A text by language: {'en': …, 'zh_Hans': …}."""


class BadQuestion(ValueError):
    """What is wrong with a question: a stable ``code`` and ``where`` in it."""

    def __init__(self, code: str, where: str) -> None:
        super().__init__(f"{code} at {where}")
        self.code = code
        self.where = where


class Option(Struct, frozen=True):
    id: str
    text: Text
    feedback: Text = field(default_factory=dict)


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


def options_of(data: object, where: str = "options", fewest: int = 2) -> tuple[Option, ...]:
    """:raises BadQuestion: ``question_option_…``."""
    if not isinstance(data, list) or not fewest <= len(data) <= MOST_OPTIONS:
        raise BadQuestion("question_option_count", where)
    options = []
    for at, each in enumerate(data):
        if not isinstance(each, dict) or not isinstance(each.get("id"), str) or not ID.fullmatch(each["id"]):
            raise BadQuestion("question_option_unreadable", f"{where}.{at}")
        text = text_of(each.get("text"), f"{where}.{at}")
        if not text:
            raise BadQuestion("question_option_empty", f"{where}.{at}")
        options.append(Option(each["id"], text, text_of(each.get("feedback"), f"{where}.{at}")))
    if len({option.id for option in options}) < len(options):
        raise BadQuestion("question_option_twice", where)
    return tuple(options)


def unit_of(data: object) -> str:
    """:raises BadQuestion: ``question_unit``."""
    unit = data or ""
    if not isinstance(unit, str) or len(unit) > 40:
        raise BadQuestion("question_unit", "unit")
    return unit.strip()


def decimal_of(data: object, code: str, where: str) -> Fraction:
    """A number written in digits, exact. :raises BadQuestion: with ``code``."""
    if not isinstance(data, str) or not _DECIMAL.fullmatch(data):
        raise BadQuestion(code, where)
    return Fraction(data)


_WRITTEN = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?|[+-]?\d{1,9}/\d{1,9}", re.ASCII)


def written(text: str) -> Fraction:
    """A number as a file writes it, exact: 12, -0.5, 1.5e3, 1/3. A few characters must not cost minutes: 1e9999999 is none.

    :raises ValueError: for anything else.
    """
    text = text.strip()
    if not _WRITTEN.fullmatch(text) or re.search(r"/0+$", text):
        raise ValueError(text[:40])
    return Fraction(text)


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
