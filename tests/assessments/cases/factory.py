"""Cases as the tests need them: written by Tess, worked on by Ana and Ben, in few lines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from assessments.cases import authoring, scoring, services
from assessments.cases.models import Case, CaseScore, CaseVersion, CaseWork, Goal
from assessments.roleplays import rubrics
from courses import authoring as courses
from courses.models import Course
from lms.db import transaction
from lms.people.models import Person
from tests.assessments.roleplays.factory import GOOD, RUBRIC
from tests.courses.factory import MONDAY, actor, enrol, enrolment_of, make_draft, publish
from tests.people import Cast

HOUR = timedelta(hours=1)


def question(key: str) -> dict[str, Any]:
    return {
        "key": key,
        "title": {"en": f"Point {key}"},
        "facts": {"en": f"Facts of {key}"},
        "ask": {"en": f"What now at {key}?"},
        "model": {"en": f"Model of {key}"},
        "happened": {"en": f"Truth of {key}"},
    }


def content(*keys: str, **changes: Any) -> dict[str, Any]:
    return {
        "brief": {"en": "A maker of gearboxes wants half the price", "zh_Hans": "一家齿轮箱厂要求价格减半"},
        "aftermath": {"en": "They came back after a year"},
        "questions": [question(key) for key in keys or ("k1", "k2")],
    } | changes


def make_draft_case(cast: Cast, code: str = "C-1", *, scored: bool = True, **changes: Any) -> Case:
    tess = actor(cast.tess)
    with transaction():
        rubric = rubrics.load(tess, {"en": "A case"}, RUBRIC, now=MONDAY) if scored else None
        title = changes.pop("title", {"en": f"The deal {code}"})
        return authoring.load(tess, code, title, content(**changes), rubric.id if rubric else None, now=MONDAY)


def make_case(cast: Cast, code: str = "C-1", **changes: Any) -> CaseVersion:
    """A published case of two questions with a rubric."""
    case = make_draft_case(cast, code, **changes)
    with transaction():
        return authoring.publish(actor(cast.tess), case.id, now=MONDAY)


def course_of(cast: Cast, version: CaseVersion, *people: Person, goal: Goal = Goal.ANSWERED) -> Course:
    """A published course whose one module is the case, with these people enrolled."""
    course, tess = make_draft(cast, lessons=0), actor(cast.tess)
    with transaction():
        module = courses.add_module(tess, course.id, "case", {"en": "A deal"}, now=MONDAY)
        authoring.configure_module(tess, module.id, version.case_id, goal, now=MONDAY)
    publish(cast, course)
    enrol(cast, course, *people)
    return course


def begin(person: Person, version: CaseVersion) -> CaseWork:
    with transaction():
        return services.start(actor(person), version.case_id, now=MONDAY)


def begin_in(person: Person, course: Course) -> CaseWork:
    module = courses.modules_of(course.id)[0]
    with transaction():
        return services.start_in_course(actor(person), enrolment_of(person, course).id, module.id, now=MONDAY)


def give(person: Person, work: CaseWork, key: str, text: str = "Ask what it costs them", *, reveal: bool = True) -> None:
    with transaction():
        services.give(actor(person), work.id, key, text, now=MONDAY + HOUR)
        if reveal:
            services.reveal(actor(person), work.id, key, now=MONDAY + HOUR)


def answer_all(person: Person, work: CaseWork) -> None:
    for key in ("k1", "k2"):
        give(person, work, key, f"{person.number} says {key}")


def score(person: Person, work: CaseWork, points: dict[str, str] = GOOD, key: str = "sheet-0001") -> CaseScore:
    with transaction():
        return scoring.submit(actor(person), work.id, points, "The second step", "Say a number", key, now=MONDAY + 2 * HOUR)
