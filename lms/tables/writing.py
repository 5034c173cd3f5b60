"""Writing a table: one set of columns feeds the screen and its CSV or XLSX export. Pure.

CSV begins with a byte order mark (Excel takes Chinese for the local code page without it), and text that
Excel would run as a formula gets an apostrophe (OWASP, *CSV Injection*); :func:`lms.tables.open_table` takes it
back. XLSX holds numbers as numbers and dates as dates.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO

import xlsxwriter
from msgspec import Struct

from lms.tables.problems import TableProblem

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet


class Kind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    PERCENT = "percent"
    """A fraction, 0.25, shown as 25.0%."""
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


class Column(Struct, frozen=True):
    """One column: ``key`` finds the value in a row (mapping key or attribute), ``label`` heads it.

    ``label`` may be a lazy translation; ``value`` computes the cell where a key is not enough.
    """

    key: str
    label: Any
    kind: Kind = Kind.TEXT
    value: Callable[[Any], Any] | None = None

    def of(self, row: Any) -> Any:
        if self.value is not None:
            return self.value(row)
        return row[self.key] if isinstance(row, Mapping) else getattr(row, self.key)


class Sheet(Struct, frozen=True):
    title: str
    columns: Sequence[Column]
    rows: Iterable[Any]


CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_FORMATS = {
    Kind.INTEGER: "#,##0",
    Kind.NUMBER: "#,##0.####",
    Kind.PERCENT: "0.0%",
    Kind.DATE: "yyyy-mm-dd",
    Kind.DATETIME: "yyyy-mm-dd hh:mm",
}
_MAX_ROWS = 1_048_576
_MAX_CELL = 32_767
_SAMPLE = 200
_PIECE = 2**16
_FIRST_DAY = dt.date(1900, 3, 1)  # Excel believes in 29 February 1900: earlier days are written as text


def export(
    rows: Iterable[Any], columns: Sequence[Column], format: str, *, title: str = "", zone: dt.tzinfo = dt.UTC
) -> Iterator[bytes]:
    """The table as a stream of bytes in flat memory.

    :param format: ``csv`` or ``xlsx`` (the keys of :data:`CONTENT_TYPES`).
    :param title: name of the sheet.
    :param zone: the zone moments are written in; spreadsheets know none.
    :raises ValueError: for another format.
    """
    if format == "csv":
        return _csv(rows, columns, zone)
    if format == "xlsx":
        return _xlsx([Sheet(title, columns, rows)], zone)
    raise ValueError(format)


def guarded(text: str) -> str:
    """Text that Excel shows and does not run."""
    return "'" + text if _FORMULA.match(text) else text


def _csv(rows: Iterable[Any], columns: Sequence[Column], zone: dt.tzinfo) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([guarded(str(column.label)) for column in columns])
    for row in rows:
        writer.writerow([_text(column.of(row), zone) for column in columns])
        if buffer.tell() > _PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _text(value: Any, zone: dt.tzinfo) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else ""
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.datetime):
        return _local(value, zone).isoformat(sep=" ", timespec="minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    return guarded(str(value))


def _local(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _xlsx(sheets: Sequence[Sheet], zone: dt.tzinfo) -> Iterator[bytes]:
    with TemporaryFile() as file:
        write_workbook(file, sheets, zone=zone)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def new_workbook(file: BinaryIO) -> xlsxwriter.Workbook:
    """An XLSX to be laid out by hand: text stays text, whatever it looks like. Use it in a ``with`` block."""
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(file, options)


def write_workbook(file: BinaryIO, sheets: Sequence[Sheet], *, zone: dt.tzinfo = dt.UTC) -> None:
    """Write an XLSX of one or several sheets to a binary file, row by row.

    :raises TableProblem: ``table_too_many_rows`` when a sheet would pass Excel's 1,048,576.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        heading = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        formats = {kind: book.add_format({"num_format": shape}) for kind, shape in _FORMATS.items()}
        for number, sheet in enumerate(sheets, 1):
            page = book.add_worksheet(_sheet_name(sheet.title, number))
            _write_sheet(page, sheet, heading, formats, zone)


def _sheet_name(title: str, number: int) -> str:
    """Excel forbids some characters, 32 and more of them, and apostrophes at the ends."""
    return re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title)[:31].strip("' ") or f"Sheet{number}"


def _write_sheet(
    page: Worksheet, sheet: Sheet, heading: Format, formats: dict[Kind, Format], zone: dt.tzinfo
) -> None:
    rows = iter(sheet.rows)
    sample = list(islice(rows, _SAMPLE))
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, _width(column, sample, zone))
        page.write_string(0, at, str(column.label)[:_MAX_CELL], heading)
    page.freeze_panes(1, 0)
    for number, row in enumerate(chain(sample, rows), 1):
        if number >= _MAX_ROWS:
            raise TableProblem("table_too_many_rows", value=_MAX_ROWS - 1)
        for at, column in enumerate(sheet.columns):
            _write_cell(page, number, at, column.of(row), formats.get(column.kind), zone)


def _write_cell(
    page: Worksheet, row: int, at: int, value: Any, shape: Format | None, zone: dt.tzinfo
) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(row, at, value)
    elif isinstance(value, int | float | Decimal):
        if math.isfinite(value):
            page.write_number(row, at, value, shape)
    elif isinstance(value, dt.date) and _days(value) >= _FIRST_DAY:
        moment = _local(value, zone) if isinstance(value, dt.datetime) else value
        page.write_datetime(row, at, moment, shape)
    else:
        text = str(value) if isinstance(value, str) else _text(value, zone)
        if text:
            page.write_string(row, at, text[:_MAX_CELL])


def _days(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _width(column: Column, sample: Sequence[Any], zone: dt.tzinfo) -> float:
    """Wide enough for the heading and most of the first rows; a Chinese character takes two places."""
    texts = sorted(_places(_text(column.of(row), zone)) for row in sample)
    usual = texts[int(len(texts) * 0.95)] if texts else 0
    return float(min(60, max(8, _places(str(column.label)) + 2, usual + 2)))


def _places(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
