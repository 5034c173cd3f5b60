"""KPI records found and written by the thousand: Core statements, no objects. Nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Dialect, and_, case, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from lms.db import after_commit, db, fetch
from lms.imports.diff import named
from lms.imports.models import ImportBatch
from performance.kpis.models import KpiRecord

DENSE = 4
"""How many places of the rectangle persons × periods may be looked at per record wanted."""
TOGETHER = 5_000
MANY = 1_000
CACHE_KIB, USUAL_KIB = 262_144, 2_000
"""What SQLite may keep of the indexes in memory while :data:`MANY` records and more are added at a time, as an import does: each month of
all people touches the whole index by person, which would be written and read over and over with its usual 2 MB."""
_KEY = (KpiRecord.kpi_id, KpiRecord.person_id, KpiRecord.period_start)


class Spot(NamedTuple):
    """Where a record belongs."""

    kpi_id: int
    person_id: int
    period_start: date


class Figures(NamedTuple):
    value: float
    numerator: float | None
    denominator: float | None


def at_spots(query: Any, spots: Collection[Spot], *, current: bool) -> Iterable[Any]:
    """Rows of a select over ``KpiRecord`` at these spots: the current ones, or every revision. It may give some beside them.

    A file that holds every period of every rep is asked for as a rectangle, one of scattered rows by each key. The index of current records
    has the period before the person, that of the revisions the person first: stretches of people serve the one, each of them the other.
    """
    if current:
        query = query.where(KpiRecord.superseded_at.is_(None))
    by_kpi: dict[int, list[Spot]] = {}
    for spot in spots:
        by_kpi.setdefault(spot[0], []).append(spot)
    for kpi_id, wanted in by_kpi.items():
        persons, starts = {spot[1] for spot in wanted}, {spot[2] for spot in wanted}
        narrowed = query.where(KpiRecord.kpi_id == kpi_id)
        if len(persons) * len(starts) <= DENSE * len(wanted):
            people = _among(persons) if current else KpiRecord.person_id.in_(persons)
            yield from fetch(narrowed.where(people, KpiRecord.period_start.in_(starts))).all()
            continue
        pair = tuple_(KpiRecord.person_id, KpiRecord.period_start)
        for start in range(0, len(wanted), TOGETHER):
            some = [(spot.person_id, spot.period_start) for spot in wanted[start : start + TOGETHER]]
            yield from fetch(narrowed.where(pair.in_(some))).all()


def _among(person_ids: Collection[int]) -> ColumnElement[bool]:
    """A condition that the records of these people meet, and of few others: where most ids of a stretch are wanted, the stretch."""
    first, last = min(person_ids), max(person_ids)
    if last - first < DENSE * len(person_ids):
        return KpiRecord.person_id.between(first, last)
    return KpiRecord.person_id.in_(person_ids)


def current(spots: Collection[Spot]) -> dict[Spot, Figures]:
    """The current figures at these spots, and perhaps at some beside them."""
    query = select(*_KEY, KpiRecord.value, KpiRecord.numerator, KpiRecord.denominator)
    rows = at_spots(query, spots, current=True)
    return {named(Spot, row[:3]): named(Figures, row[3:]) for row in rows}


def usual(kpi_id: int, rate: bool, person_ids: Collection[int]) -> dict[int, float]:
    """Person id → mean of the current records of a KPI; of a rate the sum over the sum."""
    mean = (
        func.sum(KpiRecord.numerator) / func.nullif(func.sum(KpiRecord.denominator), 0)
        if rate
        else func.avg(KpiRecord.value)
    )
    query = (
        select(KpiRecord.person_id, mean)
        .where(KpiRecord.kpi_id == kpi_id, KpiRecord.person_id.in_(person_ids), KpiRecord.superseded_at.is_(None))
        .group_by(KpiRecord.person_id)
    )
    return {person_id: value for person_id, value in fetch(query).all() if value is not None}


def any_withdrawn() -> bool:
    """Whether some spot may have revisions but no current record: only an undone import leaves that."""
    undone = select(ImportBatch.id).where(ImportBatch.undone_at.is_not(None), ImportBatch.kind == "kpi")
    return db.session.scalar(undone.limit(1)) is not None


def write(
    batch_id: int | None,
    records: Sequence[tuple[Spot, Figures]],
    *,
    superseding: Collection[Spot],
    look_back: bool,
    by: int | None,
    now: datetime,
) -> None:
    """Add records; those at ``superseding`` take the place of the current one.

    :param look_back: ask for earlier revisions of the others too (see :func:`any_withdrawn`).
    """
    revisions = _supersede(superseding, now)
    if look_back:
        revisions |= _last_revisions([spot for spot, _figures in records if spot not in revisions])
    _insert(records, revisions, {"batch_id": batch_id, "recorded_at": now, "recorded_by_id": by})


def _insert(records: Sequence[tuple[Spot, Figures]], revisions: Mapping[Spot, int], same: Mapping[str, Any]) -> None:
    """Insert records through the driver: what all have in common is converted once, not a million times.

    :param revisions: the last revision of those that are not the first of their spot.
    :param same: the columns after those of a record's own → value, alike in all.
    """
    connection = db.session.connection()
    dialect = connection.dialect
    if dialect.name == "sqlite" and len(records) >= MANY:
        connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
        after_commit(_give_memory_back)
    names = (*Spot._fields, "revision", *Figures._fields, *same)
    statement = insert(KpiRecord.__table__).inline().compile(dialect=dialect, column_keys=names)  # type: ignore[arg-type]
    day = lru_cache(maxsize=None)(_converter("period_start", dialect))
    tail = tuple(_converter(name, dialect)(value) for name, value in same.items())
    for start in range(0, len(records), TOGETHER):
        some: list[Any] = [
            (spot[0], spot[1], day(spot[2]), revisions.get(spot, 0) + 1 if revisions else 1, *figures, *tail)
            for spot, figures in records[start : start + TOGETHER]
        ]
        if not statement.positional:
            some = [dict(zip(names, row, strict=True)) for row in some]
        connection.exec_driver_sql(str(statement), some)


def _give_memory_back() -> None:
    connection = db.session.connection()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{USUAL_KIB}")
    connection.exec_driver_sql("PRAGMA shrink_memory")


def _converter(name: str, dialect: Dialect) -> Callable[[Any], Any]:
    """How a column's values are written for the driver."""
    column_type = KpiRecord.__table__.c[name].type.dialect_impl(dialect)
    return column_type.bind_processor(dialect) or (lambda value: value)


