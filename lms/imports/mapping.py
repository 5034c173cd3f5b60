"""Which column of a file is which: by what was remembered, else by known headings in English and Chinese. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from lms.imports.cells import text
from lms.tables import Cell


class ImportColumn(Struct, frozen=True):
    """A column an import knows.

    ``read`` turns a cell into a value or raises ``CellProblem``; ``synonyms`` are headings (any case, any
    spacing) beside ``key`` and ``label``; ``required`` columns must be in the file and filled in every row, others
    may be absent or blank; ``example`` is shown in the template file.
    """

    key: str
    label: Any
    read: Callable[[Cell], Any] = text
    synonyms: tuple[str, ...] = ()
    required: bool = False
    example: str = ""


def normal(heading: str) -> str:
    """A heading without case, spacing, marks and bracketed remarks: ``'E-mail (work)'`` → ``'email'``."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    bare = re.sub(r"\([^)]*\)|\[[^]]*\]", "", folded)
    return "".join(char for char in bare or folded if char.isalnum() or char in "%#") or folded.strip()


def suggest(
    header: Sequence[str], columns: Iterable[ImportColumn], remembered: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Column key → place in ``header``, for the columns that are recognised.

    :param remembered: normal heading → column key (``''`` for "not used"), as earlier imports were mapped.
    """
    columns = list(columns)
    remembered = remembered or {}
    known = {
        normal(word): column.key
        for column in columns
        for word in (str(column.label), *column.synonyms, column.key)
    }
    keys = {column.key for column in columns}
    found: dict[str, int] = {}
    for place, heading in enumerate(header):
        key = remembered.get(normal(heading), known.get(normal(heading), "")) if heading else ""
        if key in keys and key not in found:
            found[key] = place
    return found


def memory_of(header: Sequence[str], mapping: Mapping[str, int]) -> dict[str, str]:
    """What is worth remembering of a mapping: normal heading → column key, ``''`` for an unused heading."""
    by_place = {place: key for key, place in mapping.items()}
    return {normal(heading): by_place.get(place, "") for place, heading in enumerate(header) if heading}
