"""Talking with a customer whom a language model plays: begin, say something, keep the answer, hand in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from werkzeug.exceptions import TooManyRequests

from assessments.roleplays import policies, rating
from assessments.roleplays import services as roleplays
from assessments.roleplays.conversations import client, prompt, proposing, protocol, transcripts
from assessments.roleplays.conversations.endpoint import Endpoint, endpoint
from assessments.roleplays.conversations.models import ConversationTurn
from assessments.roleplays.conversations.prompt import Message
from assessments.roleplays.conversations.protocol import ModelFailure
from assessments.roleplays.models import Play, Way
from courses.dates import day_of
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people import limits

LONGEST_TURN = 2000
LONGEST_ANSWER = 3000
"""Letters that one may say at once, and that the customer is listened to."""
MOST_TURNS = 40
"""Of the rep, in one talk."""
MOST_A_DAY = 200
"""Of one rep in 24 hours: what somebody can spend of what the model costs."""
MOST_TOKENS = 800
QUESTIONS = ("10 per minute", "200 per day")
"""To the model by one person, those that failed among them."""
LONGEST_QUESTION = 300
"""Seconds after which a question that never ended keeps nobody from asking again."""


def place() -> Endpoint:
    """The configured endpoint. :raises Refused: ``conversation_off`` where none is set."""
    found = endpoint(current_app.config)
    if found is None:
        raise Refused("conversation_off")
    return found


def endpoint_set() -> bool:
    """Whether a customer can be played by a model here at all."""
    return endpoint(current_app.config) is not None


def start(
    actor: Actor,
    scenario_id: int,
    *,
    consent: Callable[[dict[str, Any]], str] | None,
    part: str | None,
    enrolment_id: int | None = None,
    module_id: int | None = None,
    now: datetime,
) -> Play:
    """Begin a talk, or go on with the performance that is open.

    :raises Refused: ``conversation_off``, and as :func:`assessments.roleplays.services.start`.
    """
    place()
    return roleplays.start(
        actor,
        scenario_id,
        consent=consent,
        for_calibration=False,
        part=part,
        enrolment_id=enrolment_id,
        module_id=module_id,
        way=Way.CONVERSATION,
        now=now,
    )


def own(actor: Actor, play_id: int) -> Play:
    """A talk of one's own. :raises Unknown: otherwise."""
    require(actor, Permission.ROLEPLAY_PRACTISE)
    play = policies.own_play(actor, play_id)
    if play.way != Way.CONVERSATION:
        raise Unknown()
    return play


def _open(actor: Actor, play_id: int) -> Play:
    """One's own talk, locked. :raises Refused: ``play_closed``."""
    play = own(actor, play_id)
    db.session.execute(select(Play.id).where(Play.id == play_id).with_for_update())
    db.session.refresh(play)
    if play.submitted_at is not None or play.abandoned_at is not None:
        raise Refused("play_closed")
    return play


def say(actor: Actor, play_id: int, number: int, text: str, *, now: datetime) -> ConversationTurn:
    """Keep what the rep says as the turn ``number`` (odd). The same words sent twice are one turn.

    :raises Refused: ``play_closed``, ``turn_empty``, ``turn_long``, ``turn_taken`` (something else was said there, or
        the customer has not answered yet), ``talk_full``, ``talk_day_full``, ``conversation_off``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    place()
    play = _open(actor, play_id)
    words = protocol.clean(text.replace("\r\n", "\n")).strip()
    if not words:
        raise Refused("turn_empty", field="text")
    if len(words) > LONGEST_TURN:
        raise Refused("turn_long", field="text", most=LONGEST_TURN)
    there = transcripts.turns(play.id)
    if 1 <= number <= len(there) and there[number - 1].text == words:
        return there[number - 1]
    if number != len(there) + 1 or number % 2 == 0:
        raise Refused("turn_taken")
    if number > 2 * MOST_TURNS:
        raise Refused("talk_full", most=MOST_TURNS)
    if _said_since(actor, now - timedelta(days=1)) >= MOST_A_DAY:
        raise Refused("talk_day_full", most=MOST_A_DAY)
    return _kept(play, number, words, None, now)


def _said_since(actor: Actor, since: datetime) -> int:
    query = select(func.count(ConversationTurn.id)).join(Play, Play.id == ConversationTurn.play_id)
    mine = query.where(Play.person_id == actor.person_id, ConversationTurn.at >= since, ConversationTurn.model.is_(None))
    return db.session.scalar(mine) or 0


def _kept(play: Play, number: int, text: str, model: str | None, now: datetime) -> ConversationTurn:
    row = ConversationTurn(play_id=play.id, number=number, text=text, model=model, at=now)
    db.session.add(row)
    db.session.flush()
    return row


def answered(actor: Actor, play_id: int) -> ConversationTurn | None:
    """The customer's answer to what the rep said last, if it is there already."""
    there = transcripts.turns(own(actor, play_id).id)
    return there[-1] if there and len(there) % 2 == 0 else None


