"""A survey cycle with follow-up: a rule asks learner and manager thirty days after a course; both answer; the trainer reads."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from assessments.surveys import sending
from courses import authoring, lesson, publishing, services
from courses.models import PARTS, Area, Chosen, Enrolment
from lms.authz import SYSTEM, Role
from lms.clock import now
from lms.db import db
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password
from tests.journeys.visitor import Visitor
from tests.people import make_person, make_team

DAYS = 30
TITLES = {
    "en": ("Following up", "On the job after the course (own view)", "On the job after the course (manager’s view)"),
    "zh_Hans": ("会后跟进", "训后行为回访（本人）", "训后行为回访（经理）"),
}


def _completed(needle: Needle, locale: str, title: str) -> str:
    """A trainer, a manager and a rep who completed a course of one lesson thirty days ago; the mark of their numbers."""
    code = locale[:2]
    with needle.scene():
        team = make_team(f"follow-{code}", title)
        rep, manager, trainer = (
            make_person(f"Fay {role.value} {code}", team, role, number=f"fu-{role.value}-{code}", locale=locale,
                        scope=team if role is Role.MANAGER else None)
            for role in (Role.REP, Role.MANAGER, Role.TRAINER)
        )  # fmt: skip
        for person in (rep, manager, trainer):
            give_password(person)
        who, then = load_actor(db.session.get_one(Person, trainer.id)), now() - timedelta(days=DAYS)
        course = authoring.create(who, f"FU-{code.upper()}", {locale: title}, Area.SKILLS, now=then)
        authoring.edit_parts(who, course.id, locale, dict.fromkeys(PARTS, title), area=Area.SKILLS, competencies=[], now=then)
        module = authoring.add_module(who, course.id, "lesson", {locale: title}, now=then)
        lesson.write(who, module.id, locale, title, now=then)
        publishing.publish(who, course.id, now=then)
        services.assign(SYSTEM, course.id, [rep.id], chosen=Chosen.EVERYONE, reason="all", due_on=None, now=then)
        enrolment = db.session.scalars(select(Enrolment.id).where(Enrolment.course_id == course.id)).one()
        lesson.mark_read(load_actor(db.session.get_one(Person, rep.id)), enrolment, module.id, now=then)
    return code


def _asks(trainer: Visitor, template: str, code: str, recipient: str) -> None:
    """Make a survey from its template, publish it, and set the rule."""
    trainer.go("/authoring/surveys/new")
    trainer.page.get_by_label(trainer.words(template)).check()
    trainer.field("Code").fill(code)
    trainer.button("Make the survey").click()
    trainer.button("Publish").click()
    number = re.search(r"/surveys/(\d+)", trainer.page.url)
    assert number is not None
    trainer.go(f"/authoring/surveys/{number[1]}/rules/new")
    course = trainer.page.locator("#course option", has_text=code.rpartition("-")[0])
    trainer.field("Course").select_option(value=course.first.get_attribute("value"))
    trainer.page.get_by_label(trainer.words(recipient), exact=True).check()
    trainer.field("Days after completion").fill(str(DAYS))
    trainer.check()
    trainer.button("Set the rule").click()
    expect(trainer.button("End the rule")).to_be_visible()


def _answers(visitor: Visitor, who: str, survey: str, single: str, word: str) -> None:
    """From the page of the day: the second answer of every row, one choice, and a sentence."""
    visitor.sign_in(who)
    visitor.page.get_by_role("link", name=survey).click()
    expect(visitor.button("Send my answers")).to_be_visible()  # the last of the page: all rows are there to be counted
    names = visitor.page.locator("input[type=radio]").evaluate_all("all => [...new Set(all.map(one => one.name))]")
    for name in names:
        visitor.page.locator(f"input[type=radio][name='{name}']").nth(1).check()
    visitor.page.locator(f"#{single}-a").check()
    visitor.page.locator("textarea:visible").first.fill(word)
    visitor.check()
    visitor.button("Send my answers").click()
    expect(visitor.page).to_have_url(re.compile(r"/thanks$"))


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_learner_and_manager_are_asked_thirty_days_after_a_course_and_the_trainer_reads_both(
    enter: Enter, house: House, needle: Needle, locale: str
) -> None:
    title, own, seen = TITLES[locale]
    code = _completed(needle, locale, title)
    trainer = enter(locale=locale)
    trainer.sign_in(f"fu-trainer-{code}")
    _asks(trainer, "Behaviour at 30, 60 or 90 days, asked of the learner (level 3)", f"FU-{code.upper()}-S", "The learner")
    _asks(trainer, "Behaviour at 30, 60 or 90 days, asked of the manager (level 3)", f"FU-{code.upper()}-M", "The learner’s manager")
    with needle.scene():
        assert sending.tend(SYSTEM, now=now())["invited"] == 2
    mail = needle.mail_to(f"fu-manager-{code}@example.com", about="/surveys/").get_content()
    assert ("您好" in mail) is (locale == "zh_Hans"), "in the reader's language"

    _answers(enter(locale=locale, phone=True), f"fu-rep-{code}", own, "q2", "Lakeside 铜业")
    _answers(enter(locale=locale), f"fu-manager-{code}", seen, "q3", "每周一起复盘")
    for survey, word in ((own, "Lakeside 铜业"), (seen, "每周一起复盘")):
        trainer.go("/authoring/surveys")
        trainer.page.get_by_role("row").filter(has_text=survey).filter(has_text=f"FU-{code.upper()}").get_by_role("link", name="1", exact=True).click()
        expect(trainer.page.get_by_text(word).first).to_be_visible()
        trainer.check()
