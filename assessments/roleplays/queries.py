"""What the pages of players, raters and observers show. Every list is scoped by its viewer in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Select, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from assessments.roleplays import policies
from assessments.roleplays.models import Play, Recording, RubricVersion, Scenario, ScenarioVersion
from assessments.roleplays.rating_models import (
    Anchor,
    Objection,
    PlayResult,
    Rating,
    RatingComment,
    RatingTask,
    Reason,
)
from courses.dates import day_of
from lms.authz import Actor, Permission, Role
from lms.db import db, fetch
from lms.errors import Unknown
from lms.paging import Page, paginate
from lms.people.models import Person, RoleGrant
from lms.people.scope import in_name_order, people_in_scope

CURRENT = (Scenario.id == ScenarioVersion.scenario_id) & (Scenario.version == ScenarioVersion.number)
_WHOLE = joinedload(Play.version).joinedload(ScenarioVersion.rubric)


def last_result() -> Select[int, int]:
    """Play → id of its newest result."""
    return select(PlayResult.play_id, func.max(PlayResult.id).label("id")).group_by(PlayResult.play_id)


class ScenarioRow(NamedTuple):
    version: ScenarioVersion
    plays: int
    """The viewer's own performances that were handed in."""
    best: float | None


def catalogue(actor: Actor, *, stage: str = "", difficulty: int = 0, page: int = 1) -> Page[ScenarioRow]:
    """The published scenarios, with how often the viewer has played each."""
    query = (
        select(ScenarioVersion)
        .join(Scenario, CURRENT)
        .where(Scenario.status == "published")
        .order_by(ScenarioVersion.difficulty, Scenario.code)
    )
    if stage:
        query = query.where(ScenarioVersion.stage == stage)
    if difficulty:
        query = query.where(ScenarioVersion.difficulty == difficulty)
    found = paginate(query, page, 24)
    own = _own(actor, [version.scenario_id for version in found.rows])
    rows = [ScenarioRow(version, *own.get(version.scenario_id, (0, None))) for version in found.rows]
    return Page(rows, found.number, found.size, found.total)


def _own(actor: Actor, scenario_ids: Sequence[int]) -> dict[int, tuple[int, float | None]]:
    newest = last_result().subquery()
    rows = db.session.execute(
        select(Play.scenario_id, func.count(Play.id), func.max(PlayResult.score))
        .outerjoin(newest, newest.c.play_id == Play.id)
        .outerjoin(PlayResult, PlayResult.id == newest.c.id)
        .where(
            Play.person_id == actor.person_id,
            Play.scenario_id.in_(scenario_ids),
            Play.submitted_at.is_not(None),
            Play.abandoned_at.is_(None),
        )
        .group_by(Play.scenario_id)
    )
    return {scenario_id: (n, best) for scenario_id, n, best in rows}


class OwnPlay(NamedTuple):
    play: Play
    result: PlayResult | None


def own_plays(actor: Actor, scenario_id: int, limit: int = 50) -> list[OwnPlay]:
    """The viewer's performances of a scenario, the newest first."""
    newest = last_result().subquery()
    rows = db.session.execute(
        select(Play, PlayResult)
        .outerjoin(newest, newest.c.play_id == Play.id)
        .outerjoin(PlayResult, PlayResult.id == newest.c.id)
        .where(Play.person_id == actor.person_id, Play.scenario_id == scenario_id, Play.abandoned_at.is_(None))
        .order_by(Play.id.desc())
        .limit(limit)
    )
    return [OwnPlay(play, result) for play, result in rows]


class ScenarioPage(Struct, frozen=True):
    version: ScenarioVersion
    rubric: RubricVersion
    plays: Sequence[OwnPlay]


def scenario_page(actor: Actor, scenario_id: int, version_id: int | None = None) -> ScenarioPage:
    """A published scenario, or the version that a course asks for. :raises Unknown: if it is not open."""
    query = select(ScenarioVersion).options(joinedload(ScenarioVersion.rubric))
    if version_id is None:
        query = query.join(Scenario, CURRENT).where(Scenario.id == scenario_id, Scenario.status == "published")
    else:
        query = query.where(ScenarioVersion.id == version_id, ScenarioVersion.scenario_id == scenario_id)
    version = db.session.scalar(query)
    if version is None:
        raise Unknown()
    return ScenarioPage(version, version.rubric, own_plays(actor, scenario_id))


class PlayPage(Struct, frozen=True):
    """One's own performance: takes, and with a result the ratings it rests on, the comments, the objections."""

    play: Play
    takes: Sequence[Recording]
    result: PlayResult | None
    history: Sequence[PlayResult]
    ratings: Sequence[Rating]
    comments: Sequence[RatingComment]
    objections: Sequence[Objection]
    waiting: int
    """Ratings still to come."""

    @property
    def sent(self) -> Recording | None:
        return next((take for take in self.takes if take.sent_at), None)


