"""A backup is made, the installation changes, the backup comes back: every row and every byte as it was."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.engine import make_url

from lms import storage
from lms.app import create_app
from lms.audit import AuditEntry
from lms.authz import SYSTEM
from lms.backup import databases, services
from lms.clock import now
from lms.db import db, transaction
from lms.people.models import Person
from tests.fixtures import settings
from tests.people import make_cast

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def empty(fresh_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Flask]]:
    """``empty(name)``: an installation of its own, without a table."""
    made = []

    def make(name: str) -> Flask:
        app = create_app(settings(tmp_path_factory.mktemp(name), fresh_database(f"backup_{name}")))
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def home(migrated_app: Flask, empty: Callable[[str], Flask], tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Where Ana works: the tables that the migrations made, the cast, and two files in the store."""
    app, folder = empty("home"), tmp_path_factory.mktemp("tables")
    tables, target = (databases.database(make_url(one.config["SQLALCHEMY_DATABASE_URI"])) for one in (migrated_app, app))
    with migrated_app.app_context():
        found = tables.copy(folder / "copy")
    with app.app_context():
        target.prepare(folder / "copy", folder, found.rows)()
    with app.app_context(), transaction():
        make_cast()
        storage.put(SYSTEM, b"%PDF-1.7 what Ana wrote", "plan.pdf")
        storage.put(SYSTEM, bytes(range(256)) * 9000, "talk.bin")
    return app


@pytest.fixture(scope="module")
def kept(home: Flask, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A backup of it, and what it held at that moment."""
    path = tmp_path_factory.mktemp("kept") / "monday.zip"
    said = run(home, "backup", str(path), "--json")
    assert said.exit_code == 0, said.output
    return path, everything(home)


def run(app: Flask, *words: str) -> Any:
    return app.test_cli_runner().invoke(args=list(words))


def everything(app: Flask) -> dict[str, Any]:
    """Every row of every table, and every byte of the store; without the trail's entries about backups themselves."""
    with app.app_context():
        rows = {
            table.name: sorted(
                repr(tuple(row)) for row in db.session.execute(table.select()) if not str(getattr(row, "action", "")).startswith("backup.")
            )
            for table in db.metadata.tables.values()
        }
        files = {entry["path"]: bytes(storage.store().get(entry["path"]).bytes()) for page in storage.store().list() for entry in page}
        db.session.remove()
    return rows | {"files": files}


def test_what_changed_after_the_backup_is_as_it_was_before(home: Flask, kept: tuple[Path, dict[str, Any]]) -> None:
    path, before = kept
    with home.app_context(), transaction():
        db.session.execute(update(Person).where(Person.name == "Ana").values(name="Somebody else"))
        db.session.execute(text("DELETE FROM role_grant"))
        storage.store().delete([db.session.scalars(select(storage.StoredFile.key)).first()])
        storage.put(SYSTEM, b"written on Tuesday", "tuesday.txt")
    assert everything(home) != before
    assert run(home, "restore", str(path), "--replace").exit_code == 0
    assert everything(home) == before
    with home.app_context():
        entries = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("backup.")))
        assert list(entries) == ["backup.restore"]


def test_another_machine_becomes_the_same_installation(empty: Callable[[str], Flask], kept: tuple[Path, dict[str, Any]]) -> None:
    elsewhere = empty("elsewhere")
    said = run(elsewhere, "restore", str(kept[0]))
    assert said.exit_code == 0, said.output
    assert everything(elsewhere) == kept[1]
    assert run(elsewhere, "restore", str(kept[0])).exit_code == 2, "now people are there"


def test_an_installation_with_people_is_refused_unless_told(home: Flask, kept: tuple[Path, dict[str, Any]]) -> None:
    said = run(home, "restore", str(kept[0]))
    assert said.exit_code == 2
    assert "--replace" in said.output and said.output.count("\n") == 1


def test_the_manifest_counts_what_is_in_it(kept: tuple[Path, dict[str, Any]]) -> None:
    manifest = json.loads(ZipFile(kept[0]).read("manifest.json"))
    assert manifest["rows"]["person"] == 7 and manifest["rows"]["stored_file"] == 2
    assert len(manifest["members"]) == 3 and manifest["missing"] == []
    assert manifest["schema"] == services.revisions()[0]
    assert "a-secret-for-the-tests-alone" not in kept[0].read_bytes().decode("latin-1")
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600


