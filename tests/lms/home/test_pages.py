"""Today, jobs, files, audit trail and settings: what each finds there, and what nobody else does."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from lms import audit, jobs, storage
from lms.clock import now
from lms.db import db, transaction
from lms.jobs import Job
from lms.people.models import Person
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]


def a_job(owner: Person, **more: object) -> Job:
    with transaction():
        job = Job(kind="mail.deliver", params={}, owner_id=owner.id, created_at=now(), heartbeat_at=now(), **more)
        db.session.add(job)
    return job


def test_ada_sees_the_health_the_jobs_and_the_latest_acts(cast: Cast, sign_in: SignIn) -> None:
    a_job(cast.ana, state="failed", error="job_lost")
    page = sign_in(cast.ada).get("/").text
    for words in ("Does the database answer?", "The worker was stopped", "The latest acts"):
        assert words in page


def test_somebody_without_a_role_is_told_so_and_may_still_change_the_account(cast: Cast, sign_in: SignIn) -> None:
    with transaction():
        eve = make_person("Eve")
    client = sign_in(eve)
    assert "You have no role yet" in client.get("/").text
    assert client.get("/account").status_code == 200
    assert client.get("/people").status_code == 403


def test_ana_finds_her_job_again_and_ben_does_not_see_it(cast: Cast, sign_in: SignIn) -> None:
    job = a_job(cast.ana, state="running", done=3, total=8)
    client = sign_in(cast.ana)
    assert "3 of 8 done." in client.get("/jobs").text
    answer = client.get(f"/jobs/{job.id}", headers={"Accept": "application/json"}).get_json()
    assert (answer["state"], answer["done"], answer["total"], answer["share"]) == ("running", 3, 8, 0.375)
    assert sign_in(cast.ben).get(f"/jobs/{job.id}").status_code == 404
    assert "Sending a mail" not in sign_in(cast.ben).get("/jobs?all=1").text
    assert sign_in(cast.ada).get(f"/jobs/{job.id}").status_code == 200


def test_a_result_is_linked_only_within_this_site(cast: Cast, sign_in: SignIn) -> None:
    for url, there in (("/certificates.zip", True), ("//evil.example", False), ("https://evil.example", False)):
        job = a_job(cast.ana, state="done", result={"url": url})
        answer = sign_in(cast.ana).get(f"/jobs/{job.id}", headers={"Accept": "application/json"}).get_json()
        assert (answer["url"] == url) is there, url


def test_ana_fetches_her_own_file_and_ben_does_not(cast: Cast, sign_in: SignIn) -> None:
    with transaction():
        file = storage.put(cast.actor(cast.ana), b"%PDF-1.7 hers", "hers.pdf")
    assert sign_in(cast.ana).get(f"/files/{file.id}").data == b"%PDF-1.7 hers"
    assert sign_in(cast.ben).get(f"/files/{file.id}").status_code == 404


def test_ada_reads_the_audit_trail_by_person_and_act(cast: Cast, sign_in: SignIn) -> None:
    with transaction():
        audit.record(cast.actor(cast.hana), "person.edit", "person", cast.ana.id, changes={"name": ["An", "Ana"]})
        audit.record(cast.actor(cast.hana), "team.create", "team", 7)
    client = sign_in(cast.ada)
    rows = client.get("/audit?who=ana&action=person.edit").text.partition("<tbody>")[2]
    assert "changed a person" in rows and "added a team" not in rows
    assert "<tbody>" not in client.get("/audit?first=2001-01-01&last=2001-01-31").text
    assert client.get("/audit?first=nonsense").status_code == 200
    assert sign_in(cast.hana).get("/audit").status_code == 403


def test_the_settings_page_shows_no_secret(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    before = app.config["SMTP_URL"]
    app.config["SMTP_URL"] = "smtp://needle:hush@mail.example.com:587"
    try:
        page = sign_in(cast.ada).get("/settings").text
    finally:
        app.config["SMTP_URL"] = before
    assert "mail.example.com" in page and "hush" not in page
    assert app.config["SECRET_KEY"] not in page and app.config["SECURITY_PASSWORD_SALT"] not in page
    assert sign_in(cast.hana).get("/settings").status_code == 403


def test_the_health_address_answers_without_a_session(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"ok": True}


def test_a_failed_mail_is_seen_on_the_health_page(cast: Cast, sign_in: SignIn) -> None:
    a_job(cast.ana, state="failed", error="job_failed")
    assert "failed in the last 24 hours: 1" in sign_in(cast.ada).get("/settings").text


def test_every_kind_of_job_has_words(app: Flask) -> None:
    nameless = [kind for kind in jobs._handlers if kind.startswith(("mail.", "people.", "certificate.", "courses.", "import_")) and jobs.kind_name(kind) == kind]
    assert not nameless