def play_page(actor: Actor, play_id: int) -> PlayPage:
    """A performance of one's own, or of somebody whose results one may read (without the recording, unless one is
    in its circle). What raters said is shown when the result is there. :raises Unknown: otherwise."""
    play = db.session.scalar(
        select(Play)
        .options(_WHOLE, joinedload(Play.person))
        .where(Play.id == play_id, or_(policies.results_seen(actor), policies.in_the_circle(actor)))
    )
    if play is None:
        raise Unknown()
    own = play.person_id == actor.person_id
    takes = _takes(actor, play.id)
    history = db.session.scalars(
        select(PlayResult).where(PlayResult.play_id == play.id).order_by(PlayResult.id)
    ).all()
    result = history[-1] if history else None
    if not own and result is None:
        raise Unknown()
    ratings = _ratings(result)
    waiting = db.session.scalar(
        select(func.count()).where(
            RatingTask.play_id == play.id, RatingTask.closed_at.is_(None), RatingTask.reason != Reason.ANCHOR.value
        )
    )
    objections = db.session.scalars(
        select(Objection)
        .options(joinedload(Objection.answer))
        .where(Objection.play_id == play.id)
        .order_by(Objection.id)
    ).all()
    return PlayPage(play, takes, result, history, ratings, comments_of(ratings), objections, waiting or 0)


def _takes(actor: Actor, play_id: int) -> Sequence[Recording]:
    """Those that are there and that the viewer may watch."""
    return db.session.scalars(
        select(Recording)
        .join(Play, Play.id == Recording.play_id)
        .where(
            Recording.play_id == play_id,
            Recording.erased_at.is_(None),
            policies.in_the_circle(actor),
            or_(Play.person_id == actor.person_id, Recording.sent_at.is_not(None)),
        )
        .order_by(Recording.number)
    ).all()


def _ratings(result: PlayResult | None) -> Sequence[Rating]:
    if result is None:
        return []
    return db.session.scalars(
        select(Rating)
        .options(joinedload(Rating.task).joinedload(RatingTask.rater))
        .where(Rating.id.in_(result.ratings))
        .order_by(Rating.id)
    ).all()


def comments_of(ratings: Sequence[Rating]) -> Sequence[RatingComment]:
    """What raters said about moments, in the order of the moments."""
    return db.session.scalars(
        select(RatingComment)
        .options(joinedload(RatingComment.task).joinedload(RatingTask.rater))
        .where(RatingComment.task_id.in_([each.task_id for each in ratings]), RatingComment.removed_at.is_(None))
        .order_by(RatingComment.second, RatingComment.id)
    ).all()


# Raters


_TO_RATE = (
    select(RatingTask.id)
    .where(RatingTask.rater_id == bindparam("rater_id"), RatingTask.closed_at.is_(None))
    .order_by(RatingTask.id)
    .limit(bindparam("at_most"))
)
ANY_TO_RATE = exists().where(RatingTask.rater_id == bindparam("person_id"), RatingTask.closed_at.is_(None))
"""Whether anything waits for the person's rating: asked of every rater's page of the day."""
_TASKS = (
    select(RatingTask)
    .options(
        joinedload(RatingTask.play).joinedload(Play.version),
        joinedload(RatingTask.play).joinedload(Play.person),
    )
    .where(RatingTask.id.in_(bindparam("ids", expanding=True)))
    .order_by(RatingTask.id)
)
"""Both built once: every rater's page of the day asks the first, and most have nothing to rate."""


def to_rate(actor: Actor, limit: int = 100) -> Sequence[RatingTask]:
    """What waits for the actor's rating, the oldest first."""
    ids = fetch(_TO_RATE, {"rater_id": actor.person_id, "at_most": limit}).scalars().all()
    return db.session.scalars(_TASKS, {"ids": ids}).all() if ids else []


def rated(actor: Actor, page: int = 1) -> Page[Rating]:
    """What the actor has rated, the newest first."""
    return paginate(
        select(Rating)
        .options(
            joinedload(Rating.task).joinedload(RatingTask.play).joinedload(Play.version),
            joinedload(Rating.task).joinedload(RatingTask.play).joinedload(Play.person),
        )
        .where(Rating.rater_id == actor.person_id)
        .order_by(Rating.id.desc()),
        page,
        25,
    )


class Sheet(Struct, frozen=True):
    """A rating to be given, or given: others' ratings of the same performance are there only after one's own."""

    task: RatingTask
    play: Play
    recording: Recording | None
    comments: Sequence[RatingComment]
    rating: Rating | None
    others: Sequence[Rating]
    anchor: Anchor | None
    beside: Sequence[RatingTask]
    """The other parts of the same live play, for the same observer."""


