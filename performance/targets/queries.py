"""Targets, and the records they are held against, for pages and exports. Each takes the viewer and scopes in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from lms.authz import Actor, Permission, Role, require
from lms.db import LocalText, db, fetch, in_parts
from lms.paging import Page, paginate
from lms.people.models import Person, RoleGrant, Team
from lms.people.scope import (
    called_in_sql,
    in_name_order,
    people_in_scope,
    person_in_scope,
    team_in_scope,
    teams_in_scope,
)
from lms.prepared import Prepared
from performance.kpis.goals import Goal as Own
from performance.kpis.measures import Entry, Sums, way_of
from performance.kpis.models import Kpi, KpiRecord
from performance.kpis.periods import shift
from performance.targets import policies
from performance.targets.models import SeniorityTable, Target
from performance.targets.periods import Span
from performance.targets.seniority import STANDARD, Band
from performance.targets.services import Subject

HISTORY_YEARS = 3
"""How far back records are read for a forecast."""
MEMBERS = 50
"""Members of a team on one page."""
CANDIDATES = 40
"""Of how many with the lowest attainment a forecast is made, to say who is behind."""
_CURRENT = KpiRecord.superseded_at.is_(None)
_STANDS = Target.superseded_at.is_(None)
_IS_REP = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == Role.REP.value)


class Set(NamedTuple):
    """A standing target, as far as a list shows it."""

    value: float
    base: float | None
    method: str
    factor: float | None
    reason: str = ""


class Member(NamedTuple):
    """A rep of a team, with what the seniority factor needs."""

    id: int
    number: str
    name: str
    team_id: int | None
    hired_on: date | None
    left_on: date | None


def since_of(span: Span) -> date:
    """From when on records are read."""
    return shift("year", span.start, -HISTORY_YEARS)


# Targets -----------------------------------------------------------------------------------------


def standing(
    viewer: Actor, kpi_id: int, span: Span, team_ids: Collection[int], *, members_of: int = 0, person_id: int = 0
) -> dict[Subject, dict[str, Set]]:
    """Subject → status → what stands, of teams, of all members of a team, and of a person; drafts only for those who may set them."""
    require(viewer, Permission.TARGET_READ)
    query: Any = (
        select(Target.team_id, Target.person_id, Target.status, Target.value, Target.base, Target.method, Target.factor, Target.reason)
        .outerjoin(Team, Team.id == Target.team_id)
        .outerjoin(Person, Person.id == Target.person_id)
        .where(Target.kpi_id == kpi_id, Target.span == span.kind, Target.starts_on == span.start, _STANDS)
        .where(_readable(viewer))
        .where(or_(Target.team_id.in_(team_ids), Person.team_id == members_of, Person.id == person_id))
    )
    found: dict[Subject, dict[str, Set]] = {}
    for team_id, person_id, status, *rest in db.session.execute(query):
        found.setdefault(Subject(team_id, person_id), {})[status] = Set(*rest)
    return found


def _readable(viewer: Actor) -> Any:
    """What the viewer reads of targets joined to ``Team`` and ``Person``: nobody's drafts but those the viewer may set."""
    open_ = Target.status != "draft"
    return or_(
        and_(Target.team_id.is_not(None), teams_in_scope(viewer, Permission.TARGET_READ), or_(open_, policies.settable_teams(viewer))),
        and_(Target.person_id.is_not(None), people_in_scope(viewer, Permission.TARGET_READ), or_(open_, policies.settable_members(viewer))),
    )


_OWN = Prepared(
    select(Target.kpi_id, Target.span, Target.starts_on, Target.value)
    .where(
        Target.person_id == bindparam("person_id"),
        Target.starts_on >= bindparam("since"),
        Target.status == "published",
        _STANDS,
    )
    .order_by(Target.kpi_id, Target.starts_on)
)
"""Built once: asked on every rep's page of the day."""


