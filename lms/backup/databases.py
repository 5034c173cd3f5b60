"""Taking and putting back a database: SQLite by its own backup interface, PostgreSQL by its own tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, MetaData, Table, create_engine, func, inspect, select
from sqlalchemy.engine import URL

from lms.backup.archive import Unusable
from lms.db import Base, db
from lms.pieces import PieceRow
from lms.storage import StoredFile

BUSY_SECONDS = 60.0
VERSIONS = "alembic_version"


class Snapshot(Struct, frozen=True):
    """What the database held at the moment of the backup: revision of the schema, rows per table, keys of files."""

    schema: str
    rows: dict[str, int]
    keys: frozenset[str]


class Database(ABC):
    """One kind of database. A copy is a file of its own making."""

    name: str

    def __init__(self, url: URL) -> None:
        self.url = url

    @abstractmethod
    def copy(self, path: Path) -> Snapshot:
        """Write a copy of this moment, checked, while others go on writing."""

    @abstractmethod
    def prepare(self, path: Path, folder: Path, rows: dict[str, int]) -> Callable[[], None]:
        """Check a copy; the act returned puts it in place of what is there, whole or not at all."""

    def occupied(self) -> bool:
        """Whether people are here."""
        with _connected(self.url) as connection:
            if not inspect(connection).has_table("person"):
                return False
            return connection.execute(select(db.metadata.tables["person"].c.id).limit(1)).first() is not None


def database(url: URL) -> Database:
    """:raises Unusable: for a database that lives in memory alone."""
    if url.get_backend_name() == "postgresql":
        return Postgres(url)
    if not url.database or url.database == ":memory:":
        raise Unusable("this database is kept in memory alone: there is nothing to back up")
    return Sqlite(url)


@contextmanager
def _connected(url: URL, isolation: str | None = None) -> Iterator[Connection]:
    engine = create_engine(url, **({"isolation_level": isolation} if isolation else {}))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _look(connection: Connection) -> Snapshot:
    there = set(inspect(connection).get_table_names())
    if VERSIONS not in there:
        raise Unusable("there is no database of Needle here: run flask db upgrade first")
    versions = Table(VERSIONS, MetaData(), autoload_with=connection)
    schema = connection.execute(select(versions.c.version_num)).scalar_one_or_none() or ""
    tables = [table for table in db.metadata.tables.values() if table.name in there]
    rows = {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}
    keys = (key for table in _tables_of_files() if table.name in there for key in connection.scalars(select(table.c.key)))
    return Snapshot(schema, rows, frozenset(keys))


def _tables_of_files() -> Iterable[Table]:
    """The tables whose ``key`` names an object of the store."""
    mappers = (mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, StoredFile | PieceRow))
    return [table for mapper in mappers if isinstance(table := mapper.local_table, Table)]


class Sqlite(Database):
    name = "sqlite"

    def copy(self, path: Path) -> Snapshot:
        if not Path(str(self.url.database)).is_file():
            raise Unusable(f"there is no database {self.url.database}")
        with closing(sqlite3.connect(str(self.url.database))) as source, closing(sqlite3.connect(path)) as target:
            _copy_pages(source, target)
            _check(target)
        with _connected(URL.create("sqlite", database=str(path))) as connection:
            found = _look(connection)
        with closing(sqlite3.connect(path)) as target:
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        return found

    def prepare(self, path: Path, folder: Path, rows: dict[str, int]) -> Callable[[], None]:
        with closing(sqlite3.connect(path)) as source:
            _check(source)
        with _connected(URL.create("sqlite", database=str(path))) as connection:
            _compare(_look(connection).rows, rows)
        target = Path(str(self.url.database))

        def put_in_place() -> None:
            """Page by page inside one transaction of SQLite: open connections see the old or the new, never a mixture."""
            target.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as there:
                _copy_pages(source, there)

        return put_in_place


def _copy_pages(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    until = time.monotonic() + BUSY_SECONDS

    def busy(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
            raise Unusable("the database is busy: stop the web server and the worker, and try again")

    try:
        source.backup(target, progress=busy)
    except sqlite3.Error as error:
        raise Unusable(f"the database cannot be copied: {error}") from None


def _check(connection: sqlite3.Connection) -> None:
    try:
        said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise Unusable(f"the database in the backup is damaged: {error}") from None
    if said != "ok":
        raise Unusable(f"the database is damaged: {said}")
    if orphan:
        raise Unusable(f"the database is damaged: a row of {orphan[0]} refers to a row of {orphan[2]} that is not there")


def _compare(there: dict[str, int], wanted: dict[str, int]) -> None:
    for table, number in wanted.items():
        if table in db.metadata.tables and there.get(table) != number:
            raise Unusable(f"the backup is damaged: {table} has {there.get(table, 0)} rows and should have {number}")


class Postgres(Database):
    name = "postgresql"

    def copy(self, path: Path) -> Snapshot:
        with _connected(self.url, "REPEATABLE READ") as connection:
            moment = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            found = _look(connection)
            # what is dumped is exactly what was counted: both look at the same moment
            self._run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={moment}", f"--file={path}", self._dbname())
        self._run("pg_restore", f"--file={os.devnull}", str(path))
        return found

    def prepare(self, path: Path, folder: Path, rows: dict[str, int]) -> Callable[[], None]:
        before, script, after = folder / "before.sql", folder / "restore.sql", folder / "after.sql"
        self._run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(path))
        before.write_text(_EMPTY)
        after.write_text("".join(_COUNT.format(table=table, number=int(number)) for table, number in rows.items() if table in db.metadata.tables))
        _tool("psql")

        def put_in_place() -> None:
            files = [f"--file={one}" for one in (before, script, after)]
            self._run("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=" + os.devnull, *files, self._dbname())

        return put_in_place

    def _dbname(self) -> str:
        plain = self.url.set(drivername="postgresql", password=None)
        return f"--dbname={plain.render_as_string(hide_password=False)}"

    def _run(self, program: str, *words: str) -> None:
        """The password goes by the environment: what stands on a command line can be read by everybody on the machine."""
        secret = {"PGPASSWORD": str(self.url.password)} if self.url.password else {}
        done = subprocess.run([_tool(program), *words], env=os.environ | secret, capture_output=True, text=True, check=False)
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise Unusable(f"{program} failed: {said[0] if said else f'exit code {done.returncode}'}")


def _tool(program: str) -> str:
    """:raises Unusable: if PostgreSQL's programs are not on this machine."""
    found = shutil.which(program)
    if found is None:
        raise Unusable(f"{program} is not on this machine: install PostgreSQL's client programs (Debian: apt install postgresql-client)")
    return found


_EMPTY = """
SET LOCAL lock_timeout = '60s';
DO $$
DECLARE thing record;
BEGIN
  FOR thing IN SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') LOOP
    EXECUTE 'DROP TABLE IF EXISTS ' || thing.name || ' CASCADE';
  END LOOP;
  FOR thing IN SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
    EXECUTE 'DROP ROUTINE IF EXISTS ' || thing.name || ' CASCADE';
  END LOOP;
END $$;
"""
"""Everything that Needle made goes, inside the transaction that brings it back; what belongs to extensions stays."""

_COUNT = """
DO $$ BEGIN
  IF (SELECT count(*) FROM public.{table}) <> {number} THEN RAISE EXCEPTION 'rows are missing in {table}'; END IF;
END $$;
"""
