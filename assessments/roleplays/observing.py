"""Live, observed: an observer takes down who plays which part, and rates each on the same sheet as a recording."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from assessments.roleplays import rating, scenarios, services
from assessments.roleplays.models import Play, RolePlay, Way
from assessments.roleplays.rating_models import RatingTask, Reason
from courses.models import Completion, Enrolment, ModuleVersion
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.scope import person_in_scope


def begin(
    actor: Actor, scenario_id: int, players: Mapping[str, int], *, now: datetime
) -> list[RatingTask]:
    """A live play: ``players`` part → person; the one key ``""`` where the scenario has no parts.

    A performance counts in the course that asks its player for this scenario.

    :raises Unknown: if one of the people is out of the observer's scope.
    :raises Refused: ``scenario_not_open``, ``way_not_offered``, ``observed_nobody``, ``observed_twice``, ``own_performance``.
    """
    require(actor, Permission.ROLEPLAY_OBSERVE)
    if actor.person_id is None:
        raise Unknown()
    version = scenarios.current(scenario_id)
    if version is None:
        raise Refused("scenario_not_open")
    if not version.content["live"]:
        raise Refused("way_not_offered")
    parts = version.content["parts"] or {"": {}}
    chosen = {part: person for part, person in players.items() if part in parts and person}
    if not chosen:
        raise Refused("observed_nobody")
    if len(set(chosen.values())) < len(chosen):
        raise Refused("observed_twice")
    together = secrets.token_hex(8) if len(chosen) > 1 else None
    tasks = []
    for part, person_id in chosen.items():
        if person_id == actor.person_id:
            raise Refused("own_performance")
        person = person_in_scope(actor, Permission.ROLEPLAY_OBSERVE, person_id)
        play = services.new_play(version, person.id, Way.LIVE, part or None, now)
        play.submitted_at, play.observer_id, play.together = now, actor.person_id, together
        play.enrolment_id, play.module_id = _asked_by(person.id, scenario_id)
        db.session.add(play)
        db.session.flush()
        audit.record(actor, "play.start", "play", play.id, way="live", part=part)
        tasks.append(rating.ask(actor, play, actor.person_id, Reason.OBSERVER, now=now))
    return tasks


def _asked_by(person_id: int, scenario_id: int) -> tuple[int | None, int | None]:
    """The person's open enrolment and module that ask for this scenario, if any."""
    row = db.session.execute(
        select(Enrolment.id, ModuleVersion.module_id)
        .join(ModuleVersion, ModuleVersion.course_version_id == Enrolment.version_id)
        .join(RolePlay, RolePlay.module_id == ModuleVersion.module_id)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(
            Enrolment.person_id == person_id,
            Enrolment.withdrawn_at.is_(None),
            Completion.id.is_(None),
            ModuleVersion.kind == "roleplay",
            RolePlay.scenario_id == scenario_id,
        )
        .order_by(Enrolment.id.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else (None, None)


def cancel(actor: Actor, task_id: int, *, now: datetime) -> Play:
    """It was not played after all: the observer takes it back before rating."""
    require(actor, Permission.ROLEPLAY_OBSERVE)
    task = db.session.get(RatingTask, task_id)
    if task is None or task.rater_id != actor.person_id or task.reason != Reason.OBSERVER:
        raise Unknown()
    if task.closed_at is not None:
        raise Refused("already_rated")
    task.closed_at = task.play.abandoned_at = now
    db.session.flush()
    audit.record(actor, "play.abandon", "play", task.play_id)
    return task.play
