"""Why a file is not a table that can be read, and how large one may be. Pure."""

from __future__ import annotations

from msgspec import Struct


class TableProblem(Exception):
    """The file as a whole cannot be read.

    ``code`` is one of :data:`CODES`; ``row`` counts from 1 as a spreadsheet shows it; ``column`` is a
    heading or a letter; ``value`` is the offending text or the limit that was passed.
    """

    def __init__(
        self, code: str, *, row: int | None = None, column: str | None = None, value: str | int | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.row = row
        self.column = column
        self.value = value


CODES = frozenset(
    {
        "table_empty",
        "table_without_rows",
        "table_too_large",
        "table_too_many_rows",
        "table_too_many_columns",
        "table_too_many_cells",
        "table_cell_too_long",
        "table_not_a_table",
        "table_web_page",
        "table_old_workbook",
        "table_encrypted",
        "table_other_workbook",
        "table_workbook_bomb",
        "table_workbook_entities",
        "table_workbook_broken",
        "table_sheet_unknown",
        "table_encoding_unknown",
        "table_encoding_mismatch",
    }
)


class Limits(Struct, frozen=True):
    """What a file may weigh: bytes on disk and unpacked, rows under the header, columns, cells, characters."""

    max_bytes: int = 256 * 2**20
    max_rows: int = 2_000_000
    max_columns: int = 1_000
    max_cells: int = 12_000_000
    """Rows × columns of the rectangle that an XLSX sheet spans: it is held in memory while it is read."""
    max_unpacked: int = 768 * 2**20
    max_ratio: int = 250
    """Unpacked ÷ packed of one part of an XLSX, looked at from 10 MB on; real sheets reach about 60."""
    max_parts: int = 5_000
    max_text: int = 256 * 2**20
    """Bytes of text in all cells of a workbook once each shared string stands wherever it is referred to."""
    max_cell: int = 32_767
    """Characters in a cell: Excel's own limit."""