def own(viewer: Actor, since: date) -> list[Own]:
    """The viewer's own published targets of periods that begin on ``since`` or later."""
    require(viewer, Permission.TARGET_READ_OWN)
    return [Own(*row) for row in _OWN.rows({"person_id": viewer.person_id, "since": since})]


def own_goals(viewer: Actor, since: date) -> Sequence[Own]:
    """The same beside the tiles of KPIs: nothing for those who have no targets of their own."""
    return own(viewer, since) if viewer.can(Permission.TARGET_READ_OWN) else ()


def goals_in_care(viewer: Actor, since: date) -> Sequence[Own]:
    """The published targets of the one team that the viewer looks after with all below it; of several none holds for all."""
    paths = {grant.team_path for grant in viewer.grants_for(Permission.TARGET_READ)}
    if len(paths) != 1:
        return ()
    path = paths.pop()
    query = (
        select(Target.kpi_id, Target.span, Target.starts_on, Target.value)
        .join(Team, Team.id == Target.team_id)
        .where(Team.path == path if path is not None else Team.parent_id.is_(None), teams_in_scope(viewer, Permission.TARGET_READ))
        .where(Target.starts_on >= since, Target.status == "published", _STANDS)
    )
    return [Own(*row) for row in fetch(query).all()]


def of_members(viewer: Actor, kpi: Kpi, starts: Collection[date]) -> dict[date, dict[int, float]]:
    """First day → person id → published target of periods as long as the KPI's own, of everybody in scope."""
    require(viewer, Permission.TARGET_READ)
    query: Any = (
        select(Target.starts_on, Target.person_id, Target.value)
        .join(Person, Person.id == Target.person_id)
        .where(Target.kpi_id == kpi.id, Target.span == kpi.period, Target.starts_on.in_(starts))
        .where(Target.status == "published", _STANDS, people_in_scope(viewer, Permission.TARGET_READ))
    )
    found: dict[date, dict[int, float]] = {}
    for start, person_id, value in db.session.execute(query):
        found.setdefault(start, {})[person_id] = value
    return found


class Revision(NamedTuple):
    """One revision of a target: what it said, who set it, when, how and why."""

    revision: int
    status: str
    value: float
    method: str
    factor: float | None
    reason: str
    set_at: datetime
    by: str | None
    superseded_at: datetime | None
    batch_id: int | None


def revisions(viewer: Actor, kpi_id: int, span: Span, subject: Subject) -> list[Revision]:
    """Every revision, the latest first; drafts only for those who may set them, and a rep's own."""
    by = aliased(Person)
    readable: Any = _readable(viewer) if viewer.can(Permission.TARGET_READ) else false()
    if viewer.can(Permission.TARGET_READ_OWN):
        readable = or_(readable, and_(Target.person_id == (viewer.person_id or 0), Target.status != "draft"))
    query: Any = (
        select(
            Target.revision, Target.status, Target.value, Target.method, Target.factor, Target.reason, Target.set_at,
            called_in_sql(by), Target.superseded_at, Target.batch_id,
        )
        .outerjoin(by, by.id == Target.set_by_id)
        .outerjoin(Team, Team.id == Target.team_id)
        .outerjoin(Person, Person.id == Target.person_id)
        .where(Target.kpi_id == kpi_id, Target.span == span.kind, Target.starts_on == span.start)
        .where(Target.team_id.is_(subject.team_id) if subject.team_id is None else Target.team_id == subject.team_id)
        .where(Target.person_id.is_(subject.person_id) if subject.person_id is None else Target.person_id == subject.person_id)
        .where(readable)
        .order_by(Target.revision.desc())
    )  # fmt: skip
    return [Revision(*row) for row in db.session.execute(query)]


def team_of(viewer: Actor, team_id: int) -> Team:
    """:raises Unknown: where it is not the viewer's to read."""
    require(viewer, Permission.TARGET_READ)
    return team_in_scope(viewer, Permission.TARGET_READ, team_id)


