"""Rating: who is asked, the judgement, the comments at a moment, the result that the frozen rubric decides from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from random import Random, SystemRandom
from typing import Any

from sqlalchemy import and_, func, literal, or_, select

from assessments.grading import rubric as scale
from assessments.grading.rubric import RubricInvalid, RubricScore
from assessments.roleplays import assigning, policies, rubrics, scoring
from assessments.roleplays.assigning import Candidate, Circle
from assessments.roleplays.models import Play, RubricVersion
from assessments.roleplays.rating_models import (
    Anchor,
    PlayResult,
    Rating,
    RatingComment,
    RatingTask,
    Reason,
)
from assessments.roleplays.scenario import rule_of
from assessments.roleplays.scoring import Settled
from courses import services as courses
from courses.completion import Outcome
from lms import audit
from lms.authz import SYSTEM, Actor, Permission, Role, ScopeKind, require
from lms.db import db
from lms.errors import Refused
from lms.people.models import Person, RoleGrant, Team
from lms.values import NotEstimable

LONGEST = 4000


def exact(version: RubricVersion) -> scale.Rubric:
    """The frozen rubric as a scale."""
    return rubrics.exact(version.title, version.content)


# Who rates


def candidates(person: Person) -> list[Candidate]:
    """Managers above the person (nearest first), trainers, and reps of the same team, with their open ratings."""
    path = person.team.path if person.team else "/"
    load = (
        select(RatingTask.rater_id, func.count().label("n"))
        .where(RatingTask.closed_at.is_(None))
        .group_by(RatingTask.rater_id)
        .subquery()
    )
    above = or_(RoleGrant.scope == ScopeKind.COMPANY.value, literal(path).startswith(Team.path))
    rows = db.session.execute(
        select(Person.id, RoleGrant.role, Team.path, func.coalesce(load.c.n, 0))
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .outerjoin(Team, Team.id == RoleGrant.team_id)
        .outerjoin(load, load.c.rater_id == Person.id)
        .where(
            Person.active.is_(True),
            or_(
                and_(RoleGrant.role.in_([Role.MANAGER.value, Role.TRAINER.value]), above),
                and_(RoleGrant.role == Role.REP.value, Person.team_id == person.team_id),
            ),
        )
        .order_by(Person.id)
    )
    circles = {Role.MANAGER: Circle.MANAGER, Role.TRAINER: Circle.TRAINER, Role.REP: Circle.PEER}
    return [
        Candidate(id_, circles[Role(role)], max(0, len(path) - len(team or "")) if role == Role.MANAGER else 0, n)
        for id_, role, team, n in rows
    ]


def assign(actor: Actor, play: Play, *, now: datetime, rng: Random) -> list[RatingTask]:
    """Ask the raters that the scenario's rule names; a random share is rated once more; anchors come between."""
    rule = rule_of(play.version.content)
    chosen, drawn = assigning.first_raters(candidates(play.person), rule, play.person_id, rng)
    planned = rule.manager + rule.trainer + rule.peer
    tasks = []
    for at, (person_id, _circle) in enumerate(chosen):
        doubled = drawn and at == len(chosen) - 1 and len(chosen) > planned
        tasks.append(ask(actor, play, person_id, Reason.DOUBLED if doubled else Reason.RULE, now=now))
        if rng.random() < rule.anchors:
            mix_in_anchor(actor, play, person_id, now=now)
    return tasks


def ask(actor: Actor, play: Play, rater_id: int, reason: Reason, *, now: datetime) -> RatingTask:
    """:raises Refused: ``own_performance``."""
    if rater_id == play.person_id:
        raise Refused("own_performance")
    task = RatingTask(
        play_id=play.id, person_id=play.person_id, rater_id=rater_id, reason=reason.value, assigned_at=now
    )
    db.session.add(task)
    db.session.flush()
    audit.record(actor, "rating.assign", "play", play.id, rater=rater_id, reason=reason.value)
    return task


