"""Ana sees what she knows, Cleo her team, Dov nothing of either; a number opens to what it rests on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace
from sqlalchemy import func, select

from assessments.grading.evidence import SkillEvidence, Source
from lms.authz import SYSTEM, Role
from lms.db import db, transaction
from lms.errors import Forbidden, Refused
from lms.people.models import Person
from lms.people.scope import load_actor
from performance.skills import policies, services
from performance.skills.models import PersonReadiness, SkillRun, SkillState
from tests.assessments.quizzes import factory as quiz
from tests.people import Cast, make_person
from tests.performance.skills.conftest import NOW, counted, piece

SignIn = Callable[[Person], FlaskClient]


@pytest.fixture
def company(cast: Cast, asked: dict[str, int], shown: list[SkillEvidence]) -> Cast:
    """Ana has both, Ben lacks one, of Dov nothing is known."""
    shown += [
        piece(cast.ana.id, "needs-analysis", 0.95), piece(cast.ana.id, "客户拜访", 0.9),
        piece(cast.ben.id, "需求挖掘", 0.3), piece(cast.ben.id, "客戶拜訪", 0.85),
    ]  # fmt: skip
    with transaction():
        services.bring_up_to_date(SYSTEM, now=NOW)
    return cast


def readiness(person: Person) -> PersonReadiness:
    return db.session.scalars(select(PersonReadiness).where(PersonReadiness.person_id == person.id)).one()


def test_each_is_judged_against_the_job(company: Cast) -> None:
    ana, ben, dov = (readiness(each) for each in (company.ana, company.ben, company.dov))
    assert (ana.met, ana.gaps, ana.required) == (2, 0, 2)
    assert (ben.met, ben.gaps) == (1, 1)
    assert (dov.share, dov.reason) == (None, "too_little_known")
    verdicts = db.session.scalars(select(SkillState.verdict).where(SkillState.person_id == company.dov.id)).all()
    assert set(verdicts) == {"unknown"}


def test_ana_sees_what_she_knows_and_what_it_rests_on(company: Cast, sign_in: SignIn) -> None:
    page = sign_in(company.ana).get("/skills/mine").text
    assert "You meet 2 of 2 competencies of your job" in page
    assert "Needs analysis" in page and "Live observation" in page and "Proficient" in page
    assert "/practice/plays/" in page


def test_cleo_sees_her_people_and_not_dov(company: Cast, sign_in: SignIn) -> None:
    client = sign_in(company.cleo)
    page = client.get("/skills").text
    assert "Ana" in page and "Ben" in page and "Dov" not in page
    assert page.index(">Ben<") < page.index(">Ana<"), "the least ready first"
    assert client.get(f"/skills/people/{company.ben.id}").status_code == 200
    for path in (f"/skills/people/{company.dov.id}", "/skills/people/99999", f"/skills?team={company.west.id}", "/skills?team=999"):
        assert client.get(path).status_code == 404, path
    assert client.post(f"/skills/people/{company.dov.id}/refresh").status_code == 404
    assert client.get(f"/skills/export.csv?team={company.west.id}").status_code == 404
    assert client.post("/skills/compute").status_code == 403


def test_a_rep_sees_nobody_elses_skills(company: Cast, sign_in: SignIn) -> None:
    client = sign_in(company.dov)
    for path in ("/skills", f"/skills/people/{company.ana.id}", "/skills/check", "/skills/export.csv"):
        assert client.get(path).status_code == 403, path
    assert "Nothing has been seen of it yet." in client.get("/skills/mine").text
    with pytest.raises(Forbidden):
        services.refresh_person(load_actor(company.dov), company.ana.id, now=NOW)


def test_hana_and_tess_see_everybody_and_ada_nobody(company: Cast, sign_in: SignIn) -> None:
    for person in (company.hana, company.tess):
        page = sign_in(person).get("/skills").text
        assert "Dov" in page and "Ana" in page
    assert sign_in(company.ada).get("/skills").status_code == 403


def test_what_stands_behind_a_level_opens_to_oneself_and_by_policy_to_those_who_look_after_one(cast: Cast) -> None:
    ana, cleo, hana, tess = (load_actor(person) for person in (cast.ana, cast.cleo, cast.hana, cast.tess))
    assert policies.opens(ana, cast.ana.id) == policies.BEHIND
    assert policies.opens(cleo, cast.ana.id) == {"play", "attempt", "feedback_subject"}
    assert policies.opens(cleo, cast.dov.id) == set(), "he is not hers"
    assert policies.opens(tess, cast.ana.id) == {"play", "attempt"}
    assert "play" not in policies.opens(hana, cast.ana.id), "she would meet a page that is not there"


def test_a_quiz_behind_bens_level_leads_cleo_to_his_results_and_what_stays_closed_says_why(
    cast: Cast, asked: dict[str, int], shown: list[SkillEvidence], sign_in: SignIn
) -> None:
    made = quiz.make_quiz(cast, ["single"])
    attempt = quiz.take(cast.ana, made, quiz.RIGHT)
    for source, kind, id_ in ((Source.QUIZ, "attempt", attempt.id), (Source.DIALOGUE, "dialogue_play", 7), (Source.CASE, "case_work", 7)):
        shown.append(replace(piece(cast.ana.id, "needs-analysis", 0.9), source=source, reference=(kind, id_)))
    with transaction():
        services.bring_up_to_date(SYSTEM, now=NOW)
    page = sign_in(cast.cleo).get(f"/skills/people/{cast.ana.id}").text
    leads = f"/authoring/quizzes/{attempt.module_id}/results?q={cast.ana.number}"
    assert leads in page and sign_in(cast.cleo).get(leads).status_code == 200
    assert "Only the person opens their walk through a dialogue." in page and "Cases are scored without names" in page
    assert "A quiz is opened by" not in page
    mine = sign_in(cast.ana).get("/skills/mine").text
    assert f"/quizzes/attempts/{attempt.id}/result" in mine and "Only the person opens" not in mine


def test_the_export_says_what_the_page_says(company: Cast, sign_in: SignIn) -> None:
    client = sign_in(company.cleo)
    rows = list(csv.DictReader(io.StringIO(client.get("/skills/export.csv").data.decode("utf-8-sig"))))
    assert [(row["Person number"], row["Needs analysis"], row["Needs analysis: verdict"]) for row in rows] == [
        ("ben", "1", "gap"), ("ana", "3", "reached"),
    ]  # fmt: skip
    assert client.get("/skills/export.xlsx").data.startswith(b"PK")


def test_a_new_result_counts_when_ana_brings_it_up_to_date(company: Cast, shown: list[SkillEvidence], sign_in: SignIn) -> None:
    shown += [piece(company.ana.id, "Needs analysis", 0.1, days=0, number=at) for at in (1, 2, 3, 4)]
    client = sign_in(company.ana)
    assert "You meet 2 of 2" in client.get("/skills/mine").text
    assert client.post("/skills/mine/refresh").status_code == 302
    assert readiness(company.ana).met == 1
    assert readiness(company.ben).met == 1


def test_a_snapshot_holds_what_was_known_at_the_end_of_the_quarter(company: Cast, shown: list[SkillEvidence]) -> None:
    shown += [piece(company.dov.id, "Needs analysis", 0.9, days=60), piece(company.dov.id, "Customer visits", 0.9, days=70)]
    with transaction():
        run = services.snapshot(SYSTEM, date(2026, 8, 1), now=NOW)
    assert str(run.quarter) == "2026-07-01"
    then = {row.person_id: row for row in db.session.scalars(select(PersonReadiness).where(PersonReadiness.run_id == run.id))}
    assert then[company.dov.id].met == 2
    assert then[company.ana.id].share is None, "what Ana showed in November was not known in September"
    with pytest.raises(Refused, match="snapshot_is_there"):
        services.snapshot(SYSTEM, date(2026, 9, 30), now=NOW)
    with pytest.raises(Refused, match="snapshot_quarter_runs"):
        services.snapshot(SYSTEM, date(2026, 11, 1), now=NOW)
    with transaction():
        services.bring_up_to_date(SYSTEM, now=NOW)
    kinds = dict(db.session.execute(select(SkillRun.kind, func.count()).group_by(SkillRun.kind)).all())
    assert kinds == {"current": 1, "quarter": 1}


def test_pages_ask_few_questions_however_many_people_there_are(company: Cast, shown: list[SkillEvidence], sign_in: SignIn) -> None:
    with transaction():
        for at in range(40):
            person = make_person(f"Rep {at}", company.east, Role.REP)
            shown.append(piece(person.id, "Needs analysis", 0.5 + at / 100))
        services.bring_up_to_date(SYSTEM, now=NOW)
    client = sign_in(company.cleo)
    for path in ("/skills", f"/skills/people/{company.ben.id}", "/skills/check"):
        with counted() as sent:
            assert client.get(path).status_code == 200
        assert len(sent) <= 12, (path, len(sent), sent)
    client = sign_in(company.ana)
    with counted() as sent:
        assert client.get("/skills/mine").status_code == 200
    assert len(sent) <= 12, sent


def test_the_command_says_readiness_as_json(company: Cast, app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["skills", "readiness", "--json"])
    assert done.exit_code == 0, done.output
    people = {each["number"]: each for each in json.loads(done.output)["people"]}
    assert people["ana"]["met"] == 2 and people["dov"]["share"] is None
    assert people["ben"]["competencies"]["NEEDS"]["verdict"] == "gap"
    assert app.test_cli_runner().invoke(args=["skills", "readiness", "--team", "nowhere"]).exit_code == 2


def test_before_anything_is_reckoned_pages_say_so(cast: Cast, sign_in: SignIn) -> None:
    assert "Nothing reckoned yet" in sign_in(cast.ana).get("/skills/mine").text
    assert "Nothing reckoned yet" in sign_in(cast.cleo).get("/skills").text
    page = sign_in(cast.hana).get("/skills/check").text
    assert "No check yet" in page
    assert NOW - timedelta(days=1) < NOW
