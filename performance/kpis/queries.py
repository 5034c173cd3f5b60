"""KPI figures for pages, exports and the effect engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from lms.db import db
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