def person_of(viewer: Actor, person_id: int) -> Person:
    """Somebody whose targets the viewer reads, or the viewer. :raises Unknown: otherwise."""
    if person_id == viewer.person_id and viewer.can(Permission.TARGET_READ_OWN):
        return db.session.get_one(Person, person_id)
    require(viewer, Permission.TARGET_READ)
    return person_in_scope(viewer, Permission.TARGET_READ, person_id)


# People ------------------------------------------------------------------------------------------


def _in_team(query: Any, viewer: Actor, span: Span) -> Any:
    """Reps in scope who are there in the period."""
    there = and_(
        or_(Person.left_on.is_(None), Person.left_on >= span.start),
        or_(Person.hired_on.is_(None), Person.hired_on < span.end),
        or_(Person.active.is_(True), Person.left_on.is_not(None)),
    )
    return query.where(_IS_REP, there, people_in_scope(viewer, Permission.TARGET_READ))


def members(viewer: Actor, team_id: int, span: Span, page: int | None) -> Page[Member]:
    """The reps of a team itself; all of them where no page is named."""
    require(viewer, Permission.TARGET_READ)
    query = select(Person.id, Person.number, called_in_sql(), Person.team_id, Person.hired_on, Person.left_on)
    query = _in_team(query, viewer, span).where(Person.team_id == team_id).order_by(in_name_order(), Person.id)
    if page is None:
        rows = [Member(*row) for row in db.session.execute(query)]
        return Page(rows, 1, max(1, len(rows)), len(rows))
    found = paginate(query, page, MEMBERS)
    return Page([Member(*row) for row in found.rows], found.number, found.size, found.total)


def reps_below(viewer: Actor, team_path: str, span: Span) -> list[tuple[Member, str]]:
    """(rep, path of the team) of a team with all below it."""
    require(viewer, Permission.TARGET_READ)
    query: Any = (
        select(Person.id, Person.number, Person.name, Person.team_id, Person.hired_on, Person.left_on, Team.path)
        .join(Team, Team.id == Person.team_id)
        .where(Team.path.startswith(team_path, autoescape=True))
    )
    return [(Member(*row[:-1]), row[-1]) for row in db.session.execute(_in_team(query, viewer, span))]


def seniority_table() -> tuple[Sequence[Band], SeniorityTable | None]:
    """The bands that hold, and the version they stand in; None where the standard ones hold."""
    table = db.session.scalar(select(SeniorityTable).order_by(SeniorityTable.id.desc()).limit(1))
    return (STANDARD, None) if table is None else ([Band(int(m), float(f)) for m, f in table.bands], table)


# Records -----------------------------------------------------------------------------------------


def team_series(viewer: Actor, kpi_id: int, team_path: str, span: Span) -> dict[int, dict[date, Sums]]:
    """Team id → period → sums over the team's own members, of a team with all below it."""
    require(viewer, Permission.TARGET_READ)
    query: Any = (
        select(
            Person.team_id, KpiRecord.period_start, func.sum(KpiRecord.value), func.sum(KpiRecord.numerator),
            func.sum(KpiRecord.denominator), func.count(),
        )
        .join(Person, Person.id == KpiRecord.person_id)
        .join(Team, Team.id == Person.team_id)
        .where(Team.path.startswith(team_path, autoescape=True), people_in_scope(viewer, Permission.TARGET_READ))
        .where(KpiRecord.kpi_id == kpi_id, KpiRecord.period_start >= since_of(span), KpiRecord.period_start < span.end, _CURRENT)
        .group_by(Person.team_id, KpiRecord.period_start)
    )  # fmt: skip
    found: dict[int, dict[date, Sums]] = {}
    for team_id, start, *sums in db.session.execute(query):
        found.setdefault(team_id, {})[start] = Sums(*sums)
    return found


