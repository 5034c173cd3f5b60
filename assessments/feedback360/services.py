"""Verbs of raters: hand in, once. What an anonymous group says is let go of here: nothing leads back to the rater."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from assessments.feedback360 import anonymity, answers, authoring, nominating, policies
from assessments.feedback360.cycles import hold_open
from assessments.feedback360.models import FeedbackAnswer, FeedbackRater, State
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.links import hash_of


class Incomplete(Refused):
    """Some answers are missing or cannot be read: field → code."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("feedback_incomplete")
        self.problems = dict(problems)


def submit(actor: Actor, rater_id: int, raw: answers.Raw, *, now: datetime) -> FeedbackRater:
    """:raises Incomplete: with what has to be mended. :raises Refused: ``feedback_closed``, ``feedback_answered``."""
    require(actor, Permission.FEEDBACK_TAKE_PART)
    return _hand_in(policies.own_rater(actor, rater_id), raw, now)


def open_link(token: str, now: datetime) -> FeedbackRater:
    """The customer whom a link was sent to, while it is good. :raises Unknown: if it never was, is used up or over."""
    rater: FeedbackRater | None = db.session.scalar(select(FeedbackRater).where(FeedbackRater.token_hash == hash_of(token)))
    if rater is None or rater.answered or rater.state != State.APPROVED:
        raise Unknown()
    cycle = rater.subject.cycle
    if cycle.closed_at is not None or cycle.closes_at <= now:
        raise Unknown()
    return rater


def submit_public(token: str, raw: answers.Raw, *, now: datetime) -> FeedbackRater:
    """:raises Unknown: as :func:`open_link`. :raises Incomplete: with what has to be mended."""
    return _hand_in(open_link(token, now), raw, now)


def decline_public(token: str, reason: str, *, now: datetime) -> FeedbackRater:
    """:raises Unknown: as :func:`open_link`. :raises Refused: ``feedback_reason``."""
    return nominating.decline_as(open_link(token, now), reason, now=now)


def _hand_in(rater: FeedbackRater, raw: answers.Raw, now: datetime) -> FeedbackRater:
    hold_open(rater.subject.cycle_id, now)
    if rater.answered:
        raise Refused("feedback_answered")
    read = answers.read(authoring.asked(rater.subject.cycle.version), raw)
    if read.problems:
        raise Incomplete(read.problems)
    _mark(rater)
    db.session.add(FeedbackAnswer(
        id=secrets.token_hex(16), subject_id=rater.subject_id, relation=rater.relation,
        rater_id=rater.id if rater.relation in anonymity.NAMED else None, answers=read.kept))  # fmt: skip
    db.session.flush()
    return rater


def _mark(rater: FeedbackRater) -> None:
    """Of two at once one succeeds. :raises Refused: ``feedback_answered``."""
    act: Any = (
        update(FeedbackRater)
        .where(FeedbackRater.id == rater.id, FeedbackRater.answered.is_(False), FeedbackRater.state == State.APPROVED.value)
        .values(answered=True, token_hash=None)
    )
    done = db.session.execute(act.execution_options(synchronize_session=False))
    db.session.expire(rater)
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Refused("feedback_answered")
