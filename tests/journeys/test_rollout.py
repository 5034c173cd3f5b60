"""A rollout in the browser: planned, tried on the past, drawn; then time passes, and the report is there by itself.

Two people plan it together: Paula, a manager, reads English; Qin of HR reads Chinese."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select, update

from courses.models import Enrolment
from effects.rollouts import queries
from effects.rollouts.models import Rollout
from lms.authz import Role
from lms.clock import today
from lms.db import db
from lms.people.models import Person, Team
from tests.effects.rollouts import firm
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password
from tests.journeys.visitor import Visitor
from tests.people import make_person

MONTHS = 24
"""On record when the plan is made."""


@pytest.mark.slow
def test_a_rollout_from_plan_to_automatic_report_in_two_languages(
    enter: Enter, house: House, needle: Needle, pictures: Path
) -> None:
    this_month = today().replace(day=1)
    origin = firm.month(-MONTHS, this_month)
    there = _firm(needle, origin)
    paula, qin = enter(), enter(locale="zh_Hans")
    paula.sign_in("paula")
    _plan(paula, there, firm.month(1, this_month))
    plan = paula.page.url.removeprefix(paula.url)
    paula.keep_picture(pictures / "rollouts" / "plan-en.png", whole=True)
    qin.sign_in("qin")
    qin.go(plan)
    expect(_headline(qin)).to_contain_text(re.compile("这个计划能看出订单金额 .*% 以上的变化"))
    qin.check()
    qin.keep_picture(pictures / "rollouts" / "plan-zh_Hans.png", whole=True)
    qin.button("Draw now and lock the plan").click()
    qin.sees("Drawn. The list and the plan are locked from now on.")
    qin.check()
    paula.page.reload()
    expect(_headline(paula)).to_have_text("36 people drawn into 3 groups: Iron triangle")
    _carry_out(needle, there, origin)
    for reader, said in ((paula, "Reps who took “Iron triangle” saw their order amount .* higher"), (qin, "参加《铁三角协同》后，订单金额.*高")):
        reader.go(plan)
        expect(_headline(reader)).to_contain_text(re.compile(said), timeout=120_000)
        reader.link("Open the study").click()
        reader.sees("Planned in advance")
        kept = reader.words("Planned in advance: drawn and locked on %(day)s, and carried out as planned.", day="|")
        expect(reader.page.get_by_text(re.compile(".*".join(map(re.escape, kept.split("|")))))).to_be_visible()
        expect(reader.page.locator(".grade").first).to_have_text(f"A · {reader.words('measured')}")
        reader.check()
        reader.keep_picture(pictures / "rollouts" / f"report-{reader.words.locale}.png", whole=True)


def _firm(needle: Needle, origin: date) -> firm.Firm:
    with needle.scene():
        company = db.session.scalars(select(Team).where(Team.code == "company")).one()
        there = firm.found(company, months=MONTHS, first=origin)
        give_password(db.session.get_one(Person, there.planner.person_id))
        give_password(make_person("Qin", company, Role.HR, locale="zh_Hans"))
    return there


def _plan(paula: Visitor, there: firm.Firm, first: date) -> None:
    """Two waves, and what they could see tried on the past."""
    paula.go("/rollouts/new")
    paula.field("Course").select_option(str(there.course))
    paula.field("Primary KPI").select_option(str(there.kpi))
    paula.field("Waves").fill("2")
    paula.field("Periods after each start").fill("3")
    paula.field("First wave").fill(first.isoformat())
    paula.field("What you hope it adds, in %").fill("25")
    paula.check()
    paula.button("Keep and try it on the past").click()
    expect(_headline(paula)).to_contain_text("this plan can see a change of", timeout=120_000)
    paula.check()


def _headline(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("heading", level=1)


def _carry_out(needle: Needle, there: firm.Firm, origin: date) -> None:
    """Each wave on its day, everybody starts as drawn, the records come in, the last window closes."""
    with needle.scene():
        rollout = db.session.scalars(select(Rollout).where(Rollout.course_id == there.course)).one()
        number, waves = rollout.id, queries.waves_of([rollout.id])[rollout.id]
        group = {seat.person_id: wave for seat, wave in queries.seats(number)}
        closes = queries.policies.seen(there.planner, number).draw.closes_on  # type: ignore[union-attr]
    starts = {wave.number: wave.starts_on for wave in waves}
    for wave, day in starts.items():
        with needle.app.app_context():
            told = needle.app.test_cli_runner().invoke(args=["effects", "waves", "--on", day.isoformat()])
        assert told.exit_code == 0, told.output
        with needle.scene():
            mine = [person for person, drawn in group.items() if drawn == wave]
            db.session.execute(update(Enrolment).where(Enrolment.person_id.in_(mine)).values(started_on=day))
    lift = {person: (starts[wave], 0.25) for person, wave in group.items() if wave in starts}
    with needle.scene():
        firm.record(there.kpi, there.reps, range(MONTHS, MONTHS + 7), lift=lift, first=origin)
    needle.flask("effects", "waves", "--on", closes.isoformat())
