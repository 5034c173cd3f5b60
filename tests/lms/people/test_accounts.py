"""Signing in and out: what is counted, what ends a session, what nobody learns from outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from passlib.context import CryptContext
from sqlalchemy import select

from lms.audit import AuditEntry
from lms.clock import now
from lms.db import db, transaction
from lms.people import limits, login_sessions, services
from lms.people.links import set_password_link
from lms.people.models import LoginSession, Person
from tests.fixtures import Visitor
from tests.people import Cast

SECRET = "trees walk slowly"
SAID = "E-mail, number or password is not right, or this account is closed."
Browser = Callable[[], FlaskClient]


@pytest.fixture
def ana(cast: Cast) -> Person:
    with transaction():
        person = db.session.get_one(Person, cast.ana.id)
        person.password = hash_password(SECRET)
    return person


@pytest.fixture
def new_browser(app: Flask) -> Browser:
    app.test_client_class = Visitor
    return app.test_client


def sign_in_as(client: FlaskClient, identity: str, password: str = SECRET, **more: str) -> object:
    return client.post("/login", data={"email": identity, "password": password, **more})


def is_in(client: FlaskClient) -> bool:
    """On the page about oneself, which knows the whole person, and on one of those that know little."""
    found = {client.get(page).status_code for page in ("/account", "/")}
    assert len(found) == 1
    return found == {200}


def without_tokens(page: str) -> str:
    return re.sub(r'(value|content)="[^"]*"|CSRFToken": "[^"]*"', "", page)


def actions(person: Person) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.subject_id == person.id).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


def mails(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.getMessage().startswith("mail to")]


# --- signing in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", ["ana@example.com", "ANA@Example.com", "ana", " ana "])
def test_ana_signs_in_by_address_or_by_number(ana: Person, client: FlaskClient, identity: str) -> None:
    answer = sign_in_as(client, identity)
    assert answer.status_code == 302 and is_in(client)
    assert db.session.get_one(Person, ana.id).last_login_at is not None
    assert actions(ana) == ["sign_in"]


def test_ana_is_led_to_where_she_wanted_to_go_but_not_out_of_the_house(ana: Person, new_browser: Browser) -> None:
    wanted = new_browser()
    assert wanted.get("/jobs?page=1").headers["Location"].endswith("/login?next=/jobs?page%3D1")
    answer = wanted.post("/login?next=/jobs?page%3D1", data={"email": "ana", "password": SECRET})
    assert answer.headers["Location"] == "/jobs?page=1"
    for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example", "///evil.example", "javascript:alert(1)"):
        answer = new_browser().post("/login", query_string={"next": evil}, data={"email": "ana", "password": SECRET})
        location = answer.headers.get("Location", "/")
        assert re.match(r"/(?![/\\\\])", location), location


def test_a_wrong_password_an_unknown_name_and_a_closed_account_get_the_same_answer(
    ana: Person, cast: Cast, client: FlaskClient
) -> None:
    with transaction():
        cast.dov.password = hash_password(SECRET)
        cast.dov.active = False
    answers = [
        sign_in_as(client, "ana", "wrong horse"),
        sign_in_as(client, "nobody", "wrong horse"),
        sign_in_as(client, "ben", "wrong horse"),  # has never set a password
        sign_in_as(client, "dov", SECRET),
    ]
    pages = {without_tokens(answer.text) for answer in answers}
    assert len(pages) == 1 and SAID in pages.pop()
    assert {answer.status_code for answer in answers} == {200}
    assert not is_in(client)


def test_each_of_these_costs_one_password_hash(
    ana: Person, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of an answer tells nothing: the costly step is done once, whoever is named."""
    done: list[str] = []

    def counting(name: str) -> Any:
        real = getattr(CryptContext, name)

        def counted(self: CryptContext, *args: Any) -> Any:
            done.append(name)
            return real(self, *args)

        return counted

    for name in ("hash", "verify"):
        monkeypatch.setattr(CryptContext, name, counting(name))
    for identity in ("ana", "nobody", "ben"):
        done.clear()
        sign_in_as(client, identity, "wrong horse")
        assert len(done) == 1, (identity, done)


