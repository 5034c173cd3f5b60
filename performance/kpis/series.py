"""Figures of people and teams, for pages and exports. Each query takes the viewer and scopes in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, get_args

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    ScalarSelect,
    True_,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from lms.authz import Actor, Permission, Role, require
from lms.db import LocalText, db, fetch
from lms.imports.models import ImportBatch
from lms.paging import Page, paginate
from lms.people.models import Person, RoleGrant, Team
from lms.people.queries import TeamNode, team_tree
from lms.people.scope import called_in_sql, in_name_order, people_in_scope, person_in_scope
from lms.prepared import Prepared
from lms.storage import StoredFile
from performance.kpis.measures import NOTHING, Entry, Sums, plus
from performance.kpis.models import Kpi, KpiRecord
from performance.kpis.periods import Period, shift

EXPORTED_AT_ONCE = 1000
_SUMS = (
    func.sum(KpiRecord.value),
    func.sum(KpiRecord.numerator),
    func.sum(KpiRecord.denominator),
    func.count(),
)
_CURRENT = KpiRecord.superseded_at.is_(None)


_ENTRIES = select(
    KpiRecord.kpi_id, KpiRecord.period_start, KpiRecord.value, KpiRecord.numerator, KpiRecord.denominator
)
_OF_PERSON = _ENTRIES.where(
    KpiRecord.person_id == bindparam("person_id"),
    KpiRecord.kpi_id.in_(bindparam("kpi_ids", expanding=True)),
    KpiRecord.period_start >= bindparam("since"),
    _CURRENT,
).order_by(KpiRecord.kpi_id, KpiRecord.period_start)


_SINCE = case(*((Kpi.period == period, bindparam(f"since_{period}", type_=Date)) for period in get_args(Period)))
_PERSON = bindparam("person_id", type_=Integer)
_OWN = select(KpiRecord.period_start).where(KpiRecord.kpi_id == Kpi.id, KpiRecord.person_id == _PERSON, _CURRENT)


def _start_of_last(periods: int) -> ScalarSelect[date]:
    """The first day of the last so many records of a KPI."""
    last = _OWN.order_by(KpiRecord.period_start.desc()).limit(periods).correlate(Kpi).subquery()
    return select(func.min(last.c.period_start)).scalar_subquery()


LAST: dict[Period, int] = {"week": 53, "month": 13, "quarter": 9, "year": 6}
"""How many records a tile is made of: those that it draws, and a whole year's for a target of the year."""
_FIRST = (
    select(
        _PERSON.label("person_id"), Kpi.id, Kpi.name, Kpi.code, Kpi.kind, Kpi.unit, Kpi.direction, Kpi.period, Kpi.digits, Kpi.over_time,
        case(*((Kpi.period == period, _start_of_last(periods)) for period, periods in LAST.items())).label("start"),
    )
    .where(Kpi.retired_at.is_(None), exists(_OWN.where(KpiRecord.period_start >= _SINCE)))
    .order_by(Kpi.id)
    .limit(bindparam("at_most"))
    .subquery()
)  # fmt: skip
_OF_FIRST = Prepared(
    _ENTRIES.add_columns(
        case((KpiRecord.period_start == _FIRST.c.start, _FIRST.c.name)),
        *(_FIRST.c[name] for name in ("code", "kind", "unit", "direction", "period", "digits", "over_time")),
    )
    .join(_FIRST, and_(_FIRST.c.id == KpiRecord.kpi_id, _FIRST.c.person_id == KpiRecord.person_id))
    .where(KpiRecord.period_start >= _FIRST.c.start, _CURRENT)
    .order_by(KpiRecord.kpi_id, KpiRecord.period_start)
)
"""All built once: asked on every rep's page of the day. A name is read once for each KPI: it is JSON, the rest plain. The person goes through
the KPIs found, or SQLite would read all records of theirs before it knows which."""


# One person --------------------------------------------------------------------------------------


def own(viewer: Actor, kpi_ids: Collection[int], since: date) -> dict[int, list[Entry]]:
    """KPI id → the viewer's own current records from ``since`` on, by period."""
    require(viewer, Permission.KPI_READ_OWN)
    return _by_kpi(_OF_PERSON, {"person_id": viewer.person_id, "kpi_ids": list(kpi_ids), "since": since})


class NamedKpi(NamedTuple):
    """A KPI, as far as a tile shows it."""

    id: int
    name: LocalText
    code: str
    kind: str
    unit: str
    direction: str
    period: str
    digits: int
    over_time: str


def first_own(viewer: Actor, since: Mapping[str, date], at_most: int) -> list[tuple[NamedKpi, list[Entry]]]:
    """The last records (:data:`LAST`) of the first ``at_most`` KPIs in use that have any ``since`` a day, said by the kind of period."""
    require(viewer, Permission.KPI_READ_OWN)
    values = {f"since_{period}": day for period, day in since.items()}
    found: list[tuple[NamedKpi, list[Entry]]] = []
    for kpi_id, start, value, numerator, denominator, name, *rest in _OF_FIRST.rows(
        values | {"person_id": viewer.person_id, "at_most": at_most}
    ):
        if name is not None:
            found.append((NamedKpi(kpi_id, name, *rest), []))
        found[-1][1].append(Entry(start, value, numerator, denominator))
    return found


