"""KPI definitions and the whole company's readings. Figures of people, teams and their history: ``figures``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select

from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Unknown
from performance.kpis.models import Kpi, KpiRecord


class Reading(NamedTuple):
    """The current record of a rep and period."""

    person_id: int
    period_start: date
    value: float
    numerator: float | None
    denominator: float | None


def by_code(code: str) -> Kpi | None:
    return db.session.scalar(select(Kpi).where(Kpi.code == code))


_EVERY = select(Kpi).order_by(Kpi.id)
_IN_USE = _EVERY.where(Kpi.retired_at.is_(None))


def kpis(viewer: Actor, *, retired: bool = False) -> Sequence[Kpi]:
    """The KPIs in the order they were defined; definitions are no secret to those who read any figure."""
    if not viewer.can(Permission.KPI_READ_OWN):
        require(viewer, Permission.KPI_READ)
    return db.session.scalars(_EVERY if retired else _IN_USE).all()


def kpi(viewer: Actor, kpi_id: int) -> Kpi:
    """:raises Unknown: if there is none."""
    if not viewer.can(Permission.KPI_READ_OWN):
        require(viewer, Permission.KPI_READ)
    found = db.session.get(Kpi, kpi_id)
    if found is None:
        raise Unknown()
    return found


def record_counts(viewer: Actor) -> dict[int, int]:
    """KPI id → current records of the whole company."""
    require(viewer, Permission.KPI_DEFINE)
    query = select(KpiRecord.kpi_id, func.count()).where(KpiRecord.superseded_at.is_(None))
    return {kpi_id: count for kpi_id, count in db.session.execute(query.group_by(KpiRecord.kpi_id))}  # noqa: C416


def readings(kpi_id: int, *, since: date | None = None, until: date | None = None) -> Sequence[Reading]:
    """Every rep's current record of a KPI, by rep and period.

    For the effect engine alone: it sees the whole company and shows no rep. Pages use the scoped queries.
    """
    query = (
        select(
            KpiRecord.person_id,
            KpiRecord.period_start,
            KpiRecord.value,
            KpiRecord.numerator,
            KpiRecord.denominator,
        )
        .where(KpiRecord.kpi_id == kpi_id, KpiRecord.superseded_at.is_(None))
        .order_by(KpiRecord.person_id, KpiRecord.period_start)
    )
    if since is not None:
        query = query.where(KpiRecord.period_start >= since)
    if until is not None:
        query = query.where(KpiRecord.period_start <= until)
    return [Reading(*row) for row in db.session.execute(query)]
