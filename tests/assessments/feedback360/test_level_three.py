"""What the others see before and after a course: level 3 of the ladder, from five people on, as a change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assessments.feedback360 import evidence
from courses.models import Course
from effects import feedback_rung
from effects.ladder import Measured
from lms.db import transaction
from lms.people.models import Person
from tests.assessments.feedback360.factory import (
    MONTH_END,
    answer,
    choose,
    close,
    crowd,
    open_cycle,
    said,
    subject_of,
)
from tests.courses.factory import enrol, make_course, read_all
from tests.people import Cast

MAY, JUNE, JULY = datetime(2026, 5, 4, 1, tzinfo=UTC), datetime(2026, 6, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, 1, tzinfo=UTC)


def _seen(cast: Cast, people: list[Person], levels: list[int], opened: datetime, closed: datetime) -> None:
    """Each is rated by three others, at a level of their own."""
    cycle = open_cycle(cast, *people, now=opened, nominate_until=closed.date(), closes_on=closed.date())
    for at, person in enumerate(people):
        subject, peers = subject_of(person), [people[(at + step) % len(people)] for step in (1, 2, 3)]
        choose(cast, subject, peers)
        for peer in peers:
            answer(peer, subject, said(levels[at]))
    close(cast, cycle, closed)


def _taught(cast: Cast, people: list[Person]) -> Course:
    course = make_course(cast, lessons=1)
    with transaction():
        course.competencies = ["需求挖掘"]
    enrol(cast, course, *people, now=MAY)
    for person in people:
        read_all(person, course, now=MAY)
    return course


def test_the_change_of_five_people_is_shown_with_its_interval_and_of_four_it_is_not(cast: Cast) -> None:
    people = crowd(cast, 5)
    _seen(cast, people, [3] * 5, datetime(2026, 3, 2, 1, tzinfo=UTC), MONTH_END)
    course = _taught(cast, people)
    assert evidence.change_after(course.id) is None  # nobody has been seen again
    _seen(cast, people, [4, 4, 4, 4, 3], JUNE, JULY)
    found = evidence.change_after(course.id)
    assert found is not None and found.interval is not None
    assert (found.value, found.n) == (pytest.approx(0.8), 5)
    assert found.interval.low == pytest.approx(0.8 - 2.7764451051977987 * (0.2 / 5) ** 0.5)
    rung = feedback_rung.seen_by_others(course.id)
    assert isinstance(rung, Measured)
    assert (rung.figure, rung.n) == ("0.8 levels higher", 5)
    assert "not an effect" in rung.note
    with transaction():
        course.competencies = ["异议处理"]
    assert evidence.change_after(course.id) is None  # the questionnaire asks nothing that the course trains


def test_a_course_taken_after_both_cycles_changes_nothing(cast: Cast) -> None:
    people = crowd(cast, 5)
    _seen(cast, people, [3] * 5, datetime(2026, 2, 2, 1, tzinfo=UTC), datetime(2026, 3, 10, 1, tzinfo=UTC))
    _seen(cast, people, [4] * 5, datetime(2026, 3, 16, 1, tzinfo=UTC), MONTH_END)
    course = _taught(cast, people)
    assert evidence.change_after(course.id) is None
