"""What tests stand on. The schema is made by the migrations, once; each test runs in a savepoint that is rolled back.

``DATABASE_URL`` chooses the database: SQLite in a temporary folder by default, or PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck
from hypothesis import settings as tried_by_chance
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from lms import jobs, kept, mail
from lms.app import create_app
from lms.catalogues import compile_package, is_compiled
from lms.clock import now
from lms.config import ROOT, database_url
from lms.db import db, transaction
from lms.i18n import PACKAGES
from lms.people import login_sessions
from lms.people.models import Person
from tests.people import Cast, make_cast

# how long the machine takes to think of an example says nothing about what is tried with it
tried_by_chance.register_profile("needle", deadline=None, suppress_health_check=[HealthCheck.too_slow])
tried_by_chance.load_profile("needle")

POSTGRES = os.environ.get("DATABASE_URL", "").startswith("postgres")


LEFT_WAITING = {"certificate.render", "courses.tell_assigned"}
SECRETS = {
    "SECRET_KEY": "a-secret-for-the-tests-alone",
    "SECURITY_PASSWORD_SALT": "a-salt-for-the-tests-alone",
}


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session", autouse=True)
def translations(worker_name: str) -> None:
    for package in PACKAGES:
        if not is_compiled(package):
            compile_package(package)


@pytest.fixture(scope="session")
def fresh_database(worker_name: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """``fresh_database(name, of=None)``: the URL of an empty database on the engine under test, or of a copy.

    ``of``: the URL of a database that is copied; nobody may be connected to it.
    """

    def make(name: str, of: str | None = None) -> str:
        if not POSTGRES:
            path = tmp_path_factory.mktemp(name) / "needle.db"
            if of is not None:
                with closing(sqlite3.connect(str(make_url(of).database))) as source, closing(sqlite3.connect(path)) as copy:
                    source.backup(copy)
            return f"sqlite:///{path}"
        url = make_url(database_url(os.environ["DATABASE_URL"]))
        database, template = f"needle_{name}_{worker_name}", make_url(of).database if of else "template0"
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{database}" TEMPLATE "{template}" ENCODING \'UTF8\''))
        server.dispose()
        return url.set(database=database).render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="session")
def migrated_database(
    fresh_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """``migrated_database(name)``: the URL of a database with all tables, a copy of what the migrations made once."""
    made = fresh_database("migrated")
    app = create_app(settings(tmp_path_factory.mktemp("migrated"), made))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return lambda name: fresh_database(name, made)


@pytest.fixture(scope="session")
def demo_company(
    migrated_database: Callable[[str], str], fresh_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Path, str]]:
    """``demo_company(name)``: folder and database of the demo company, a copy of what ``flask demo`` founded once."""
    folder, made = tmp_path_factory.mktemp("founded"), migrated_database("founded")
    environment = os.environ | SECRETS | {"NEEDLE_VAR": str(folder), "DATABASE_URL": made, "NEEDLE_JOBS": "queue", "NEEDLE_LOCALE": "en"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=600)

    def copy(name: str) -> tuple[Path, str]:
        return Path(shutil.copytree(folder, tmp_path_factory.mktemp(name) / "var")), fresh_database(name, made)

    return copy


def settings(folder: Path, url: str) -> dict[str, Any]:
    return {
        "TESTING": True,
        "VAR": folder,
        **SECRETS,
        "SQLALCHEMY_DATABASE_URI": url,
        "STORAGE_URL": f"file://{folder / 'files'}",
        "JOBS": "immediate",
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        "DEFAULT_LOCALE": "en",
        "BASE_URL": "http://localhost",
    }


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(settings(tmp_path_factory.mktemp("bare"), "sqlite://"))


@pytest.fixture
def bare_app(bare: Flask) -> Iterator[Flask]:
    """The application without a table in its database: enough for sentences, and for commands that only compute."""
    with bare.app_context():
        yield bare


@pytest.fixture(scope="session")
def migrated_app(
    migrated_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    app = create_app(settings(tmp_path_factory.mktemp("var"), migrated_database("service")))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application on a migrated database; whatever the test writes is rolled back after it."""
    with migrated_app.app_context():
        engines = db._app_engines[migrated_app]
        engine = engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection  # type: ignore[assignment]
            try:
                yield migrated_app
            finally:
                db.session.remove()
                engines[None] = engine
                outer.rollback()
                kept.forget(migrated_app)


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are issued and learners assigned in many tests; the worker comes to their paper and mail only in those that ask for
    ``promptly``. In the others these jobs wait, as on a busy server."""
    if "app" not in request.fixturenames or "promptly" in request.fixturenames:
        return
    enqueue = jobs.enqueue

    def patient(job_id: int) -> None:
        if db.session.scalar(select(jobs.Job.kind).where(jobs.Job.id == job_id)) not in LEFT_WAITING:
            enqueue(job_id)

    monkeypatch.setattr(jobs, "enqueue", patient)


@pytest.fixture
def promptly() -> None:
    """Every job is done as soon as it is promised."""


@pytest.fixture
def cast(app: Flask) -> Cast:
    with transaction():
        return make_cast()


@pytest.fixture
def sent(app: Flask, promptly: None, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The mails delivered during the test, in their order: to, subject, body."""
    found: list[dict[str, str]] = []
    monkeypatch.setattr(
        mail, "_to_file", lambda m: found.append({"to": m["To"], "subject": m["Subject"], "body": m.get_content()})
    )
    return found


class Visitor(FlaskClient):
    """Each request begins with an empty ``g``, as on a server; the test's own context would hand it on.

    And as on a server, an answer with a header in Chinese is none.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        for name in list(g):
            g.pop(name)
        answer = super().open(*args, **kwargs)
        for name, value in answer.headers:
            assert value.isascii() and value.isprintable(), f"{name}: {value}: lms.downloads.call names files in any script"
        return answer


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.test_client_class = Visitor
    return app.test_client()


@pytest.fixture
def sign_in(client: FlaskClient) -> Callable[[Person], FlaskClient]:
    """``sign_in(cast.ana)`` gives a client that is signed in as Ana, without the password form."""

    def act(person: Person) -> FlaskClient:
        with transaction():
            key = login_sessions.begin(person.id, now())
        with client.session_transaction() as session:
            session.clear()
            session[login_sessions.KEY] = key
            session["_user_id"] = person.fs_uniquifier
            session["_fresh"] = True
        return client

    return act
