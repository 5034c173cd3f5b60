"""Objections to a result, and anchors: recordings with a reference rating on which raters are calibrated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from assessments.roleplays import policies, rating, rubrics
from assessments.roleplays.models import Play
from assessments.roleplays.rating_models import (
    Anchor,
    Objection,
    ObjectionAnswer,
    Rating,
    RatingTask,
    Reason,
)
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown

LONGEST = 4000


def object_to(actor: Actor, play_id: int, text: str, *, now: datetime) -> Objection:
    """Say that the newest result of one's own performance is wrong, and why; once about each result.

    :raises Refused: ``objection_missing``, ``objection_once``, ``feedback_long``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    play = policies.own_play(actor, play_id)
    result = rating.latest(play.id)
    if result is None:
        raise Unknown()
    if not text.strip():
        raise Refused("objection_missing", field="text")
    if len(text) > LONGEST:
        raise Refused("feedback_long", field="text", most=LONGEST)
    if db.session.scalar(select(Objection.id).where(Objection.result_id == result.id)) is not None:
        raise Refused("objection_once")
    objection = Objection(result_id=result.id, play_id=play.id, text=text.strip(), at=now)
    db.session.add(objection)
    db.session.flush()
    audit.record(actor, "objection.raise", "play", play.id, result=result.id)
    return objection


def answer(actor: Actor, objection_id: int, decision: str, text: str, *, now: datetime) -> ObjectionAnswer:
    """Let somebody rate once more who has not rated it, or say why the result stands.

    :raises Unknown: if the person is not in the trainer's scope.
    :raises Refused: ``objection_answered``, ``objection_missing``, ``nobody_to_rate``, ``own_performance``.
    """
    require(actor, Permission.ROLEPLAY_AUTHOR)
    objection = db.session.get(Objection, objection_id)
    play = policies.judged_play(actor, objection.play_id if objection else 0)
    if objection is None:
        raise Unknown()
    if play.person_id == actor.person_id:
        raise Refused("own_performance")
    if objection.answer is not None:
        raise Refused("objection_answered")
    if not text.strip():
        raise Refused("objection_missing", field="text")
    if decision == "rerate" and rating.ask_one_more(actor, play, Reason.OBJECTION, now=now) is None:
        raise Refused("nobody_to_rate")
    said = ObjectionAnswer(
        objection_id=objection.id,
        decision="rerate" if decision == "rerate" else "stands",
        text=text.strip()[:LONGEST],
        by_id=actor.person_id,
        at=now,
    )
    objection.answer = said
    db.session.flush()
    audit.record(actor, "objection.answer", "play", play.id, decision=said.decision)
    return said


def set_anchor(actor: Actor, play_id: int, points: Mapping[str, str], why: str, *, now: datetime) -> Anchor:
    """Make a recording an anchor with the reference rating that experts agreed on.

    Only a trainer who rated it, and only where its performer allowed it.

    :raises Refused: ``anchor_not_allowed``, ``criteria_missing``, ``feedback_missing``.
    """
    require(actor, Permission.ROLEPLAY_AUTHOR)
    play = policies.judged_play(actor, play_id)
    rated = select(Rating.id).where(Rating.play_id == play.id, Rating.rater_id == actor.person_id)
    if db.session.scalar(rated) is None:
        raise Unknown()
    if not play.for_calibration or play.consent_ended_at is not None:
        raise Refused("anchor_not_allowed")
    if not why.strip():
        raise Refused("feedback_missing", field="why")
    rating.judge(play.version.rubric, points)
    anchor = db.session.scalar(select(Anchor).where(Anchor.play_id == play.id)) or Anchor(play_id=play.id)
    anchor.points = rubrics.as_written(play.version.rubric.content, points)
    anchor.why, anchor.by_id, anchor.at, anchor.ended_at = why.strip()[:LONGEST], actor.person_id, now, None
    db.session.add(anchor)
    db.session.flush()
    audit.record(actor, "anchor.set", "play", play.id)
    return anchor


def end_anchor(actor: Actor, anchor_id: int, *, now: datetime) -> Anchor:
    """It is shown to raters no more."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    anchor = db.session.get(Anchor, anchor_id)
    if anchor is None:
        raise Unknown()
    policies.judged_play(actor, anchor.play_id)
    anchor.ended_at = anchor.ended_at or now
    db.session.flush()
    audit.record(actor, "anchor.end", "play", anchor.play_id)
    return anchor


def calibrate(actor: Actor, anchor_id: int, *, now: datetime) -> RatingTask:
    """Rate an anchor oneself, to see how far one is from the reference.

    :raises Unknown: if there is no such anchor, or one performed it, or made it.
    """
    require(actor, Permission.ROLEPLAY_RATE)
    anchor = db.session.get(Anchor, anchor_id)
    if anchor is None or anchor.ended_at is not None or actor.person_id is None:
        raise Unknown()
    play = anchor.play
    if actor.person_id in (play.person_id, anchor.by_id):
        raise Unknown()
    there = db.session.scalar(
        select(RatingTask).where(RatingTask.play_id == play.id, RatingTask.rater_id == actor.person_id)
    )
    if there is None and actor.grants_for(Permission.ROLEPLAY_OBSERVE) == ():
        raise Unknown()
    return there or rating.ask(actor, play, actor.person_id, Reason.ANCHOR, now=now)


def anchor_of(play: Play) -> Anchor | None:
    return db.session.scalar(select(Anchor).where(Anchor.play_id == play.id))


