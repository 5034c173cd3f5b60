"""Who may do what with which performance. Each answers in one line, or finds the row or nothing."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, select

from assessments.roleplays.models import Play, Recording
from assessments.roleplays.rating_models import Anchor, Objection, RatingTask
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Forbidden, Unknown
from lms.people.models import Person
from lms.people.scope import people_in_scope


def own_play(actor: Actor, play_id: int) -> Play:
    """:raises Unknown: if it is somebody else's."""
    play = db.session.get(Play, play_id)
    if play is None or actor.person_id is None or play.person_id != actor.person_id:
        raise Unknown()
    return play


def own_recording(actor: Actor, recording_id: int) -> Recording:
    """A take of one's own. :raises Unknown: if it is somebody else's."""
    recording = db.session.get(Recording, recording_id)
    if recording is None or actor.person_id is None or recording.play.person_id != actor.person_id:
        raise Unknown()
    return recording


def own_task(actor: Actor, task_id: int) -> RatingTask:
    """:raises Unknown: if somebody else is to rate."""
    task = db.session.get(RatingTask, task_id)
    if task is None or actor.person_id is None or task.rater_id != actor.person_id:
        raise Unknown()
    return task


def in_the_circle(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Play``: whose recording the actor may watch. The performer, those who were asked to rate it,
    and the trainers in scope who have an objection to answer. A manager who was not asked is not among them."""
    asked = exists().where(RatingTask.play_id == Play.id, RatingTask.rater_id == actor.person_id)
    conditions = [Play.person_id == actor.person_id, asked]
    if actor.can(Permission.ROLEPLAY_AUTHOR):
        objected = exists().where(Objection.play_id == Play.id)
        anchored = exists().where(Anchor.play_id == Play.id, Anchor.ended_at.is_(None))
        conditions.append(or_(objected, anchored) & _in_scope(actor, Permission.ROLEPLAY_AUTHOR))
    return or_(*conditions)


def _in_scope(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    return Play.person_id.in_(select(Person.id).where(people_in_scope(actor, permission)))


def watched_recording(actor: Actor, recording_id: int) -> Recording:
    """A recording that is there and that the actor may watch: takes that were not sent are their maker's alone.

    :raises Unknown: otherwise.
    """
    recording = db.session.scalar(
        select(Recording)
        .join(Play, Play.id == Recording.play_id)
        .where(
            Recording.id == recording_id,
            Recording.finished_at.is_not(None),
            Recording.erased_at.is_(None),
            in_the_circle(actor),
            or_(Play.person_id == actor.person_id, Recording.sent_at.is_not(None)),
        )
    )
    if recording is None or actor.person_id is None:
        raise Unknown()
    return recording


def captioned_recording(actor: Actor, recording_id: int) -> Recording:
    """A recording whose captions the actor may write: its performer, and trainers among those who may watch it.

    :raises Unknown: if they may not watch it. :raises Forbidden: if they may only watch it.
    """
    recording = watched_recording(actor, recording_id)
    if recording.play.person_id != actor.person_id and not actor.can(Permission.ROLEPLAY_AUTHOR):
        raise Forbidden()
    return recording


def results_seen(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Play``: whose results the actor may read, one's own among them."""
    own = Play.person_id == actor.person_id
    return or_(own, _in_scope(actor, Permission.ROLEPLAY_PROGRESS_READ))


def judged_play(actor: Actor, play_id: int) -> Play:
    """A performance of somebody in the actor's scope as a trainer. :raises Unknown: otherwise."""
    play = db.session.scalar(
        select(Play).where(Play.id == play_id, _in_scope(actor, Permission.ROLEPLAY_AUTHOR))
    )
    if play is None or not actor.can(Permission.ROLEPLAY_AUTHOR):
        raise Unknown()
    return play
