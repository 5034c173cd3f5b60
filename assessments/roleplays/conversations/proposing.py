"""Scores that a language model proposes: asked for after a talk is handed in, read against the frozen rubric, kept beside.

A proposal is never a rating. It changes no result, is no part of anybody's agreement, and the learner does not see it.
"""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from msgspec.structs import asdict
from sqlalchemy import select

from assessments.roleplays.conversations import client, prompt, proposal, transcripts
from assessments.roleplays.conversations.endpoint import BEFORE, OFF, Endpoint, endpoint
from assessments.roleplays.conversations.models import ScoreProposal
from assessments.roleplays.conversations.prompt import Said
from assessments.roleplays.conversations.proposal import NotUsable, Proposed
from assessments.roleplays.conversations.protocol import ModelFailure, clean
from assessments.roleplays.models import Play, RubricVersion, Way
from lms import audit, jobs
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import db, transaction

KIND = "conversations.propose"
MOST_TOKENS = 3000


def promise(actor: Actor, play: Play, language: str) -> None:
    """Ask for a proposal later, where a model is set and proposals are wanted."""
    where = endpoint(current_app.config)
    if where is not None and where.proposals != OFF:
        jobs.promise(actor, KIND, play=play.id, language=language)


def ask(play_id: int, language: str, *, now: datetime) -> ScoreProposal | None:
    """Ask the model once; what comes is kept, or why it could not be used. None where there is nothing to ask.

    The model is asked outside a transaction: it may take long.
    """
    where = endpoint(current_app.config)
    play = db.session.get(Play, play_id)
    said = transcripts.said(transcripts.turns(play_id))
    if where is None or where.proposals == OFF or play is None or play.way != Way.CONVERSATION or not said:
        return None
    rubric = play.version.rubric
    db.session.rollback()
    found, refused = _answer(where, rubric, said, language)
    with transaction():
        return keep(SYSTEM, play_id, rubric, where, found, refused, now=now)


def _answer(where: Endpoint, rubric: RubricVersion, said: list[Said], language: str) -> tuple[Proposed | None, str | None]:
    asked = prompt.proposal(rubric.content, language, said)
    try:
        words = clean("".join(client.ask(where, asked, most_tokens=MOST_TOKENS)))
        return proposal.read(words, rubric.content, said), None
    except (ModelFailure, NotUsable) as wrong:
        return None, wrong.code


def keep(
    actor: Actor,
    play_id: int,
    rubric: RubricVersion,
    where: Endpoint,
    found: Proposed | None,
    refused: str | None,
    *,
    now: datetime,
) -> ScoreProposal:
    """One row for every answer, used or not. A talk erased meanwhile keeps no quotation."""
    require(actor, Permission.ROLEPLAY_RATE)
    there = bool(transcripts.turns(play_id))
    row = ScoreProposal(
        play_id=play_id,
        rubric_version_id=rubric.id,
        model=where.name,
        points=found.points if found else None,
        evidence=[asdict(each) for each in found.evidence] if found and there else [],
        refused=refused,
        shown_first=where.proposals == BEFORE,
        at=now,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "conversation.proposal", "play", play_id, used=found is not None)
    return row


def newest(play_id: int) -> ScoreProposal | None:
    return db.session.scalar(
        select(ScoreProposal).where(ScoreProposal.play_id == play_id).order_by(ScoreProposal.id.desc()).limit(1)
    )
