"""A survey from template to results: a trainer makes and sends it, a rep and a customer answer, the trainer reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lms.authz import Role
from lms.db import db
from lms.people.models import Person
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password
from tests.people import make_person, make_team

TITLES = {"en": "Customer satisfaction", "zh_Hans": "客户满意度调查"}
IMPROVE = {"en": "What should we improve first?", "zh_Hans": "我们最该先改进什么？"}


def _people(needle: Needle, locale: str) -> tuple[str, str]:
    """The numbers of a trainer and of a rep who read one language."""
    with needle.scene():
        team = make_team(f"asked-{locale}", f"Asked {locale}")
        made = [make_person(f"Satu {role.value} {locale}", team, role, number=f"satu-{role.value}-{locale}", locale=locale)
                for role in (Role.TRAINER, Role.REP)]  # fmt: skip
        for person in made:
            give_password(db.session.get_one(Person, person.id))
    trainer, rep = (person.number for person in made)
    return trainer, rep


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_a_survey_is_made_sent_answered_and_read(
    enter: Enter, house: House, needle: Needle, tmp_path: Path, locale: str
) -> None:
    trainer_number, rep_number = _people(needle, locale)
    code = f"S-JOURNEY-{locale[:2].upper()}"
    trainer = enter(locale=locale)
    trainer.sign_in(trainer_number)
    trainer.go("/authoring/surveys/new")
    trainer.page.get_by_label(trainer.words("Customer satisfaction, for public links")).check()
    trainer.field("Code").fill(code)
    trainer.button("Make the survey").click()
    trainer.check()
    trainer.link("Preview").click()
    expect(trainer.page.get_by_text(IMPROVE[locale])).to_be_hidden()
    trainer.page.locator("#q3-4").check()
    expect(trainer.page.get_by_text(IMPROVE[locale])).to_be_visible()
    trainer.link("Leave the preview").click()
    trainer.page.get_by_label(trainer.words("Anonymous"), exact=True).uncheck()
    trainer.button("Save").click()
    trainer.button("Publish").click()

    trainer.link("Ask people").click()
    trainer.field("Person numbers").fill(rep_number)
    trainer.check()
    trainer.button("Ask these people").click()
    trainer.sees("Sendings")
    trainer.link("Make public links").click()
    trainer.field("Customers").fill("Lakeside Steel")
    with trainer.page.expect_download() as download:
        trainer.button("Make links and download them").click()
    file = tmp_path / "links.csv"
    download.value.save_as(file)
    link = re.search(r"/surveys/link/[\w-]+", file.read_text(encoding="utf-8-sig"))
    assert link is not None

    rep = enter(locale=locale, phone=True)
    rep.sign_in(rep_number)
    rep.page.get_by_role("link", name=TITLES[locale]).click()
    rep.page.locator("#q1-4").check()
    rep.page.locator("#q3-6").check()
    rep.button("Send my answers").click()
    expect(rep.page.locator(".error-summary")).to_be_visible()
    expect(rep.page.locator("#q1-4")).to_be_checked()
    for row in ("r1", "r2", "r3"):
        rep.page.locator(f"#q2-{row}-d").check()
    rep.check()
    rep.button("Send my answers").click()
    expect(rep.page).to_have_url(re.compile(r"/thanks$"))
    rep.check()

    customer = enter(locale=locale, phone=True, scripts=False)
    customer.go(link.group())
    for field in ("q1-5", "q2-r1-e", "q2-r2-e", "q2-r3-e", "q3-10"):
        customer.page.locator(f"#{field}").check()
    customer.button("Send my answers").click()
    expect(customer.page.get_by_role("heading", level=1)).to_have_text(customer.words("Your answers have arrived"))

    trainer.go("/authoring/surveys")
    trainer.page.get_by_role("row").filter(has_text=code).get_by_role("link", name="2", exact=True).click()
    trainer.sees("%(answers)s of %(invited)s asked", answers=2, invited=2)
    trainer.check()
