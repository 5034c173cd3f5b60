"""Practising: begin a performance with consent, send a take, leave it, take consent back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from assessments.roleplays import policies, rating, scenarios, uploads
from assessments.roleplays.conversations import transcripts
from assessments.roleplays.models import Play, Recording, ScenarioVersion, Way
from assessments.roleplays.rating_models import Anchor, RatingTask
from courses import queries as course_queries
from courses.dates import day_of
from courses.models import ModuleVersion
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Person


def start(
    actor: Actor,
    scenario_id: int,
    *,
    consent: Callable[[dict[str, Any]], str] | None,
    for_calibration: bool,
    part: str | None,
    enrolment_id: int | None = None,
    module_id: int | None = None,
    way: Way = Way.RECORDED,
    now: datetime,
) -> Play:
    """Begin a performance of one's own, or go on with the one that is open: a double click is one performance.

    ``consent``: words the scenario's content into what was agreed to, of which the hash is kept; None: no consent.

    :raises Unknown: if there is no such scenario, or no such module of the actor's own enrolment.
    :raises Refused: ``consent_missing``, ``part_missing``, ``way_not_offered``, ``plays_used_up``, ``scenario_not_open``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    if actor.person_id is None:
        raise Unknown()
    db.session.execute(select(Person.id).where(Person.id == actor.person_id).with_for_update())
    there = open_play(actor, scenario_id)
    if there is not None:
        return there
    version, attempts = offered(actor, scenario_id, enrolment_id, module_id)
    content = version.content
    if not content.get(way.value, False):
        raise Refused("way_not_offered")
    if consent is None:
        raise Refused("consent_missing", field="consent")
    play = new_play(version, actor.person_id, way, part, now)
    if attempts is not None and _tries(actor.person_id, enrolment_id, module_id) >= attempts:
        raise Refused("plays_used_up")
    play.enrolment_id, play.module_id = enrolment_id, module_id
    play.takes = content["takes"] if way is Way.RECORDED else 1
    play.consent_at, play.for_calibration = now, for_calibration
    play.consent_hash = hashlib.sha256(consent(content).encode()).hexdigest()
    play.delete_after = day_of(now) + timedelta(days=content["retention_days"])
    db.session.add(play)
    db.session.flush()
    audit.record(actor, "play.start", "play", play.id, number=play.number, for_calibration=for_calibration)
    return play


def open_play(actor: Actor, scenario_id: int) -> Play | None:
    """The performance that the actor has begun and not yet sent."""
    return db.session.scalar(
        select(Play).where(
            Play.person_id == actor.person_id,
            Play.scenario_id == scenario_id,
            Play.submitted_at.is_(None),
            Play.abandoned_at.is_(None),
        )
    )


def offered(
    actor: Actor, scenario_id: int, enrolment_id: int | None, module_id: int | None
) -> tuple[ScenarioVersion, int | None]:
    """The version to play and how often one may: of the module as it was published, or of the open catalogue."""
    if enrolment_id is None or module_id is None:
        version = scenarios.current(scenario_id)
        if version is None:
            raise Refused("scenario_not_open")
        return version, None
    content = module_content(actor, enrolment_id, module_id)
    frozen = db.session.get(ScenarioVersion, content["version"]) if content.get("scenario") else None
    if frozen is None or frozen.scenario_id != scenario_id:
        raise Unknown()
    return frozen, content["attempts"]


def module_content(actor: Actor, enrolment_id: int, module_id: int) -> dict[str, Any]:
    """What the module of the actor's own enrolment froze: ``{"scenario" or "dialogue", "version",
    "attempts"}``. :raises Unknown: otherwise."""
    learning = course_queries.learning(actor, enrolment_id, module_id)
    module = learning.module
    content = db.session.scalar(
        select(ModuleVersion).options(undefer(ModuleVersion.content)).where(ModuleVersion.id == module.id)
    ) if module else None
    if content is None or content.kind != "roleplay":
        raise Unknown()
    return dict(content.content)


