"""A calibration session: raters are asked to rate one anchor, and the trainer sees how far each was from the experts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from assessments.roleplays import policies, rating
from assessments.roleplays.assigning import Circle
from assessments.roleplays.models import Play, ScenarioVersion
from assessments.roleplays.rating_models import Anchor, Rating, RatingTask, Reason
from assessments.roleplays.trust_queries import names_of
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Person


class Compared(Struct, frozen=True):
    """One rater beside the experts: levels more (lenient) or fewer (severe) by criterion, and how far off on average."""

    rater: Person
    apart: Mapping[str, int]

    @property
    def mean(self) -> float:
        return sum(abs(each) for each in self.apart.values()) / len(self.apart)


class Session(Struct, frozen=True):
    """``waiting``: asked and not done; ``others``: who could be asked."""

    anchor: Anchor
    criteria: Sequence[Mapping[str, Any]]
    compared: Sequence[Compared]
    waiting: Sequence[Person]
    others: Sequence[Person]


def session(actor: Actor, anchor_id: int) -> Session:
    """:raises Unknown: if there is no such anchor, or its performer is not in the trainer's scope."""
    anchor = _anchor(actor, anchor_id)
    criteria = anchor.play.version.rubric.content["criteria"]
    rows = db.session.execute(
        select(RatingTask, Rating)
        .outerjoin(Rating, Rating.task_id == RatingTask.id)
        .options(joinedload(RatingTask.rater))
        .where(RatingTask.play_id == anchor.play_id, RatingTask.reason == Reason.ANCHOR.value)
        .order_by(RatingTask.id)
    ).all()
    compared = [Compared(task.rater, apart(criteria, given.points, anchor.points)) for task, given in rows if given]
    waiting = [task.rater for task, given in rows if given is None and task.closed_at is None]
    return Session(anchor, criteria, sorted(compared, key=lambda each: each.mean), waiting, _others(anchor))


def apart(criteria: Sequence[Mapping[str, Any]], given: Mapping[str, str], reference: Mapping[str, str]) -> dict[str, int]:
    """Criterion → levels above (+) or below (−) the reference."""
    found = {}
    for each in criteria:
        steps = [str(level["points"]) for level in each["levels"]]
        found[each["key"]] = steps.index(str(given[each["key"]])) - steps.index(str(reference[each["key"]]))
    return found


def _anchor(actor: Actor, anchor_id: int) -> Anchor:
    require(actor, Permission.ROLEPLAY_AUTHOR)
    anchor = db.session.scalar(
        select(Anchor)
        .options(joinedload(Anchor.play).joinedload(Play.version).joinedload(ScenarioVersion.rubric))
        .where(Anchor.id == anchor_id)
    )
    if anchor is None:
        raise Unknown()
    policies.judged_play(actor, anchor.play_id)
    return anchor


def _others(anchor: Anchor) -> list[Person]:
    """Managers and trainers who could rate the performer and have not met the recording."""
    met = {anchor.by_id, anchor.play.person_id, *rating.raters_of(anchor.play_id)}
    ids = [each.person_id for each in rating.candidates(anchor.play.person) if each.circle is not Circle.PEER]
    found = names_of([each for each in ids if each not in met])
    return sorted(found.values(), key=lambda person: person.name)


def ask(actor: Actor, anchor_id: int, person_ids: Collection[int], *, now: datetime) -> list[RatingTask]:
    """Ask people to rate the anchor; it waits among their ratings and changes nobody's result.

    :raises Refused: ``calibration_nobody`` where none of them can be asked.
    """
    require(actor, Permission.ROLEPLAY_AUTHOR)
    anchor = _anchor(actor, anchor_id)
    chosen = [person.id for person in _others(anchor) if person.id in person_ids] if anchor.ended_at is None else []
    if not chosen:
        raise Refused("calibration_nobody")
    return [rating.ask(actor, anchor.play, each, Reason.ANCHOR, now=now) for each in chosen]