def _supersede(spots: Collection[Spot], now: datetime) -> dict[Spot, int]:
    """End the current records at these spots: their revisions."""
    if not spots:
        return {}
    wanted = set(spots)
    query = select(*_KEY, KpiRecord.revision, KpiRecord.id)
    found = [(Spot(*row[:3]), row.revision, row.id) for row in at_spots(query, wanted, current=True)]
    ids = [record_id for spot, _revision, record_id in found if spot in wanted]
    for start in range(0, len(ids), TOGETHER):
        some = ids[start : start + TOGETHER]
        db.session.execute(
            update(KpiRecord).where(KpiRecord.id.in_(some)).values(superseded_at=now),
            execution_options={"synchronize_session": False},
        )
    return {spot: revision for spot, revision, _id in found if spot in wanted}


def _last_revisions(spots: Collection[Spot]) -> dict[Spot, int]:
    if not spots:
        return {}
    found: dict[Spot, int] = {}
    for row in at_spots(select(*_KEY, KpiRecord.revision), spots, current=False):
        spot = Spot(*row[:3])
        found[spot] = max(found.get(spot, 0), row.revision)
    return found


# Taking a batch back -----------------------------------------------------------------------------


def _spots_of(batch_id: int) -> Any:
    """One row per spot of a batch: its first and last revision there, and whether one of them is current."""
    return (
        select(
            *_KEY,
            func.min(KpiRecord.revision).label("first"),
            func.max(KpiRecord.revision).label("last"),
            func.max(case((KpiRecord.superseded_at.is_(None), 1), else_=0)).label("stands"),
        )
        .where(KpiRecord.batch_id == batch_id)
        .group_by(*_KEY)
        .subquery()
    )


def superseded_since(batch_id: int) -> int:
    """In how many places something later stands on, or has replaced, what a batch brought."""
    spots = _spots_of(batch_id)
    return db.session.scalar(select(func.count()).select_from(spots).where(spots.c.stands == 0)) or 0


def withdraw(batch_id: int, *, by: int | None, now: datetime) -> None:
    """End every current record of a batch and append again what stood before it. The caller saw that it stands.

    What stood before is the revision just below the batch's first one, unless its own import was undone: then
    there was nothing.
    """
    spots, before = _spots_of(batch_id), aliased(KpiRecord)
    restored = (
        select(
            before.kpi_id,
            before.person_id,
            before.period_start,
            spots.c.last + 1,
            before.value,
            before.numerator,
            before.denominator,
            before.batch_id,
            literal(now, KpiRecord.recorded_at.type),
            literal(by, KpiRecord.recorded_by_id.type),
        )
        .join(
            spots,
            and_(
                spots.c.kpi_id == before.kpi_id,
                spots.c.person_id == before.person_id,
                spots.c.period_start == before.period_start,
                spots.c.first - 1 == before.revision,
            ),
        )
        .outerjoin(ImportBatch, ImportBatch.id == before.batch_id)
        .where(or_(before.batch_id.is_(None), ImportBatch.undone_at.is_(None)))
    )
    db.session.execute(
        update(KpiRecord)
        .where(KpiRecord.batch_id == batch_id, KpiRecord.superseded_at.is_(None))
        .values(superseded_at=now),
        execution_options={"synchronize_session": False},
    )
    columns = ("kpi_id", "person_id", "period_start", "revision", "value", "numerator", "denominator", "batch_id")
    db.session.execute(insert(KpiRecord).from_select([*columns, "recorded_at", "recorded_by_id"], restored))


def kpis_of(batch_id: int) -> set[int]:
    """The KPIs a batch has records of."""
    query = select(KpiRecord.kpi_id).where(KpiRecord.batch_id == batch_id).distinct()
    return set(db.session.scalars(query))
