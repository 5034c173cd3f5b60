"""What a cell means: text, numbers, dates, periods, yes and no, as people in China and elsewhere write them. Pure.

Every reader takes a cell as :func:`lms.tables.open_table` gives it and returns a value, or raises
:class:`CellProblem` with a code. None guesses where two readings are possible.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from lms.tables import Cell


class CellProblem(ValueError):
    """The cell cannot be read; ``code`` is one of :data:`CODES`, ``params`` hold the figures of its sentence."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


CODES = frozenset(
    {
        "cell_empty",
        "cell_too_long",
        "number_unreadable",
        "number_ambiguous",
        "number_not_whole",
        "number_lost_digits",
        "date_unreadable",
        "period_unreadable",
        "date_ambiguous",
        "boolean_unreadable",
        "choice_unknown",
        "email_unreadable",
    }
)

_BLANKS = frozenset({"", "-", "--", "—", "——", "–", "n/a", "#n/a"})
_EXACT = 10**15  # a spreadsheet keeps 15 digits: longer numbers have lost some
_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s.,;<>\"()]+")


def plain(text: str) -> str:
    """Full-width forms folded to ASCII, white space of every kind trimmed and made single."""
    return (
        text if text.isascii() and text.isalnum() else " ".join(unicodedata.normalize("NFKC", text).split())
    )


def is_blank(cell: Cell) -> bool:
    """Whether nothing is said: empty, white space, or a dash that stands for "no figure"."""
    if not isinstance(cell, str):
        return False
    return (len(cell) <= 4 or cell.isspace()) and plain(cell).lower() in _BLANKS


class _Blank:
    def __repr__(self) -> str:
        return "BLANK"


BLANK = _Blank()
"""What a remembering reader gives for a blank cell."""
_REMEMBERED = 50_000


def remembering(read: Callable[[Cell], Any]) -> Callable[[Cell], Any]:
    """The reader with a memory, for columns in which few values stand many times; blank cells give ``BLANK``."""
    known: dict[str, Any] = {}

    def look(cell: Cell) -> Any:
        if not isinstance(cell, str):
            return read(cell)
        value = known.get(cell, known)
        if value is known:
            value = BLANK if is_blank(cell) else read(cell)
            if len(known) >= _REMEMBERED:
                known.clear()
            known[cell] = value
        return value

    return look


# Text --------------------------------------------------------------------------------------------


def text(cell: Cell) -> str:
    """The cell as text, trimmed; 1001.0 from a workbook is ``'1001'``.

    :raises CellProblem: ``number_lost_digits`` for a number longer than a spreadsheet can hold.
    """
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT:
            raise CellProblem("number_lost_digits")
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def text_up_to(limit: int) -> Callable[[Cell], str]:
    """A reader of text of at most ``limit`` characters."""

    def read(cell: Cell) -> str:
        found = text(cell)
        if len(found) > limit:
            raise CellProblem("cell_too_long", limit=limit)
        return found

    return read


def identifier(cell: Cell) -> str:
    """A person number, code or the like: full-width folded, at most 64 characters.

    :raises CellProblem: ``cell_too_long``, ``number_lost_digits``.
    """
    found = plain(text(cell))
    if len(found) > 64:
        raise CellProblem("cell_too_long", limit=64)
    return found


def email(cell: Cell) -> str:
    """An address, in lower case. :raises CellProblem: ``email_unreadable``, ``cell_too_long``."""
    found = plain(text(cell)).lower()
    if not _EMAIL.fullmatch(found):
        raise CellProblem("email_unreadable")
    if len(found) > 254:
        raise CellProblem("cell_too_long", limit=254)
    return found


# Numbers -----------------------------------------------------------------------------------------

_PLAIN_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,12})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}([, '’])\d{3}(?:\1\d{3})*(?:\.\d+)?", re.ASCII)
_SIMPLE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)
_CURRENCY = re.compile(
    r"^([+-]?)\s*(?:RMB|CNY|USD|EUR|HK\$|NT\$|¥|\$|€|£)\s*|\s*(?:RMB|CNY|USD|EUR|元|圆|圓|€)$", re.I
)
_SCALES = {
    "%": -2,
    "‰": -3,
    "千": 3,
    "万": 4,
    "萬": 4,
    "百万": 6,
    "百萬": 6,
    "千万": 7,
    "千萬": 7,
    "亿": 8,
    "億": 8,
}
_SCALE = re.compile(r"(.*?)\s*(百[万萬]|千[万萬]|[%‰千万萬亿億])")


def number(cell: Cell) -> Decimal:
    """A number: ``1,234.5``, ``１２３``, ``3.5万``, ``1.2亿``, ``85%`` (0.85), ``(120)`` (−120), ``¥ 1 000``.

    :raises CellProblem: ``number_unreadable``; ``number_ambiguous`` where a comma may be either mark (``12,5``).
    """
    if isinstance(cell, str):
        return Decimal(cell) if _PLAIN_NUMBER.fullmatch(cell) else _written_number(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not math.isfinite(cell):
        raise CellProblem("number_unreadable")
    return Decimal(repr(cell)) if not float(cell).is_integer() else Decimal(int(cell))


def integer(cell: Cell) -> int:
    """A whole number. :raises CellProblem: as :func:`number`, and ``number_not_whole``."""
    found = number(cell)
    if found != found.to_integral_value():
        raise CellProblem("number_not_whole")
    return int(found)


def _written_number(cell: str) -> Decimal:
    rest = plain(cell).replace("−", "-").replace("–", "-")
    negative = rest.startswith("(") and rest.endswith(")")
    rest = _CURRENCY.sub(r"\1", rest[1:-1].strip() if negative else rest).strip()
    scale = 0
    if found := _SCALE.fullmatch(rest):
        rest, scale = found.group(1), _SCALES[found.group(2)]
    value = _unscaled(_CURRENCY.sub(r"\1", rest).strip()).scaleb(scale)
    return -value if negative else value


def _unscaled(rest: str) -> Decimal:
    if _GROUPED.fullmatch(rest):
        rest = re.sub(r"[, '’]", "", rest)
    elif not _SIMPLE.fullmatch(rest):
        ambiguous = re.fullmatch(r"[+-]?[\d.]*\d,\d+|[+-]?\d[\d,]*", rest, re.ASCII)
        raise CellProblem("number_ambiguous" if ambiguous else "number_unreadable")
    try:
        return Decimal(rest)
    except InvalidOperation as error:
        raise CellProblem("number_unreadable") from error


# Dates -------------------------------------------------------------------------------------------

_DAY_ZERO = dt.date(1899, 12, 30)  # Excel's day 0, its false 29 February 1900 counted in
_SERIALS = range(10_000, 80_000)  # 1927 to 2119
_MONTHS = {
    name: at
    for at, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(
    rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号號]?{_TIME}", re.ASCII
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}", re.ASCII)
_DAY_NAMED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?[ ,-]+(\d{4})", re.ASCII | re.IGNORECASE
)
_MONTH_NAMED = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.ASCII | re.IGNORECASE)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}", re.ASCII)


