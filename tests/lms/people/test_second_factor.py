"""The second factor: voluntary for all, required for some, each code good once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select

from lms.audit import AuditEntry
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused
from lms.people import grants, services
from lms.people.models import Person
from tests.fixtures import Visitor
from tests.people import Cast

SECRET = "trees walk slowly"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def required(app: Flask) -> Iterator[None]:
    app.config["SECOND_FACTOR_ROLES"] = ["admin", "hr"]
    yield
    app.config["SECOND_FACTOR_ROLES"] = []


def with_password(person: Person) -> Person:
    with transaction():
        found = db.session.get_one(Person, person.id)
        found.password = hash_password(SECRET)
    return found


def sign_in_as(client: FlaskClient, person: Person, **more: str) -> Any:
    return client.post("/login", data={"email": person.number, "password": SECRET, **more})


def code_for(app: Flask, secret: str) -> str:
    return str(app.extensions["security"].totp_factory.generate_totp_password(secret))


def set_up(app: Flask, client: FlaskClient) -> None:
    """As Ana does it: scan, type the code."""
    page = client.post("/tf-setup", data={"setup": "authenticator"}).text
    assert 'src="data:image/svg+xml' in page
    action = re.search(r'action="(/tf-[^"]+)"[^>]*>(?:(?!</form>).)*name="code"', page, re.S)
    assert action is not None
    with client.session_transaction() as session:
        secret = session["tf_totp_secret"]
    assert client.post(action[1], data={"code": code_for(app, secret)}).status_code == 302


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_ana_turns_it_on_and_is_asked_for_a_code(app: Flask, cast: Cast, client: FlaskClient, clock: Any) -> None:
    ana = with_password(cast.ana)
    sign_in_as(client, ana)
    set_up(app, client)
    assert "Second factor on" in client.get("/account").text
    client.post("/logout")
    clock.shift(timedelta(minutes=2))
    answer = sign_in_as(client, ana)
    assert answer.headers["Location"].startswith("/tf-validate") and not is_in(client)
    code = code_for(app, db.session.get_one(Person, ana.id).tf_totp_secret or "")
    assert client.post("/tf-validate", data={"code": f" {code[:3]} {code[3:]} "}).status_code == 302
    assert is_in(client)


def test_a_code_that_somebody_looked_at_does_not_work_again(app: Flask, cast: Cast, client: FlaskClient, clock: Any) -> None:
    ana = with_password(cast.ana)
    sign_in_as(client, ana)
    set_up(app, client)
    clock.shift(timedelta(minutes=2))
    code = code_for(app, db.session.get_one(Person, ana.id).tf_totp_secret or "")
    for works in (True, False):
        client.post("/logout")
        sign_in_as(client, ana)
        client.post("/tf-validate", data={"code": code})
        assert is_in(client) is works


def test_wrong_codes_are_noted_and_do_not_let_in(app: Flask, cast: Cast, client: FlaskClient, clock: Any) -> None:
    ana = with_password(cast.ana)
    sign_in_as(client, ana)
    set_up(app, client)
    client.post("/logout")
    sign_in_as(client, ana)
    answer = client.post("/tf-validate", data={"code": "000000"})
    assert answer.status_code == 200 and "This code is not right" in answer.text
    assert not is_in(client)
    assert db.session.scalar(select(AuditEntry.subject_id).where(AuditEntry.action == "code.failed")) == ana.id


def test_a_recovery_code_works_once(app: Flask, cast: Cast, client: FlaskClient, clock: Any) -> None:
    ana = with_password(cast.ana)
    sign_in_as(client, ana)
    set_up(app, client)
    codes = re.findall(r"<code>([0-9a-f-]{14})</code>", client.post("/mf-recovery-codes", data={"generate_new_codes": "1"}).text)
    assert len(codes) == 8
    assert codes[0] not in str(db.session.get_one(Person, ana.id).mf_recovery_codes), "kept encrypted"
    for works in (True, False):
        client.post("/logout")
        sign_in_as(client, ana)
        client.post("/mf-recovery", data={"code": codes[0].upper()})
        assert is_in(client) is works


@pytest.mark.usefixtures("required")
def test_ada_can_do_nothing_before_she_has_set_it_up(app: Flask, cast: Cast, client: FlaskClient, clock: Any) -> None:
    ada = with_password(cast.ada)
    assert sign_in_as(client, ada).headers["Location"].startswith("/tf-setup")
    for path in ("/", "/people", "/account", "/audit"):
        assert client.get(path).status_code == 302, path
    assert "Your role requires a second factor" in client.get("/tf-setup").text
    set_up(app, client)
    assert is_in(client)
    assert client.post("/tf-setup", data={"setup": "disable"}).status_code == 200
    assert db.session.get_one(Person, ada.id).tf_primary_method == "authenticator", "a required one stays on"


@pytest.mark.usefixtures("required")
def test_ana_who_is_given_a_role_that_needs_it_is_signed_out_to_set_it_up(cast: Cast, client: FlaskClient) -> None:
    ana = with_password(cast.ana)
    sign_in_as(client, ana)
    assert is_in(client)
    with transaction():
        grants.grant(cast.actor(cast.ada), ana.id, "hr", "company", now=now())
    assert not is_in(client)


def test_a_running_session_ends_when_the_setting_begins_to_require_it(app: Flask, cast: Cast, client: FlaskClient) -> None:
    hana = with_password(cast.hana)
    sign_in_as(client, hana)
    assert is_in(client)
    app.config["SECOND_FACTOR_ROLES"] = ["hr"]
    try:
        assert not is_in(client)
    finally:
        app.config["SECOND_FACTOR_ROLES"] = []


def test_hana_resets_anas_lost_phone_but_not_adas(app: Flask, cast: Cast, client: FlaskClient, clock: Any) -> None:
    ana = with_password(cast.ana)
    app.test_client_class = Visitor
    sign_in_as(client, ana)
    set_up(app, client)
    with transaction():
        services.reset_second_factor(cast.actor(cast.hana), ana.id, now=now())
    assert not is_in(client)
    assert sign_in_as(client, ana).headers["Location"] == "/"
    with pytest.raises(Refused, match="account_above_yours"), transaction():
        services.reset_second_factor(cast.actor(cast.hana), cast.ada.id, now=now())


def test_the_wish_to_stay_signed_in_survives_the_code(app: Flask, cast: Cast, client: FlaskClient, clock: Any) -> None:
    ana = with_password(cast.ana)
    sign_in_as(client, ana)
    set_up(app, client)
    client.post("/logout")
    clock.shift(timedelta(minutes=2))
    sign_in_as(client, ana, stay="1")
    code = code_for(app, db.session.get_one(Person, ana.id).tf_totp_secret or "")
    answer = client.post("/tf-validate", data={"code": code})
    assert any(c.startswith("session=") and "Expires" in c for c in answer.headers.getlist("Set-Cookie"))
