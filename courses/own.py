"""What learners read of their own: their courses, what comes next, their certificates. Asked all day, so it loads plain columns."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, exists, func, select

from courses import published
from courses.completion import Judgement, Outcome, judge
from courses.models import Certificate, Completion, Course, Enrolment, ModuleOutcome
from courses.services import OUTCOME, OutcomesByModule, outcomes_of_person
from courses.standing import stands
from lms.authz import Actor
from lms.db import LocalText, db, fetch
from lms.prepared import Prepared


class Completed(NamedTuple):
    completed_on: date


class OwnEnrolment(NamedTuple):
    """An enrolment as lists of one's own show it."""

    completion: Completed | None
    id: int
    course_id: int
    version_id: int | None
    cycle: int
    due_on: date | None
    reason: str
    started_on: date | None


class OwnCourse(NamedTuple):
    """One line of “my learning”."""

    enrolment: OwnEnrolment
    title: LocalText
    judgement: Judgement | None
    """None for what was learnt elsewhere and imported."""
    stands: bool


_OWN_ENROLMENTS = (
    select(
        Course.title, stands(), Completion.completed_on,
        Enrolment.id, Enrolment.course_id, Enrolment.version_id, Enrolment.cycle, Enrolment.due_on, Enrolment.reason,
        Enrolment.started_on,
    )
    .select_from(Enrolment)
    .join(Course, Course.id == Enrolment.course_id)
    .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
    .where(Enrolment.person_id == bindparam("person_id"), Enrolment.withdrawn_at.is_(None))
)
_FIRST_OPEN = (
    select(
        Enrolment.id, Enrolment.course_id, Enrolment.version_id, Enrolment.cycle, Enrolment.due_on, Enrolment.reason,
        Enrolment.started_on, func.count().over().label("how_many"),
    )
    .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
    .where(
        Enrolment.person_id == bindparam("person_id"), Enrolment.version_id.is_not(None), Enrolment.withdrawn_at.is_(None),
        Completion.id.is_(None),
    )
    .order_by(Enrolment.due_on.is_(None), Enrolment.due_on, Enrolment.id.desc())
    .limit(bindparam("at_most"))
    .subquery()
)  # fmt: skip
_OPEN_ENROLMENTS = Prepared(
    select(_FIRST_OPEN, ModuleOutcome.module_id, *OUTCOME)
    .outerjoin(ModuleOutcome, ModuleOutcome.enrolment_id == _FIRST_OPEN.c.id)
    .order_by(_FIRST_OPEN.c.due_on.is_(None), _FIRST_OPEN.c.due_on, _FIRST_OPEN.c.id.desc(), ModuleOutcome.id)
)
_HOW_MANY = len(OwnEnrolment._fields) - 1
"""The column that says how many there are: behind those of the enrolment, which has no completion."""
_HAS_COMPLETED = select(
    exists().where(
        Completion.enrolment_id == Enrolment.id, Enrolment.person_id == bindparam("person_id"), Enrolment.withdrawn_at.is_(None)
    )
)


def my_learning(actor: Actor) -> list[OwnCourse]:
    """The actor's enrolments, open ones first by due date, in two statements."""
    rows = fetch(_OWN_ENROLMENTS, {"person_id": actor.person_id}).all()
    outcomes = outcomes_of_person(actor.person_id)
    versions = published.versions(row.version_id for row in rows)
    found = []
    for title, standing, completed_on, *columns in rows:
        enrolment = OwnEnrolment(Completed(completed_on) if completed_on else None, *columns)
        version = versions.get(enrolment.version_id)
        judgement = judge(version.rule, outcomes.get(enrolment.id, {})) if version else None
        found.append(OwnCourse(enrolment, version.title if version else title, judgement, bool(standing)))
    return sorted(found, key=_most_urgent)


def open_learning(actor: Actor, at_most: int) -> tuple[list[OwnCourse], int]:
    """The first of the enrolments that are still to be completed here, and how many there are; in one statement, with their outcomes."""
    enrolments: dict[int, OwnEnrolment] = {}
    outcomes: dict[int, OutcomesByModule] = {}
    rows = _OPEN_ENROLMENTS.rows({"person_id": actor.person_id, "at_most": at_most})
    for *columns, _all, module_id, passed, score, at, source in rows:
        id_ = columns[0]
        if id_ not in enrolments:
            enrolments[id_], outcomes[id_] = OwnEnrolment(None, *columns), {}
        if module_id is not None:
            outcomes[id_].setdefault(module_id, []).append(Outcome(passed, score, at, source))
    versions = published.versions(one.version_id for one in enrolments.values())
    found = []
    for enrolment in enrolments.values():
        title, rule = versions[enrolment.version_id]
        found.append(OwnCourse(enrolment, title, judge(rule, outcomes[enrolment.id]), True))
    return found, rows[0][_HOW_MANY] if rows else 0


def has_completed(actor: Actor) -> bool:
    """Whether the actor has completed any course."""
    return bool(fetch(_HAS_COMPLETED, {"person_id": actor.person_id}).scalar())


def _most_urgent(own: OwnCourse) -> tuple[bool, date, int]:
    done = own.enrolment.completion is not None and own.stands
    return done, own.enrolment.due_on or date.max, -own.enrolment.id


class OwnCertificate(NamedTuple):
    certificate: Certificate
    course_id: int


ANY_CERTIFICATE = exists().where(
    Certificate.completion_id == Completion.id,
    Completion.enrolment_id == Enrolment.id,
    Enrolment.person_id == bindparam("person_id"),
)
"""Whether the person has any: asked of every rep's page of the day."""
_OWN_CERTIFICATES = (
    select(Certificate, Enrolment.course_id)
    .join(Completion, Completion.id == Certificate.completion_id)
    .join(Enrolment, Enrolment.id == Completion.enrolment_id)
    .where(Enrolment.person_id == bindparam("person_id"))
    .order_by(Certificate.id.desc())
    .limit(bindparam("at_most"))
)


def my_certificates(actor: Actor, limit: int = 200) -> list[OwnCertificate]:
    """The actor's certificates, the newest first."""
    rows = db.session.execute(_OWN_CERTIFICATES, {"person_id": actor.person_id, "at_most": limit})
    return [OwnCertificate(*row) for row in rows]
