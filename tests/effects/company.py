"""A simulated company in the database: its people, teams, enrolments and KPI records, with the effect known."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime

import numpy as np
from sqlalchemy import insert

from courses.models import Completion, Course, Enrolment
from effects.stats.panel import NEVER
from effects.stats.simulate import Company, Selection, Settings
from effects.stats.simulate import company as simulated
from lms.db import db, transaction
from lms.people.models import Person, Team
from performance.kpis.models import Kpi, KpiRecord

LONG_AGO = datetime(2023, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
LEVEL = 200_000.0
"""Yuan per rep and month where the simulated log KPI is zero."""
SMALL = Settings(reps=80, teams=10, months=22, effect=0.10)


def month(index: int) -> date:
    return date(2024 + index // 12, index % 12 + 1, 1)


def settle(
    company: Company | None = None,
    *,
    selection: Selection = Selection.RANDOM,
    seed: int = 4,
    settings: Settings = SMALL,
    chosen: str = "waves",
    kind: str = "amount",
    lower_is_better: bool = False,
) -> tuple[int, int]:
    """Writes the company down and gives (course id, KPI id).

    amounts are 200,000 yuan x exp(log KPI); rates are that many collected of 400,000 due, halved; a lower-is-better
    KPI is the inverse, in hours.
    """
    drawn = company or simulated(seed, selection, settings=settings)
    with transaction():
        course, kpi = _course(), _kpi(kind, lower_is_better)
        people = _people(drawn)
        _records(drawn, kpi, people)
        _enrolments(drawn, course, people, chosen)
    return course.id, kpi.id


def _course() -> Course:
    title = {"en": "Key-account discovery", "zh_Hans": "大客户需求挖掘", "zh_Hant": "大客戶需求挖掘"}
    course = Course(code="KA-D", title=title, status="draft", created_at=LONG_AGO, edited_at=LONG_AGO)
    db.session.add(course)
    db.session.flush()
    return course


def _kpi(kind: str, lower: bool) -> Kpi:
    name = {"en": "Sales amount", "zh_Hans": "销售额", "zh_Hant": "銷售額"}
    unit, digits = "CNY", 0
    if kind == "rate":
        name, unit, digits = {"en": "Collection rate", "zh_Hans": "回款率", "zh_Hant": "回款率"}, "share", 1
    if kind == "count":
        name, unit = {"en": "New customers", "zh_Hans": "新客户数", "zh_Hant": "新客戶數"}, "customers"
    if lower:
        name, unit, digits = {"en": "Response time", "zh_Hans": "响应时间", "zh_Hant": "回應時間"}, "hours", 1
    kpi = Kpi(
        code="kpi_studied",
        name=name,
        description={},
        kind=kind,
        unit=unit,
        digits=digits,
        direction="lower" if lower else "higher",
        period="month",
        created_at=LONG_AGO,
    )
    db.session.add(kpi)
    db.session.flush()
    return kpi


def _people(drawn: Company) -> list[int]:
    panel = drawn.panel
    teams = []
    for name in panel.clusters:
        team = Team(code=name, name={"en": name, "zh_Hans": name.replace("Team ", "第") + "组"}, path="/")
        db.session.add(team)
        db.session.flush()
        team.path = f"/{team.id}/"
        teams.append(team.id)
    rows = [
        {
            "number": unit,
            "name": f"Rep {unit}",
            "email": f"{unit.lower()}@reps.example.com",
            "team_id": teams[panel.cluster[i]],
            "hired_on": date(2023, 1, 1),
            "created_at": LONG_AGO,
            "active": True,
            "fs_uniquifier": f"uniquifier-of-{unit}",
        }
        for i, unit in enumerate(panel.units)
    ]
    return list(db.session.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), rows))


def _records(drawn: Company, kpi: Kpi, people: list[int]) -> None:
    rows = []
    for i, t in zip(*np.nonzero(np.isfinite(drawn.panel.outcome)), strict=True):
        level = float(np.exp(drawn.panel.outcome[i, t]))
        figures = _figures(kpi, level)
        rows.append(
            {
                "kpi_id": kpi.id,
                "person_id": people[int(i)],
                "period_start": month(int(t)),
                "revision": 1,
                "recorded_at": LONG_AGO,
                **figures,
            }
        )
    db.session.execute(insert(KpiRecord), rows)


def _figures(kpi: Kpi, level: float) -> dict[str, float | None]:
    if kpi.kind == "rate":
        numerator = round(LEVEL * level, 2)
        return {"value": numerator / (2 * LEVEL), "numerator": numerator, "denominator": 2 * LEVEL}
    if kpi.unit == "hours":
        return {"value": round(10 / level, 2), "numerator": None, "denominator": None}
    value = float(round(6 * level)) if kpi.kind == "count" else round(LEVEL * level, 2)
    return {"value": value, "numerator": None, "denominator": None}


def _enrolments(drawn: Company, course: Course, people: list[int], chosen: str) -> None:
    trained = np.flatnonzero(drawn.panel.start < NEVER)
    starts = [month(int(drawn.panel.start[i])) for i in trained]
    rows = [
        {
            "person_id": people[int(i)],
            "course_id": course.id,
            "cycle": 1,
            "enrolled_at": LONG_AGO,
            "started_on": start.replace(day=4),
            "chosen": chosen,
            "reason": "",
            "source": "imported",
        }
        for i, start in zip(trained, starts, strict=True)
    ]
    ids = list(db.session.scalars(insert(Enrolment).returning(Enrolment.id, sort_by_parameter_order=True), rows))
    done = [
        {
            "enrolment_id": enrolment,
            "completed_on": start.replace(day=calendar.monthrange(start.year, start.month)[1]),
            "evidence": {},
            "recorded_at": LONG_AGO,
        }
        for enrolment, start in zip(ids, starts, strict=True)
    ]
    db.session.execute(insert(Completion), done)


