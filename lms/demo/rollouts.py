"""The demo's planned rollouts: one that is over, with its automatic report, and one whose first wave is near."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import insert, select, update

from courses.dates import day_of
from courses.models import Enrolment
from effects import services as studies
from effects.rollouts import concluding, enrolling, people, power, queries, services
from effects.rollouts.models import Outcome, Rollout, RolloutMember, RolloutPower, RolloutSettlement
from effects.rollouts.services import Plan
from effects.stats.detectable import Shape
from lms.authz import SYSTEM
from lms.db import db
from lms.demo import lottery
from lms.demo.catalogue import Published
from lms.demo.company import Company
from lms.demo.truths import HORIZON, month, truth_of
from lms.people.models import Team
from performance.kpis.periods import shift
from performance.kpis.queries import by_code

PLANNED = datetime(2025, 5, 20, 2, tzinfo=UTC)
REPORTED = datetime(2026, 9, 8, 3, tzinfo=UTC)
REDRAWS = 199
KEY_ACCOUNTS = ("HC-E-%", "HC-S-%", "HC-N-%", "HC-W-%")
NOTES = (
    "联合生意计划能否带来更多新客户？六个月内每人每月多一半客户就全面推广，否则改课。"
    " · Does planning business together win more new customers? Half a customer more a month within six months, and everybody"
    " gets it; if not, the course is rewritten."
)
NEXT_NOTES = (
    "铁三角协同这次抽签分批，看销售额。前几期都是自愿报名，他们的业绩本来就在上升，说明不了问题。"
    " · The iron triangle, drawn by lot this time, by sales: those who came forward before were growing anyway."
)
SUBGROUPS = ("入职不满两年 · in their first two years", "抽签前 KPI 低三分之一 · lowest third before the draw")


def fill(company: Company, courses: dict[str, Published], *, now: datetime) -> list[int]:
    """Both rollouts; the ids of the jobs that promised what is computed here at once."""
    return [*_finished(company, courses["KA-05"].course.id), *_upcoming(company, courses["KA-06"].course.id, now)]


def _finished(company: Company, course_id: int) -> list[int]:
    """KA-05 as it went: planned and drawn in May 2025, four waves, reported in September 2026."""
    truth, director = truth_of("KA-05"), company.actors["cheng.haichuan"]
    enrolled = _enrolled_on_their_wave(course_id, truth.starts)
    plan = Plan(
        course_id, _kpi(truth.kpi), _teams(*KEY_ACCOUNTS), month(truth.starts[0]), waves=4,
        horizon=HORIZON, expected=0.15, cost_per_rep=2_400, notes=NOTES, subgroups=SUBGROUPS,
    )  # fmt: skip
    rollout = services.create(director, plan, now=PLANNED)
    asked = power.ask(director, rollout.id, now=PLANNED)
    _answer(rollout, asked, [], PLANNED)
    services.draw(director, rollout.id, seed=lottery.SEED, now=PLANNED)
    _settle(rollout, enrolled)
    found = concluding.compute(rollout.id, lambda _done, _total: None, draws=REDRAWS, now=REPORTED)
    if found is None:
        raise LookupError("the rollout has been reported before")
    report = concluding.keep(SYSTEM, rollout.id, found, now=REPORTED)
    run = queries.run_of(report)
    answer = studies.compute(run.id, lambda _done, _total: None) if run is not None else None
    if run is None or answer is None or run.job_id is None or asked.job_id is None:
        raise LookupError("the run of the rollout is not new")
    studies.keep(run.id, answer, now=REPORTED)
    return [asked.job_id, run.job_id]


def _enrolled_on_their_wave(course_id: int, starts: tuple[int, ...]) -> dict[int, tuple[int, int]]:
    """Person → (wave, enrolment): each on the first day of the month in which they started."""
    found: dict[int, tuple[int, int]] = {}
    drawn = Enrolment.chosen == "random", Enrolment.course_id == course_id
    for wave, start in enumerate(starts, 1):
        window = Enrolment.started_on.between(month(start), services.last_day("month", month(start)))
        ids = db.session.execute(select(Enrolment.person_id, Enrolment.id).where(*drawn, window)).all()
        found |= {person: (wave, enrolment) for person, enrolment in ids}
        day = datetime.combine(month(start), time(1), UTC)
        db.session.execute(update(Enrolment).where(*drawn, window).values(enrolled_at=day))
    return found


def _settle(rollout: Rollout, enrolled: dict[int, tuple[int, int]]) -> None:
    """What became of each wave, held against the histories: they were made from the same lottery."""
    starts = queries.waves_of([rollout.id])[rollout.id]
    rows: list[dict[str, Any]] = []
    for member in db.session.scalars(select(RolloutMember).where(RolloutMember.rollout_id == rollout.id)):
        wave, enrolment = enrolled.pop(member.person_id, (None, None))
        if wave is not None and wave != member.wave:
            raise LookupError(f"person {member.person_id} started with wave {wave}, drawn was {member.wave}")
        if member.wave <= rollout.waves:
            outcome = Outcome.ENROLLED if wave else Outcome.LEFT
            at = datetime.combine(starts[member.wave - 1].starts_on, time(1), UTC)
            rows.append({"member_id": member.id, "outcome": outcome.value, "enrolment_id": enrolment, "at": at})
    if enrolled:
        raise LookupError(f"{len(enrolled)} people started who were not drawn")
    db.session.execute(insert(RolloutSettlement), rows)
    for number, start in enumerate(starts, 1):
        mine = [row["enrolment_id"] for row in rows if row["at"].date() == start.starts_on and row["enrolment_id"]]
        reason = enrolling.reason_of(rollout, number)
        db.session.execute(update(Enrolment).where(Enrolment.id.in_(mine)).values(reason=reason))


def _upcoming(company: Company, course_id: int, now: datetime) -> list[int]:
    """The iron triangle for the key-account regions, from next month on."""
    director = company.actors["cheng.haichuan"]
    first_on: date = shift("month", day_of(now).replace(day=1), 1)
    plan = Plan(
        course_id, _kpi("sales_amount"), _teams(*KEY_ACCOUNTS), first_on, waves=3, horizon=HORIZON, expected=0.08,
        cost_per_rep=3_200, notes=NEXT_NOTES, subgroups=SUBGROUPS[:1],
    )  # fmt: skip
    rollout = services.create(director, plan, now=now)
    asked = power.ask(director, rollout.id, now=now)
    _answer(rollout, asked, [Shape(waves, gap, HORIZON) for waves, gap in ((2, 1), (2, 3), (3, 1))], now)
    services.draw(director, rollout.id, seed=lottery.SEED + 1, now=now)
    return [asked.job_id] if asked.job_id else []


def _answer(rollout: Rollout, asked: RolloutPower, curve: list[Shape], now: datetime) -> None:
    found = people.entrants(rollout, now=now)
    power.keep(asked.id, power.answer(rollout, found, _unheard, curve), now=now)


def _unheard(_done: int, _total: int) -> None:
    """Nobody watches the progress of the demo's figures."""


def _kpi(code: str) -> int:
    kpi = by_code(code)
    if kpi is None:
        raise LookupError(code)
    return kpi.id


def _teams(*patterns: str) -> tuple[int, ...]:
    ids = [i for pattern in patterns for i in db.session.scalars(select(Team.id).where(Team.code.like(pattern)))]
    return tuple(sorted(ids))