def question(actor: Actor, play_id: int, language: str) -> tuple[int, list[Message]]:
    """What the model is to be asked now, and the number that its answer will have.

    :raises Refused: ``play_closed``, ``nothing_to_answer`` when the rep has not said anything new.
    """
    play = own(actor, play_id)
    if play.submitted_at is not None or play.abandoned_at is not None:
        raise Refused("play_closed")
    there = transcripts.said(transcripts.turns(play.id))
    if len(there) % 2 == 0:
        raise Refused("nothing_to_answer")
    return len(there) + 1, prompt.customer(play.version.content, play.part, language, there)


@contextmanager
def asking(actor: Actor, play_id: int) -> Iterator[None]:
    """One question to the model for this talk, counted for the person whether or not an answer comes.

    :raises Refused: ``model_asked_already``, ``model_asked_often``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    with ExitStack() as held:
        try:
            held.enter_context(limits.alone(f"talk:{play_id}", LONGEST_QUESTION))
        except TooManyRequests:
            raise Refused("model_asked_already") from None
        try:
            for allowance in QUESTIONS:
                limits.spend(f"talk-questions:{actor.person_id}", allowance)
        except TooManyRequests:
            raise Refused("model_asked_often") from None
        yield


def listen(asked: list[Message]) -> Iterator[str]:
    """What the customer says, piece by piece, up to a length. No connection of the database is held meanwhile.

    :raises ModelFailure: as :func:`client.ask`; ``model_silent`` when nothing was said.
    """
    room, heard = LONGEST_ANSWER, False
    for piece in client.ask(place(), asked, most_tokens=MOST_TOKENS):
        words = protocol.clean(piece)[:room]
        room -= len(words)
        heard = heard or bool(words.strip())
        yield words
        if not room:
            break
    if not heard:
        raise ModelFailure("model_silent")


def keep_answer(actor: Actor, play_id: int, number: int, text: str, *, now: datetime) -> ConversationTurn:
    """Keep what the customer said. Of two answers to the same turn the first is kept.

    :raises Refused: ``play_closed``, ``nothing_to_answer``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    play = _open(actor, play_id)
    there = transcripts.turns(play.id)
    if 1 < number <= len(there) and number % 2 == 0:
        return there[number - 1]
    if number != len(there) + 1 or number % 2:
        raise Refused("nothing_to_answer")
    return _kept(play, number, text.strip(), place().name, now)


def hand_in(actor: Actor, play_id: int, language: str, *, now: datetime, rng: Random | None = None) -> Play:
    """End the talk: raters are asked by the scenario's rule, and the model for a proposal where that is set.

    :raises Refused: ``play_closed``, ``talk_short`` before the customer has said anything.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    play = own(actor, play_id)
    if play.submitted_at is not None:
        return play
    play = _open(actor, play_id)
    if len(transcripts.turns(play.id)) < 2:
        raise Refused("talk_short")
    play.submitted_at = now
    play.delete_after = day_of(now) + timedelta(days=play.version.content["retention_days"])
    db.session.flush()
    audit.record(actor, "play.submit", "play", play.id, way=play.way)
    rating.assign(actor, play, now=now, rng=rng or SystemRandom())
    proposing.promise(actor, play, language)
    return play
