"""A firm in the database: reps in teams with months of a KPI, a published course, a planner; nobody trained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np
from sqlalchemy import insert

from courses.models import CompletionRule, Course, CourseVersion
from effects.rollouts.services import Plan
from lms.authz import Actor, Role
from lms.db import db, transaction
from lms.people.models import Person, RoleGrant, Team
from lms.people.scope import load_actor
from performance.kpis.models import Kpi, KpiRecord
from tests.people import Cast, make_person, make_team

LONG_AGO = datetime(2023, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
FIRST_ON = date(2026, 2, 1)
FIRST_MONTH = date(2023, 7, 1)
MONTHS = 30
"""Months on record before the draw: until December 2025."""
LEVEL = 200_000.0


def month(index: int, first: date = FIRST_MONTH) -> date:
    number = first.year * 12 + first.month - 1 + index
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Firm:
    """``planner`` manages all teams; ``reps`` in the order of teams; ``course`` and ``kpi`` ids."""

    planner: Actor
    teams: list[int]
    reps: list[int]
    course: int
    kpi: int

    def plan(self, **changes: object) -> Plan:
        given: dict[str, object] = {"waves": 2, "gap": 3, "horizon": 3} | changes
        return Plan(self.course, self.kpi, tuple(self.teams), FIRST_ON, **given)  # type: ignore[arg-type]


def settle(
    cast: Cast, *, teams: int = 6, per_team: int = 6, months: int = MONTHS, first: date = FIRST_MONTH
) -> Firm:
    return found(cast.company, teams=teams, per_team=per_team, months=months, first=first)


def found(company: Team, *, teams: int = 6, per_team: int = 6, months: int = MONTHS, first: date = FIRST_MONTH) -> Firm:
    with transaction():
        made = [make_team(f"t{n}", f"Team {n}", company) for n in range(teams)]
        boss = make_person("Paula", company, Role.MANAGER, scope=company)
        reps = _reps(made, per_team)
        kpi, course = _kpi(), _course()
        record(kpi, reps, range(months), first=first)
        return Firm(load_actor(boss), [team.id for team in made], reps, course, kpi)


def _reps(teams: list[Team], per_team: int) -> list[int]:
    rows = [
        {
            "number": f"r{t:02d}{n}",
            "name": f"Rep {t}-{n}",
            "email": f"r{t}-{n}@reps.example.com",
            "team_id": team.id,
            "hired_on": date(2023, 1, 1),
            "created_at": LONG_AGO,
            "active": True,
            "fs_uniquifier": f"uniquifier-of-rep-{t}-{n}",
        }
        for t, team in enumerate(teams)
        for n in range(per_team)
    ]
    ids = list(db.session.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), rows))
    grants = [{"person_id": i, "role": "rep", "scope": "company", "granted_at": LONG_AGO} for i in ids]
    db.session.execute(insert(RoleGrant), grants)
    return ids


def _kpi() -> int:
    kpi = Kpi(
        code="sales_planned", name={"en": "Order amount", "zh_Hans": "订单金额"}, description={}, kind="amount",
        unit="CNY", digits=0, direction="higher", period="month", created_at=LONG_AGO,
    )  # fmt: skip
    db.session.add(kpi)
    db.session.flush()
    return kpi.id


def _course() -> int:
    course = Course(
        code="R-1", title={"en": "Iron triangle", "zh_Hans": "铁三角协同"}, status="published", version=1,
        created_at=LONG_AGO, edited_at=LONG_AGO,
    )  # fmt: skip
    db.session.add(course)
    db.session.flush()
    rule = CompletionRule(course_id=course.id, number=1, rule={"required": []}, created_at=LONG_AGO)
    db.session.add(rule)
    db.session.flush()
    db.session.add(
        CourseVersion(
            course_id=course.id, number=1, title=course.title, area="skills", snapshot={}, rule_id=rule.id,
            published_at=LONG_AGO,
        )
    )  # fmt: skip
    db.session.flush()
    return course.id


def record(
    kpi: int,
    reps: list[int],
    months: range,
    *,
    lift: dict[int, tuple[date, float]] | None = None,
    first: date = FIRST_MONTH,
) -> None:
    """KPI records of these months; ``lift`` person → (from when, by which share) the course adds."""
    rng = np.random.default_rng(3)
    own = rng.normal(0, 0.2, len(reps))
    noise = rng.normal(0, 0.06, (len(reps), 200))
    rows = [
        {
            "kpi_id": kpi,
            "person_id": person,
            "period_start": month(t, first),
            "revision": 1,
            "value": round(LEVEL * float(np.exp(own[i] + 0.005 * t + noise[i, t])) * _lifted(lift, person, month(t, first)), 2),
            "recorded_at": datetime.combine(month(t, first).replace(day=28), time(3), UTC),
        }
        for i, person in enumerate(reps)
        for t in months
    ]
    db.session.execute(insert(KpiRecord), rows)


def _lifted(lift: dict[int, tuple[date, float]] | None, person: int, day: date) -> float:
    if not lift or person not in lift:
        return 1.0
    since, share = lift[person]
    return 1.0 + share if day >= since else 1.0
