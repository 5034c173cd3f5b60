"""Who of a team practises, in whatever way, whether it helps, and on what they are weak. Scoped by the viewer in SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from scipy import stats
from sqlalchemy import ColumnElement, Subquery, case, func, literal, select, union_all

from assessments.roleplays.dialogues.models import DialoguePlay
from assessments.roleplays.improvement import Attempt, Improvement, improvement
from assessments.roleplays.models import Play, RubricVersion, ScenarioVersion, Way
from assessments.roleplays.queries import last_result
from assessments.roleplays.rating_models import PlayResult
from assessments.roleplays.trust_queries import MOST_RATINGS, SETTLED_PLAYS, names_of
from courses.dates import day_of
from lms.authz import Actor, Permission, Role
from lms.db import db
from lms.paging import Page, paginate
from lms.people.models import Person, RoleGrant, Team
from lms.people.scope import in_name_order, people_in_scope
from lms.values import Interval, NotEstimable

PLAYED, WRITTEN, DIALOGUE = "played", "written", "dialogue"
"""Ways to practise: recorded or live; written to a model's customer; a dialogue with branches."""


class Practiser(NamedTuple):
    """``plays`` in every way, ``dialogues`` of them."""

    person: Person
    team: Team | None
    plays: int
    dialogues: int
    last: datetime | None
    passed: int


class Month(NamedTuple):
    """How often was practised in a month, in each way."""

    first: date
    played: int
    written: int
    dialogues: int

    @property
    def all(self) -> int:
        return self.played + self.written + self.dialogues


class WeakSpot(NamedTuple):
    """A criterion in a team: mean share of its results with a t interval over performances."""

    title: Mapping[str, str]
    mean: float
    interval: Interval | None
    n: int
    settled: bool


class Practice(Struct, frozen=True):
    """``improvement`` of performances that people rated; ``in_dialogues`` apart, where one comes to know the answers too."""

    people: Page[Any]
    idle: int
    months: Sequence[Month]
    improvement: Improvement | NotEstimable
    in_dialogues: Improvement | NotEstimable
    weak: Sequence[WeakSpot]
    names: Mapping[int, Person]
    since: datetime


def practice(actor: Actor, *, page: int = 1, now: datetime, days: int = 180) -> Practice:
    """Who of the people in scope practises, whether it helps, and on what they are weak."""
    since = now - timedelta(days=days)
    scope = people_in_scope(actor, Permission.ROLEPLAY_PROGRESS_READ)
    people, idle = _people(scope, since, page)
    rows = _results(scope)
    recent = [row for row in rows if row[5] >= since]
    # The same scenario spoken and written are two things to get better at.
    found = improvement(
        [Attempt(row[0], 2 * row[1] + (row[8] == Way.CONVERSATION), row[2], row[3]) for row in rows]
    )
    return Practice(
        people,
        idle,
        _months(scope, since, now),
        found,
        improvement([Attempt(*row) for row in _dialogue_results(scope)]),
        _weak(recent),
        names_of([own.person for own in found.own]) if isinstance(found, Improvement) else {},
        since,
    )


def practised(since: datetime) -> Subquery:
    """Every performance handed in and every dialogue ended since: ``person_id``, ``at``, ``way``, ``passed`` (None: not rated yet)."""
    newest = last_result().subquery()
    way = case((Play.way == Way.CONVERSATION.value, WRITTEN), else_=PLAYED)
    plays = (
        select(Play.person_id, Play.submitted_at.label("at"), way.label("way"), PlayResult.passed)
        .outerjoin(newest, newest.c.play_id == Play.id)
        .outerjoin(PlayResult, PlayResult.id == newest.c.id)
        .where(Play.submitted_at >= since, Play.abandoned_at.is_(None))
    )
    dialogues = select(
        DialoguePlay.person_id, DialoguePlay.ended_at, literal(DIALOGUE), DialoguePlay.passed
    ).where(DialoguePlay.ended_at >= since)
    return union_all(plays, dialogues).subquery()


