"""What a browser tells of an attempt, kept as it comes; and who looked at an attempt. The path is cheap: two questions, one row."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, insert, select

from assessments.grading.attention import read
from assessments.quizzes.integrity.models import QuizActivity
from assessments.quizzes.models import Attempt
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Unknown

MOST_EVENTS = 100
"""Of one message; what is beyond is left out."""
MOST_MESSAGES = 200
"""Of one attempt."""
AFTERWARDS = timedelta(minutes=2)
"""How long after the end what was on its way is still taken."""
_SENT = select(func.max(QuizActivity.number)).where(QuizActivity.attempt_id == bindparam("attempt_id"))
"""Asked after the attempt is locked: of two messages at once the second sees the first."""
_OWN = (
    select(Attempt.started_at, Attempt.ended_at)
    .where(Attempt.id == bindparam("attempt_id"), Attempt.person_id == bindparam("person_id"))
    .with_for_update(of=Attempt)
)
_ADD = insert(QuizActivity.__table__)  # type: ignore[arg-type]


def keep(actor: Actor, attempt_id: int, data: object, *, now: datetime) -> int:
    """Keep events of one's own attempt; how many. ``data`` is untrusted. What comes too late or beyond the limits is let go.

    :raises Unknown: if it is not the actor's attempt.
    """
    require(actor, Permission.QUIZ_ATTEMPT)
    own = db.session.execute(_OWN, {"attempt_id": attempt_id, "person_id": actor.person_id}).one_or_none()
    if own is None:
        raise Unknown()
    late = own.ended_at is not None and now > own.ended_at + AFTERWARDS
    number = (db.session.scalar(_SENT, {"attempt_id": attempt_id}) or 0) + 1
    events = [] if late or number > MOST_MESSAGES else read(data, _ms(own.started_at), _ms(now), MOST_EVENTS)
    if events:
        kept = [list(each) for each in events]
        db.session.execute(_ADD, {"attempt_id": attempt_id, "number": number, "received_at": now, "events": kept})
    return len(events)


def looked(actor: Actor, attempt_id: int) -> None:
    """Note that somebody opened the attempt of another person."""
    require(actor, Permission.QUIZ_AUTHOR)
    audit.record(actor, "attempt.look", "attempt", attempt_id)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
