"""Ana leaves: what is held about her is taken out, then she is erased, and the figures of the others stay true."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, String, func, select
from sqlalchemy import cast as as_type

from courses.models import Certificate, Completion, Enrolment
from lms import storage
from lms.audit import AuditEntry
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.people import services
from lms.people.models import LoginSession, Person, RoleGrant
from lms.privacy import erasing, exporting
from lms.privacy.rules import MARK, NOT_EXPORTED, RULES
from tests.assessments.quizzes.factory import begin, give, hand_in, make_quiz
from tests.assessments.quizzes.test_hand_grading import FULL, graded
from tests.assessments.roleplays import factory as plays
from tests.courses.factory import MONDAY, actor, enrol, make_course, read_all
from tests.people import Cast

NAME = "Anabel Quillfeather"
WORDS = "I told the purchaser about my divorce"


@pytest.fixture
def ana(cast: Cast, promptly: None) -> Person:
    """Ana under a name that no course has: she wrote in a quiz, talked on a recording, passed a course, signed in."""
    with transaction():
        cast.ana.name, cast.ana.number = NAME, "Q-7719"
    made = make_quiz(cast, ["open_text", "single"])
    attempt = begin(cast.ana, made)
    give(cast.ana, attempt, made.questions["open_text"], WORDS)
    give(cast.ana, attempt, made.questions["single"], "s2", sequence=2)
    hand_in(cast.ana, attempt)
    graded(cast, cast.tess, made, FULL, f"{NAME}, say less.")
    plays.sent(cast.ana, plays.make_scenario(cast))
    course = make_course(cast, code="KA-7")
    enrol(cast, course, cast.ana)
    read_all(cast.ana, course)
    with transaction():
        data = services.PersonData("Q-7719", NAME, email="anabel.q@example.com", team_id=cast.ana.team_id, locale="en")
        services.edit_person(SYSTEM, cast.ana.id, data, now=now())
    return cast.ana


def close(person: Person) -> None:
    with transaction():
        services.set_active(SYSTEM, person.id, False, now=now())


def erase(person: Person, typed: str = NAME) -> Person:
    with transaction():
        return erasing.erase(SYSTEM, person.id, typed, now=now())


def exported(actor_: Any, person: Person) -> zipfile.ZipFile:
    file = io.BytesIO()
    with transaction():
        exporting.export(actor_, person.id, file, now=now())
    return zipfile.ZipFile(file)


def places(word: str) -> set[str]:
    """table.column of everything in the database that holds this word."""
    found = set()
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | JSON):
                query = select(func.count()).select_from(table).where(as_type(column, String).contains(word, autoescape=True))
                found |= {f"{table.name}.{column.name}"} if db.session.scalar(query) else set()
    return found


def test_the_export_holds_what_ana_did_and_no_key_and_nobody_else(ana: Person, cast: Cast) -> None:
    archive = exported(actor(cast.hana), ana)
    said = json.loads(archive.read("person.json"))
    tables = said["tables"]
    assert tables["person"][0]["name"] == NAME
    assert WORDS in archive.read("csv/answer_save.csv").decode("utf-8-sig")
    assert {"enrolment", "completion", "certificate", "attempt", "grade_entry", "play", "recording"} <= {t for t, rows in tables.items() if rows}
    assert not {"password", "fs_uniquifier", "tf_totp_secret"} & tables["person"][0].keys()
    names = archive.namelist()
    assert any(name.startswith("files/certificate-") for name in names) and any(name.startswith("files/recording-") for name in names)
    text = archive.read("person.json").decode()
    assert not any(person.name in json.dumps(tables["enrolment"]) for person in (cast.hana, cast.ben))
    assert "another person" in text, "Tess, who enrolled her, is not told by number"
    for table in NOT_EXPORTED:
        assert table in archive.read("about.txt").decode()
    last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (last.action, last.actor_id, last.subject_id) == ("person.export_data", cast.hana.id, ana.id)


def test_after_the_erasure_no_word_of_ana_is_left_and_every_figure_is(app: Flask, ana: Person, sign_in: Callable[[Person], FlaskClient]) -> None:
    assert len(places(NAME)) > 1 and places(WORDS)
    sign_in(ana)
    kept = {name: _count(name) for name, rule in RULES.items() if not rule.goes and name not in ("recording_piece", "answer_file_piece")}
    grades = [tuple(row) for row in db.session.execute(select(db.metadata.tables["grade_entry"]))]
    outcomes = [tuple(row) for row in db.session.execute(select(db.metadata.tables["module_outcome"]))]
    keys = set(_keys())
    close(ana)
    erase(ana)
    for word in (NAME, "Q-7719", "anabel.q@example.com", WORDS):
        assert places(word) == set(), word
    assert {name: _count(name) for name in kept} | {"audit_entry": 0} == kept | {"audit_entry": 0}, "rows stay"
    assert [tuple(row) for row in db.session.execute(select(db.metadata.tables["grade_entry"]))] == grades
    assert [tuple(row) for row in db.session.execute(select(db.metadata.tables["module_outcome"]))] == outcomes
    assert len(keys - set(_keys())) >= 2, "the recording and the certificate left the store"
    assert not db.session.scalars(select(LoginSession).where(LoginSession.person_id == ana.id)).all()
    assert not db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == ana.id)).all()
    assert db.session.get_one(Person, ana.id).erased_at is not None
    assert db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(1)).one() == "person.erase"


def _count(name: str) -> int:
    return db.session.scalar(select(func.count()).select_from(db.metadata.tables[name])) or 0


def _keys() -> list[str]:
    return [entry["path"] for page in storage.store().list() for entry in page]


def test_a_certificate_can_still_be_checked_and_names_nobody(ana: Person, client: FlaskClient) -> None:
    close(ana)
    erase(ana)
    code = db.session.scalars(
        select(Certificate.code).join(Completion).join(Enrolment).where(Enrolment.person_id == ana.id)
    ).first()
    page = client.get(f"/verify/{code}")
    assert page.status_code == 200
    assert "erased on request" in page.text and "Key accounts" in page.text
    assert NAME not in page.text and MARK not in page.text.split("<main")[1].split("Certificate number")[0]


@pytest.mark.parametrize(
    ("closed", "typed", "code"), [(False, "Ana", "erase_close_first"), (True, "Anna", "erase_name_differs"), (True, "", "erase_name_differs")]
)
def test_nobody_is_erased_by_mistake(cast: Cast, closed: bool, typed: str, code: str) -> None:
    if closed:
        close(cast.ana)
    with pytest.raises(Refused, match=code):
        erase(cast.ana, typed)
    assert cast.ana.name == "Ana"


def test_what_is_left_of_a_person_stays_closed(cast: Cast) -> None:
    close(cast.ana)
    erase(cast.ana, "Ana")
    for act in (
        lambda: services.set_active(SYSTEM, cast.ana.id, True, now=now()),
        lambda: services.edit_person(SYSTEM, cast.ana.id, services.PersonData("A-1", "Ana"), now=now()),
        lambda: erase(cast.ana, cast.ana.name),
    ):
        with pytest.raises(Refused, match="erased_already"), transaction():
            act()


def test_hana_erases_neither_herself_nor_the_administrator(cast: Cast) -> None:
    close(cast.ada)
    with pytest.raises(Refused, match="account_above_yours"), transaction():
        erasing.erase(actor(cast.hana), cast.ada.id, "Ada", now=now())
    with pytest.raises(Refused, match="not_yourself"), transaction():
        erasing.erase(actor(cast.hana), cast.hana.id, "Hana", now=now())


@pytest.mark.parametrize(("who", "status"), [("ana", 403), ("cleo", 403), ("tess", 403), ("dov", 403), ("hana", 200), ("ada", 200)])
def test_only_hr_and_administrators_reach_the_pages(cast: Cast, sign_in: Callable[[Person], FlaskClient], who: str, status: int) -> None:
    client = sign_in(getattr(cast, who))
    base = f"/people/{cast.ben.id}/data"
    assert client.get(base).status_code == status
    assert client.post(f"{base}/export", buffered=True).status_code == status
    assert client.post(f"{base}/erase", data={"name": "Ben"}).status_code == status
    assert cast.ben.name == "Ben", "he is active: nothing happened"


def test_hr_of_one_team_reaches_nobody_in_another(cast: Cast) -> None:
    with transaction():
        db.session.query(RoleGrant).filter(RoleGrant.person_id == cast.hana.id).update({"scope": "team", "team_id": cast.west.id})
    with pytest.raises(Unknown):
        exported(actor(cast.hana), cast.ana)
    with pytest.raises(Unknown), transaction():
        erasing.erase(actor(cast.hana), cast.ana.id, "Ana", now=MONDAY)


def test_on_the_page_hana_types_the_name_and_ben_is_gone(cast: Cast, sign_in: Callable[[Person], FlaskClient]) -> None:
    close(cast.ben)
    client = sign_in(cast.hana)
    wrong = client.post(f"/people/{cast.ben.id}/data/erase", data={"name": "Benn"})
    assert "This is not the name of the person." in wrong.text
    right = client.post(f"/people/{cast.ben.id}/data/erase", data={"name": "Ben"}, follow_redirects=True)
    assert "The person was erased." in right.text and f"Anonymous person {cast.ben.id}" in right.text


def test_operators_do_both_on_the_command_line(app: Flask, cast: Cast, tmp_path: Path) -> None:
    run = app.test_cli_runner().invoke
    file = tmp_path / "ana.zip"
    assert run(args=["people", "export-data", "ana", str(file)]).exit_code == 0
    assert "person.json" in zipfile.ZipFile(file).namelist()
    assert run(args=["people", "export-data", "nobody", str(file)]).exit_code == 2
    assert run(args=["people", "erase", "ana", "--name", "Ana"]).exit_code == 2, "her account is open"
    close(cast.ana)
    assert run(args=["people", "erase", "ana", "--name", "Ana"]).exit_code == 0
