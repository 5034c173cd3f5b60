"""The words of a talk: read them in their order, and let them go when their time or the consent is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from assessments.roleplays.conversations.models import ConversationTurn, ScoreProposal
from assessments.roleplays.conversations.prompt import Said
from assessments.roleplays.models import Play
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db


def turns(play_id: int) -> Sequence[ConversationTurn]:
    return db.session.scalars(
        select(ConversationTurn).where(ConversationTurn.play_id == play_id).order_by(ConversationTurn.number)
    ).all()


def said(rows: Sequence[ConversationTurn]) -> list[Said]:
    return [Said(row.number, row.text) for row in rows]


def erase(actor: Actor, play_id: int) -> int:
    """Delete the turns and every quotation of them; how many turns there were. What was rated stays."""
    gone = db.session.scalars(
        delete(ConversationTurn).where(ConversationTurn.play_id == play_id).returning(ConversationTurn.id)
    ).all()
    if gone:
        db.session.execute(update(ScoreProposal).where(ScoreProposal.play_id == play_id).values(evidence=[]))
        audit.record(actor, "conversation.erase", "play", play_id, turns=len(gone))
    return len(gone)


def erase_overdue(actor: Actor, *, now: datetime, most: int = 200) -> int:
    """Erase the talks that have been kept long enough; how many."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    kept = select(ConversationTurn.play_id)
    overdue = select(Play.id).where(Play.delete_after < now.date(), Play.id.in_(kept)).order_by(Play.id).limit(most)
    return sum(erase(actor, play_id) > 0 for play_id in db.session.scalars(overdue).all())