def mix_in_anchor(actor: Actor, play: Play, rater_id: int, *, now: datetime) -> RatingTask | None:
    """An anchor under the same rubric that the rater has not met and did not perform, as one more rating."""
    met = select(RatingTask.play_id).where(RatingTask.rater_id == rater_id)
    found = db.session.scalar(
        select(Play)
        .join(Anchor, Anchor.play_id == Play.id)
        .where(
            Anchor.ended_at.is_(None),
            Play.version_id == play.version_id,
            Play.id.not_in(met),
            Play.id != play.id,
            Play.person_id != rater_id,
        )
        .order_by(Anchor.id)
        .limit(1)
    )
    return ask(actor, found, rater_id, Reason.ANCHOR, now=now) if found else None


# The judgement


def submit(
    actor: Actor,
    task_id: int,
    points: Mapping[str, str],
    best: str,
    change: str,
    client_key: str,
    given_at: datetime | None = None,
    *,
    now: datetime,
) -> Rating:
    """Rate. The same sheet sent twice (same ``client_key``) is kept once.

    :raises Unknown: if somebody else is to rate.
    :raises Refused: ``already_rated``, ``rating_closed``, ``criteria_missing``, ``no_such_level``,
        ``feedback_missing``, ``feedback_long``, ``rating_key``.
    """
    require(actor, Permission.ROLEPLAY_RATE)
    task = policies.own_task(actor, task_id)
    db.session.execute(select(Play.id).where(Play.id == task.play_id).with_for_update())
    db.session.refresh(task)
    there = db.session.scalar(select(Rating).where(Rating.task_id == task.id))
    if there is not None:
        if there.client_key == client_key:
            return there
        raise Refused("already_rated")
    if task.closed_at is not None:
        raise Refused("rating_closed")
    _check_words(task, best, change, client_key)
    rubric_version = task.play.version.rubric
    judged = judge(rubric_version, points)
    rating = Rating(
        task_id=task.id,
        rater_id=task.rater_id,
        play_id=task.play_id,
        rubric_version_id=rubric_version.id,
        points=rubrics.as_written(rubric_version.content, points),
        total=float(_total(judged)),
        passed=bool(judged.passed),
        best=best.strip(),
        change=change.strip(),
        client_key=client_key,
        given_at=min(given_at or now, now),
        at=now,
    )
    db.session.add(rating)
    task.closed_at = now
    db.session.flush()
    audit.record(actor, "rating.submit", "play", task.play_id, rating=rating.id, reason=task.reason)
    if task.reason != Reason.ANCHOR:
        settle(task.play, now=now)
    return rating


def _check_words(task: RatingTask, best: str, change: str, client_key: str) -> None:
    if not 8 <= len(client_key) <= 64:
        raise Refused("rating_key")
    if task.reason != Reason.ANCHOR and not (best.strip() and change.strip()):
        raise Refused("feedback_missing", field="change" if best.strip() else "best")
    if max(len(best), len(change)) > LONGEST:
        raise Refused("feedback_long", most=LONGEST)


def judge(version: RubricVersion, points: Mapping[str, Any]) -> RubricScore:
    """A complete score by the frozen rubric. :raises Refused: ``criteria_missing``, ``no_such_level``."""
    try:
        judged = scale.score(exact(version), points)
    except RubricInvalid as wrong:
        raise Refused("no_such_level") from wrong
    if isinstance(judged.total, NotEstimable):
        raise Refused("criteria_missing")
    return judged


def _total(judged: RubricScore) -> Any:
    return judged.total


