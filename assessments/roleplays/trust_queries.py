"""The ratings behind the trust figures, and the practice of teams. Scoped by the viewer in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from scipy import stats
from sqlalchemy import ColumnElement, func, select

from assessments.grading.facets import SETTLED_RATINGS, AdjustedScore
from assessments.roleplays import policies
from assessments.roleplays.improvement import Attempt, Improvement, improvement
from assessments.roleplays.models import Play, RubricVersion, ScenarioVersion
from assessments.roleplays.queries import last_result
from assessments.roleplays.rating import judge
from assessments.roleplays.rating_models import PlayResult, Rating
from assessments.roleplays.trust import TOTAL, Given, Trust, trust
from lms.authz import Actor, Permission, Role
from lms.db import db
from lms.errors import Unknown
from lms.paging import Page, paginate
from lms.people.models import Person, RoleGrant, Team
from lms.people.scope import people_in_scope
from lms.values import Interval, NotEstimable

MOST_RATINGS = 5000
"""The newest so many ratings of a rubric are analysed."""
SETTLED_PLAYS = 10


class RubricUse(NamedTuple):
    rubric: RubricVersion
    ratings: int
    last: datetime


def rubrics_in_use(limit: int = 50) -> list[RubricUse]:
    """Rubrics that something was rated by, the last used first."""
    rows = db.session.execute(
        select(RubricVersion, func.count(Rating.id), func.max(Rating.at))
        .join(Rating, Rating.rubric_version_id == RubricVersion.id)
        .group_by(RubricVersion.id)
        .order_by(func.max(Rating.id).desc())
        .limit(limit)
    )
    return [RubricUse(rubric, n, last) for rubric, n, last in rows]


def rubric_version(version_id: int) -> RubricVersion:
    """:raises Unknown: if there is none."""
    found = db.session.get(RubricVersion, version_id)
    if found is None:
        raise Unknown()
    return found


def trust_of(version: RubricVersion, *, since: datetime | None = None) -> Trust:
    """Agreement and raters under one rubric, from all ratings there are, anchors included."""
    query = (
        select(Rating.play_id, Rating.rater_id, Rating.points, Rating.total, Rating.at)
        .where(Rating.rubric_version_id == version.id)
        .order_by(Rating.id.desc())
        .limit(MOST_RATINGS)
    )
    if since is not None:
        query = query.where(Rating.at >= since)
    ratings = given(db.session.execute(query).all(), version.content)
    return trust(ratings, tuple(each["key"] for each in version.content["criteria"]))


def total_of(version: RubricVersion, points: Mapping[str, Any]) -> float:
    """The total, 0-1, that the frozen rubric gives to complete points."""
    return float(judge(version, points).total)  # type: ignore[arg-type]


def given(rows: Sequence[Any], content: Mapping[str, Any]) -> tuple[Given, ...]:
    """Shares by criterion and in total, from rows of ``(performance, rater, points, total, when)``."""
    scales = {
        each["key"]: (Fraction(each["levels"][0]["points"]), Fraction(each["levels"][-1]["points"]))
        for each in content["criteria"]
    }
    found = []
    for play, rater, points, total, at in rows:
        day = at.timestamp() / 86_400
        found.append(Given(play, rater, TOTAL, total, day))
        for key, value in points.items():
            low, high = scales[key]
            found.append(Given(play, rater, key, float((Fraction(value) - low) / (high - low)), day))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A performance's mean over the criteria, raw and adjusted for its raters; ``settled`` when each of the raters
    has a settled severity."""

    score: AdjustedScore
    settled: bool


