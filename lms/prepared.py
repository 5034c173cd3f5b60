"""Statements that every page asks: built once, compiled once, and asked past SQLAlchemy's bookkeeping of a single execution.

What SQLAlchemy does around a statement costs as much as a small statement itself, five times on a page of the day. Here its compiler writes
the SQL and its types translate the values, both ways; between them stands only the driver's cursor. See docs/decisions/0011.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Dialect, Select

from lms.db import db, fetch

Translate = Callable[[Any], Any]
Rows = list[tuple[Any, ...]]
Key = TypeVar("Key", int, str)


class _Written(NamedTuple):
    """A statement in the words of one dialect."""

    sql: str
    values: dict[str, Any]
    """Those that the statement brings itself."""
    given: list[tuple[str, Translate]]
    """Names of the values that the driver wants in another form."""
    names: list[str]
    """Of all values, in the order in which the driver takes them."""
    by_position: bool
    found: dict[tuple[Any, ...], list[tuple[int, Translate]]]
    """Columns that the driver brings in another form, by what it says of the types of all."""


class Prepared:
    """A statement that selects columns; not one whose SQL depends on the values (``in_()`` with a list that is given later).

    :raises ValueError: for such a one, when it is asked first.
    :raises KeyError: where a value that it needs is not given.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement
        self._written: dict[str, _Written] = {}

    def rows(self, values: Mapping[str, Any]) -> Rows:
        """All rows, in the session's own transaction. What is pending in the session is not flushed before.

        :raises sqlalchemy.exc.DBAPIError: as every statement does.
        """
        connection = db.session.connection()
        if connection.dispatch.before_cursor_execute:  # somebody counts statements, or writes them down
            return self._the_long_way(values)
        written = self._written.get(connection.dialect.name) or self._write(connection.dialect)
        try:
            return self._ask(connection, written, values)
        except connection.dialect.loaded_dbapi.Error:
            return self._the_long_way(values)  # whose error is SQLAlchemy's, and which sees to a connection that is lost

    def _the_long_way(self, values: Mapping[str, Any]) -> Rows:
        return [tuple(row) for row in fetch(self.statement, values).all()]

    def _write(self, dialect: Dialect) -> _Written:
        compiled: Any = self.statement.compile(dialect=dialect)
        if any(each.expanding for each in compiled.binds.values()):
            raise ValueError("the SQL of this statement depends on its values")
        written = _Written(
            str(compiled),
            {name: value for name, value in compiled.params.items() if not compiled.binds[name].required},
            _translated((name, each.type.dialect_impl(dialect).bind_processor(dialect)) for name, each in compiled.binds.items()),
            list(compiled.positiontup if compiled.positional else compiled.params),
            compiled.positional,
            {},
        )
        self._written[dialect.name] = written
        return written

    def _ask(self, connection: Connection, written: _Written, values: Mapping[str, Any]) -> Rows:
        sql, own, given, names, by_position, known = written
        all_ = {**own, **values}
        for name, translate in given:
            all_[name] = translate(all_[name])
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql, [all_[name] for name in names] if by_position else {name: all_[name] for name in names})
            rows = list(cursor.fetchall())
            types = tuple([column[1] for column in cursor.description])
        finally:
            cursor.close()
        found = known.get(types)
        if found is None:
            found = known[types] = self._found(connection.dialect, types)
        if not rows or not found:
            return rows
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for at, translate in found:
            columns[at] = [None if each is None else translate(each) for each in columns[at]]
        return list(zip(*columns, strict=True))

    def _found(self, dialect: Dialect, types: tuple[Any, ...]) -> list[tuple[int, Translate]]:
        columns = zip(self.statement.selected_columns, types, strict=True)
        return _translated(enumerate(each.type.dialect_impl(dialect).result_processor(dialect, type_) for each, type_ in columns))


def _translated(every: Iterable[tuple[Key, Translate | None]]) -> list[tuple[Key, Translate]]:
    return [(key, translate) for key, translate in every if translate is not None]