def member_series(viewer: Actor, kpi_id: int, person_ids: Sequence[int], span: Span) -> dict[int, list[Entry]]:
    """Person id → current records up to the end of the period, by period."""
    readable = people_in_scope(viewer, Permission.TARGET_READ)
    if viewer.can(Permission.TARGET_READ_OWN):
        readable = or_(readable, Person.id == (viewer.person_id or 0))
    found: dict[int, list[Entry]] = {}
    for part in in_parts(person_ids):
        query: Any = (
            select(
                KpiRecord.person_id, KpiRecord.period_start, KpiRecord.value, KpiRecord.numerator, KpiRecord.denominator
            )
            .join(Person, Person.id == KpiRecord.person_id)
            .where(KpiRecord.kpi_id == kpi_id, KpiRecord.person_id.in_(part), readable, _CURRENT)
            .where(KpiRecord.period_start >= since_of(span), KpiRecord.period_start < span.end)
            .order_by(KpiRecord.person_id, KpiRecord.period_start)
        )
        for person_id, *entry in db.session.execute(query):
            found.setdefault(person_id, []).append(Entry(*entry))
    return found


def results(kpi_id: int, person_ids: Sequence[int], span: Span) -> Mapping[int, Sums]:
    """Person id → sums of the twelve months before a period, for handing a target down by results."""
    found: dict[int, Sums] = {}
    for part in in_parts(person_ids):
        query: Any = (
            select(
                KpiRecord.person_id, func.sum(KpiRecord.value), func.sum(KpiRecord.numerator),
                func.sum(KpiRecord.denominator), func.count(),
            )
            .where(KpiRecord.kpi_id == kpi_id, KpiRecord.person_id.in_(part), _CURRENT)
            .where(KpiRecord.period_start >= shift("year", span.start, -1), KpiRecord.period_start < span.start)
            .group_by(KpiRecord.person_id)
        )  # fmt: skip
        found |= {person_id: Sums(*sums) for person_id, *sums in db.session.execute(query)}
    return found


def farthest_from(viewer: Actor, kpi: Kpi, span: Span, team_path: str) -> list[tuple[Member, float]]:
    """The reps below a team whose attainment of their published target is lowest, with the target."""
    require(viewer, Permission.TARGET_READ)
    way = way_of(kpi.kind, kpi.over_time)
    inside = and_(KpiRecord.kpi_id == kpi.id, KpiRecord.period_start >= span.start, KpiRecord.period_start < span.end, _CURRENT)
    if way == "last":
        latest = select(func.max(KpiRecord.period_start)).where(inside).scalar_subquery()
        inside = and_(inside, KpiRecord.period_start == latest)
    figure: Any = func.sum(KpiRecord.value)
    if way == "ratio":
        figure = func.sum(KpiRecord.numerator) / func.nullif(func.sum(KpiRecord.denominator), 0)
    elif way == "mean":
        figure = func.avg(KpiRecord.value)
    share = figure / case((Target.value > 0, Target.value), else_=None)
    query: Any = (
        select(Person.id, Person.number, called_in_sql(), Person.team_id, Person.hired_on, Person.left_on, Target.value)
        .join(Target, and_(Target.person_id == Person.id, Target.kpi_id == kpi.id, Target.span == span.kind, Target.starts_on == span.start))
        .join(Team, Team.id == Person.team_id)
        .join(KpiRecord, and_(KpiRecord.person_id == Person.id, inside))
        .where(_STANDS, Target.status == "published", Team.path.startswith(team_path, autoescape=True))
        .where(people_in_scope(viewer, Permission.TARGET_READ), Person.active.is_(True))
        .group_by(Person.id, Target.id)
        .order_by(share.asc() if kpi.direction == "higher" else share.desc(), Person.id)
        .limit(CANDIDATES)
    )
    return [(Member(*row[:-1]), row[-1]) for row in db.session.execute(query)]


def team_names(viewer: Actor, team_ids: Collection[int]) -> dict[int, LocalText]:
    """Team id → name, of teams in scope."""
    query = select(Team.id, Team.name).where(Team.id.in_(team_ids), teams_in_scope(viewer, Permission.TARGET_READ))
    return {team_id: name for team_id, name in db.session.execute(query)}  # noqa: C416
