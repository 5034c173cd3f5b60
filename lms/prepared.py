"""Statements of every page and of every answer: built once, compiled once, and executed past SQLAlchemy's bookkeeping of a single execution.

What SQLAlchemy does around a statement costs as much as a small statement itself, five times on a page of the day. Here its compiler writes
the SQL and its types translate the values, both ways; between them stands only the driver's cursor. See docs/decisions/0011.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Dialect, Insert, Select, Update, bindparam, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningInsert

from lms.db import Base, db

Translate = Callable[[Any], Any]
Rows = list[tuple[Any, ...]]
Statement = Select[*tuple[Any, ...]] | Insert | Update | ReturningInsert[*tuple[Any, ...]]
Key = TypeVar("Key", int, str)
Taken = TypeVar("Taken")


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
    """A statement whose values are all given by name; not one whose SQL depends on them (``in_()`` with a list that is given later).

    What it writes is written at once, in the session's own transaction. What is pending in the session is not flushed before.

    :raises ValueError: for a statement that depends on its values, or on defaults that Python makes, when it is executed first.
    :raises KeyError: where a value that it needs is not given.
    :raises sqlalchemy.exc.DBAPIError: as every statement does.
    """

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._written: dict[str, _Written] = {}

    def rows(self, values: Mapping[str, Any]) -> Rows:
        """Execute a statement that selects or returns columns: all its rows."""
        connection = db.session.connection()
        if connection.dispatch.before_cursor_execute:  # somebody counts statements, or writes them down
            return [tuple(row) for row in connection.execute(self.statement, values).all()]
        return self._execute(connection, values, self._fetched)

    def do(self, values: Mapping[str, Any]) -> int:
        """Execute a statement that brings nothing back: how many rows it touched."""
        connection = db.session.connection()
        if connection.dispatch.before_cursor_execute:
            return connection.execute(self.statement, values).rowcount
        return self._execute(connection, values, lambda _dialect, _written, cursor: int(cursor.rowcount))

    def _execute(self, connection: Connection, values: Mapping[str, Any], take: Callable[[Dialect, _Written, Any], Taken]) -> Taken:
        dialect = connection.dialect
        written = self._written.get(dialect.name) or self._write(dialect)
        all_ = {**written.values, **values}
        for name, translate in written.given:
            all_[name] = translate(all_[name])
        sent = [all_[name] for name in written.names] if written.by_position else {name: all_[name] for name in written.names}
        driver, cursor = connection.connection, None
        try:
            cursor = driver.cursor()
            cursor.execute(written.sql, sent)
            return take(dialect, written, cursor)
        except dialect.loaded_dbapi.Error as refused:
            if dialect.is_disconnect(refused, driver, cursor):
                connection.execute(self.statement, values)  # which fails again, and sees to a connection that is lost
            raise DBAPIError.instance(
                written.sql, sent, refused, dialect.loaded_dbapi.Error, hide_parameters=connection.engine.hide_parameters, dialect=dialect
            ) from refused
        finally:
            if cursor is not None:
                cursor.close()

    def _write(self, dialect: Dialect) -> _Written:
        compiled: Any = self.statement.compile(dialect=dialect)
        if any(each.expanding for each in compiled.binds.values()):
            raise ValueError("the SQL of this statement depends on its values")
        if compiled.prefetch:
            raise ValueError("this statement leaves values to defaults that Python makes")
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

    def _fetched(self, dialect: Dialect, written: _Written, cursor: Any) -> Rows:
        rows = list(cursor.fetchall())
        types = tuple([column[1] for column in cursor.description])
        found = written.found.get(types)
        if found is None:
            found = written.found[types] = self._found(dialect, types)
        if not rows or not found:
            return rows
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for at, translate in found:
            columns[at] = [None if each is None else translate(each) for each in columns[at]]
        return list(zip(*columns, strict=True))

    def _found(self, dialect: Dialect, types: tuple[Any, ...]) -> list[tuple[int, Translate]]:
        columns = zip(self.statement.exported_columns, types, strict=True)
        return _translated(enumerate(each.type.dialect_impl(dialect).result_processor(dialect, type_) for each, type_ in columns))


def adding(table: type[Base]) -> Insert:
    """The statement that adds a row; each of its columns is given by name, but for the number that the database gives it."""
    columns = [each for each in table.__table__.columns if not each.primary_key]
    return insert(table.__table__).values({each.name: bindparam(each.name) for each in columns})  # type: ignore[arg-type]


def _translated(every: Iterable[tuple[Key, Translate | None]]) -> list[tuple[Key, Translate]]:
    return [(key, translate) for key, translate in every if translate is not None]
