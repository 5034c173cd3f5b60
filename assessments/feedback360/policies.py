"""Who may do what in 360° feedback. Each answers in one line, or finds the row or nothing."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select

from assessments.feedback360.models import FeedbackCycle, FeedbackRater, FeedbackSubject, State
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Unknown
from lms.people.models import Person
from lms.people.scope import people_in_scope


def managed(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Person``: those whose feedback the actor runs; nobody runs their own."""
    return and_(people_in_scope(actor, Permission.FEEDBACK_MANAGE), Person.id != (actor.person_id or 0))


def runs(actor: Actor, cycle: FeedbackCycle) -> bool:
    """Whether the actor may remind all of a cycle and close it: who opened it, and whoever has the whole company."""
    own = actor.person_id is not None and cycle.created_by_id == actor.person_id
    return actor.can(Permission.FEEDBACK_MANAGE) and (own or actor.company_wide(Permission.FEEDBACK_MANAGE))


def visible_cycle(actor: Actor, cycle_id: int) -> FeedbackCycle:
    """A cycle that the actor opened, or that looks at somebody in scope. :raises Unknown: otherwise."""
    cycle = db.session.get(FeedbackCycle, cycle_id)
    if cycle is None or not (runs(actor, cycle) or db.session.scalar(subjects_in(actor, cycle_id).limit(1)) is not None):
        raise Unknown()
    return cycle


def run_cycle(actor: Actor, cycle_id: int) -> FeedbackCycle:
    """:raises Unknown: if the actor does not run it."""
    cycle = db.session.get(FeedbackCycle, cycle_id)
    if cycle is None or not runs(actor, cycle):
        raise Unknown()
    return cycle


def subjects_in(actor: Actor, cycle_id: int):  # type: ignore[no-untyped-def]
    """The ids of those looked at in a cycle whom the actor manages."""
    return (
        select(FeedbackSubject.id)
        .join(Person, Person.id == FeedbackSubject.person_id)
        .where(FeedbackSubject.cycle_id == cycle_id, managed(actor))
    )


def managed_subject(actor: Actor, subject_id: int) -> FeedbackSubject:
    """:raises Unknown: unless the actor runs the feedback of this person."""
    query = select(FeedbackSubject).join(Person, Person.id == FeedbackSubject.person_id)
    return _found(query.where(FeedbackSubject.id == subject_id, managed(actor)))


def nominated_subject(actor: Actor, subject_id: int) -> FeedbackSubject:
    """The actor as looked at, or somebody whom the actor manages. :raises Unknown: otherwise."""
    query = select(FeedbackSubject).join(Person, Person.id == FeedbackSubject.person_id)
    return _found(query.where(FeedbackSubject.id == subject_id, or_(_own(actor), managed(actor))))


def readable_subject(actor: Actor, subject_id: int) -> FeedbackSubject:
    """Whose report the actor may read: the own and those of people in scope, from when the cycle is closed. :raises Unknown: otherwise."""
    query = (
        select(FeedbackSubject)
        .join(Person, Person.id == FeedbackSubject.person_id)
        .join(FeedbackCycle, FeedbackCycle.id == FeedbackSubject.cycle_id)
        .where(FeedbackSubject.id == subject_id, FeedbackCycle.closed_at.is_not(None), or_(_own(actor), managed(actor)))
    )
    return _found(query)


def own_rater(actor: Actor, rater_id: int) -> FeedbackRater:
    """:raises Unknown: unless the actor was approved to rate by this row."""
    rater = db.session.get(FeedbackRater, rater_id)
    if rater is None or actor.person_id is None or rater.person_id != actor.person_id or rater.state != State.APPROVED:
        raise Unknown()
    return rater


def _own(actor: Actor) -> ColumnElement[bool]:
    return FeedbackSubject.person_id == (actor.person_id or 0)


def _found(query) -> FeedbackSubject:  # type: ignore[no-untyped-def]
    subject: FeedbackSubject | None = db.session.scalar(query)
    if subject is None:
        raise Unknown()
    return subject