def sheet(actor: Actor, task_id: int) -> Sheet:
    """:raises Unknown: if somebody else is to rate."""
    task = db.session.scalar(
        select(RatingTask)
        .options(
            joinedload(RatingTask.play).joinedload(Play.version).joinedload(ScenarioVersion.rubric),
            joinedload(RatingTask.play).joinedload(Play.person),
        )
        .where(RatingTask.id == task_id, RatingTask.rater_id == actor.person_id)
    )
    if task is None:
        raise Unknown()
    play = task.play
    rating = db.session.scalar(select(Rating).where(Rating.task_id == task.id))
    recording = db.session.scalar(
        select(Recording).where(
            Recording.play_id == play.id, Recording.sent_at.is_not(None), Recording.erased_at.is_(None)
        )
    )
    comments = db.session.scalars(
        select(RatingComment)
        .where(RatingComment.task_id == task.id, RatingComment.removed_at.is_(None))
        .order_by(RatingComment.second, RatingComment.id)
    ).all()
    others, anchor = _after_rating(task, rating)
    return Sheet(task, play, recording, comments, rating, others, anchor, _beside(actor, play))


def _after_rating(task: RatingTask, rating: Rating | None) -> tuple[Sequence[Rating], Anchor | None]:
    if rating is None:
        return [], None
    if task.reason == Reason.ANCHOR:
        return [], db.session.scalar(select(Anchor).where(Anchor.play_id == task.play_id))
    others = db.session.scalars(
        select(Rating)
        .join(RatingTask, RatingTask.id == Rating.task_id)
        .options(joinedload(Rating.task).joinedload(RatingTask.rater))
        .where(Rating.play_id == task.play_id, Rating.id != rating.id, RatingTask.reason != Reason.ANCHOR.value)
        .order_by(Rating.id)
    ).all()
    return others, None


def _beside(actor: Actor, play: Play) -> Sequence[RatingTask]:
    if play.together is None:
        return []
    return db.session.scalars(
        select(RatingTask)
        .join(Play, Play.id == RatingTask.play_id)
        .options(joinedload(RatingTask.play).joinedload(Play.person))
        .where(Play.together == play.together, RatingTask.rater_id == actor.person_id)
        .order_by(RatingTask.id)
    ).all()


def anchors_for(actor: Actor) -> list[tuple[Anchor, Play, RatingTask | None]]:
    """Anchors the actor may be calibrated on, with their own rating of each, if any; a trainer's own ones too."""
    others = true() if actor.can(Permission.ROLEPLAY_AUTHOR) else Anchor.by_id != actor.person_id
    own = aliased(RatingTask)
    rows = db.session.execute(
        select(Anchor, Play, own)
        .join(Play, Play.id == Anchor.play_id)
        .outerjoin(own, (own.play_id == Play.id) & (own.rater_id == actor.person_id))
        .options(joinedload(Play.version))
        .where(Anchor.ended_at.is_(None), Play.person_id != actor.person_id, others)
        .order_by(Anchor.id)
        .limit(50)
    )
    return [(anchor, play, task) for anchor, play, task in rows]


def open_objections(actor: Actor) -> Sequence[Objection]:
    """Objections of people in the trainer's scope that nobody has answered."""
    scope = select(Person.id).where(people_in_scope(actor, Permission.ROLEPLAY_AUTHOR))
    return db.session.scalars(
        select(Objection)
        .join(Play, Play.id == Objection.play_id)
        .options(joinedload(Objection.play).joinedload(Play.version), joinedload(Objection.play).joinedload(Play.person))
        .where(~Objection.answer.has(), Play.person_id.in_(scope), Play.person_id != actor.person_id)
        .order_by(Objection.id)
        .limit(50)
    ).all()


# Observers


def observable(actor: Actor, limit: int = 300) -> Sequence[Person]:
    """Reps whom the actor may observe, of teams the closest to them by name."""
    return db.session.scalars(
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .options(joinedload(Person.team))
        .where(
            people_in_scope(actor, Permission.ROLEPLAY_OBSERVE),
            RoleGrant.role == Role.REP.value,
            Person.active.is_(True),
            Person.id != actor.person_id,
        )
        .order_by(Person.team_id, in_name_order())
        .limit(limit)
    ).all()


def waiting_count(actor: Actor, now: datetime) -> tuple[int, int]:
    """How many ratings wait for the actor, and for how many days the oldest has waited."""
    count, oldest = db.session.execute(
        select(func.count(), func.min(RatingTask.assigned_at)).where(
            RatingTask.rater_id == actor.person_id, RatingTask.closed_at.is_(None)
        )
    ).one()
    return count, (day_of(now) - day_of(oldest)) // timedelta(days=1) if oldest else 0
