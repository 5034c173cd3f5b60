"""The catalogue for pages, exports and the floors above. What a competency means is no secret to anybody who learns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import joinedload, selectinload

from courses.competencies.matching import Catalogue, Unanswered, folded, unanswered
from courses.competencies.models import Competency, CompetencyWord, JobProfile, ProfileHolder, Requirement
from courses.competencies.used import used
from courses.models import Course, CourseVersion
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db, fetch
from lms.errors import Unknown
from lms.people.models import Person, Team
from lms.people.scope import people_in_scope, teams_in_scope

_WORDS = select(CompetencyWord.folded, CompetencyWord.competency_id)


def catalogue() -> Catalogue:
    """Every word that means a competency, retired ones too: their evidence stays theirs. One statement."""
    return Catalogue({word: id_ for word, id_ in fetch(_WORDS)})  # noqa: C416


def competencies(viewer: Actor, *, retired: bool = False) -> Sequence[Competency]:
    """The competencies in the order of their codes, with their words: two statements."""
    require(viewer, Permission.COURSE_READ)
    query = select(Competency).options(selectinload(Competency.words)).order_by(Competency.code)
    if not retired:
        query = query.where(Competency.retired_at.is_(None))
    return db.session.scalars(query).all()


def competency(viewer: Actor, competency_id: int) -> Competency:
    """:raises Unknown: if there is none."""
    require(viewer, Permission.COURSE_READ)
    found = db.session.get(Competency, competency_id, options=[selectinload(Competency.words)])
    if found is None:
        raise Unknown()
    return found


class Brief(NamedTuple):
    """What lists need of a competency."""

    id: int
    code: str
    name: LocalText
    stage: str | None
    retired: bool


_BRIEF = select(
    Competency.id, Competency.code, Competency.name, Competency.stage, Competency.retired_at.is_not(None)
).order_by(Competency.code)


def briefs() -> dict[int, Brief]:
    """Id → the competency in brief, retired ones too, by code: one statement."""
    return {row[0]: Brief(*row) for row in fetch(_BRIEF)}


class Named(NamedTuple):
    """A competency by its name, to be opened by its id; without an id the word that nobody has explained."""

    id: int | None
    name: LocalText | str


_MEANT = (
    select(CompetencyWord.folded, Competency.id, Competency.name)
    .join(Competency, Competency.id == CompetencyWord.competency_id)
    .where(CompetencyWord.folded.in_(bindparam("words", expanding=True)))
)


def meant_by(words: Sequence[str]) -> list[Named]:
    """The competencies that a course says it trains, each once and in its order: one statement, none for no word."""
    if not words:
        return []
    known = {word: Named(id_, name) for word, id_, name in fetch(_MEANT, {"words": [folded(word) for word in words]})}
    return list({item.id or word: item for word in words for item in [known.get(folded(word), Named(None, word))]}.values())


def words_without(viewer: Actor, known: Catalogue) -> list[Unanswered]:
    """Words in use that no competency answers to, the most used first."""
    require(viewer, Permission.COMPETENCY_MANAGE)
    return unanswered(known, used())


class Trains(NamedTuple):
    """A published course, and a competency that it trains."""

    course_id: int
    code: str
    title: LocalText


_PUBLISHED = (
    select(Course.id, Course.code, CourseVersion.title, CourseVersion.snapshot["competencies"])
    .join(CourseVersion, (CourseVersion.course_id == Course.id) & (CourseVersion.number == Course.version))
    .where(Course.status == "published")
    .order_by(Course.code)
)


def courses_by_competency(words: Catalogue) -> dict[int, list[Trains]]:
    """Competency → the published courses that train it, by what learners were told of each: one statement."""
    found: dict[int, list[Trains]] = {}
    for course_id, code, title, said in fetch(_PUBLISHED):
        for competency_id in words.resolve_all(said or ()):
            found.setdefault(competency_id, []).append(Trains(course_id, code, title))
    return found


# Job profiles ------------------------------------------------------------------------------------


def profiles(viewer: Actor) -> Sequence[JobProfile]:
    """Every profile; what a job asks for is no secret."""
    require(viewer, Permission.COURSE_READ)
    return db.session.scalars(select(JobProfile).order_by(JobProfile.is_default.desc(), JobProfile.code)).all()


def profile(viewer: Actor, profile_id: int) -> JobProfile:
    """:raises Unknown: if there is none."""
    require(viewer, Permission.COURSE_READ)
    found = db.session.get(JobProfile, profile_id)
    if found is None:
        raise Unknown()
    return found


_REQUIRED = (
    select(Requirement.profile_id, Requirement.competency_id, Requirement.level)
    .join(Competency, Competency.id == Requirement.competency_id)
    .where(Requirement.superseded_at.is_(None), Competency.retired_at.is_(None))
    .order_by(Competency.code)
)


def required_levels() -> dict[int, dict[int, int]]:
    """Profile → competency → level asked for, without retired competencies: one statement."""
    found: dict[int, dict[int, int]] = {}
    for profile_id, competency_id, level in fetch(_REQUIRED):
        found.setdefault(profile_id, {})[competency_id] = level
    return found


def holders(viewer: Actor, profile_id: int, limit: int = 500) -> Sequence[ProfileHolder]:
    """To whom a profile was given, teams first, as far as the viewer looks after them."""
    require(viewer, Permission.COMPETENCY_MANAGE)
    teams = select(Team.id).where(teams_in_scope(viewer, Permission.COMPETENCY_MANAGE))
    seen = select(Person.id).where(people_in_scope(viewer, Permission.COMPETENCY_MANAGE))
    return db.session.scalars(
        select(ProfileHolder)
        .options(joinedload(ProfileHolder.person), joinedload(ProfileHolder.team))
        .where(
            ProfileHolder.profile_id == profile_id,
            ProfileHolder.superseded_at.is_(None),
            or_(ProfileHolder.team_id.in_(teams), ProfileHolder.person_id.in_(seen)),
        )
        .order_by(ProfileHolder.team_id.is_(None), ProfileHolder.id)
        .limit(limit)
    ).all()


_DEFAULT = select(JobProfile.id).where(JobProfile.is_default)
_GIVEN = select(ProfileHolder.profile_id, ProfileHolder.person_id, Team.path).outerjoin(
    Team, Team.id == ProfileHolder.team_id
).where(ProfileHolder.superseded_at.is_(None))
_GIVEN_TO = _GIVEN.where(
    or_(ProfileHolder.person_id.is_(None), ProfileHolder.person_id.in_(bindparam("people", expanding=True)))
)


def profiles_of(people: Mapping[int, str | None]) -> dict[int, int]:
    """Person → profile, for people with the paths of their teams: their own, else their team's or that of the nearest team
    above, else the one for everybody. Nobody is in it while there is no profile. Two statements."""
    default = db.session.scalar(_DEFAULT)
    own: dict[int, int] = {}
    by_path: dict[str, int] = {}
    rows = fetch(_GIVEN_TO, {"people": list(people)}) if len(people) <= 500 else fetch(_GIVEN)
    for profile_id, person_id, path in rows:
        if person_id is not None:
            own[person_id] = profile_id
        elif path:
            by_path[path] = profile_id
    found = {id_: own.get(id_) or _nearest(by_path, path) or default for id_, path in people.items()}
    return {id_: profile_id for id_, profile_id in found.items() if profile_id is not None}


def _nearest(by_path: Mapping[str, int], path: str | None) -> int | None:
    """``/1/4/`` looks under ``/1/4/``, then under ``/1/``."""
    while path and path != "/":
        if path in by_path:
            return by_path[path]
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return None


class ProfileRow(Struct, frozen=True):
    profile: JobProfile
    asked: int
    holders: int


def profile_rows(viewer: Actor) -> list[ProfileRow]:
    """The profiles with how many competencies each asks for and how many people or teams it was given to."""
    asked = required_levels()
    given = Counter(row[0] for row in fetch(_GIVEN))
    return [ProfileRow(each, len(asked.get(each.id, ())), given[each.id]) for each in profiles(viewer)]


def names(ids: Collection[int]) -> dict[int, LocalText]:
    """Id → name of the competency."""
    return {id_: brief.name for id_, brief in briefs().items() if id_ in ids}
