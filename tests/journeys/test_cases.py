"""A group case: a colleague has answered, Cora answers on her phone, compares, reads the end; the trainer scores without her name."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from assessments.cases import authoring, services
from assessments.cases.models import CaseWork
from assessments.roleplays import rubrics
from lms.clock import now
from lms.db import db
from lms.people.scope import load_actor
from tests.assessments.cases.factory import content
from tests.assessments.roleplays.factory import GOOD, RUBRIC
from tests.journeys import practice
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle


def published(rep: str, trainer: str, code: str) -> tuple[int, str]:
    """Inside a scene: a case of one question that a colleague has answered, and its title."""
    author, title = practice.actor(trainer), f"Half the price {code}"
    rubric = rubrics.load(author, {"en": "A case"}, RUBRIC, now=now())
    case = authoring.load(author, code, {"en": title}, content("k1"), rubric.id, now=now())
    authoring.publish(author, case.id, now=now())
    colleague = load_actor(practice.colleague(rep))
    work = services.start(colleague, case.id, now=now())
    services.give(colleague, work.id, "k1", "Ben asks what it costs", now=now())
    return case.id, title


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_a_group_case_is_answered_compared_and_scored_without_a_name(
    enter: Enter, house: House, needle: Needle, locale: str
) -> None:
    rep, _manager, trainer = practice.crew(needle, f"cora-{locale[:2]}", locale)
    with needle.scene():
        case, title = published(rep, trainer, f"C-{locale[:2].upper()}")
    cora = enter(locale=locale, phone=True)
    cora.sign_in(rep)
    cora.go("/cases/?q=gearboxes")
    cora.page.get_by_role("link", name=title).click()
    cora.button("Begin the case").click()
    expect(cora.page.get_by_text("Ben asks what it costs")).to_have_count(0)
    cora.field("Your answer").fill("I would wait a day")
    expect(cora.page.locator("[data-save-state]")).to_have_text(cora.words("All answers saved"))
    cora.page.reload()
    expect(cora.field("Your answer")).to_have_value("I would wait a day")
    cora.check()
    cora.button("Hand my answer in").click()
    expect(cora.page.get_by_text("Ben asks what it costs")).to_be_visible()
    expect(cora.page.get_by_text("Model of k1")).to_have_count(0)
    cora.button("Show the model answer and what happened").click()
    expect(cora.page.get_by_text("They came back after a year")).to_be_visible()
    cora.check()

    with needle.scene():
        work = db.session.scalars(select(CaseWork.id).where(CaseWork.person_id == practice.number_of(rep))).one()
    tess = enter(locale=locale)
    tess.sign_in(trainer)
    tess.go(f"/cases/scores/{work}")
    expect(tess.page.locator("main")).not_to_contain_text("cora-")
    for key, value in GOOD.items():
        tess.page.locator(f"#c-{key}-{value}").check()
    tess.field("Best thought").fill("Waiting")
    tess.field("One thing to change").fill("Reckon")
    tess.check()
    tess.button("Hand in the score").click()
    expect(tess.page).to_have_url(re.compile(rf"/cases/scores/{work}$"))
    tess.go(f"/authoring/cases/{case}")
    tess.check()
    cora.page.reload()
    cora.sees("Scored by %(num)s person who did not see your name.", num="1")
