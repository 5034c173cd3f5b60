"""XLSX: looked over for traps before it is parsed, then read by calamine. Pure.

A workbook is a zip of XML. Before a parser that takes memory as the file asks for it is let near, every
part is unpacked once, in small pieces and without trusting the sizes it declares: ratio, total, entities,
the rectangle its cell references span, and the text its shared strings amount to.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import python_calamine as calamine

from lms.tables.problems import Limits, TableProblem

_PIECE = 2**18
_OVERLAP = 512
_SMALL = 10 * 2**20  # below this a ratio means nothing: XML of a tiny sheet packs very well
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]*)(\d*)[\"']")
_STRING_CELL = re.compile(
    rb"\st\s*=\s*[\"']s[\"'][^>]*>(?:<(?!(?:\w+:)?v\b)[^>]*>[^<]*)*<(?:\w+:)?v[^>]*>\s*(\d{1,9})"
)
_STRING_ITEM = re.compile(rb"<(?:\w+:)?si\b")


def _pieces(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes of a part, whatever its header says of their number."""
    file.seek(part.header_offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04" or part.flag_bits & 1:
        raise TableProblem("table_workbook_broken", value=part.filename[:80])
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    file.seek(name_length + extra_length, 1)
    left = part.compress_size
    inflate = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and (packed := file.read(min(_PIECE, left))):
        left -= len(packed)
        if inflate is None:
            yield packed
            continue
        while packed:
            yield inflate.decompress(packed, _PIECE)
            packed = inflate.unconsumed_tail


class _Inspection:
    """One look over the parts of a workbook, in the order: directory, shared strings, sheets."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self.file = file
        self.limits = limits
        self.unpacked = 0
        self.string_sizes = np.zeros(0, dtype=np.int64)
        self.text = 0

    def run(self) -> None:
        with zipfile.ZipFile(self.file) as archive:
            parts = archive.infolist()
        self._check_directory(parts)
        parts.sort(key=lambda part: not part.filename.lower().endswith("sharedstrings.xml"))
        for part in parts:
            name = part.filename.lower()
            if name.endswith("sharedstrings.xml"):
                self._strings(part)
            elif "worksheets/" in name and name.endswith(".xml"):
                self._sheet(part)
            elif name.endswith((".xml", ".rels")):
                for _ in self._checked(part):
                    pass

    def _check_directory(self, parts: Sequence[zipfile.ZipInfo]) -> None:
        names = {part.filename.lower() for part in parts}
        if "xl/workbook.xml" not in names:
            other = names & {"xl/workbook.bin", "content.xml"}
            raise TableProblem("table_other_workbook" if other else "table_not_a_table")
        if len(parts) > self.limits.max_parts or len(names) != len(parts):
            raise TableProblem("table_workbook_bomb", value=len(parts))
        if sum(part.file_size for part in parts) > self.limits.max_unpacked:
            raise TableProblem("table_workbook_bomb", value=self.limits.max_unpacked)
        if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
            raise TableProblem("table_workbook_broken")

    def _checked(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        """The part in pieces, each beginning with the end of the last, so that nothing is cut in two."""
        size = 0
        tail = b""
        for piece in _pieces(self.file, part):
            if not size and piece.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise TableProblem("table_workbook_broken", value=part.filename[:80])
            size += len(piece)
            self.unpacked += len(piece)
            swollen = size > _SMALL and size > self.limits.max_ratio * part.compress_size
            if swollen or self.unpacked > self.limits.max_unpacked:
                raise TableProblem("table_workbook_bomb", value=part.filename[:80])
            window = tail + piece
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                raise TableProblem("table_workbook_entities", value=part.filename[:80])
            yield window
            tail = window[-_OVERLAP:]
        if size != part.file_size:
            raise TableProblem("table_workbook_broken", value=part.filename[:80])

    def _strings(self, part: zipfile.ZipInfo) -> None:
        """Note the size in bytes of each shared string, markup included."""
        starts: list[int] = []
        offset = 0
        for window in self._checked(part):
            begin = offset - (_OVERLAP if offset else 0)
            starts.extend(begin + found.start() for found in _STRING_ITEM.finditer(window))
            offset = begin + len(window)
        places = np.unique(np.array([*starts, offset], dtype=np.int64))
        self.string_sizes = np.diff(places)

    def _sheet(self, part: zipfile.ZipInfo) -> None:
        rows = columns = strings = 0
        largest = int(self.string_sizes.max(initial=0))
        for window in self._checked(part):
            found = _REFERENCE.findall(window)
            columns = max(columns, max((_column(letters) for letters in {a for a, _ in found}), default=0))
            rows = max(rows, max((int(digits or 0) for digits in {b for _, b in found}), default=0))
            if rows * columns > self.limits.max_cells:
                raise TableProblem("table_too_many_cells", value=self.limits.max_cells)
            strings += len(found)
            if strings * largest > self.limits.max_text:
                self._weigh(window)

    def _weigh(self, window: bytes) -> None:
        """Add up the text the shared strings of these cells stand for."""
        indices = np.array(_STRING_CELL.findall(window), dtype=np.int64)
        self.text += int(self.string_sizes[indices[indices < len(self.string_sizes)]].sum())
        if self.text > self.limits.max_text:
            raise TableProblem("table_workbook_bomb", value=self.limits.max_text)


def _column(letters: bytes) -> int:
    """``b'AB'`` → 28. More letters than any sheet has columns count as very many."""
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + letter - 64
    return number


def inspect(file: BinaryIO, limits: Limits) -> None:
    """:raises TableProblem: if the workbook is broken, of another kind, or built to exhaust memory."""
    try:
        _Inspection(file, limits).run()
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OverflowError) as error:
        raise TableProblem("table_workbook_broken") from error


def _choose(book: calamine.CalamineWorkbook, wanted: str | None) -> tuple[str, list[str]]:
    names = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet and sheet.visible == calamine.SheetVisibleEnum.Visible
    ]
    if wanted is not None and wanted not in names:
        raise TableProblem("table_sheet_unknown", value=wanted)
    if not names:
        raise TableProblem("table_empty")
    return wanted or names[0], names


def read(file: BinaryIO, sheet: str | None, limits: Limits) -> tuple[str, list[str], Iterator[list[Any]]]:
    """The sheet's name, the names of all visible sheets, and the rows from the sheet's first one on."""
    inspect(file, limits)
    file.seek(0)
    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        name, names = _choose(book, sheet)
        data = book.get_sheet_by_name(name)
    except calamine.PasswordError as error:
        raise TableProblem("table_encrypted") from error
    except calamine.CalamineError as error:
        raise TableProblem("table_workbook_broken") from error
    if data.total_width > limits.max_columns:
        raise TableProblem("table_too_many_columns", value=limits.max_columns)
    return name, names, _rows(data.iter_rows(), limits)


def _rows(rows: Iterator[list[Any]], limits: Limits) -> Iterator[list[Any]]:
    for number, cells in enumerate(rows, 1):
        for cell in cells:
            if isinstance(cell, str) and len(cell) > limits.max_cell:
                raise TableProblem("table_cell_too_long", row=number, value=limits.max_cell)
        yield cells