def test_the_hash_is_argon2id_with_19_mib_two_passes_one_lane(ana: Person) -> None:
    assert ana.password is not None and ana.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_failures_are_noted_without_what_was_typed(ana: Person, client: FlaskClient) -> None:
    sign_in_as(client, "ana", "wrong horse")
    sign_in_as(client, SECRET, "ana")
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "sign_in.failed")).all()
    assert [entry.subject_id for entry in entries] == [ana.id, None]
    assert SECRET not in str([entry.details for entry in entries])


def test_somebody_who_left_or_was_closed_out_is_out_at_once(ana: Person, cast: Cast, client: FlaskClient) -> None:
    sign_in_as(client, "ana")
    assert is_in(client)
    with transaction():
        services.set_active(cast.actor(cast.hana), ana.id, False, now=now())
    assert not is_in(client)
    assert sign_in_as(client, "ana").status_code == 200
    with transaction():
        services.set_active(cast.actor(cast.hana), ana.id, True, now=now())
    sign_in_as(client, "ana")
    assert is_in(client)
    with transaction():
        db.session.get_one(Person, ana.id).left_on = now().date() - timedelta(days=1)
    assert not is_in(client)


# --- sessions -------------------------------------------------------------------------------------


def test_signing_in_takes_a_session_of_its_own(ana: Person, client: FlaskClient) -> None:
    """Whatever somebody planted before the sign-in is worth nothing after it."""
    with client.session_transaction() as session:
        session["login_session"] = "planted"
        session["csrf_token"] = "planted"
    sign_in_as(client, "ana")
    with client.session_transaction() as session:
        assert session["login_session"] != "planted" and session.get("csrf_token") != "planted"
    assert db.session.scalar(select(LoginSession.key_hash)) != "planted"


def test_a_copied_cookie_is_worth_nothing_after_sign_out(ana: Person, new_browser: Browser) -> None:
    client, thief = new_browser(), new_browser()
    sign_in_as(client, "ana")
    thief.set_cookie("session", client.get_cookie("session").value)
    assert is_in(thief)
    assert client.post("/logout").status_code == 302
    assert not is_in(client) and not is_in(thief)


def test_signing_out_ends_one_browser_and_everywhere_ends_all(ana: Person, new_browser: Browser) -> None:
    phone, desk = new_browser(), new_browser()
    for client in (phone, desk):
        sign_in_as(client, "ana")
    phone.post("/logout")
    assert not is_in(phone) and is_in(desk)
    sign_in_as(phone, "ana")
    desk.post("/account/sessions/end")
    assert not is_in(phone) and not is_in(desk)
    assert actions(ana)[-1] == "sessions.end"


def test_hana_ends_anas_sessions_and_cleo_cannot(ana: Person, cast: Cast, new_browser: Browser, sign_in: object) -> None:
    phone = new_browser()
    sign_in_as(phone, "ana")
    assert sign_in(cast.cleo).post(f"/people/{ana.id}/sessions/end").status_code == 403
    assert is_in(phone)
    assert sign_in(cast.hana).post(f"/people/{ana.id}/sessions/end").status_code == 302
    assert not is_in(phone)


def test_a_session_ends_by_itself_after_its_lifetime(ana: Person, client: FlaskClient) -> None:
    sign_in_as(client, "ana", stay="1")
    assert is_in(client)
    with transaction():
        for row in db.session.scalars(select(LoginSession)):
            row.started_at -= login_sessions.LIFETIME
    assert not is_in(client)


def test_the_cookie_outlives_the_browser_only_if_ana_asks_for_it(ana: Person, new_browser: Browser) -> None:
    short, long = sign_in_as(new_browser(), "ana"), sign_in_as(new_browser(), "ana", stay="1")
    cookie = {name: [c for c in r.headers.getlist("Set-Cookie") if c.startswith("session=")][-1] for name, r in
              (("short", short), ("long", long))}
    assert "Expires" not in cookie["short"] and "Expires" in cookie["long"]
    assert "HttpOnly" in cookie["short"] and "SameSite=Lax" in cookie["short"]


