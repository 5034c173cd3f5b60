"""Incoming records against current ones: new, changed (old → new), unchanged, rejected. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct, field

from lms.imports.cells import BLANK, CellProblem, is_blank, remembering
from lms.imports.mapping import ImportColumn
from lms.tables import Cell

Key = tuple[str, ...]
"""What makes a record the same record; compared as text, e.g. ``('R0017',)`` or ``('R0017', 'SALES', '2024-03-01')``."""
Values = Mapping[str, Any]


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    NOTICE = "notice"
    """Something to look at that does not keep the row out."""


class Incoming(NamedTuple):
    """A record as a row says it. Fields that the file leaves blank are not in ``values``."""

    row: int
    key: Key
    values: Values


class Rejection(Struct, frozen=True):
    """Why a row is not taken: its number, the heading and text of the cell, and a reason code with its figures."""

    row: int
    column: str
    value: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Notice(Struct, frozen=True):
    """A row that is taken but deserves a look: a unit that jumped, an outlier."""

    row: int
    column: str
    value: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Verdict(NamedTuple):
    """What becomes of a record. ``old`` holds the present values of the fields that change."""

    outcome: Outcome
    incoming: Incoming
    old: Values


RowParser = Callable[[int, Sequence[Cell]], Iterable[Incoming | Rejection]]
"""A row of the file as records: usually one, several in a wide layout, none for a row of remarks."""

_NOTHING: Values = {}
named = tuple.__new__
"""``named(Incoming, (7, key, values))`` is what ``Incoming(7, key, values)`` is, without a call of its own: files have millions of rows."""


def compare(incoming: Incoming, current: Mapping[Key, Values]) -> Verdict:
    """Judge one record. A field that is absent from the record is left as it is."""
    present = current.get(incoming.key)
    if present is None:
        return named(Verdict, (Outcome.NEW, incoming, _NOTHING))
    old = {name: present.get(name) for name, value in incoming.values.items() if present.get(name) != value}
    return named(Verdict, (Outcome.CHANGED if old else Outcome.UNCHANGED, incoming, old))


def plain_parser(
    columns: Sequence[ImportColumn],
    header: Sequence[str],
    mapping: Mapping[str, int],
    key: Callable[[dict[str, Any]], Key],
) -> RowParser:
    """The parser of an ordinary file: one row, one record; of a row that cannot be read, all cells that keep it from that.

    :param key: makes the record's key of its values; it may take fields out of them.
    """
    width = len(header)
    used = [
        (
            column.key,
            remembering(column.read),
            column.required,
            mapping[column.key],
            header[mapping[column.key]],
        )
        for column in columns
        if column.key in mapping
    ]

    def parse(row: int, cells: Sequence[Cell]) -> Iterable[Incoming | Rejection]:
        values: dict[str, Any] = {}
        rejected: list[Rejection] = []
        for name, read, required, place, heading in used:
            try:
                value = read(cells[place])
            except CellProblem as problem:
                rejected.append(Rejection(row, heading, str(cells[place])[:200], problem.code, problem.params))
                continue
            if value is not BLANK:
                values[name] = value
            elif required:
                rejected.append(Rejection(row, heading, "", "cell_empty"))
        if len(cells) > width and any(not is_blank(cell) for cell in cells[width:]):
            rejected.append(Rejection(row, "", str(cells[width])[:200], "row_too_long", {"columns": width}))
        return rejected or (Incoming(row, key(values), values),)

    return parse


class SeenKeys:
    """Which row a key first stood in, for millions of keys in 16 bytes each.

    Keys are known by their 64-bit hash: among a million, two different ones are taken for the same with
    probability 3·10⁻⁸. Sorted runs are merged as they double, so adding n keys costs n·log n.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]] = []

    def first_rows(self, records: Sequence[Incoming]) -> list[int | None]:
        """For each record the row in which its key was seen before (in this call or an earlier one), or None."""
        if not records:
            return []
        hashes = np.array([hash(record[1]) for record in records], dtype=np.int64)
        unique, first, copied = np.unique(hashes, return_index=True, return_inverse=True)
        rows = np.array([record[0] for record in records], dtype=np.int64)
        earlier = np.full(len(unique), -1, dtype=np.int64)
        for known, known_rows in self._runs:  # sorted hashes are looked for in sorted ones: neighbours are found near one another
            place = np.minimum(np.searchsorted(known, unique), len(known) - 1)
            earlier = np.where(known[place] == unique, known_rows[place], earlier)
        fresh = earlier < 0
        if fresh.all() and len(unique) == len(records):
            self._add(unique, rows[first])
            return [None] * len(records)
        if fresh.any():
            self._add(unique[fresh], rows[first][fresh])
        here = np.where(first[copied] == np.arange(len(records)), -1, rows[first[copied]])
        return [None if row < 0 else int(row) for row in np.where(fresh[copied], here, earlier[copied])]

    def _add(self, hashes: Any, rows: Any) -> None:
        while self._runs and len(self._runs[-1][0]) <= 2 * len(hashes):
            other, other_rows = self._runs.pop()
            hashes = np.concatenate((other, hashes))
            rows = np.concatenate((other_rows, rows))
            hashes, first = np.unique(hashes, return_index=True)
            rows = rows[first]
        self._runs.append((hashes, rows))


class Chunk(Struct, frozen=True):
    """Some thousand rows, judged."""

    rows: int
    verdicts: Sequence[Verdict]
    rejections: Sequence[Rejection]


def judge(
    records: Sequence[Incoming | Rejection],
    seen: SeenKeys,
    check: Callable[[Sequence[Incoming]], Iterable[Rejection]],
    current: Callable[[Sequence[Key]], Mapping[Key, Values]],
) -> tuple[list[Verdict], list[Rejection]]:
    """The verdicts on a chunk of records and its rejections.

    A row is taken whole or not at all: all its records are rejected if the key of one stood in the file before, or if
    ``check`` refuses one.
    """
    rejected = [record for record in records if isinstance(record, Rejection)]
    single = [record for record in records if isinstance(record, Incoming)]
    first_rows = seen.first_rows(single)
    if any(first is not None for first in first_rows):
        copies = [
            Rejection(record.row, "", " · ".join(record.key)[:200], "row_duplicate", {"first": first})
            for record, first in zip(single, first_rows, strict=True)
            if first is not None
        ]
        single = _without_rows_of(copies, single)
        rejected += copies
    refused = list(check(single))
    if refused:
        single = _without_rows_of(refused, single)
        rejected += refused
    present = current([record[1] for record in single]) if single else {}
    if present:
        verdicts = [compare(record, present) for record in single]
    else:
        verdicts = [named(Verdict, (Outcome.NEW, record, _NOTHING)) for record in single]
    return verdicts, sorted(rejected, key=lambda r: r.row)


def _without_rows_of(rejections: Iterable[Rejection], records: Iterable[Incoming]) -> list[Incoming]:
    out = {rejection.row for rejection in rejections}
    return [record for record in records if record.row not in out]


def chunked(
    rows: Iterable[tuple[int, Sequence[Cell]]], parse: RowParser, size: int
) -> Iterator[tuple[int, list[Incoming | Rejection]]]:
    """Parse rows in batches of ``size``: (number of rows, their records)."""
    records: list[Incoming | Rejection] = []
    count = 0
    for number, cells in rows:
        records.extend(parse(number, cells))
        count += 1
        if count >= size or len(records) >= size:
            yield count, records
            records, count = [], 0
    if count:
        yield count, records
