"""What 360° feedback says of competencies, for the rooms above: evidence of a skill, and what has changed after a course.

Whoever calls has made sure that the reader may see the people. Only what the report shows comes in here: groups under their minimum
have no answers left once a cycle is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import func, select

from assessments.feedback360 import report, scoring
from assessments.feedback360.anonymity import LEAST
from assessments.feedback360.models import FeedbackCycle, FeedbackSubject, Purpose
from assessments.feedback360.report import OTHERS, Loaded
from assessments.feedback360.scoring import Score
from assessments.grading.evidence import SkillEvidence, Source
from courses.dates import day_of
from courses.models import Completion, Course, Enrolment
from courses.standing import stands
from lms.db import db
from lms.values import Interval

SPAN = scoring.LEVELS[-1] - scoring.LEVELS[0]


def competency_evidence(
    person_ids: Sequence[int], *, since: datetime | None = None, purpose: Purpose | None = None
) -> list[SkillEvidence]:
    """The others' view of each competency in each cycle closed from ``since`` on: its level as a share of the scale.

    ``items`` are the raters, three at least; ``purpose``: cycles of that purpose alone.
    """
    query = (
        select(FeedbackSubject.id)
        .join(FeedbackCycle, FeedbackCycle.id == FeedbackSubject.cycle_id)
        .where(FeedbackSubject.person_id.in_(person_ids), FeedbackCycle.closed_at.is_not(None))
        .order_by(FeedbackCycle.closed_at, FeedbackSubject.id)
    )
    if since is not None:
        query = query.where(FeedbackCycle.closed_at >= since)
    if purpose is not None:
        query = query.where(FeedbackCycle.purpose == purpose.value)
    found = report.loaded(db.session.scalars(query).all())
    return [piece for each in found.values() for piece in _pieces(each)]


def _pieces(found: Loaded) -> list[SkillEvidence]:
    others, at = found.others(OTHERS), found.subject.cycle.closed_at
    pieces = []
    for competency in found.questionnaire.competencies:
        figure = scoring.score(competency.items, others)
        if isinstance(figure, Score) and figure.n >= LEAST and at is not None:
            error = None if figure.error is None else figure.error / SPAN
            pieces.append(SkillEvidence(
                found.subject.person_id, competency.word, Source.FEEDBACK_360, figure.share, figure.n, error, at,
                ("feedback_subject", found.subject.id)))  # fmt: skip
    return pieces


class BehaviourChange(Struct, frozen=True):
    """How far the others' view of what a course trains has risen, in levels, over ``n`` people seen before and after it."""

    value: float
    interval: Interval | None
    n: int


def change_after(course_id: int) -> BehaviourChange | None:
    """Level 3 of Kirkpatrick's ladder: the mean change between the last cycle closed before the completion and the first opened after it, with
    the same version of the questionnaire, in the competencies that the course names. None under five people.

    A change beside a course is not its effect: those who were not trained may have risen, too.
    """
    pairs = _pairs(course_id)
    if len(pairs) < LEAST_PEOPLE:
        return None
    words = set(db.session.get_one(Course, course_id).competencies)
    found = report.loaded([id_ for pair in pairs for id_ in pair])
    changes = [change for before, after in pairs if (change := _risen(found[before], found[after], words)) is not None]
    mean = scoring.mean_change(changes) if len(changes) >= LEAST_PEOPLE else None
    return BehaviourChange(*mean, len(changes)) if mean else None


LEAST_PEOPLE = 5


def _pairs(course_id: int) -> list[tuple[int, int]]:
    """(subject before, subject after) of each person for whom there are both; by the first completion that stands."""
    rows = db.session.execute(
        select(FeedbackSubject.person_id, FeedbackSubject.id, FeedbackCycle.version_id, FeedbackCycle.opened_at, FeedbackCycle.closed_at,
               func.min(Completion.completed_on).label("completed_on"))
        .join(FeedbackCycle, FeedbackCycle.id == FeedbackSubject.cycle_id)
        .join(Enrolment, Enrolment.person_id == FeedbackSubject.person_id)
        .join(Completion, Completion.enrolment_id == Enrolment.id)
        .where(Enrolment.course_id == course_id, stands(), FeedbackCycle.closed_at.is_not(None))
        .group_by(FeedbackSubject.id, FeedbackCycle.id)
        .order_by(FeedbackCycle.closed_at, FeedbackSubject.id)
    ).all()  # fmt: skip
    by_person: dict[int, list[Any]] = {}
    for row in rows:
        by_person.setdefault(row.person_id, []).append(row)
    pairs = []
    for _person, own in sorted(by_person.items()):
        day = own[0].completed_on
        before = next((row for row in reversed(own) if row.closed_at and day_of(row.closed_at) < day), None)
        after = next((row for row in own if before and row.version_id == before.version_id and day_of(row.opened_at) >= day), None)
        if before is not None and after is not None:
            pairs.append((before.id, after.id))
    return pairs


def _risen(before: Loaded, after: Loaded, words: set[str]) -> float | None:
    """The mean change of the competencies that the course trains; None where one side is not known."""
    changes = []
    for competency in after.questionnaire.competencies:
        if competency.word in words:
            change = scoring.change(scoring.score(competency.items, before.others(OTHERS)), scoring.score(competency.items, after.others(OTHERS)))
            if change is not None:
                changes.append(change.value)
    return sum(changes) / len(changes) if changes else None