def date(cell: Cell) -> dt.date:
    """A day: ``2024-03-05``, ``2024/3/5``, ``2024年3月5日``, ``20240305``, ``5 Mar 2024``, or Excel's day number.

    :raises CellProblem: ``date_unreadable``; ``date_ambiguous`` for ``03/05/2024`` and two-digit years.
    """
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, str):
        return _written_date(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        return _numbered_date(cell)
    raise CellProblem("date_unreadable")


@lru_cache(maxsize=4096)
def _written_date(cell: str) -> dt.date:
    found = plain(cell)
    if match := _YEAR_FIRST.fullmatch(found) or _COMPACT.fullmatch(found):
        return _day(*map(int, match.groups()[:3]))
    if match := _YEAR_LAST.fullmatch(found):
        return _year_last(*map(int, match.groups()[:3]))
    if match := _DAY_NAMED.fullmatch(found):
        return _day(int(match.group(3)), _named_month(match.group(2)), int(match.group(1)))
    if match := _MONTH_NAMED.fullmatch(found):
        return _day(int(match.group(3)), _named_month(match.group(1)), int(match.group(2)))
    if _SHORT_YEAR.fullmatch(found):
        raise CellProblem("date_ambiguous")
    if re.fullmatch(r"\d{5}(?:\.\d+)?", found, re.ASCII):
        return _numbered_date(float(found))
    raise CellProblem("date_unreadable")


def _numbered_date(value: float) -> dt.date:
    if int(value) in _SERIALS:
        return _DAY_ZERO + dt.timedelta(days=int(value))
    if float(value).is_integer() and (match := _COMPACT.fullmatch(str(int(value)))):
        return _day(*map(int, match.groups()))
    raise CellProblem("date_unreadable")


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise CellProblem("date_unreadable") from error


def _year_last(first: int, second: int, year: int) -> dt.date:
    if first <= 12 and second <= 12 and first != second:
        raise CellProblem("date_ambiguous")
    return _day(year, first, second) if second > 12 else _day(year, second, first)


def _named_month(name: str) -> int:
    try:
        return _MONTHS[name[:3].lower()]
    except KeyError as error:
        raise CellProblem("date_unreadable") from error


# Yes and no, and choices -------------------------------------------------------------------------

_YES = frozenset(
    {"yes", "y", "true", "t", "1", "是", "对", "對", "√", "✓", "✔", "有", "在职", "在職", "active"}
)
_NO = frozenset(
    {
        "no",
        "n",
        "false",
        "f",
        "0",
        "否",
        "错",
        "錯",
        "×",
        "✗",
        "✘",
        "x",
        "无",
        "無",
        "离职",
        "離職",
        "inactive",
    }
)


def boolean(cell: Cell) -> bool:
    """Yes or no: ``是/否``, ``yes/no``, ``TRUE/FALSE``, ``1/0``, ``√/×``, ``在职/离职``.

    :raises CellProblem: ``boolean_unreadable``.
    """
    if isinstance(cell, bool):
        return cell
    found = plain(text(cell)).lower()
    if found in _YES:
        return True
    if found in _NO:
        return False
    raise CellProblem("boolean_unreadable")


def choice(synonyms: Mapping[str, str]) -> Callable[[Cell], str]:
    """A reader of one of several words, e.g. ``choice({"rep": "rep", "销售代表": "rep"})``.

    :raises CellProblem: (the reader) ``choice_unknown`` with the ``known`` values.
    """
    folded = {plain(word).lower(): value for word, value in synonyms.items()}
    known = ", ".join(dict.fromkeys(synonyms.values()))

    def read(cell: Cell) -> str:
        try:
            return folded[plain(text(cell)).lower()]
        except KeyError as error:
            raise CellProblem("choice_unknown", known=known) from error

    return read