def _months(scope: ColumnElement[bool], since: datetime, now: datetime) -> list[Month]:
    """Month by month, those without practice too."""
    each = practised(since)
    rows = db.session.execute(select(each.c.at, each.c.way).join(Person, Person.id == each.c.person_id).where(scope))
    counted: Counter[tuple[date, str]] = Counter((day_of(at).replace(day=1), way) for at, way in rows)
    month, last, found = day_of(since).replace(day=1), day_of(now), []
    while month <= last:
        found.append(Month(month, *(counted[month, way] for way in (PLAYED, WRITTEN, DIALOGUE))))
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def _dialogue_results(scope: ColumnElement[bool]) -> Sequence[Any]:
    """(person, dialogue, number, score) of the dialogues that came to an end."""
    return db.session.execute(
        select(DialoguePlay.person_id, DialoguePlay.dialogue_id, DialoguePlay.number, DialoguePlay.score)
        .join(Person, Person.id == DialoguePlay.person_id)
        .where(scope, DialoguePlay.ended_at.is_not(None))
        .order_by(DialoguePlay.id.desc())
        .limit(MOST_RATINGS)
    ).all()


def _people(scope: ColumnElement[bool], since: datetime, page: int) -> tuple[Page[Any], int]:
    """The reps in scope, the busiest first; and how many have played nothing."""
    each = practised(since)
    plays = (
        select(
            each.c.person_id,
            func.count().label("n"),
            func.count().filter(each.c.way == DIALOGUE).label("dialogues"),
            func.max(each.c.at).label("last"),
            func.count().filter(each.c.passed.is_(True)).label("passed"),
        )
        .group_by(each.c.person_id)
        .subquery()
    )
    counts = (func.coalesce(plays.c.n, 0), func.coalesce(plays.c.dialogues, 0), plays.c.last, func.coalesce(plays.c.passed, 0))
    reps = (
        select(Person, Team, *counts)
        .join(RoleGrant, (RoleGrant.person_id == Person.id) & (RoleGrant.role == Role.REP.value))
        .outerjoin(Team, Team.id == Person.team_id)
        .outerjoin(plays, plays.c.person_id == Person.id)
        .where(scope, Person.active.is_(True))
    )
    order = (func.coalesce(plays.c.n, 0).desc(), Person.team_id, in_name_order())
    found = paginate(reps.order_by(*order), page, 25)
    none = reps.where(plays.c.n.is_(None)).with_only_columns(Person.id).subquery()
    idle = db.session.scalar(select(func.count()).select_from(none)) or 0
    return Page([Practiser(*row) for row in found.rows], found.number, found.size, found.total), idle


def _results(scope: ColumnElement[bool]) -> Sequence[Any]:
    """(person, scenario, number, score, criteria, submitted, rubric, its content, way) of the scored performances in scope."""
    newest = last_result().subquery()
    return db.session.execute(
        select(
            Play.person_id,
            Play.scenario_id,
            Play.number,
            PlayResult.score,
            PlayResult.criteria,
            Play.submitted_at,
            RubricVersion.id,
            RubricVersion.content,
            Play.way,
        )
        .join(newest, newest.c.play_id == Play.id)
        .join(PlayResult, PlayResult.id == newest.c.id)
        .join(ScenarioVersion, ScenarioVersion.id == Play.version_id)
        .join(RubricVersion, RubricVersion.id == ScenarioVersion.rubric_version_id)
        .join(Person, Person.id == Play.person_id)
        .where(scope)
        .order_by(Play.id.desc())
        .limit(MOST_RATINGS)
    ).all()


def _weak(rows: Sequence[Any]) -> list[WeakSpot]:
    """The criteria of the rubrics in use, the weakest first."""
    shares: dict[str, list[float]] = defaultdict(list)
    titles: dict[str, Mapping[str, str]] = {}
    for *_, criteria, _at, _version, content, _way in rows:
        titles |= {each["key"]: each["title"] for each in content["criteria"]}
        for key, share in criteria.items():
            shares[key].append(float(Fraction(share)))
    spots = [_spot(titles[key], values) for key, values in shares.items()]
    return sorted(spots, key=lambda spot: (not spot.settled, spot.mean))


def _spot(title: Mapping[str, str], values: Sequence[float]) -> WeakSpot:
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return WeakSpot(title, mean, None, n, False)
    half = float(stats.t.ppf(0.975, n - 1)) * float(np.std(values, ddof=1)) / n**0.5
    return WeakSpot(title, mean, Interval(max(0.0, mean - half), min(1.0, mean + half)), n, n >= SETTLED_PLAYS)
