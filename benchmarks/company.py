"""The data the product is measured on: people in teams, published courses with a quiz, enrolments, KPI records.

Courses are made by the product's own services; what there is much of is inserted in bulk.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Flask, g, session
from flask_login.utils import _create_identifier
from flask_security import hash_password
from flask_wtf.csrf import generate_csrf
from msgspec import Struct
from sqlalchemy import insert, select

from benchmarks.floor import PASSWORD, QUESTIONS
from benchmarks.load import HOST, USER_AGENT
from courses import exchange, publishing
from courses.models import CourseVersion, Enrolment, ModuleOutcome, ModuleVersion
from lms.authz import SYSTEM
from lms.clock import now, today
from lms.db import db, transaction
from lms.people import login_sessions
from lms.people.models import Person, RoleGrant, Team
from performance.kpis import services as kpi_services
from performance.kpis.models import Kpi, KpiRecord

TOGETHER = 20_000
TEAM_SIZE = 20
SEED = 20261122


class Scale(Struct, frozen=True):
    people: int
    courses: int
    enrolments_each: int
    kpis: int
    months: int


SCALES = {
    "small": Scale(people=400, courses=40, enrolments_each=6, kpis=3, months=12),
    "full": Scale(people=10_000, courses=2_000, enrolments_each=50, kpis=12, months=30),
}


class Visitor(Struct, frozen=True):
    """A signed-in rep: the cookie of the session, its CSRF token, and an enrolment with a quiz not yet taken."""

    person_id: int
    email: str
    cookies: dict[str, str]
    token: str
    course_id: int
    enrolment_id: int
    quiz_module_id: int


class Company(Struct, frozen=True):
    scale: Scale
    visitors: tuple[Visitor, ...]
    anonymous: tuple[dict[str, str], str]
    """Cookies and CSRF token of somebody who has opened the sign-in page."""
    course_ids: tuple[int, ...]
    course_id: int
    """A course in which nobody is enrolled, for the import and enrolment of people."""


def build(app: Flask, scale: Scale, visitors: int = 200) -> Company:
    chance = random.Random(SEED)
    with app.app_context():
        db.create_all()
        with transaction():
            teams = _teams(scale)
            people = _people(scale, teams)
        course_ids = [_course(number) for number in range(scale.courses + 1)]
        with transaction():
            _enrol(people, course_ids[:-1], scale, chance)
        with transaction():
            _outcomes()
        with transaction():
            _records(people, scale, chance)
        return Company(
            scale,
            tuple(_visitor(app, person_id) for person_id in people[:visitors]),
            _anonymous(app),
            tuple(course_ids[:-1]),
            course_ids[-1],
        )


def _chunks(rows: Iterator[dict[str, Any]] | list[dict[str, Any]], model: Any) -> None:
    for chunk in batched_rows(rows):
        db.session.execute(insert(model.__table__), chunk)


def batched_rows(rows: Any) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == TOGETHER:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _teams(scale: Scale) -> list[int]:
    root = Team(code="company", name={"en": "Company"}, path="/")
    db.session.add(root)
    db.session.flush()
    root.path = f"/{root.id}/"
    count = max(1, scale.people // TEAM_SIZE)
    first = root.id + 1
    rows: list[dict[str, Any]] = [
        {"id": n, "code": f"T{n}", "name": {"en": f"Team {n}", "zh_Hans": f"{n}组"}, "parent_id": root.id,
         "path": f"/{root.id}/{n}/"}
        for n in range(first, first + count)
    ]  # fmt: skip
    _chunks(rows, Team)
    return [row["id"] for row in rows]


def _people(scale: Scale, teams: list[int]) -> list[int]:
    """Reps, all with the same password: it is hashed once."""
    hashed, moment = hash_password(PASSWORD), now()
    ids = range(1, scale.people + 1)
    rows = (
        {"id": n, "number": f"B{n:06}", "name": f"王伟{n}", "name_latin": f"Wang Wei {n}",
         "email": f"b{n}@example.com", "team_id": teams[n % len(teams)], "hired_on": date(2023, 1, 2),
         "locale": "en", "created_at": moment, "active": True, "password": hashed,
         "fs_uniquifier": f"benchmark-{n}"}
        for n in ids
    )  # fmt: skip
    _chunks(rows, Person)
    grants = (
        {"person_id": n, "role": "rep", "scope": "company", "team_id": None, "course_id": None,
         "granted_at": moment, "granted_by_id": None}
        for n in ids
    )  # fmt: skip
    _chunks(grants, RoleGrant)
    return list(ids)


_PARAGRAPH = (
    "A key account is chosen, not inherited: we look at what it buys, what it could buy and what it asks of us.\n\n"
    "- Know who decides, who uses and who pays.\n- Speak with each of them before the offer.\n\n"
)


def _course(number: int) -> int:
    """A published course: three lessons and a quiz of ten questions with four options each."""
    lessons = [
        {"kind": "lesson", "title": {"en": f"Lesson {n}", "zh_Hans": f"第{n}课"}, "minutes": 10,
         "content": {"body": {"en": _PARAGRAPH * 4}}}
        for n in range(1, 4)
    ]  # fmt: skip
    options = [{"id": letter, "text": {"en": f"Answer {letter} in a few words"}} for letter in "abcd"]
    questions = [
        {"kind": "single", "stem": {"en": f"What comes first at an account of kind {n}?"}, "options": options,
         "key": {"correct": "b"}, "marks": 1}
        for n in range(QUESTIONS)
    ]  # fmt: skip
    quiz = {
        "kind": "quiz",
        "title": {"en": "Check yourself", "zh_Hans": "自测"},
        "minutes": 15,
        "content": {"settings": {"time_limit": 3600, "pass_mark": 100}, "questions": questions},
    }
    text = {
        "format": exchange.FORMAT, "version": exchange.VERSION, "code": f"BM-{number:04}",
        "title": {"en": f"Key accounts {number}", "zh_Hans": f"大客户销售 {number}"}, "area": "skills",
        "background": {"en": _PARAGRAPH}, "benefits": {"en": _PARAGRAPH}, "features": {"en": _PARAGRAPH},
        "audience": {"en": "Reps with accounts of their own."}, "duration": {"en": "An hour."},
        "outline": {"en": _PARAGRAPH}, "competencies": ["Discovery"], "modules": [*lessons, quiz],
    }  # fmt: skip
    with transaction():
        course = exchange.load(SYSTEM, json.dumps(text).encode(), now=now())
    with transaction():
        publishing.publish(SYSTEM, course.id, now=now())
    return course.id


def _enrol(people: list[int], course_ids: list[int], scale: Scale, chance: random.Random) -> None:
    versions = dict(db.session.execute(select(CourseVersion.course_id, CourseVersion.id)).all())
    moment = now() - timedelta(days=30)
    rows = (
        {"person_id": person, "course_id": course, "version_id": versions[course], "cycle": 1, "enrolled_at": moment,
         "started_on": moment.date(), "due_on": moment.date() + timedelta(days=60 + at), "chosen": "everyone",
         "reason": "", "source": "internal"}
        for person in people
        for at, course in enumerate(chance.sample(course_ids, min(scale.enrolments_each, len(course_ids))))
    )  # fmt: skip
    _chunks(rows, Enrolment)


def _outcomes() -> None:
    """Everybody has read the first lesson."""
    moment = now()
    first = (
        select(Enrolment.id, ModuleVersion.module_id)
        .join(ModuleVersion, ModuleVersion.course_version_id == Enrolment.version_id)
        .where(ModuleVersion.position == 1)
    )
    rows = [
        {"enrolment_id": enrolment, "module_id": module, "passed": True, "score": None, "at": moment,
         "source": "reading", "recorded_at": moment, "recorded_by_id": None}
        for enrolment, module in db.session.execute(first)
    ]  # fmt: skip
    _chunks(rows, ModuleOutcome)


def month_before(day: date, back: int) -> date:
    total = day.year * 12 + day.month - 1 - back
    return date(total // 12, total % 12 + 1, 1)


def _records(people: list[int], scale: Scale, chance: random.Random) -> None:
    kpi_services.seed(SYSTEM, now=now())
    ids = db.session.scalars(select(Kpi.id).where(Kpi.kind != "rate").order_by(Kpi.id).limit(scale.kpis)).all()
    day, moment = today(), now()
    rows = (
        {"kpi_id": kpi, "person_id": person, "period_start": month_before(day, back), "revision": 1,
         "value": round(chance.lognormvariate(11, 0.4), 2), "recorded_at": moment}
        for kpi in ids
        for back in range(1, scale.months + 1)
        for person in people
    )  # fmt: skip
    _chunks(rows, KpiRecord)


def _cookie(app: Flask, content: dict[str, Any]) -> tuple[dict[str, str], str]:
    """A session cookie with ``content``, and a CSRF token that goes with it, as the load's own requests would have got them."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": HOST}, headers={"User-Agent": USER_AGENT}):
        g.pop("csrf_token", None)  # kept since the cookie before: the application's context is the same
        token = generate_csrf()
        values = dict(session) | content | {"_id": _create_identifier()}
    serializer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return {app.config["SESSION_COOKIE_NAME"]: serializer.dumps(values)}, token


def _anonymous(app: Flask) -> tuple[dict[str, str], str]:
    return _cookie(app, {})


def _visitor(app: Flask, person_id: int) -> Visitor:
    with transaction():
        person = db.session.get_one(Person, person_id)
        key = login_sessions.begin(person_id, now())
    cookies, token = _cookie(
        app, {login_sessions.KEY: key, "_user_id": person.fs_uniquifier, "_fresh": True}
    )
    enrolment, course, module = db.session.execute(
        select(Enrolment.id, Enrolment.course_id, ModuleVersion.module_id)
        .join(ModuleVersion, ModuleVersion.course_version_id == Enrolment.version_id)
        .where(Enrolment.person_id == person_id, ModuleVersion.kind == "quiz")
        .order_by(Enrolment.id)
        .limit(1)
    ).one()
    return Visitor(person_id, person.email or "", cookies, token, course, enrolment, module)
