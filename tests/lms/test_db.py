"""The write lock of SQLite: who finds it taken gets it when it is free, or hears that it is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from lms import db


@pytest.fixture
def other(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another process, which writes."""
    connection = sqlite3.connect(tmp_path / "needle.db", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE seats (taken INTEGER)")
    connection.execute("INSERT INTO seats VALUES (0)")
    yield connection
    connection.close()


@pytest.fixture
def engine(tmp_path: Path, other: sqlite3.Connection) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'needle.db'}", execution_options={"sqlite_begin": "IMMEDIATE"})
    yield made
    made.dispose()


def take_a_seat(engine: Engine) -> int:
    with engine.begin() as writer:
        taken = writer.execute(text("SELECT taken FROM seats")).scalar_one()
        writer.execute(text("UPDATE seats SET taken = :taken"), {"taken": taken + 1})
    return int(taken)


def test_a_writer_waits_for_another_and_sees_what_it_wrote(
    engine: Engine, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def and_then_the_other_ends(_seconds: float) -> None:
        if other.in_transaction:
            other.execute("UPDATE seats SET taken = 7")
            other.execute("COMMIT")

    monkeypatch.setattr(db, "sleep", and_then_the_other_ends)
    other.execute("BEGIN IMMEDIATE")
    assert take_a_seat(engine) == 7
    assert other.execute("SELECT taken FROM seats").fetchone() == (8,)


def test_a_writer_hears_that_the_lock_is_not_to_be_had_and_is_as_patient_as_before(
    engine: Engine, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "PATIENCE", 0.05)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="database is locked"):
        take_a_seat(engine)
    other.execute("ROLLBACK")
    monkeypatch.undo()
    assert take_a_seat(engine) == 0
    with engine.connect() as reader:
        assert reader.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 15_000


def test_of_many_writers_at_once_each_finds_what_the_last_one_left(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as writers:
        taken = list(writers.map(take_a_seat, [engine] * 80))
    assert sorted(taken) == list(range(80))