def _tries(person_id: int, enrolment_id: int | None, module_id: int | None) -> int:
    return db.session.scalar(
        select(func.count()).where(
            Play.person_id == person_id,
            Play.enrolment_id == enrolment_id,
            Play.module_id == module_id,
            Play.abandoned_at.is_(None),
        )
    ) or 0


def new_play(version: ScenarioVersion, person_id: int, way: Way, part: str | None, now: datetime) -> Play:
    """The person's next performance of the scenario, not yet added. :raises Refused: ``part_missing``."""
    parts = version.content["parts"]
    if parts and part not in parts:
        raise Refused("part_missing", field="part")
    last = db.session.scalar(
        select(func.max(Play.number)).where(
            Play.person_id == person_id, Play.scenario_id == version.scenario_id
        )
    )
    return Play(
        scenario_id=version.scenario_id,
        version_id=version.id,
        person_id=person_id,
        way=way.value,
        part=part if parts else None,
        number=(last or 0) + 1,
        takes=1,
        started_at=now,
        for_calibration=False,
    )


def submit(
    actor: Actor, play_id: int, recording_id: int, *, now: datetime, rng: Random | None = None
) -> Play:
    """Send a take to the raters; the other takes are erased.

    :raises Refused: ``play_closed``, ``no_take_to_send``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    play = policies.own_play(actor, play_id)
    db.session.execute(select(Play.id).where(Play.id == play_id).with_for_update())
    db.session.refresh(play)
    if play.submitted_at is not None:
        return play
    if play.abandoned_at is not None:
        raise Refused("play_closed")
    recording = db.session.get(Recording, recording_id)
    if recording is None or recording.play_id != play.id or not recording.finished_at or recording.erased_at:
        raise Refused("no_take_to_send")
    recording.sent_at = play.submitted_at = now
    play.delete_after = day_of(now) + timedelta(days=play.version.content["retention_days"])
    db.session.flush()
    uploads.erase_all_of(actor, play, now=now, but=recording.id)
    audit.record(actor, "play.submit", "play", play.id, recording=recording.id)
    rating.assign(actor, play, now=now, rng=rng or SystemRandom())
    return play


def abandon(actor: Actor, play_id: int, *, now: datetime) -> Play:
    """Throw away a performance that was not sent, with all that was recorded or written. It does not count."""
    require(actor, Permission.ROLEPLAY_PRACTISE)
    play = policies.own_play(actor, play_id)
    if play.submitted_at is not None:
        raise Refused("play_closed")
    if play.abandoned_at is None:
        play.abandoned_at = now
        db.session.flush()
        _erase(actor, play, now)
        audit.record(actor, "play.abandon", "play", play.id)
    return play


def _erase(actor: Actor, play: Play, now: datetime) -> None:
    uploads.erase_all_of(actor, play, now=now)
    transcripts.erase(actor, play.id)


def end_consent(actor: Actor, play_id: int, *, now: datetime) -> Play:
    """Take consent back: recording and transcript are erased at once, open ratings end, and it is no anchor any more.

    What was rated before stays: it says nothing that needs the recording.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    play = policies.own_play(actor, play_id)
    if play.consent_ended_at is not None or play.consent_at is None:
        return play
    play.consent_ended_at, play.for_calibration = now, False
    if play.submitted_at is None and play.abandoned_at is None:
        play.abandoned_at = now
    for task in db.session.scalars(
        select(RatingTask).where(RatingTask.play_id == play.id, RatingTask.closed_at.is_(None))
    ):
        task.closed_at = now
    for anchor in db.session.scalars(select(Anchor).where(Anchor.play_id == play.id, Anchor.ended_at.is_(None))):
        anchor.ended_at = now
    db.session.flush()
    _erase(actor, play, now)
    audit.record(actor, "play.consent_end", "play", play.id)
    return play
