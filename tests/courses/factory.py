"""Courses as the tests need them: made through the services, by Tess, in few lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from courses import authoring, lesson, publishing, services
from courses.authoring import ModuleRule
from courses.completion import Need, Outcome
from courses.models import PARTS, Area, Chosen, Course, CourseVersion, Enrolment, Module
from lms.authz import Actor
from lms.db import LocalText, db, transaction
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.people import Cast

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
WEDNESDAY = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)


def actor(person: Person) -> Actor:
    return load_actor(person)


def make_draft(
    cast: Cast,
    code: str = "KA-101",
    title: LocalText | None = None,
    lessons: int = 2,
    texts: Mapping[str, str] | None = None,
    now: datetime = MONDAY,
) -> Course:
    """A draft with all its parts and so many lessons with a text."""
    tess = actor(cast.tess)
    with transaction():
        course = authoring.create(
            tess, code, title or {"en": "Key accounts", "zh_Hans": "大客户销售"}, Area.SKILLS, now=now
        )
        parts = {part: f"About the {part}." for part in PARTS} | dict(texts or {})
        authoring.edit_parts(
            tess, course.id, "en", parts, area=Area.SKILLS, competencies=["Discovery"], now=now
        )
        for number in range(1, lessons + 1):
            add_lesson(cast, course, f"Lesson {number}", now=now)
    return course


def add_lesson(
    cast: Cast, course: Course, title: str, body: str = "Read me.", *, now: datetime = MONDAY
) -> Module:
    tess = actor(cast.tess)
    with transaction():
        module = authoring.add_module(tess, course.id, "lesson", {"en": title}, now=now)
        lesson.write(tess, module.id, "en", body, now=now)
    return module


def publish(cast: Cast, course: Course, now: datetime = MONDAY) -> CourseVersion:
    with transaction():
        return publishing.publish(actor(cast.tess), course.id, now=now)


def make_course(cast: Cast, **changes: Any) -> Course:
    course = make_draft(cast, **changes)
    publish(cast, course)
    return course


def require_score(cast: Cast, course: Course, minimum: float, *, valid_months: int | None = None) -> Module:
    """Make the first module need a score, and the others nothing. Lessons give none, so the row is set directly."""
    modules = authoring.modules_of(course.id)
    tess = actor(cast.tess)
    with transaction():
        rules = {module.id: ModuleRule(module is modules[0], Need.PASSED, None) for module in modules}
        authoring.set_rule(tess, course.id, rules, at_least=None, valid_months=valid_months, now=MONDAY)
        modules[0].need, modules[0].minimum = Need.SCORE.value, minimum
    return modules[0]


def enrol(
    cast: Cast, course: Course, *people: Person, chosen: Chosen = Chosen.WAVES, now: datetime = MONDAY
) -> None:
    with transaction():
        services.assign(
            actor(cast.hana),
            course.id,
            [person.id for person in people],
            chosen=chosen,
            reason="second wave",
            due_on=None,
            now=now,
        )


def enrolment_of(person: Person, course: Course) -> Enrolment:
    """The person's last enrolment in the course."""
    return db.session.scalars(
        select(Enrolment)
        .where(Enrolment.person_id == person.id, Enrolment.course_id == course.id)
        .order_by(Enrolment.cycle.desc())
        .execution_options(populate_existing=True)
    ).first()  # type: ignore[return-value]


def read_all(person: Person, course: Course, *, now: datetime = TUESDAY) -> Enrolment:
    """The person reads every lesson of the version they are enrolled in."""
    enrolment = enrolment_of(person, course)
    for module in authoring.modules_of(course.id):
        with transaction():
            lesson.mark_read(actor(person), enrolment.id, module.id, now=now)
    return enrolment_of(person, course)


def score(
    who: Actor,
    enrolment: Enrolment,
    module: Module,
    share: float,
    *,
    at: datetime = TUESDAY,
    source: str = "attempt:1",
) -> Any:
    with transaction():
        return services.record_outcome(
            who, enrolment.id, module.id, Outcome(share >= 0.8, share, at, source), now=WEDNESDAY
        )