def comment(actor: Actor, task_id: int, second: float, text: str, *, now: datetime) -> RatingComment:
    """Say something about a moment of the recording. :raises Refused: ``feedback_long``, ``objection_missing``."""
    require(actor, Permission.ROLEPLAY_RATE)
    task = policies.own_task(actor, task_id)
    if not text.strip():
        raise Refused("feedback_missing", field="text")
    if len(text) > LONGEST:
        raise Refused("feedback_long", most=LONGEST)
    row = RatingComment(task_id=task.id, second=min(max(second, 0.0), 86_400.0), text=text.strip(), at=now)
    db.session.add(row)
    db.session.flush()
    return row


def take_back(actor: Actor, comment_id: int, *, now: datetime) -> RatingComment:
    """Take a comment of one's own back, while the rating is open."""
    require(actor, Permission.ROLEPLAY_RATE)
    row = db.session.get(RatingComment, comment_id)
    task = policies.own_task(actor, row.task_id if row else 0)
    if row is None or task.closed_at is not None:
        raise Refused("rating_closed")
    row.removed_at = now
    db.session.flush()
    return row


# The result


def counting(play_id: int) -> Sequence[Rating]:
    """The ratings that decide: all but those for calibration."""
    return db.session.scalars(
        select(Rating)
        .join(RatingTask, RatingTask.id == Rating.task_id)
        .where(Rating.play_id == play_id, RatingTask.reason != Reason.ANCHOR.value)
        .order_by(Rating.id)
    ).all()


def raters_of(play_id: int) -> Collection[int]:
    return set(db.session.scalars(select(RatingTask.rater_id).where(RatingTask.play_id == play_id)))


def latest(play_id: int) -> PlayResult | None:
    return db.session.scalar(
        select(PlayResult).where(PlayResult.play_id == play_id).order_by(PlayResult.id.desc()).limit(1)
    )


def settle(play: Play, *, now: datetime, rng: Random | None = None) -> PlayResult | None:
    """When everybody asked has rated: a third is asked where two disagree, else the rubric decides the result.

    The result is recorded with the course in the same transaction.
    """
    waiting = db.session.scalar(
        select(func.count()).where(
            RatingTask.play_id == play.id,
            RatingTask.closed_at.is_(None),
            RatingTask.reason != Reason.ANCHOR.value,
        )
    )
    ratings = counting(play.id)
    if waiting or not ratings:
        return None
    version = play.version.rubric
    scores = [judge(version, rating.points) for rating in ratings]
    if scoring.third_needed(scores) and ask_one_more(SYSTEM, play, Reason.THIRD, now=now, rng=rng):
        return None
    settled = scoring.settle(exact(version), scores)
    return None if isinstance(settled, NotEstimable) else _keep(play, version, settled, ratings, now)


def ask_one_more(
    actor: Actor, play: Play, reason: Reason, *, now: datetime, rng: Random | None = None
) -> RatingTask | None:
    """Somebody who has not met it; None when there is nobody."""
    excluded = {play.person_id, *raters_of(play.id)}
    found = assigning.one_more(candidates(play.person), excluded, rng or SystemRandom())
    return ask(actor, play, found[0], reason, now=now) if found else None


def _keep(
    play: Play, version: RubricVersion, settled: Settled, ratings: Sequence[Rating], now: datetime
) -> PlayResult:
    before = latest(play.id)
    result = PlayResult(
        play_id=play.id,
        rubric_hash=version.content_hash,
        score=float(settled.total),
        exact=str(settled.total),
        passed=settled.passed,
        blocked_by=list(settled.blocked_by),
        criteria={key: str(share) for key, share in settled.criteria},
        ratings=[rating.id for rating in ratings],
        disputed=settled.disputed,
        at=now,
        supersedes_id=before.id if before else None,
    )
    db.session.add(result)
    db.session.flush()
    audit.record(SYSTEM, "play.result", "play", play.id, result=result.id, passed=result.passed)
    if play.enrolment_id is not None and play.module_id is not None:
        outcome = Outcome(result.passed, result.score, play.submitted_at or now, f"roleplay:{play.id}")
        courses.record_outcome(SYSTEM, play.enrolment_id, play.module_id, outcome, now=now)
    return result