def test_a_changed_password_ends_the_other_browsers(
    ana: Person, new_browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    phone, desk = new_browser(), new_browser()
    for client in (phone, desk):
        sign_in_as(client, "ana")
    answer = desk.post("/change", data={
        "password": SECRET, "new_password": "rivers run uphill", "new_password_confirm": "rivers run uphill"})
    assert answer.status_code == 302
    assert is_in(desk) and not is_in(phone)
    assert "changed" in mails(caplog)[-1]
    desk.post("/logout")
    assert sign_in_as(desk, "ana").status_code == 200
    assert sign_in_as(desk, "ana", "rivers run uphill").status_code == 302


@pytest.mark.parametrize(
    ("new", "why"),
    [("short", "at least 10"), ("password1234", "easy to guess"), ("ana@example.com", "your own name"),
     (SECRET, "present password")],
)  # fmt: skip
def test_a_weak_password_is_refused_with_its_reason(ana: Person, client: FlaskClient, new: str, why: str) -> None:
    sign_in_as(client, "ana")
    answer = client.post("/change", data={"password": SECRET, "new_password": new, "new_password_confirm": new})
    assert answer.status_code == 200 and why in answer.text


# --- links by mail --------------------------------------------------------------------------------


def test_ana_sets_a_new_password_by_the_link_and_it_works_once(
    ana: Person, new_browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    phone, visitor = new_browser(), new_browser()
    sign_in_as(phone, "ana")
    assert visitor.post("/reset", data={"identity": "ana"}).headers["Location"] == "/login"
    link = re.search(r"http://localhost(/reset/\S+)", mails(caplog)[-1])
    assert link is not None
    assert visitor.get(link[1]).status_code == 200
    new = {"password": "rivers run uphill", "password_confirm": "rivers run uphill"}
    assert visitor.post(link[1], data=new).headers["Location"] == "/login"
    assert not is_in(phone), "a new password ends every session"
    assert visitor.post(link[1], data=new).headers["Location"] == "/reset"
    assert sign_in_as(visitor, "ana", "rivers run uphill").status_code == 302
    assert actions(ana) == ["sign_in", "password.link", "password.set", "sign_in"]


def test_asking_for_a_link_says_the_same_to_everyone(
    ana: Person, new_browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    said = set()
    for identity in ("ana", "nobody@example.com"):
        client = new_browser()
        client.post("/reset", data={"identity": identity})
        said.add(without_tokens(client.get("/login").text))
    assert len(said) == 1
    assert len(mails(caplog)) == 1


def test_a_link_is_of_no_use_to_somebody_whose_account_was_closed(ana: Person, cast: Cast, client: FlaskClient) -> None:
    link = set_password_link(ana).removeprefix("http://localhost")
    with transaction():
        services.set_active(cast.actor(cast.hana), ana.id, False, now=now())
    assert client.get(link).headers["Location"] == "/reset"


def test_a_link_with_a_letter_changed_is_refused_kindly(ana: Person, client: FlaskClient) -> None:
    link = set_password_link(ana).removeprefix("http://localhost")
    other = "y" if link[-10] == "x" else "x"  # in the middle: of the last letter some bits are padding
    assert client.get(link[:-10] + other + link[-9:]).status_code == 302
    assert "Ask for a new one here" in client.get("/reset").text


def test_invitations_go_out_in_the_language_of_each(
    ana: Person, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction():
        db.session.get_one(Person, cast.ben.id).locale = "zh_Hans"
        db.session.get_one(Person, cast.dov.id).active = False
    with transaction():
        invited = services.invite(cast.actor(cast.hana), [cast.ana.id, cast.ben.id, cast.dov.id, 999], now())
    assert invited == 2
    english, chinese = sorted(mails(caplog), key=lambda mail: "zh" if "Ben" in mail else "en")
    assert "Your account at Needle" in english and "Your account at Needle" not in chinese


def test_no_link_can_be_forged_from_the_host_header(ana: Person, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    client.post("/reset", data={"identity": "ana"}, headers={"Host": "evil.example"})
    assert "evil" not in mails(caplog)[-1]


# --- limits, CSRF, language -----------------------------------------------------------------------


@pytest.fixture
def limited(app: Flask) -> Iterator[None]:
    before = app.config["SIGN_IN_LIMIT"]
    app.config.update(SIGN_IN_LIMIT="3 per minute", RATELIMIT_ENABLED=True)
    app.extensions[limits.EXTENSION].storage.reset()
    yield
    app.config.update(SIGN_IN_LIMIT=before, RATELIMIT_ENABLED=False)


@pytest.mark.usefixtures("limited")
def test_after_three_failures_even_the_right_password_waits(ana: Person, client: FlaskClient) -> None:
    for _try in range(3):
        assert sign_in_as(client, "ana", "wrong horse").status_code == 200
    answer = sign_in_as(client, "ana")
    assert answer.status_code == 429 and "Wait a minute" in answer.text


@pytest.mark.usefixtures("limited")
def test_the_address_is_counted_over_all_identities_and_successes_are_not(ana: Person, client: FlaskClient) -> None:
    for _try in range(5):
        assert sign_in_as(client, "ana").status_code == 302
        client.post("/logout")
    for identity in ("ben", "cleo", "dov"):
        assert sign_in_as(client, identity, "wrong horse").status_code == 200
    assert sign_in_as(client, "hana", "wrong horse").status_code == 429


@pytest.mark.usefixtures("limited")
def test_an_identity_is_counted_over_all_addresses(ana: Person, new_browser: Browser) -> None:
    for number in range(3):
        client = new_browser()
        data = {"email": "ana", "password": "wrong horse"}
        client.post("/login", data=data, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})
    answer = new_browser().post("/login", data={"email": "ANA", "password": SECRET}, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert answer.status_code == 429


@pytest.mark.usefixtures("limited")
def test_asking_for_links_is_limited_too(ana: Person, client: FlaskClient) -> None:
    codes = [client.post("/reset", data={"identity": "ana"}).status_code for _try in range(4)]
    assert codes == [302, 302, 302, 429]


@pytest.fixture
def with_csrf(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.usefixtures("with_csrf")
def test_a_form_without_its_token_gets_a_friendly_page(ana: Person, client: FlaskClient) -> None:
    for path in ("/login", "/reset", "/logout", "/language", "/account"):
        answer = client.post(path, data={"email": "ana", "password": SECRET})
        assert answer.status_code == 400 and "open for too long" in answer.text, path


@pytest.mark.usefixtures("with_csrf")
def test_a_form_with_its_token_passes(ana: Person, client: FlaskClient) -> None:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert token is not None
    assert sign_in_as(client, "ana", csrf_token=token[1]).status_code == 302


@pytest.mark.parametrize(
    ("accepts", "lang"),
    [("zh-TW,zh;q=0.9", "zh-Hant"), ("zh-HK", "zh-Hant"), ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("de,en;q=0.5", "en")],
)
def test_the_browser_says_the_language(client: FlaskClient, accepts: str, lang: str) -> None:
    assert f'<html lang="{lang}"' in client.get("/login", headers={"Accept-Language": accepts}).text


def test_anas_choice_beats_the_browser_and_follows_her(ana: Person, new_browser: Browser) -> None:
    client = new_browser()
    with transaction():
        db.session.get_one(Person, ana.id).locale = None
    sign_in_as(client, "ana")
    assert client.post("/language", data={"locale": "zh_Hant", "next": "/account"}).headers["Location"] == "/account"
    assert db.session.get_one(Person, ana.id).locale == "zh_Hant"
    other = new_browser()
    sign_in_as(other, "ana")
    assert '<html lang="zh-Hant"' in other.get("/account", headers={"Accept-Language": "en"}).text
    client.post("/logout")
    assert '<html lang="zh-Hant"' in client.get("/login", headers={"Accept-Language": "en"}).text


def test_a_language_nobody_speaks_and_a_way_out_are_ignored(client: FlaskClient) -> None:
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "/ /evil", ""):
        answer = client.post("/language", data={"locale": "xx", "next": evil})
        assert answer.headers["Location"] == "/" and "language=" not in str(answer.headers.getlist("Set-Cookie"))


def test_nothing_of_the_library_answers_in_json_or_opens_what_is_not_used(ana: Person, client: FlaskClient) -> None:
    answer = client.post("/login", json={"email": "ana", "password": SECRET}, headers={"Accept": "application/json"},
                         query_string={"include_auth_token": "1"})
    assert "auth" not in answer.text.lower() or answer.status_code == 302
    assert answer.mimetype != "application/json"
    for path in ("/register", "/confirm", "/wan-register", "/us-signin", "/fs-static/x", "/tf-rescue", "/tf-select"):
        assert client.get(path).status_code in {302, 404}, path


def test_every_door_of_the_library_that_needs_a_person_is_shut_to_visitors(client: FlaskClient) -> None:
    for path in ("/change", "/verify", "/mf-recovery-codes", "/tf-setup", "/tf-validate", "/mf-recovery"):
        answer = client.get(path)
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/login"), path
    assert client.post("/tf-setup/x", data={"code": "1"}).headers["Location"].startswith("/login")
