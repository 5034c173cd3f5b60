"""What managers and HR change about an enrolment in their care while it is open: the day it is due, and whether it goes on."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from courses import policies, services
from courses.dates import check_due
from courses.models import Enrolment
from courses.standing import completion_stands
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Person


def cared_for(actor: Actor, enrolment_id: int) -> Enrolment:
    """An enrolment of somebody whom the actor may assign courses to. :raises Unknown: otherwise."""
    require(actor, Permission.COURSE_ASSIGN)
    query = (
        select(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.id == enrolment_id, policies.enrolments_seen(actor, Permission.COURSE_ASSIGN))
    )
    enrolment = db.session.scalar(query)
    if enrolment is None:
        raise Unknown()
    return enrolment


def is_open(enrolment: Enrolment) -> bool:
    """Neither withdrawn nor completed; a completion that was corrected away opens it again."""
    completion = enrolment.completion
    return enrolment.withdrawn_at is None and (completion is None or not completion_stands(completion.id))


def set_due(actor: Actor, enrolment_id: int, due_on: date | None, *, now: datetime) -> Enrolment:
    """Set the day by which it is due, or none.

    :raises Unknown: for an enrolment that is not in the actor's care.
    :raises Refused: ``enrolment_over``, ``due_in_the_past``, ``due_too_far``.
    """
    enrolment = _open(actor, enrolment_id)
    if due_on != enrolment.due_on:
        check_due(due_on, now)
        audit.record(actor, "enrolment.set_due", "enrolment", enrolment.id, due_on=due_on and due_on.isoformat())
        enrolment.due_on = due_on
        db.session.flush()
    return enrolment


def take_out(actor: Actor, enrolment_id: int, reason: str, *, now: datetime) -> Enrolment:
    """End an enrolment for somebody else, with a reason; what was learnt stays on record.

    :raises Unknown: for an enrolment that is not in the actor's care.
    :raises Refused: ``enrolment_over``, ``withdrawal_reason_missing``.
    """
    enrolment = _open(actor, enrolment_id)
    if not reason.strip():
        raise Refused("withdrawal_reason_missing", field="reason")
    enrolment.withdrawn_at = now
    audit.record(actor, "enrolment.withdraw", "enrolment", enrolment.id, reason=reason.strip())
    db.session.flush()
    return enrolment


def _open(actor: Actor, enrolment_id: int) -> Enrolment:
    cared_for(actor, enrolment_id)
    enrolment = services.locked(enrolment_id)
    if not is_open(enrolment):
        raise Refused("enrolment_over")
    return enrolment
