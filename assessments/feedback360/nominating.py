"""Verbs around the choice of raters: propose, take back, approve or turn down, decline."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from assessments.feedback360 import approvals, policies
from assessments.feedback360.cycles import check_open, hold_open
from assessments.feedback360.models import FeedbackRater, FeedbackSubject, Group, State
from courses.dates import day_of
from lms import audit, jobs
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.links import derived_token, hash_of
from lms.people.models import Person

COUNTED = (State.PROPOSED.value, State.APPROVED.value)


def propose(actor: Actor, subject_id: int, relation: Group, person_id: int, *, now: datetime) -> FeedbackRater:
    """A colleague as rater; what the manager proposes is approved at once.

    :raises Refused: ``feedback_closed``, ``feedback_nominating_over``, ``feedback_group_full``, ``feedback_group_not_asked``,
        ``feedback_rater_twice``, ``feedback_rater_self``, ``feedback_rater_gone``.
    """
    require(actor, Permission.FEEDBACK_TAKE_PART)
    subject = _choosing(actor, subject_id, relation, now)
    person = db.session.get(Person, person_id)
    if person is None or not person.active or person.left_on is not None:
        raise Refused("feedback_rater_gone", field="person")
    if person_id == subject.person_id:
        raise Refused("feedback_rater_self", field="person")
    if db.session.scalar(_raters(subject).where(FeedbackRater.person_id == person_id)) is not None:
        raise Refused("feedback_rater_twice", field="person")
    return _add(actor, subject, FeedbackRater(relation=relation.value, person_id=person_id, name=""), now)


def propose_customer(actor: Actor, subject_id: int, name: str, email: str, locale: str, *, now: datetime) -> FeedbackRater:
    """A customer as rater, by name and address. :raises Refused: as :func:`propose`."""
    require(actor, Permission.FEEDBACK_TAKE_PART)
    subject = _choosing(actor, subject_id, Group.CUSTOMER, now)
    address = email.strip().lower()
    if db.session.scalar(select(Person.id).where(func.lower(Person.email) == address)) is not None:
        raise Refused("feedback_customer_inside", field="email")
    if db.session.scalar(_raters(subject).where(FeedbackRater.email == address)) is not None:
        raise Refused("feedback_rater_twice", field="email")
    made = FeedbackRater(relation=Group.CUSTOMER.value, name=name.strip()[:200], email=address, locale=locale)
    return _add(actor, subject, made, now)


def withdraw(actor: Actor, subject_id: int, rater_id: int, *, now: datetime) -> None:
    """Take back a proposal that has not been decided. :raises Refused: ``feedback_decided``."""
    require(actor, Permission.FEEDBACK_TAKE_PART)
    subject = policies.nominated_subject(actor, subject_id)
    rater = _rater(subject, rater_id)
    if rater.state != State.PROPOSED:
        raise Refused("feedback_decided")
    db.session.delete(rater)
    db.session.flush()
    if not waits(subject):
        approvals.no_longer(subject)


def decide(actor: Actor, subject_id: int, approved: Collection[int], reason: str, *, now: datetime) -> int:
    """Approve the proposals named, turn the others down with a reason; those approved are asked. How many they are.

    :raises Refused: ``feedback_closed``, ``feedback_reason``.
    """
    require(actor, Permission.FEEDBACK_MANAGE)
    subject = policies.managed_subject(actor, subject_id)
    check_open(subject.cycle, now)
    waiting = db.session.scalars(_raters(subject).where(FeedbackRater.state == State.PROPOSED.value)).all()
    chosen = [rater for rater in waiting if rater.id in approved]
    others = [rater for rater in waiting if rater.id not in approved]
    if others and not reason.strip():
        raise Refused("feedback_reason", field="reason")
    for rater in others:
        rater.state, rater.reason, rater.decided_by_id = State.REFUSED.value, reason.strip(), actor.person_id
    _ask(actor, chosen, now)
    approvals.no_longer(subject)
    audit.record(actor, "feedback.approve", "feedback_subject", subject.id, approved=len(chosen), refused=len(others))
    return len(chosen)


def decline(actor: Actor, rater_id: int, reason: str, *, now: datetime) -> FeedbackRater:
    """Say that one cannot rate, and why. :raises Refused: ``feedback_closed``, ``feedback_reason``, ``feedback_answered``."""
    require(actor, Permission.FEEDBACK_TAKE_PART)
    rater = policies.own_rater(actor, rater_id)
    if rater.relation == Group.SELF:
        raise Unknown()
    return decline_as(rater, reason, now=now)


def decline_as(rater: FeedbackRater, reason: str, *, now: datetime) -> FeedbackRater:
    """As :func:`decline`, for a rater who is known already: a customer by the link."""
    hold_open(rater.subject.cycle_id, now)
    if rater.answered:
        raise Refused("feedback_answered")
    if not reason.strip():
        raise Refused("feedback_reason", field="reason")
    rater.state, rater.reason, rater.token_hash = State.DECLINED.value, reason.strip()[:1000], None
    db.session.flush()
    return rater


def token_of(rater: FeedbackRater) -> str:
    """The token of a customer's link: the same in the invitation and in each reminder."""
    return derived_token("feedback360", rater.id, rater.subject_id)


