"""A role-play from the camera to the course: recorded, rated by two who disagree, decided with a third, a gap, what trains it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from assessments.roleplays.models import Play, Recording
from lms.db import db
from tests.assessments.roleplays.factory import GOOD, POOR
from tests.journeys import practice
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle
from tests.journeys.visitor import Visitor

WEAK = {"needs": "1", "listening": "1", "honest": "1"}


def records(rosa: Visitor, scenario: int) -> None:
    """From the brief to the take that is sent."""
    rosa.go(f"/practice/scenarios/{scenario}")
    rosa.check()
    rosa.page.locator("#consent").check()
    rosa.button("Begin").click()
    rosa.button("Open camera and microphone").click()
    rosa.button("Begin recording").click()
    rosa.page.wait_for_timeout(1500)
    rosa.button("Stop").click()
    expect(rosa.page.locator("video[controls]")).to_be_visible()
    rosa.check()
    rosa.page.wait_for_function("document.querySelector('video[controls]').readyState >= 1")
    rosa.button("Send this take").click()
    rosa.sees("Sent. You will find the result here as soon as it is rated.")


def rate(enter: Enter, needle: Needle, asked: tuple[str, int], points: dict[str, str], nth: int) -> None:
    """``asked``, a person's number and task, rates as the ``nth`` in that person's own language, without a word of what others gave."""
    person, task = asked
    rater = enter(locale=practice.language_of(needle, person))
    rater.sign_in(person)
    rater.go(f"/practice/ratings/{task}")
    expect(rater.page.get_by_text("Ask who else decides.")).to_have_count(0)
    if nth == 1:
        rater.check()
    practice.mark(rater, points)
    rater.button("Hand in the rating").click()
    rater.sees("Your rating")
    expect(rater.page.locator(".table thead th")).to_have_count(1 + nth)


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_rosa_records_two_disagree_a_third_decides_and_her_gap_leads_to_a_course(
    enter: Enter, house: House, needle: Needle, locale: str
) -> None:
    code = f"RP-{locale[:2].upper()}"
    rep, _manager, _trainer = practice.crew(needle, f"rosa-{locale[:2]}", locale)
    with needle.scene():
        raters = {"manager": 1, "trainer": 1, "peer": 0, "doubled": 0, "anchors": 0}
        scenario = practice.scenario(code, raters=raters, competencies=[code])
        practice.asked_for(rep, code)
    rosa = enter(locale=locale, phone=True)
    rosa.sign_in(rep)
    records(rosa, scenario)

    one, another = practice.waiting(needle, scenario, "rule")
    rate(enter, needle, one, GOOD, 1)
    rate(enter, needle, another, POOR, 2)
    (third,) = practice.waiting(needle, scenario, "third")
    rate(enter, needle, third, WEAK, 3)

    rosa.page.reload()
    rosa.sees("Not passed yet: %(share)s of the whole, and %(mark)s are needed.", share="33%", mark="60%")
    expect(rosa.page.get_by_role("link", name=practice.COURSE[locale])).to_be_visible()
    rosa.check()
    rosa.go("/skills/mine")
    rosa.sees("Nothing has been seen of it yet.")
    rosa.button("Bring up to date").click()
    skill = rosa.page.locator("section.skill").filter(has_text=f"{practice.WORD[locale]} {code}")
    expect(skill.locator(".badge").first).to_have_text(rosa.words("gap"))
    rosa.check()
    skill.locator("summary").click()
    skill.get_by_role("link", name=rosa.words("Role-play")).click()
    rosa.sees("What to work on next")
    rosa.page.go_back()
    skill.get_by_role("link", name=practice.COURSE[locale]).click()
    expect(rosa.page.get_by_role("heading", level=1)).to_have_text(practice.COURSE[locale])
    with needle.scene():
        found = db.session.scalars(select(Recording).join(Play).where(Play.scenario_id == scenario)).one()
        assert found.media_type == "video/webm" and found.sha256