def _by_kpi(query: Any, values: dict[str, Any]) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = {}
    for kpi_id, *entry in fetch(query, values).all():
        found.setdefault(kpi_id, []).append(Entry(*entry))
    return found


def person(viewer: Actor, person_id: int) -> Person:
    """Somebody whose KPIs the viewer may read. :raises Unknown: otherwise."""
    require(viewer, Permission.KPI_READ)
    return person_in_scope(viewer, Permission.KPI_READ, person_id)


def entries(viewer: Actor, kpi_id: int, person_id: int) -> list[Entry]:
    """The current records of one person, by period. :raises Unknown: if they are not the viewer's to read."""
    _readable(viewer, person_id)
    query = _ENTRIES.where(KpiRecord.kpi_id == kpi_id, KpiRecord.person_id == person_id, _CURRENT)
    return [Entry(*row[1:]) for row in db.session.execute(query.order_by(KpiRecord.period_start))]


def _readable(viewer: Actor, person_id: int) -> None:
    if viewer.person_id == person_id and viewer.can(Permission.KPI_READ_OWN):
        return
    person(viewer, person_id)


class Revision(NamedTuple):
    """One revision of a record: what it said, who brought it and from which import."""

    revision: int
    value: float
    numerator: float | None
    denominator: float | None
    recorded_at: datetime
    superseded_at: datetime | None
    by: str | None
    batch_id: int | None
    batch_actor_id: int | None
    file: str | None


def revisions(viewer: Actor, kpi_id: int, person_id: int, start: date) -> list[Revision]:
    """Every revision of one record, the latest first. :raises Unknown: if it is not the viewer's to read."""
    _readable(viewer, person_id)
    by = aliased(Person)
    query: Any = (
        select(
            KpiRecord.revision, KpiRecord.value, KpiRecord.numerator, KpiRecord.denominator, KpiRecord.recorded_at,
            KpiRecord.superseded_at, called_in_sql(by), KpiRecord.batch_id, ImportBatch.actor_id, StoredFile.name,
        )
        .outerjoin(by, by.id == KpiRecord.recorded_by_id)
        .outerjoin(ImportBatch, ImportBatch.id == KpiRecord.batch_id)
        .outerjoin(StoredFile, StoredFile.id == ImportBatch.file_id)
        .where(KpiRecord.kpi_id == kpi_id, KpiRecord.person_id == person_id, KpiRecord.period_start == start)
        .order_by(KpiRecord.revision.desc())
    )  # fmt: skip
    return [Revision(*row) for row in db.session.execute(query)]


# Teams -------------------------------------------------------------------------------------------


def _scoped(viewer: Actor, query: Any, team_path: str | None = None) -> Any:
    """The query over ``KpiRecord`` kept to people whose KPIs the viewer reads, and to a team with all below it.

    Joined, so that a small team is found by its people and not by reading everybody's records.
    """
    require(viewer, Permission.KPI_READ)
    condition = people_in_scope(viewer, Permission.KPI_READ)
    if team_path is not None:
        below = select(Team.id).where(Team.path.startswith(team_path, autoescape=True))
        condition = and_(condition, Person.team_id.in_(below))
    if isinstance(condition, True_):
        return query
    return query.join(Person, Person.id == KpiRecord.person_id).where(condition)


def latest(viewer: Actor, kpi_ids: Collection[int]) -> dict[int, date]:
    """KPI id → the latest period that anybody has a record in."""
    require(viewer, Permission.KPI_READ)
    last = (
        select(func.max(KpiRecord.period_start)).where(KpiRecord.kpi_id == Kpi.id, _CURRENT).scalar_subquery()
    )
    query = select(Kpi.id, last).where(Kpi.id.in_(kpi_ids))
    return {kpi_id: start for kpi_id, start in db.session.execute(query) if start is not None}


class TeamRow(Struct, frozen=True):
    """A team with all below it: sums by KPI id. ``team`` is None for everybody the viewer sees."""

    team: TeamNode | None
    sums: dict[int, Sums]


def teams(viewer: Actor, kpi_ids: Collection[int], start: date, day: date) -> list[TeamRow]:
    """Everybody in scope, then each team, with the sums of the period that begins on ``start``."""
    require(viewer, Permission.KPI_READ)
    query: Any = (
        select(Person.team_id, KpiRecord.kpi_id, *_SUMS)
        .select_from(KpiRecord)
        .join(Person, Person.id == KpiRecord.person_id)
        .where(people_in_scope(viewer, Permission.KPI_READ))
        .where(KpiRecord.kpi_id.in_(kpi_ids), KpiRecord.period_start == start, _CURRENT)
        .group_by(Person.team_id, KpiRecord.kpi_id)
    )
    nodes = team_tree(viewer, Permission.KPI_READ, day)
    above = {node.id: [int(part) for part in node.path.split("/") if part] for node in nodes}
    rows: dict[int | None, dict[int, Sums]] = {None: {}} | {node.id: {} for node in nodes}
    for team_id, kpi_id, *sums in db.session.execute(query):
        for at in (None, *above.get(team_id, ())):
            if at in rows:
                rows[at][kpi_id] = plus(rows[at].get(kpi_id, NOTHING), Sums(*sums))
    return [TeamRow(None, rows[None]), *(TeamRow(node, rows[node.id]) for node in nodes)]


