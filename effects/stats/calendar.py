"""Periods as people write them, turned into equally spaced numbers and back.

Understood: whole numbers (years or 1..T), months ``2024-01`` (also ``2024/1``, ``202401``, ``2024年1月``), quarters
``2024-Q1`` (``2024年第1季度``), ISO weeks ``2024-W05``, days ``2024-01-31`` and date objects. Days of which no two
lie in one month, and that are a month apart or more, are months: the 15th or the last of each is a way of writing it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

from msgspec import Struct

Unit = Literal["number", "month", "quarter", "week", "day"]

_MONTH = re.compile(r"^(\d{4})[-/.](\d{1,2})$")
_PACKED_MONTH = re.compile(r"^(19|20)\d{2}(0[1-9]|1[0-2])$")
_QUARTER = re.compile(r"^(\d{4})[-/ ]?[Qq]([1-4])$")
_WEEK = re.compile(r"^(\d{4})-?[Ww](\d{1,2})$")
_DAY = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?$")
_NUMBER = re.compile(r"^([+-]?\d{1,12})(?:\.0+)?$")
_CHINESE = (
    (re.compile(r"^(\d{4})\s*年\s*第?\s*([1-4一二三四])\s*季度?$"), r"\1-Q\2"),
    (re.compile(r"^(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]$"), r"\1-\2-\3"),
    (re.compile(r"^(\d{4})\s*年\s*(\d{1,2})\s*月份?$"), r"\1-\2"),
    (re.compile(r"^(\d{4})\s*年度?$"), r"\1"),
)
_NUMERALS = str.maketrans("一二三四", "1234")
_MONTH_APART = 27
_FIRST_MONDAY = date(1970, 1, 5).toordinal()


class UnreadablePeriod(ValueError):
    """The value is no period, or none of this calendar."""


class Calendar(Struct, frozen=True):
    """Equally spaced periods: ordinals ``first``, ``first + step``, ... of one ``unit``."""

    unit: Unit
    first: int
    step: int
    length: int

    @property
    def cycle(self) -> int | None:
        """Periods in a year, where a season can exist."""
        if self.step != 1:
            return None
        return {"month": 12, "quarter": 4, "week": 52}.get(self.unit)

    def label(self, index: int) -> str:
        """The period ``index`` in writing."""
        return write(self.unit, self.first + index * self.step)

    def index(self, value: Any) -> int:
        """Index of the period that holds ``value``; may lie outside 0..length-1 (before: negative).

        A value between two spaced numbers belongs to the later one. Raises ``UnreadablePeriod``.
        """
        ordinal = convert(*read(value), self.unit)
        return -((self.first - ordinal) // self.step)


def read(value: Any) -> tuple[Unit, int]:
    """Unit and ordinal of one value. Raises ``UnreadablePeriod``."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return "day", value.toordinal()
    text = _plain(str(value).strip())
    if _PACKED_MONTH.match(text):
        return "month", int(text[:4]) * 12 + int(text[4:]) - 1
    if found := _NUMBER.match(text):
        return "number", int(found[1])
    try:
        return _read_written(text)
    except ValueError:
        raise UnreadablePeriod(text) from None


def _plain(text: str) -> str:
    """2024年3月 as 2024-3."""
    for pattern, written in _CHINESE:
        if pattern.match(text):
            return pattern.sub(written, text).translate(_NUMERALS)
    return text


def _read_written(text: str) -> tuple[Unit, int]:
    if found := _MONTH.match(text):
        year, month = int(found[1]), int(found[2])
        return "month", date(year, month, 1).year * 12 + month - 1
    if found := _QUARTER.match(text):
        return "quarter", int(found[1]) * 4 + int(found[2]) - 1
    if found := _WEEK.match(text):
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return "week", (monday.toordinal() - _FIRST_MONDAY) // 7
    if found := _DAY.match(text):
        return "day", date(int(found[1]), int(found[2]), int(found[3])).toordinal()
    raise UnreadablePeriod(text)


def convert(unit: Unit, ordinal: int, wanted: Unit) -> int:
    """An ordinal in another unit: the period that holds it. Raises ``UnreadablePeriod`` if there is none."""
    if unit == wanted:
        return ordinal
    if unit == "day" and wanted == "month":
        day = date.fromordinal(ordinal)
        return day.year * 12 + day.month - 1
    if unit == "day" and wanted == "quarter":
        return convert("day", ordinal, "month") // 3
    if unit == "day" and wanted == "week":
        return (ordinal - _FIRST_MONDAY) // 7
    if unit == "month" and wanted == "quarter":
        return ordinal // 3
    if unit == "month" and wanted == "day":
        return date(ordinal // 12, ordinal % 12 + 1, 1).toordinal()
    raise UnreadablePeriod(write(unit, ordinal))


def write(unit: Unit, ordinal: int) -> str:
    """The ordinal in writing."""
    if unit == "month":
        return f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}"
    if unit == "quarter":
        return f"{ordinal // 4:04d}-Q{ordinal % 4 + 1}"
    if unit == "week":
        year, week, _ = date.fromordinal(ordinal * 7 + _FIRST_MONDAY).isocalendar()
        return f"{year:04d}-W{week:02d}"
    if unit == "day":
        return date.fromordinal(ordinal).isoformat()
    return str(ordinal)


def calendar_of(values: Iterable[tuple[Unit, int]]) -> Calendar:
    """The calendar of all periods seen. Raises ``UnreadablePeriod`` if kinds are mixed."""
    seen = sorted(set(values), key=lambda v: v[1])
    units = {unit for unit, _ in seen}
    if len(units) != 1:
        raise UnreadablePeriod(", ".join(write(*v) for v in seen[:1] + seen[-1:]))
    unit = units.pop()
    ordinals = [ordinal for _, ordinal in seen]
    spaced = unit in ("number", "day")
    if unit == "day" and _monthly(ordinals):
        unit, ordinals = "month", [convert("day", o, "month") for o in ordinals]
    spacing = math.gcd(*(b - a for a, b in zip(ordinals, ordinals[1:], strict=False)))
    step = max(spacing, 1) if spaced else 1
    return Calendar(unit, ordinals[0], step, (ordinals[-1] - ordinals[0]) // step + 1)


def _monthly(days: list[int]) -> bool:
    """Whether sorted days are a way of writing months: no two in one, and a month apart or more."""
    months = {convert("day", day, "month") for day in days}
    apart = all(b - a >= _MONTH_APART for a, b in zip(days, days[1:], strict=False))
    return len(months) == len(days) and apart
