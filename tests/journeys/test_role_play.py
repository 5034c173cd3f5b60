"""A role-play from the camera to the result: recorded, rated by two who disagree, decided with a third."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import select

from assessments.roleplays import rubrics, scenarios
from assessments.roleplays.models import Recording
from assessments.roleplays.rating_models import RatingTask
from lms.authz import Role
from lms.clock import now
from lms.db import db
from lms.people.models import Person, Team
from lms.people.scope import load_actor
from tests.assessments.roleplays.factory import GOOD, POOR, RUBRIC, content
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password
from tests.people import make_person


def published(needle: Needle) -> int:
    """A rep named Rosa, and a scenario that a manager and a trainer rate."""
    with needle.scene():
        east = db.session.scalar(select(Team).where(Team.code == "east"))
        give_password(make_person("Rosa", east, Role.REP, number="rosa", locale="zh_Hans"))
        tess = load_actor(db.session.scalars(select(Person).where(Person.number == "tess")).one())
        rubric = rubrics.load(tess, {"en": "A talk"}, RUBRIC, now=now())
        raters = {"manager": 1, "trainer": 1, "peer": 0, "doubled": 0, "anchors": 0}
        row = scenarios.load(tess, "RP-J", {"en": "First talk"}, content(raters=raters), rubric, now=now())
        return scenarios.publish(tess, row.id, now=now()).scenario_id


def waiting(needle: Needle, reason: str) -> dict[str, int]:
    """Who is to rate: number → task."""
    with needle.scene():
        rows = db.session.execute(
            select(Person.number, RatingTask.id)
            .join(RatingTask, RatingTask.rater_id == Person.id)
            .where(RatingTask.reason == reason, RatingTask.closed_at.is_(None))
        )
        return dict(rows.all())


def rate(
    enter: Enter, needle: Needle, asked: tuple[str, int], points: dict[str, str], *, phone: bool = False, offline: bool = False
) -> None:
    """``asked``, a person's number and task, rates in that person's own language."""
    number, task = asked
    with needle.scene():
        locale = db.session.scalars(select(Person.locale).where(Person.number == number)).one()
    rater = enter(locale=locale, phone=phone)
    rater.sign_in(number)
    rater.go(f"/practice/ratings/{task}")
    rater.check()
    for key, value in points.items():
        rater.page.locator(f"#c-{key}-{value}").check()
    rater.field("Best moment").fill("She waited for the number.")
    rater.field("One thing to change").fill("Ask who else decides.")
    if offline:
        rater.context.set_offline(True)
        rater.button("Hand in the rating").click()
        rater.sees("No connection. Your rating is kept in this browser and sent as soon as it is back; you can go on with the next person.")
        rater.context.set_offline(False)
    else:
        rater.button("Hand in the rating").click()
    rater.sees("Your rating")


def test_rosa_records_two_disagree_a_third_decides_and_she_reads_the_result(
    enter: Enter, house: House, needle: Needle
) -> None:
    scenario = published(needle)
    rosa = enter(locale="zh_Hans", phone=True)
    rosa.sign_in("rosa")
    rosa.go(f"/practice/scenarios/{scenario}")
    rosa.check()
    rosa.page.locator("#consent").check()
    rosa.button("Begin").click()
    rosa.button("Open camera and microphone").click()
    rosa.button("Begin recording").click()
    rosa.page.wait_for_timeout(2500)
    rosa.button("Stop").click()
    expect(rosa.page.locator("video[controls]")).to_be_visible()
    rosa.check()
    rosa.page.wait_for_function("document.querySelector('video[controls]').readyState >= 1")
    rosa.button("Send this take").click()
    rosa.sees("Sent. You will find the result here as soon as it is rated.")
    asked = waiting(needle, "rule")
    cleo = ("cleo", asked.pop("cleo"))
    (trainer,) = asked.items()  # tess, or another trainer with nothing else to rate
    rate(enter, needle, cleo, GOOD, phone=True, offline=True)
    rate(enter, needle, trainer, POOR)
    (third,) = waiting(needle, "third").items()
    rate(enter, needle, third, GOOD)
    rosa.page.reload()
    rosa.sees("Passed with %(share)s of the whole.", share="92%")
    rosa.check()
    with needle.scene():
        recording = db.session.scalars(select(Recording)).one()
        assert recording.media_type == "video/webm" and recording.sha256
