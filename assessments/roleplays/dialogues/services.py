"""Playing a dialogue: begin, take one choice after another, and the result with the last of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, undefer

from assessments.roleplays.dialogues import authoring, story
from assessments.roleplays.dialogues.models import DialoguePlay, DialogueStep, DialogueVersion
from assessments.roleplays.dialogues.story import NoSuchChoice, Place, Story
from courses import queries as course_queries
from courses import services as courses
from courses.completion import Outcome
from courses.models import ModuleVersion
from lms import audit
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Person


def start(
    actor: Actor, dialogue_id: int, enrolment_id: int | None = None, module_id: int | None = None, *, now: datetime
) -> DialoguePlay:
    """Begin, or go on with the walk that is open in the same place: a double click is one walk.

    :raises Unknown: if the actor has no such module. :raises Refused: ``dialogue_not_open``, ``plays_used_up``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    if actor.person_id is None:
        raise Unknown()
    db.session.execute(select(Person.id).where(Person.id == actor.person_id).with_for_update())
    version, attempts = _offered(actor, dialogue_id, enrolment_id, module_id)
    there = _walks(actor.person_id, dialogue_id, enrolment_id, module_id)
    unfinished = next((play for play in there if play.ended_at is None), None)
    if unfinished is not None:
        return unfinished
    if attempts is not None and len(there) >= attempts:
        raise Refused("plays_used_up")
    play = DialoguePlay(
        dialogue_id=dialogue_id,
        version_id=version.id,
        person_id=actor.person_id,
        enrolment_id=enrolment_id,
        module_id=module_id,
        number=_last_number(actor.person_id, dialogue_id) + 1,
        started_at=now,
    )
    db.session.add(play)
    db.session.flush()
    audit.record(actor, "dialogue_play.start", "dialogue_play", play.id, number=play.number)
    return play


def _offered(
    actor: Actor, dialogue_id: int, enrolment_id: int | None, module_id: int | None
) -> tuple[DialogueVersion, int | None]:
    if enrolment_id is None or module_id is None:
        version = authoring.current(dialogue_id)
        if version is None:
            raise Refused("dialogue_not_open")
        return version, None
    content = module_content(actor, enrolment_id, module_id)
    frozen = db.session.get(DialogueVersion, content["version"])
    if frozen is None or frozen.dialogue_id != dialogue_id:
        raise Unknown()
    return frozen, content["attempts"]


def module_content(actor: Actor, enrolment_id: int, module_id: int) -> dict[str, Any]:
    """What the module of the actor's own enrolment froze: ``{"dialogue", "version", "attempts"}``.

    :raises Unknown: if there is none, or it is not a dialogue.
    """
    learning = course_queries.learning(actor, enrolment_id, module_id)
    frozen = db.session.scalar(
        select(ModuleVersion).options(undefer(ModuleVersion.content)).where(ModuleVersion.id == learning.module.id)
    ) if learning.module else None
    if frozen is None or frozen.kind != "roleplay" or frozen.content.get("dialogue") is None:
        raise Unknown()
    return dict(frozen.content)


def _walks(
    person_id: int, dialogue_id: int, enrolment_id: int | None, module_id: int | None
) -> Sequence[DialoguePlay]:
    return db.session.scalars(
        select(DialoguePlay)
        .where(
            DialoguePlay.person_id == person_id,
            DialoguePlay.dialogue_id == dialogue_id,
            DialoguePlay.enrolment_id == enrolment_id,
            DialoguePlay.module_id == module_id,
        )
        .order_by(DialoguePlay.id.desc())
    ).all()


def _last_number(person_id: int, dialogue_id: int) -> int:
    query = select(func.max(DialoguePlay.number)).where(
        DialoguePlay.person_id == person_id, DialoguePlay.dialogue_id == dialogue_id
    )
    return db.session.scalar(query) or 0


def own(actor: Actor, play_id: int) -> DialoguePlay:
    """:raises Unknown: if it is somebody else's."""
    play = db.session.scalar(
        select(DialoguePlay)
        .options(joinedload(DialoguePlay.version))
        .where(DialoguePlay.id == play_id, DialoguePlay.person_id == actor.person_id)
    )
    if play is None or actor.person_id is None:
        raise Unknown()
    return play


def steps_of(play_id: int) -> Sequence[DialogueStep]:
    return db.session.scalars(
        select(DialogueStep).where(DialogueStep.play_id == play_id).order_by(DialogueStep.number)
    ).all()


def take(actor: Actor, play_id: int, number: int, choice: int, *, now: datetime) -> DialoguePlay:
    """Take a choice as the ``number``-th step (from 1). The same step sent twice is one step.

    :raises Refused: ``step_taken`` (elsewhere, or otherwise), ``choice_not_open``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    play = own(actor, play_id)
    db.session.execute(select(DialoguePlay.id).where(DialoguePlay.id == play_id).with_for_update())
    db.session.refresh(play)
    steps = steps_of(play_id)
    if 1 <= number <= len(steps) and steps[number - 1].choice == choice:
        return play
    if play.ended_at is not None or number != len(steps) + 1:
        raise Refused("step_taken")
    found = story.from_json(play.version.content)
    place = story.walk(found, [step.choice for step in steps])
    try:
        after = story.step(found, place, choice)
    except NoSuchChoice:
        raise Refused("choice_not_open") from None
    db.session.add(DialogueStep(play_id=play.id, number=number, passage=place.passage, choice=choice, at=now))
    db.session.flush()
    if story.ended(found, after):
        _finish(play, found, after, now)
    return play


def _finish(play: DialoguePlay, found: Story, place: Place, now: datetime) -> None:
    """The result by the frozen version; the course has it in the same transaction."""
    verdict = story.judge(found, place, Fraction(play.version.best))
    play.exact, play.score = str(verdict.share), float(verdict.share)
    play.passed, play.blocked, play.ended_at = verdict.passed, verdict.blocked, now
    db.session.flush()
    audit.record(SYSTEM, "dialogue_play.result", "dialogue_play", play.id, passed=verdict.passed)
    if play.enrolment_id is not None and play.module_id is not None:
        outcome = Outcome(verdict.passed, play.score, now, f"dialogue:{play.id}")
        courses.record_outcome(SYSTEM, play.enrolment_id, play.module_id, outcome, now=now)