def totals(
    viewer: Actor, kpi_ids: Collection[int], since: date, team_path: str | None = None
) -> dict[int, dict[date, Sums]]:
    """KPI id → period → sums over the people in scope, from ``since`` on."""
    query = select(KpiRecord.kpi_id, KpiRecord.period_start, *_SUMS).where(
        KpiRecord.kpi_id.in_(kpi_ids), KpiRecord.period_start >= since, _CURRENT
    )
    query = _scoped(viewer, query.group_by(KpiRecord.kpi_id, KpiRecord.period_start), team_path)
    found: dict[int, dict[date, Sums]] = {}
    for kpi_id, start, *sums in db.session.execute(query.order_by(KpiRecord.period_start)):
        found.setdefault(kpi_id, {})[start] = Sums(*sums)
    return found


# Reps --------------------------------------------------------------------------------------------


class Wanted(Struct, frozen=True):
    """Which rows of a KPI: the period, a team with all below it, part of a name, the order."""

    start: date
    team_path: str | None = None
    text: str = ""
    sort: str = "name"


class RepRow(NamedTuple):
    """A rep's figure in a period and in the one before; None where nothing is recorded."""

    person_id: int
    number: str
    name: str
    name_latin: str | None
    team: LocalText | None
    value: float | None
    numerator: float | None
    denominator: float | None
    before: float | None


def reps(viewer: Actor, kpi: Kpi, wanted: Wanted, page: int) -> Page[Any]:
    """One page of the reps in scope, with those who have no record."""
    found = paginate(_reps(viewer, kpi, wanted), page)
    return Page([RepRow(*row) for row in found.rows], found.number, found.size, found.total)


def reps_export(viewer: Actor, kpi: Kpi, wanted: Wanted) -> Iterator[RepRow]:
    """All rows of the same list, in pieces."""
    query, start = _reps(viewer, kpi, wanted), 0
    while rows := db.session.execute(query.limit(EXPORTED_AT_ONCE).offset(start)).all():
        yield from (RepRow(*row) for row in rows)
        start += len(rows)


def _reps(viewer: Actor, kpi: Kpi, wanted: Wanted) -> Any:
    require(viewer, Permission.KPI_READ)
    this, previous = aliased(KpiRecord), aliased(KpiRecord)
    is_rep = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == Role.REP.value)
    stays = or_(Person.left_on.is_(None), Person.left_on >= wanted.start)
    query = (
        select(
            Person.id, Person.number, Person.name, Person.name_latin, Team.name,
            this.value, this.numerator, this.denominator, previous.value,
        )
        .outerjoin(Team, Team.id == Person.team_id)
        .outerjoin(this, _record(this, kpi.id, wanted.start))
        .outerjoin(previous, _record(previous, kpi.id, shift(kpi.period, wanted.start, -1)))
        .where(people_in_scope(viewer, Permission.KPI_READ), or_(this.id.is_not(None), and_(is_rep, stays)))
    )  # fmt: skip
    if wanted.team_path is not None:
        query = query.where(Team.path.startswith(wanted.team_path, autoescape=True))
    if wanted.text:
        columns = (Person.name, Person.name_latin, Person.number)
        query = query.where(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    orders: dict[str, ColumnElement[Any]] = {
        "name": in_name_order(),
        "number": Person.number.expression,
        "value": this.value.expression,
        "change": this.value - previous.value,
    }
    column = orders.get(wanted.sort.lstrip("-"), in_name_order())
    return query.order_by((column.desc() if wanted.sort.startswith("-") else column.asc()).nulls_last(), Person.id)


def _record(record: Any, kpi_id: int, start: date) -> ColumnElement[bool]:
    return and_(
        record.person_id == Person.id,
        record.kpi_id == kpi_id,
        record.period_start == start,
        record.superseded_at.is_(None),
    )


def open_previews(viewer: Actor) -> Sequence[tuple[int, str, datetime, int, int, int, int]]:
    """(batch id, file, previewed at, new, changed, rejected, remarks) of KPI imports that wait for a decision."""
    require(viewer, Permission.KPI_IMPORT)
    query = (
        select(
            ImportBatch.id, StoredFile.name, ImportBatch.previewed_at, ImportBatch.new, ImportBatch.changed,
            ImportBatch.rejected, ImportBatch.notices,
        )
        .join(StoredFile, StoredFile.id == ImportBatch.file_id)
        .where(ImportBatch.kind == "kpi", ImportBatch.state == "previewed")
        .order_by(ImportBatch.id.desc())
        .limit(5)
    )  # fmt: skip
    if not viewer.company_wide(Permission.KPI_IMPORT):
        query = query.where(ImportBatch.actor_id == viewer.person_id)
    return [tuple(row) for row in db.session.execute(query)]  # type: ignore[misc]
