"""What is going on in the demo company today: courses under way, something due tomorrow, people who are stuck."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from courses import lesson, services
from courses.dates import day_of
from courses.models import Chosen, Enrolment
from lms.db import db
from lms.demo.catalogue import Published
from lms.demo.company import PER_TEAM, Company
from lms.demo.histories import inserted
from lms.demo.learners import Passage
from lms.demo.world import NEVER
from lms.people.models import Person
from lms.people.scope import load_actor

COURSES = ("KA-03", "KA-06", "KA-05", "KA-07", "KA-02", "KA-04")
STUCK_IN_THE_TEAM = 3
ELSEWHERE = 30
"""Reps of other teams who are learning now; every fifth of them is late."""


def fill(
    seed: int, company: Company, past: Sequence[Passage], courses: dict[str, Published], *, now: datetime
) -> None:
    """Open enrolments of courses that their learners have not taken."""
    rng = np.random.default_rng([seed, 5])
    taken = {(passage.person_id, passage.code) for passage in past}
    day, rep = day_of(now), company.key_accounts[0]
    untaken = [code for code in COURSES if (rep, code) not in taken]
    rows = [
        _open(
            company, courses[untaken[0]], rep, now, began=day - timedelta(days=5), due=day + timedelta(days=9)
        ),
        _open(company, courses[untaken[1]], rep, now, began=None, due=day + timedelta(days=1)),
    ]
    there = [
        (person, courses[code])
        for person, left in zip(company.key_accounts, company.roster.left, strict=True)
        if left >= NEVER and person != rep and (code := _untaken(person, taken)) is not None
    ]
    team = set(company.key_accounts[:PER_TEAM])
    for late, (person, course) in enumerate([each for each in there if each[0] in team][:STUCK_IN_THE_TEAM]):
        due = day - timedelta(days=6 + 5 * late)
        rows.append(_open(company, course, person, now, began=day - timedelta(days=40), due=due))
    others = [each for each in there if each[0] not in team]
    for at, place in enumerate(rng.choice(len(others), ELSEWHERE, replace=False)):
        person, course = others[int(place)]
        days = -int(rng.integers(2, 12)) if at % 5 == 0 else int(rng.integers(3, 30))
        began = day - timedelta(days=int(rng.integers(13, 30))) if at % 3 else None
        rows.append(_open(company, course, person, now, began=began, due=day + timedelta(days=days)))
    ids = inserted(Enrolment, rows)
    _read_first_lesson(ids[0], rep, courses[untaken[0]], now - timedelta(days=5))


def _untaken(person: int, taken: set[tuple[int, str]]) -> str | None:
    """A course that the person has not taken; None for those who have taken them all."""
    return next((code for code in COURSES if (person, code) not in taken), None)


def _open(
    company: Company, course: Published, person: int, now: datetime, *, began: date | None, due: date
) -> dict[str, Any]:
    """An enrolment as the assignment of it would have left it."""
    enrolled = (
        now - timedelta(days=12) if began is None else now - timedelta(days=(day_of(now) - began).days + 4)
    )
    return {
        "person_id": person,
        "course_id": course.course.id,
        "version_id": course.version.id,
        "cycle": 1,
        "enrolled_at": enrolled,
        "started_on": began,
        "due_on": due,
        "chosen": Chosen.WAVES.value,
        "reason": "四季度培训计划 · Training plan of the fourth quarter",
        "chosen_by_id": company.actors["zhou.mingzhe"].person_id,
        "source": "internal",
    }


def _read_first_lesson(enrolment_id: int, person_id: int, course: Published, moment: datetime) -> None:
    rep = load_actor(db.session.get_one(Person, person_id))
    services.start(rep, enrolment_id, now=moment)
    lesson.mark_read(rep, enrolment_id, course.lessons[0], now=moment)
