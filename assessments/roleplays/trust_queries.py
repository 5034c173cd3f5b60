"""The ratings behind the trust figures. Scoped by the viewer in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import func, select

from assessments.grading.facets import SETTLED_RATINGS, AdjustedScore
from assessments.roleplays import policies
from assessments.roleplays.models import Play, RubricVersion, ScenarioVersion
from assessments.roleplays.queries import last_result
from assessments.roleplays.rating import judge
from assessments.roleplays.rating_models import PlayResult, Rating
from assessments.roleplays.trust import TOTAL, Given, Trust, trust
from lms.authz import Actor
from lms.db import db
from lms.errors import Unknown
from lms.people.models import Person
from lms.values import NotEstimable

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


class Adjusted(Struct, frozen=True):
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