def adjusted_of(play: Play) -> Adjusted | NotEstimable:
    """What an average rater would have given. Not estimable: as the many-facet model."""
    found = trust_of(play.version.rubric)
    score = found.adjusted.get(play.id)
    if score is None:
        why = next((r.severity for r in found.raters if isinstance(r.severity, NotEstimable)), None)
        return why or NotEstimable("no_ratings")
    ids = set(db.session.scalars(select(Rating.rater_id).where(Rating.play_id == play.id)))
    mine = [r.severity for r in found.raters if r.rater in ids]
    settled = all(not isinstance(s, NotEstimable) and s.n >= SETTLED_RATINGS and s.settled for s in mine)
    return Adjusted(score, settled)


def names_of(ids: Sequence[int]) -> dict[int, Person]:
    rows = db.session.scalars(select(Person).where(Person.id.in_(ids)))
    return {person.id: person for person in rows}


# Practice


class Practiser(NamedTuple):
    person: Person
    team: Team | None
    plays: int
    last: datetime | None
    passed: int


class WeakSpot(NamedTuple):
    """A criterion in a team: mean share of its results with a t interval over performances."""

    title: Mapping[str, str]
    mean: float
    interval: Interval | None
    n: int
    settled: bool


@dataclass(frozen=True, slots=True)
class Practice:
    people: Page[Any]
    idle: int
    improvement: Improvement | NotEstimable
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
    found = improvement([Attempt(person, scenario, number, score) for person, scenario, number, score, *_ in rows])
    return Practice(
        people,
        idle,
        found,
        _weak(recent),
        names_of([own.person for own in found.own]) if isinstance(found, Improvement) else {},
        since,
    )


def _people(scope: ColumnElement[bool], since: datetime, page: int) -> tuple[Page[Any], int]:
    """The reps in scope, the busiest first; and how many have played nothing."""
    newest = last_result().subquery()
    plays = (
        select(
            Play.person_id,
            func.count(Play.id).label("n"),
            func.max(Play.submitted_at).label("last"),
            func.count(PlayResult.id).filter(PlayResult.passed.is_(True)).label("passed"),
        )
        .outerjoin(newest, newest.c.play_id == Play.id)
        .outerjoin(PlayResult, PlayResult.id == newest.c.id)
        .where(Play.submitted_at >= since, Play.abandoned_at.is_(None))
        .group_by(Play.person_id)
        .subquery()
    )
    reps = (
        select(Person, Team, func.coalesce(plays.c.n, 0), plays.c.last, func.coalesce(plays.c.passed, 0))
        .join(RoleGrant, (RoleGrant.person_id == Person.id) & (RoleGrant.role == Role.REP.value))
        .outerjoin(Team, Team.id == Person.team_id)
        .outerjoin(plays, plays.c.person_id == Person.id)
        .where(scope, Person.active.is_(True))
    )
    order = (func.coalesce(plays.c.n, 0).desc(), Person.team_id, Person.name)
    found = paginate(reps.order_by(*order), page, 25)
    none = reps.where(plays.c.n.is_(None)).with_only_columns(Person.id).subquery()
    idle = db.session.scalar(select(func.count()).select_from(none)) or 0
    return Page([Practiser(*row) for row in found.rows], found.number, found.size, found.total), idle


def _results(scope: ColumnElement[bool]) -> Sequence[Any]:
    """(person, scenario, number, score, criteria, submitted, rubric's content) of every scored performance in scope."""
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
    for *_, criteria, _at, _version, content in rows:
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


def results_of(version: RubricVersion, actor: Actor, limit: int = 25) -> list[tuple[Play, PlayResult]]:
    """The newest scored performances under a rubric of people whose results the actor reads."""
    newest = last_result().subquery()
    rows = db.session.execute(
        select(Play, PlayResult)
        .join(newest, newest.c.play_id == Play.id)
        .join(PlayResult, PlayResult.id == newest.c.id)
        .join(ScenarioVersion, ScenarioVersion.id == Play.version_id)
        .where(ScenarioVersion.rubric_version_id == version.id, policies.results_seen(actor))
        .order_by(Play.id.desc())
        .limit(limit)
    )
    return [(play, result) for play, result in rows]
