"""The database: one declarative base, the column types, and the only place that commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from sqlite3 import SQLITE_BUSY
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteError
from time import monotonic, sleep
from typing import Any, TypeVar, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, ColumnElement, DateTime, Dialect, MetaData, Result, event, literal
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Named = TypeVar("Named", int, str)
LocalText = dict[str, str]
"""A text in several languages: {'en': …, 'zh_Hans': …, 'zh_Hant': …}; a missing language falls back."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, on databases that keep the zone and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone was given to the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


PATIENCE = 15
"""Seconds that a writer waits for another on SQLite."""
NULLABLE_JSON = JSON(none_as_null=True)
"""None is the database's NULL, not the JSON word null, so that constraints can speak of it."""


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime,
            LocalText: NULLABLE_JSON,
            dict[str, Any]: NULLABLE_JSON,
            list[str]: NULLABLE_JSON,
            list[Any]: NULLABLE_JSON,
        },
    )


def one_of(column: str, values: type[StrEnum]) -> str:
    """The text of a CHECK constraint: ``column`` holds one of the values of an enumeration."""
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "join_transaction_mode": "create_savepoint"},
)


@event.listens_for(Engine, "connect")
def _configure_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, SqliteConnection):
        return
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged answer survives a power cut
        f"busy_timeout={PATIENCE * 1000}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    if connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE":
        _await_the_write_lock(connection)
    else:
        _sqlite_of(connection).execute("BEGIN DEFERRED")


def _sqlite_of(connection: Connection) -> SqliteConnection:
    return cast(SqliteConnection, connection.connection.driver_connection)


def _await_the_write_lock(connection: Connection) -> None:
    """Wait until nobody else writes, at most for :data:`PATIENCE`, and look again after an eighth of the time waited so far.

    SQLite itself would sleep 1, 2, 5, 10, 15, 20 milliseconds and so on: longer than others write, and on while nobody does.
    """
    sqlite = _sqlite_of(connection)
    began = monotonic()
    sqlite.execute("PRAGMA busy_timeout=0")
    try:
        while (waited := monotonic() - began) < PATIENCE:
            try:
                sqlite.execute("BEGIN IMMEDIATE")
                return
            except SqliteError as refused:
                if refused.sqlite_errorcode != SQLITE_BUSY:
                    break
            sleep(min(max(waited / 8, 0.0005), 0.01))
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, so that its error is one of SQLAlchemy's
    finally:
        sqlite.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")


def fetch(statement: Any, values: Mapping[str, Any] | None = None) -> Result[*tuple[Any, ...]]:
    """The rows of a statement that selects columns, asked on the session's own connection but past the ORM.

    It costs about half, which counts where everybody asks; ``.all()`` costs less again than going through the result row by row. What is
    pending in the session is not flushed before.
    """
    return db.session.connection().execute(statement, values or {})


def fixed(*values: StrEnum) -> list[ColumnElement[str]]:
    """Values for ``in_()`` of a statement that is built once: written as they are, not spread out anew on every execution."""
    return [literal(value.value) for value in values]


def in_parts(named: Sequence[Named], size: int = 500) -> Iterator[list[Named]]:
    """Ids or numbers in parts that a statement can name one by one: databases allow some ten thousand."""
    for at in range(0, len(named), size):
        yield list(named[at : at + size])


class ChangedOutsideTransaction(RuntimeError):
    """A row was changed before ``transaction()`` was entered: the change would be lost or half kept."""


@contextmanager
def transaction() -> Iterator[None]:
    """Everything inside happens whole or not at all; committed once, at the door.

    On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that what the service reads is still
    true when it writes. What was loaded before is read afresh. Inside another transaction it joins it.
    """
    session = db.session
    if session.info.get("in_transaction"):
        yield
        return
    if session.new or session.dirty or session.deleted:
        raise ChangedOutsideTransaction
    session.rollback()
    session.info["in_transaction"] = True
    session.info["after_commit"] = []
    try:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield
        session.commit()
        promised = session.info["after_commit"]
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["in_transaction"] = False
        session.info["after_commit"] = []
    for act in promised:
        act()


def after_commit(act: Callable[[], None]) -> None:
    """Run ``act`` when the surrounding transaction has been committed, once however often it is promised; never if it is rolled back."""
    if not db.session.info.get("in_transaction"):
        raise ChangedOutsideTransaction
    if act not in db.session.info["after_commit"]:
        db.session.info["after_commit"].append(act)


def init_app(app: Flask) -> None:
    db.init_app(app)


def compared(name: str | None, kind: str, _parents: object) -> bool:
    """Alembic's ``include_name``: all of ours, but not what SQLite keeps for a full-text table (``…_fts…``)."""
    return not (kind == "table" and name is not None and "_fts" in name)
