"""Reading a table: what the content is (never what the name says), its header, and its rows one by one. Pure.

A CSV of any length is streamed; an XLSX is looked over before it is parsed (:mod:`lms.tables.workbook`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from lms.tables import workbook
from lms.tables.encodings import detect
from lms.tables.problems import Limits, TableProblem

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Row = tuple[int, Sequence[Cell]]

_ZIP = b"PK\x03\x04"
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_HEADER_SEARCH = 10
_DELIMITERS = ",;\t"
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


class Table:
    """A header and the rows under it, each with the row number a spreadsheet shows (the first row is 1).

    Cells of a CSV are text; cells of an XLSX are text, numbers (always float), booleans, dates and times.
    Rows that are empty throughout are left out; short rows are filled with ``''``; a row may be longer than
    the header. ``rows()`` can be walked once.
    """

    def __init__(
        self,
        rows: Iterator[Row],
        *,
        limits: Limits,
        encoding: str | None = None,
        delimiter: str | None = None,
        sheet: str | None = None,
        sheets: Sequence[str] = (),
        expected_rows: int = 0,
    ) -> None:
        self.encoding = encoding
        self.delimiter = delimiter
        self.sheet = sheet
        self.sheets = tuple(sheets)
        self.expected_rows = expected_rows
        """About how many rows there are, for a progress bar; 0 where it is not known beforehand."""
        self._limits = limits
        self._handle: BinaryIO | None = None
        first = list(islice(rows, _HEADER_SEARCH))
        self._check_width(first)
        at = _header_at([cells for _, cells in first])
        self.header_row, header = first[at]
        self.header: tuple[str, ...] = tuple(_heading(cell) for cell in _trimmed(header))
        self._rows = chain(first[at + 1 :], rows)

    def rows(self) -> Iterator[Row]:
        """:raises TableProblem: when the file passes a limit or breaks off further down."""
        width = len(self.header)
        for count, (number, cells) in enumerate(self._rows, 1):
            if count > self._limits.max_rows:
                raise TableProblem("table_too_many_rows", row=number, value=self._limits.max_rows)
            missing = width - len(cells)
            yield number, ([*cells, *[""] * missing] if missing > 0 else cells)

    def _check_width(self, first: Sequence[Row]) -> None:
        if not first:
            raise TableProblem("table_empty")
        for number, cells in first:
            if len(_trimmed(cells)) > self._limits.max_columns:
                raise TableProblem("table_too_many_columns", row=number, value=self._limits.max_columns)

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()

    def __enter__(self) -> Table:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _trimmed(cells: Sequence[Cell]) -> Sequence[Cell]:
    end = len(cells)
    while end and (cells[end - 1] == "" or str(cells[end - 1]).isspace()):
        end -= 1
    return cells[:end]


def _heading(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return " ".join(str(cell).split())


def _header_at(rows: Sequence[Sequence[Cell]]) -> int:
    """The first row at least half as full as the fullest: a title line above the header is passed over."""
    filled = [sum(cell != "" for cell in cells) for cells in rows]
    return next(at for at, count in enumerate(filled) if count * 2 >= max(filled))


def open_table(
    source: Path | bytes | BinaryIO,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    limits: Limits | None = None,
) -> Table:
    """Open a CSV or XLSX file, told apart by its content.

    :param source: a path, the bytes, or a seekable binary file (then left open).
    :param encoding: one of :data:`lms.tables.ENCODINGS`, when a person overrides the guess; CSV only.
    :param sheet: name of the sheet of an XLSX; the first visible one otherwise.
    :raises TableProblem: when the file is no table, too large, or a trap.
    """
    limits = limits or Limits()
    file, owned = _opened(source)
    try:
        _check_size(file, limits)
        kind = _sniff(file)
        table = (
            _workbook_table(file, sheet, limits) if kind == "xlsx" else _text_table(file, encoding, limits)
        )
    except BaseException:
        if owned:
            file.close()
        raise
    if owned:
        table._handle = file
    return table


def _opened(source: Path | bytes | BinaryIO) -> tuple[BinaryIO, bool]:
    if isinstance(source, bytes):
        return io.BytesIO(source), True
    if isinstance(source, Path):
        return source.open("rb"), True
    return source, False


def _check_size(file: BinaryIO, limits: Limits) -> None:
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise TableProblem("table_empty")
    if size > limits.max_bytes:
        raise TableProblem("table_too_large", value=limits.max_bytes)


def _sniff(file: BinaryIO) -> str:
    """``'xlsx'`` or ``'csv'``, by content.

    :raises TableProblem: for what is neither.
    """
    file.seek(0)
    start = file.read(64 * 1024)
    if start.startswith(_ZIP):
        return "xlsx"
    if start.startswith(_OLE2):
        file.seek(0)
        raise TableProblem("table_encrypted" if _ENCRYPTED in file.read() else "table_old_workbook")
    if re.match(
        rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|table|meta)\b", start, re.IGNORECASE
    ):
        raise TableProblem("table_web_page")
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))
    if not wide and (start.startswith((b"%PDF-", b"\x1f\x8b", b"\x89PNG")) or _binary(file)):
        raise TableProblem("table_not_a_table")
    return "csv"


def _binary(file: BinaryIO) -> bool:
    """Whether the file holds control characters that no text has."""
    file.seek(0)
    while chunk := file.read(2**20):
        if len(chunk.translate(None, _CONTROL)) != len(chunk):
            return True
    return False


def _workbook_table(file: BinaryIO, sheet: str | None, limits: Limits) -> Table:
    name, names, rows = workbook.read(file, sheet, limits)
    return Table(
        ((number, cells) for number, cells in enumerate(rows, 1) if any(cell != "" for cell in cells)),
        limits=limits,
        sheet=name,
        sheets=names,
    )


def _text_table(file: BinaryIO, encoding: str | None, limits: Limits) -> Table:
    name = detect(file, encoding)
    expected = _lines(file)
    file.seek(0)
    text = io.TextIOWrapper(io.BufferedReader(_Unclosable(file), 2**18), encoding=name, newline="")
    sample = text.read(64 * 1024)
    text.seek(0)
    if not sample.strip():
        raise TableProblem("table_empty")
    delimiter, skipped = _delimiter(sample)
    if skipped:
        text.readline()
    rows = _text_rows(text, delimiter, skipped, limits)
    shown = "utf-8" if name == "utf-8-sig" else name
    return Table(rows, limits=limits, encoding=shown, delimiter=delimiter, expected_rows=expected)


def _lines(file: BinaryIO) -> int:
    file.seek(0)
    count = 0
    while chunk := file.read(2**20):
        count += chunk.count(b"\n")
    return count


class _Unclosable(io.RawIOBase):
    """Lends a binary file to a text wrapper that would otherwise close it when it is collected."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _text_rows(text: io.TextIOBase, delimiter: str, skipped: int, limits: Limits) -> Iterator[Row]:
    csv.field_size_limit(limits.max_cell)
    number = skipped
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=delimiter), 1 + skipped):
            if not any(cells):
                continue
            if len(cells) > limits.max_columns and len(_trimmed(cells)) > limits.max_columns:
                raise TableProblem("table_too_many_columns", row=number, value=limits.max_columns)
            yield number, [_unguarded(cell) if cell[:1] == "'" else cell for cell in cells]
    except csv.Error as error:
        raise TableProblem("table_cell_too_long", row=number + 1, value=limits.max_cell) from error


def _unguarded(cell: str) -> str:
    """Take back the apostrophe that an export puts before what Excel would run as a formula."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _delimiter(sample: str) -> tuple[str, int]:
    """The delimiter and how many lines to skip: Excel's own ``sep=;`` line says it outright."""
    said = re.match(r"sep=(.)\r?\n", sample)
    if said:
        return said.group(1), 1
    lines = sample.splitlines()[:50]
    if len(sample) == 64 * 1024 and len(lines) > 1:
        lines.pop()
    return max(_DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter)), 0


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """How many rows share the commonest width above one, and that width."""
    widths: list[int] = []
    with suppress(csv.Error):
        widths.extend(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
    if not widths:
        return 0, 0
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    return widths.count(usual), usual
