"""A reward plan is studied like a course: recorded, its people named by hand or by file, its effect found."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from courses.chosen import Chosen
from courses.models import Completion, Enrolment
from effects import panels, queries
from effects import services as studies
from effects.initiatives import services
from effects.initiatives.models import Initiative, InitiativeStart
from effects.models import Study
from effects.portfolio import services as portfolio
from effects.portfolio.models import PortfolioEntry
from lms.authz import SYSTEM, Actor
from lms.db import db, transaction
from lms.errors import Forbidden, Refused
from lms.imports import services as imports
from lms.imports.models import ImportBatch
from lms.imports.undoing import undo
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.effects.company import NOW, settle
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
PLAN = {"code": "RW-25", "name_en": "Reward plan 2025", "name_zh": "2025 奖励方案", "kind": "reward_plan", "chosen": "waves"}


def the_plan() -> Initiative:
    return db.session.scalars(select(Initiative)).one()


@pytest.fixture
def plan(cast: Cast, sign_in: SignIn) -> Initiative:
    sign_in(cast.hana).post("/initiatives", data=PLAN)
    return the_plan()


def test_hana_records_a_plan_and_says_whom_it_touched(plan: Initiative, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    again = client.post("/initiatives", data=PLAN).text
    assert "Another measure has this code already." in again
    page = client.post(f"/initiatives/{plan.id}/people", data={"numbers": "ana, ben", "started_on": "2025-03-01"}, follow_redirects=True)
    assert "2 people added." in page.text and "Ana" in page.text
    client.post(f"/initiatives/{plan.id}/people", data={"numbers": "ana", "started_on": "2025-09-01"})
    starts = db.session.scalars(select(InitiativeStart)).all()
    assert {str(start.started_on) for start in starts} == {"2025-03-01"}, "whom it holds for keeps the day"
    assert "nobody-here" in client.post(f"/initiatives/{plan.id}/people", data={"numbers": "nobody-here", "started_on": "2025-03-01"}).text


def test_cleo_adds_her_own_people_and_does_not_see_dov(plan: Initiative, cast: Cast, sign_in: SignIn) -> None:
    with transaction():
        services.add_people(SYSTEM, plan.id, ["ana", "dov"], NOW.date(), now=NOW)
    page = sign_in(cast.cleo).get(f"/initiatives/{plan.id}").text
    assert "/imports/new/initiative" not in page + sign_in(cast.cleo).get("/initiatives").text, "hers is a part of the company"
    assert "/imports/new/initiative" in sign_in(cast.hana).get("/initiatives").text
    assert "Ana" in page and "Dov" not in page
    with pytest.raises(Refused, match="numbers_unknown"), transaction():
        services.add_people(load_actor(cast.cleo), plan.id, ["dov"], NOW.date(), now=NOW)
    with pytest.raises(Refused, match="nobody_chosen"), transaction():
        services.add_people(load_actor(cast.cleo), plan.id, [], NOW.date(), now=NOW)


def test_ana_and_tess_may_not(plan: Initiative, cast: Cast, sign_in: SignIn) -> None:
    for person in (cast.ana, cast.tess):
        assert sign_in(person).get("/initiatives").status_code == 403
        with pytest.raises(Forbidden):
            services.record(load_actor(person), "X", {"en": "X"}, "tool", Chosen.WAVES, now=NOW)
    assert sign_in(cast.hana).get("/initiatives/99").status_code == 404


def take_in(actor: Actor, text: str) -> ImportBatch:
    with transaction():
        batch = imports.upload(actor, "initiative", io.BytesIO(text.encode()), "plan.csv", now=NOW)
    survey = imports.look_through(actor, batch.id, lambda _done, _total: None)
    with transaction():
        imports.keep_preview(actor, batch.id, survey, now=NOW)
        return imports.accept(actor, batch.id, leave_out_rejected=True, now=NOW)


def days() -> dict[int, str]:
    return {s.person_id: str(s.started_on) for s in db.session.scalars(select(InitiativeStart).execution_options(populate_existing=True))}


def test_its_people_come_by_file_are_corrected_by_file_and_go_by_undo(plan: Initiative, cast: Cast) -> None:
    hana = load_actor(cast.hana)
    first = take_in(hana, "code,person number,start\nRW-25,ana,2025-03-01\nRW-25,ghost,2025-03-01\nNONE,ben,2025-03-01\n")
    assert (first.new, first.rejected) == (1, 2)
    second = take_in(hana, "举措编号,工号,生效日期\nRW-25,ana,2025-04-01\nRW-25,ben,2025-04-01\n")
    assert (second.new, second.changed) == (1, 1)
    assert days() == {cast.ana.id: "2025-04-01", cast.ben.id: "2025-04-01"}
    with transaction():
        undo(hana, second.id, now=NOW)
    assert days() == {cast.ana.id: "2025-03-01"}


def move_enrolments_to(plan: Initiative) -> None:
    """What was a course is now the plan: the same people from the same days."""
    with transaction():
        for enrolment in db.session.scalars(select(Enrolment)):
            db.session.add(InitiativeStart(initiative_id=plan.id, person_id=enrolment.person_id, started_on=enrolment.started_on, recorded_at=NOW))
        db.session.execute(delete(Completion))
        db.session.execute(delete(Enrolment))


def test_the_same_people_and_days_give_the_same_effect_as_a_course(plan: Initiative, cast: Cast, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    with transaction():
        course = studies.ask(SYSTEM, course_id, kpi_id, now=NOW)
    before = panels.build(course)
    move_enrolments_to(plan)
    client = sign_in(cast.hana)
    answer = client.post(f"/initiatives/{plan.id}/study", data={"kpi_id": kpi_id})
    study = db.session.scalars(select(Study).where(Study.initiative_id == plan.id)).one()
    assert answer.location == f"/effects/{study.id}#chosen"
    after = panels.build(study)
    assert (after.reading.panel.start == before.reading.panel.start).all()
    assert after.how_chosen == {"waves": len([s for s in before.reading.panel.start if s < before.reading.panel.n_periods])}
    client.post(f"/effects/{study.id}/chosen", data={"chosen": "waves", "reason": "The plan"})
    run = queries.finished_run(study.id)
    assert run is not None and run.estimate is not None and run.low is not None and run.low > 0
    page = client.get(f"/effects/{study.id}").text
    assert "Reward plan 2025" in page
    assert "2025 奖励方案" in (run.report or {})["words"]["zh_Hans"]["headline"]
    with transaction():
        portfolio.start(SYSTEM, only_studied=False, now=NOW)
    entry = db.session.scalars(select(PortfolioEntry).where(PortfolioEntry.initiative_id == plan.id)).one()
    assert (entry.verdict, entry.study_id, entry.estimate) == ("keep", study.id, run.estimate)
