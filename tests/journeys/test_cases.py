"""A group case: Ben has answered, Ana answers on her phone, compares, reads the end; the trainer scores without her name."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from sqlalchemy import select

from assessments.cases import authoring, services
from assessments.cases.models import CaseWork
from assessments.roleplays import rubrics
from lms.clock import now
from lms.db import db
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.assessments.cases.factory import content
from tests.assessments.roleplays.factory import GOOD, RUBRIC
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle


def published(needle: Needle) -> int:
    """A case of one question that Ben has answered."""
    with needle.scene():
        tess, ben = (load_actor(db.session.scalars(select(Person).where(Person.number == who)).one()) for who in ("tess", "ben"))
        rubric = rubrics.load(tess, {"en": "A case"}, RUBRIC, now=now())
        case = authoring.load(tess, "C-J", {"en": "Half the price"}, content("k1"), rubric.id, now=now())
        authoring.publish(tess, case.id, now=now())
        work = services.start(ben, case.id, now=now())
        services.give(ben, work.id, "k1", "Ben asks what it costs", now=now())
        return case.id


def test_a_group_case_is_answered_compared_and_scored_without_a_name(enter: Enter, house: House, needle: Needle) -> None:
    case = published(needle)
    ana = enter(phone=True)
    ana.sign_in("ana")
    ana.go("/cases/?q=gearboxes")
    ana.link("Half the price").click()
    ana.button("Begin the case").click()
    expect(ana.page.get_by_text("Ben asks what it costs")).to_have_count(0)
    ana.field("Your answer").fill("I would wait a day")
    expect(ana.page.locator("[data-save-state]")).to_have_text("All answers saved")
    ana.page.reload()
    expect(ana.field("Your answer")).to_have_value("I would wait a day")
    ana.check()
    ana.button("Hand my answer in").click()
    expect(ana.page.get_by_text("Ben asks what it costs")).to_be_visible()
    expect(ana.page.get_by_text("Model of k1")).to_have_count(0)
    ana.button("Show the model answer and what happened").click()
    expect(ana.page.get_by_text("They came back after a year")).to_be_visible()
    ana.check()

    with needle.scene():
        ana_id = db.session.scalars(select(Person.id).where(Person.number == "ana")).one()
        work = db.session.scalars(select(CaseWork.id).where(CaseWork.person_id == ana_id)).one()
    tess = enter()
    tess.sign_in("tess")
    tess.go(f"/cases/scores/{work}")
    expect(tess.page.locator("main")).not_to_contain_text("Ana")
    for key, value in GOOD.items():
        tess.page.locator(f"#c-{key}-{value}").check()
    tess.field("Best thought").fill("Waiting")
    tess.field("One thing to change").fill("Reckon")
    tess.check()
    tess.button("Hand in the score").click()
    expect(tess.page).to_have_url(re.compile(rf"/cases/scores/{work}$"))
    tess.go(f"/authoring/cases/{case}")
    tess.check()
    ana.page.reload()
    expect(ana.page.get_by_text("did not see your name")).to_be_visible()
