"""Reading a period out of a cell: week, month, quarter or year, in Chinese and English notation. Pure."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from lms.imports.cells import CellProblem, date, plain
from lms.tables import Cell

PeriodKind = Literal["day", "week", "month", "quarter", "year"]


class Period(Struct, frozen=True):
    """A stretch of the calendar: its kind and its first day (a week begins on Monday, ISO 8601)."""

    kind: PeriodKind
    start: dt.date


_YEAR = r"(?P<year>(?:19|20)\d{2})"
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.ASCII | re.IGNORECASE) for pattern in patterns)


_MONTHS = _compiled(
    rf"{_YEAR}\s*[-/.年 ]\s*(?P<part>\d{{1,2}})\s*月?份?",
    rf"{_YEAR}(?P<part>\d{{2}})",
    rf"(?P<part>\d{{1,2}})[-/.]{_YEAR}",
)
_NAMED_MONTHS = _compiled(
    rf"(?P<part>[a-z]{{3,9}})\.?[ -]*{_YEAR}",
    rf"{_YEAR}[ -]*(?P<part>[a-z]{{3,9}})\.?",
)
_QUARTERS = _compiled(
    rf"{_YEAR}\s*[-/年 ]?\s*Q(?P<part>[1-4])",
    rf"Q(?P<part>[1-4])[-/ ]*{_YEAR}",
    rf"{_YEAR}\s*年?\s*第?\s*(?P<part>[1-4一二三四])\s*季度?",
)
_WEEKS = _compiled(
    rf"{_YEAR}\s*-?\s*W(?P<part>\d{{1,2}})",
    rf"{_YEAR}\s*年?\s*第?\s*(?P<part>\d{{1,2}})\s*[周週]",
)
_YEARS = _compiled(rf"(?:FY\s*)?{_YEAR}\s*(?:年度?)?")


def period(cell: Cell) -> Period:
    """A period: ``2024-03``, ``2024年3月``, ``202403``, ``Mar 2024``, ``2024Q1``, ``2024年第一季度``, ``2024-W05``,
    ``2024年第5周``, ``2024``; a full date is a period of kind ``day``.

    :raises CellProblem: ``period_unreadable``, ``date_ambiguous``.
    """
    if isinstance(cell, str):
        return _written(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell).is_integer():
        return _written(str(int(cell)))
    return Period("day", date(cell))


def month(cell: Cell) -> dt.date:
    """The first day of the month that is named, or that a full date falls into.

    :raises CellProblem: ``period_unreadable`` also for quarters, weeks and years.
    """
    found = period(cell)
    if found.kind not in ("month", "day"):
        raise CellProblem("period_unreadable")
    return found.start.replace(day=1)


@lru_cache(maxsize=4096)
def _written(cell: str) -> Period:
    found = plain(cell)
    if match := _first(_QUARTERS, found):
        quarter = _NUMERALS[match["part"]]
        return Period("quarter", dt.date(int(match["year"]), quarter * 3 - 2, 1))
    if match := _first(_WEEKS, found):
        return Period("week", _monday(int(match["year"]), int(match["part"])))
    if match := _first(_MONTHS, found):
        return _month(int(match["year"]), int(match["part"]))
    if (match := _first(_NAMED_MONTHS, found)) and match["part"][:3].lower() in _NAMES:
        return _month(int(match["year"]), _NAMES.index(match["part"][:3].lower()) + 1)
    if match := _first(_YEARS, found):
        return Period("year", dt.date(int(match["year"]), 1, 1))
    try:
        return Period("day", date(cell))
    except CellProblem as problem:
        if problem.code != "date_unreadable":
            raise
        raise CellProblem("period_unreadable") from problem


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    return next((match for pattern in patterns if (match := pattern.fullmatch(text))), None)


def _month(year: int, number: int) -> Period:
    if not 1 <= number <= 12:
        raise CellProblem("period_unreadable")
    return Period("month", dt.date(year, number, 1))


def _monday(year: int, week: int) -> dt.date:
    try:
        return dt.date.fromisocalendar(year, week, 1)
    except ValueError as error:
        raise CellProblem("period_unreadable") from error