def _choosing(actor: Actor, subject_id: int, relation: Group, now: datetime) -> FeedbackSubject:
    subject = policies.nominated_subject(actor, subject_id)
    cycle = subject.cycle
    check_open(cycle, now)
    own = subject.person_id == actor.person_id
    if own and cycle.nominate_until <= now:
        raise Refused("feedback_nominating_over")
    most = cycle.most.get(relation.value, 0)
    if not most:
        raise Refused("feedback_group_not_asked", field="relation")
    db.session.get(FeedbackSubject, subject.id, with_for_update=True)
    count = select(func.count()).select_from(FeedbackRater).where(
        FeedbackRater.subject_id == subject.id, FeedbackRater.relation == relation.value, FeedbackRater.state.in_(COUNTED))  # fmt: skip
    if (db.session.scalar(count) or 0) >= most:
        raise Refused("feedback_group_full", field="relation", most=most)
    return subject


def _add(actor: Actor, subject: FeedbackSubject, rater: FeedbackRater, now: datetime) -> FeedbackRater:
    others = waits(subject)
    rater.subject_id, rater.state, rater.reason, rater.answered = subject.id, State.PROPOSED.value, "", False
    db.session.add(rater)
    db.session.flush()
    if subject.person_id != actor.person_id:
        _ask(actor, [rater], now)
    elif not others:
        approvals.ask_for(subject)
    return rater


def waits(subject: FeedbackSubject) -> bool:
    """Whether anybody named for this person waits for approval."""
    return db.session.scalar(_raters(subject).where(FeedbackRater.state == State.PROPOSED.value).limit(1)) is not None


def _ask(actor: Actor, raters: list[FeedbackRater], now: datetime) -> None:
    for rater in raters:
        rater.state, rater.decided_by_id, rater.invited_on = State.APPROVED.value, actor.person_id, day_of(now)
        if rater.relation == Group.CUSTOMER:
            rater.token_hash = hash_of(token_of(rater))
    db.session.flush()
    if raters:
        jobs.promise(SYSTEM, "feedback360.tell", raters=[rater.id for rater in raters])


def _raters(subject: FeedbackSubject):  # type: ignore[no-untyped-def]
    return select(FeedbackRater).where(FeedbackRater.subject_id == subject.id).order_by(FeedbackRater.id)


def _rater(subject: FeedbackSubject, rater_id: int) -> FeedbackRater:
    rater: FeedbackRater | None = db.session.scalar(_raters(subject).where(FeedbackRater.id == rater_id))
    if rater is None:
        raise Unknown()
    return rater
