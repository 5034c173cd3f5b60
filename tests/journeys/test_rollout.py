"""A rollout in the browser: planned, tried on the past, drawn; then time passes, and the report is there by itself."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from courses.models import Enrolment
from effects.rollouts import queries
from effects.rollouts.models import Rollout
from lms.clock import today
from lms.db import db
from lms.people.models import Person, Team
from tests.effects.rollouts import firm
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password

MONTHS = 24
"""On record when the plan is made."""


@pytest.mark.slow
def test_a_rollout_from_plan_to_automatic_report(enter: Enter, house: House, needle: Needle, pictures: Path) -> None:
    this_month = today().replace(day=1)
    origin = firm.month(-MONTHS, this_month)
    with needle.scene():
        company = db.session.scalars(select(Team).where(Team.code == "company")).one()
        there = firm.found(company, months=MONTHS, first=origin)
        give_password(db.session.get_one(Person, there.planner.person_id))
    paula = enter()
    paula.sign_in("paula")
    paula.go("/rollouts/new")
    paula.field("Course").select_option(str(there.course))
    paula.field("Primary KPI").select_option(str(there.kpi))
    paula.field("Waves").fill("2")
    paula.field("Periods after each start").fill("3")
    paula.field("First wave").fill(firm.month(1, this_month).isoformat())
    paula.field("What you hope it adds, in %").fill("25")
    paula.check()
    paula.button("Keep and try it on the past").click()
    expect(paula.page.get_by_role("heading", level=1)).to_contain_text("this plan can see a change of", timeout=120_000)
    paula.check()
    paula.keep_picture(pictures / "rollouts" / "plan.png", whole=True)
    paula.button("Draw now and lock the plan").click()
    paula.sees("Drawn. The list and the plan are locked from now on.")
    paula.check()
    _carry_out(needle, there, origin)
    paula.page.reload()
    expect(paula.page.get_by_role("heading", level=1)).to_contain_text("Reps who took “Iron triangle”", timeout=120_000)
    paula.keep_picture(pictures / "rollouts" / "report.png", whole=True)
    paula.link("Open the study").click()
    paula.sees("Planned in advance")
    expect(paula.page.get_by_text(re.compile("carried out as planned"))).to_be_visible()
    paula.check()


def _carry_out(needle: Needle, there: firm.Firm, origin: date) -> None:
    """Each wave on its day, everybody starts as drawn, the records come in, the last window closes."""
    with needle.scene():
        rollout = db.session.scalars(select(Rollout).where(Rollout.course_id == there.course)).one()
        number, waves = rollout.id, queries.waves_of([rollout.id])[rollout.id]
        group = {seat.person_id: wave for seat, wave in queries.seats(number)}
        closes = queries.policies.seen(there.planner, number).draw.closes_on  # type: ignore[union-attr]
    starts = {wave.number: wave.starts_on for wave in waves}
    for wave, day in starts.items():
        needle.flask("effects", "waves", "--on", day.isoformat())
        with needle.scene():
            mine = [person for person, drawn in group.items() if drawn == wave]
            db.session.execute(update(Enrolment).where(Enrolment.person_id.in_(mine)).values(started_on=day))
    lift = {person: (starts[wave], 0.25) for person, wave in group.items() if wave in starts}
    with needle.scene():
        firm.record(there.kpi, there.reps, range(MONTHS, MONTHS + 7), lift=lift, first=origin)
    needle.flask("effects", "waves", "--on", closes.isoformat())
