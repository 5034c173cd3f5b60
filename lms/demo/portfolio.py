"""The demo's portfolio: primary KPIs named before launch (one after), a new tool beside the courses, and a first run."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from courses.chosen import Chosen
from effects.initiatives import services as initiatives
from effects.portfolio import services
from lms.db import LocalText, db
from lms.demo.catalogue import Published
from lms.demo.company import Company
from lms.demo.truths import TRUTHS, month
from lms.people.models import Person, Team
from performance.kpis.queries import by_code

NAMED_LATE = "KA-06"
"""The course whose primary KPI was named only when its results could be seen: the portfolio says so."""
TOOL: LocalText = {"en": "Customer app on the phone", "zh_Hans": "手机端客户应用", "zh_Hant": "手機端客戶應用"}
TOOL_STARTS = (15, 18, 21)
"""Months in which every fourth team got the tool; a quarter of the teams has not got it yet. Its true effect is nil."""
MORNING = time(1, tzinfo=UTC)


def fill(company: Company, courses: dict[str, Published], *, now: datetime) -> list[int]:
    """Name, record and look; the id of the job that promised the run."""
    for truth in TRUTHS:
        kpi = by_code(truth.kpi)
        if kpi is not None:
            late = truth.course == NAMED_LATE
            day = month(truth.starts[0]) + timedelta(days=200) if late else month(0)
            services.name_primary(
                company.actors["trainer"], courses[truth.course].course.id, kpi.id, now=datetime.combine(day, MORNING)
            )
    _tool(company)
    services.subscribe(company.actors["zhou.mingzhe"], True, now=now)
    return _look(company, now)


def _tool(company: Company) -> None:
    """A tool that came to whole teams by calendar."""
    hr = company.actors["hr"]
    first = datetime.combine(month(TOOL_STARTS[0]), MORNING)
    tool = initiatives.record(hr, "APP-25", TOOL, "tool", Chosen.TEAMS, now=first)
    rows = db.session.execute(
        select(Person.id, Person.team_id).where(Person.id.in_(company.key_accounts)).order_by(Person.id)
    ).all()
    teams = db.session.scalars(select(Team.id).where(Team.id.in_({team for _person, team in rows})).order_by(Team.code)).all()
    place = {team: at % (len(TOOL_STARTS) + 1) for at, team in enumerate(teams)}
    starts = {person: place[team] for person, team in rows if team is not None and place[team] < len(TOOL_STARTS)}
    initiatives.begin(hr, tool.id, {p: month(TOOL_STARTS[at]) for p, at in starts.items()}, None, now=first)


def _look(company: Company, now: datetime) -> list[int]:
    """A run over the pairs already studied: they are computed, so this takes no time."""
    run = services.start(company.actors["hr"], only_studied=True, now=now)
    for pair in services.pairs_left(run.id)[0]:
        services.keep(run.id, services.look_at(run.id, pair), now=now)
    services.finish(run.id, now=now)
    return [run.job_id] if run.job_id is not None else []
