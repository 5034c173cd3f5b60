"""The JSON interface: who comes in with a token, for how long, and what a cookie alone cannot do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select

from lms import api
from lms.audit import AuditEntry
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.people import login_sessions
from lms.people.models import Person
from lms.people.scope import load_actor
from lms.people.tokens import services
from lms.people.tokens.models import AccessToken
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
STUDIES = "/api/v1/studies"
SECRET = "quiet otter reads maps"


def token_of(person: Person, days: int = 30) -> str:
    with transaction():
        return services.create(load_actor(person), "Monthly report", days, now=now())[1]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_hanas_program_reads_what_hana_may_and_anas_does_not(cast: Cast, client: FlaskClient) -> None:
    assert client.get(STUDIES, headers=bearer(token_of(cast.hana))).json == {"studies": [], "page": 1, "pages": 1, "total": 0}
    refused = client.get(STUDIES, headers=bearer(token_of(cast.ana)))
    assert refused.status_code == 403 and refused.json["error"] == "http_403"


@pytest.mark.parametrize("header", ["Bearer ndl_guessed", "Bearer ", "Basic abc", "nonsense"])
def test_what_is_no_token_opens_nothing(cast: Cast, client: FlaskClient, header: str) -> None:
    answer = client.get(STUDIES, headers={"Authorization": header})
    assert answer.status_code == 401 and answer.json["error"] == "http_401"


def test_a_token_ends_by_taking_it_back_by_its_day_with_the_account_and_with_all_sessions(cast: Cast, client: FlaskClient) -> None:
    def opens(secret: str) -> bool:
        return client.get(STUDIES, headers=bearer(secret)).status_code == 200

    first, second, third, fourth = (token_of(cast.hana) for _ in range(4))
    rows = db.session.scalars(select(AccessToken).order_by(AccessToken.id)).all()
    with transaction():
        services.revoke(load_actor(cast.hana), rows[0].id, now=now())
        db.session.get_one(AccessToken, rows[1].id).expires_on = now().date() - timedelta(days=1)
    assert [opens(secret) for secret in (first, second, third)] == [False, False, True]
    with transaction():
        cast.hana.active = False
    assert not opens(third)
    with transaction():
        cast.hana.active = True
    assert opens(fourth)
    with transaction():
        login_sessions.end_all(cast.hana, now())
    assert not opens(fourth)


def test_only_a_token_writes_a_cookie_is_never_enough(
    app: Flask, cast: Cast, sign_in: SignIn, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    signed_in = sign_in(cast.hana)
    assert signed_in.get(STUDIES).status_code == 200
    assert signed_in.post(f"{STUDIES}/1/runs").status_code == 401
    assert client.post(f"{STUDIES}/1/runs", headers=bearer(token_of(cast.hana))).status_code == 404, "let in; there is no such study"


def with_password(person: Person) -> Person:
    with transaction():
        person.password = hash_password(SECRET)
    return person


def test_no_token_is_made_without_the_password_and_tries_are_counted(
    app: Flask, cast: Cast, sign_in: SignIn, sent: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(with_password(cast.cleo))
    data = {"name": "Board figures", "days": "90"}
    assert "ndl_" not in browser.post("/account/tokens", data=data).text
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    monkeypatch.setitem(app.config, "SIGN_IN_LIMIT", "2 per minute")
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.77"}}
    for _ in range(2):
        page = browser.post("/account/tokens", data=data | {"password": "a guess of mine"}, **elsewhere)
        assert page.status_code == 200 and "This password is not right." in page.text
    assert browser.post("/account/tokens", data=data | {"password": SECRET}, **elsewhere).status_code == 429
    assert db.session.scalars(select(AccessToken)).all() == [] and sent == []
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "sign_in.failed")).all()) == 2


def test_whose_token_was_made_is_told_by_mail(cast: Cast, sent: list[dict[str, str]]) -> None:
    secret = token_of(cast.cleo)
    (mail,) = sent
    assert mail["to"] == cast.cleo.email and "Monthly report" in mail["body"] and secret not in mail["body"]


def test_the_token_is_shown_once_and_only_its_digest_is_kept(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(with_password(cast.cleo))
    page = browser.post("/account/tokens", data={"name": "Board figures", "days": "90", "password": SECRET}).text
    secret = page.split("<code>")[1].split("</code>")[0]
    assert secret.startswith("ndl_") and len(secret) > 40
    again = browser.get("/account/tokens").text
    assert secret not in again and "Board figures" in again
    row = db.session.scalars(select(AccessToken)).one()
    assert secret not in (row.digest, row.beginning, row.account_key) and row.person_id == cast.cleo.id
    browser.post(f"/account/tokens/{row.id}/revoke")
    assert "Board figures" not in browser.get("/account/tokens").text
    acts = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.contains("token")).order_by(AuditEntry.id)))
    assert acts == ["token.create", "token.revoke"]


def test_nobody_takes_anothers_token_back_and_ten_are_enough(cast: Cast) -> None:
    for _ in range(services.MOST):
        token_of(cast.hana)
    with pytest.raises(Refused, match="tokens_enough"):
        services.create(load_actor(cast.hana), "One more", 30, now=now())
    with pytest.raises(Unknown):
        services.revoke(load_actor(cast.cleo), db.session.scalars(select(AccessToken.id)).first() or 0, now=now())
    for name, days in ((" ", 30), ("Report", 4000)):
        with pytest.raises(Refused, match="token_"):
            services.create(load_actor(cast.cleo), name, days, now=now())


def test_a_program_that_asks_too_often_waits(app: Flask, cast: Cast, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    monkeypatch.setattr(services, "REQUESTS", "2 per minute")
    monkeypatch.setattr(services, "TRIES", "1 per minute")
    secret = token_of(cast.hana)
    assert [client.get(STUDIES, headers=bearer(secret)).status_code for _ in range(3)] == [200, 200, 429]
    assert [client.get(STUDIES, headers=bearer("ndl_x")).status_code for _ in range(2)] == [401, 429]


def test_the_day_of_use_is_kept(cast: Cast, client: FlaskClient) -> None:
    client.get(STUDIES, headers=bearer(token_of(cast.hana)))
    assert db.session.scalars(select(AccessToken.last_used_on)).one() == now().date()


def test_the_description_names_every_route_of_the_interface_with_its_permission(app: Flask, client: FlaskClient) -> None:
    found = client.get("/api/v1/openapi.json").json
    assert found == api.description(app)
    assert set(found["paths"]) >= {"/api/v1/studies/{study_id}/runs/{number}", "/api/v1/portfolio", "/api/v1/rollouts"}
    post = found["paths"]["/api/v1/studies/{study_id}/runs"]["post"]
    assert post["x-permission"] == "effect:run" and post["parameters"][0]["name"] == "study_id" and post["summary"]
    assert all(operation["summary"] for path in found["paths"].values() for operation in path.values())
