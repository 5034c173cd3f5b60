"""What a page costs: two queries to know who asks, and no more for more rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from lms.authz import Role
from lms.db import db, transaction
from lms.people.models import Person
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def cost(client: FlaskClient, path: str) -> list[str]:
    db.session.expire_all()
    with statements() as seen:
        assert client.get(path).status_code == 200
    return seen


def test_knowing_who_asks_takes_one_query(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.ana)
    asked = cost(client, "/healthz")
    assert len(asked) == 2, asked  # the session with its person and grants, and the page's own SELECT 1
    assert sum("login_session" in statement for statement in asked) == 1
    assert sum("role_grant" in statement for statement in asked) == 1


def test_a_second_factor_setting_asks_nothing_more(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    app.config["SECOND_FACTOR_ROLES"] = ["admin"]
    try:
        assert len(cost(sign_in(cast.ana), "/healthz")) == 2
    finally:
        app.config["SECOND_FACTOR_ROLES"] = []


def test_files_of_the_page_itself_ask_nothing(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.ana)
    with statements() as seen:
        client.get("/static/icons.svg").close()
    assert seen == []


def test_lists_cost_the_same_for_more_rows(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.ada)
    paths = ("/people", "/teams", f"/people/{cast.ana.id}", "/audit", "/jobs?all=1", "/")
    before = {path: len(cost(client, path)) for path in paths}
    with transaction():
        for number in range(40):
            make_person(f"Rep {number}", cast.west, Role.REP, number=f"r{number}")
    after = {path: len(cost(client, path)) for path in paths}
    assert after == before
    assert max(after.values()) <= 12, after
