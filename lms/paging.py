"""Lists page: nothing loads a table whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import Select, func, select

from lms.db import db

Row = TypeVar("Row")


class Page(Struct, Generic[Row], frozen=True):
    """One page of a list: ``rows``, the page ``number`` from 1, rows per page ``size``, ``total`` rows."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)


def paginate(query: Select[Any], number: int, size: int = 50) -> Page[Any]:
    """Run ``query`` for one page: two statements, whatever the table's size."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(max(1, number), max(1, -(-total // size)))
    rows = db.session.execute(query.limit(size).offset((number - 1) * size))
    single = len(query.column_descriptions) == 1
    return Page(rows.scalars().all() if single else rows.all(), number, size, total)