@pytest.mark.parametrize("member", ["database", "files/"])
def test_a_backup_with_one_wrong_byte_changes_nothing(home: Flask, kept: tuple[Path, dict[str, Any]], tmp_path: Path, member: str) -> None:
    bad = tmp_path / "bad.zip"
    with ZipFile(kept[0]) as old, ZipFile(bad, "w") as new:
        spoilt = next(name for name in old.namelist() if name.startswith(member))
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[:-1] + bytes([content[-1] ^ 1]) if name == spoilt else content)
    before = everything(home)
    said = run(home, "restore", str(bad), "--replace")
    assert (said.exit_code, said.output) == (2, f"the backup is damaged: {spoilt} is not what it was\n")
    assert everything(home) == before


def test_a_file_that_is_left_out_is_noticed(home: Flask, kept: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    short = tmp_path / "short.zip"
    with ZipFile(kept[0]) as old, ZipFile(short, "w") as new:
        for name in sorted(old.namelist())[:-2] + ["manifest.json"]:
            if name not in new.namelist():
                new.writestr(name, old.read(name))
    said = run(home, "restore", str(short), "--check")
    assert said.exit_code == 2 and "damaged" in said.output


def test_a_database_that_cannot_be_put_in_place_leaves_the_old_one_and_no_files(
    home: Flask, kept: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with home.app_context():
        storage.store().delete([db.session.scalars(select(storage.StoredFile.key)).first()])
    before = everything(home)
    for kind in (databases.Sqlite, databases.Postgres):
        monkeypatch.setattr(kind, "prepare", lambda *_: _breaks)
    said = run(home, "restore", str(kept[0]), "--replace")
    assert said.exit_code == 2 and "No space left" in said.output
    assert everything(home) == before


def _breaks() -> None:
    raise OSError(28, "No space left on device")


def test_other_secrets_are_refused_before_anything_is_touched(home: Flask, kept: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(home.config, "SECRET_KEY", "another-secret")
    said = run(home, "restore", str(kept[0]), "--replace")
    assert said.exit_code == 2 and "secret_key" in said.output and "--other-secrets" in said.output


def test_secrets_that_were_asked_for_come_along(home: Flask, empty: Callable[[str], Flask], tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    assert run(home, "backup", str(path), "--with-secrets").exit_code == 0
    fresh = empty("fresh")
    fresh.config["SECRET_KEY"] = "made at the first start here"
    assert run(fresh, "restore", str(path)).exit_code == 0
    secret = fresh.config["VAR"] / "secret_key"
    assert secret.read_text() == home.config["SECRET_KEY"]
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["restore", "nowhere.zip"], "there is no file nowhere.zip"),
        (["restore", __file__], "is not a whole backup"),
        (["backup", __file__], "a backup never overwrites one"),
        (["backup", "/proc/nothing/here.zip"], "/proc/nothing"),
    ],
)
def test_bad_input_is_one_clear_line(home: Flask, words: list[str], line: str) -> None:
    said = run(home, *words)
    assert said.exit_code == 2
    assert line in said.output and said.output.count("\n") == 1


def test_a_backup_of_a_newer_version_is_refused(home: Flask, kept: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "revisions", lambda: ["0001_people"])
    said = run(home, "restore", str(kept[0]), "--replace")
    assert said.exit_code == 2 and "newer version" in said.output


def test_it_is_made_while_somebody_writes(home: Flask, tmp_path: Path) -> None:
    """A transaction that is open is not in it, and neither waits for the other."""
    with home.app_context():
        kind = make_url(home.config["SQLALCHEMY_DATABASE_URI"]).get_backend_name()
        with db.engine.connect().execution_options(sqlite_begin="IMMEDIATE") as writer:
            writer.execute(text("UPDATE person SET name = 'Half written' WHERE name = 'Ana'"))
            copy = databases.database(make_url(home.config["SQLALCHEMY_DATABASE_URI"]))
            found = copy.copy(tmp_path / "copy")
            writer.rollback()
    assert found.rows["person"] == 7
    if kind == "sqlite":
        with sqlite3.connect(tmp_path / "copy") as there:
            assert not there.execute("SELECT 1 FROM person WHERE name = 'Half written'").fetchall()


def test_without_the_programs_of_postgresql_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(databases.Unusable, match="apt install postgresql-client"):
        databases._tool("pg_dump")


def test_a_file_erased_by_hand_is_named_in_the_manifest(home: Flask, kept: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    with home.app_context():
        with transaction():
            file = storage.put(SYSTEM, b"gone tomorrow", "note.txt")
        storage.store().delete([file.key])
        manifest = services.back_up(tmp_path / "holes.zip", now=now())
    assert file.key in manifest.missing
