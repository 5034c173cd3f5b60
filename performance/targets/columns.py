"""The columns of an export of targets; the import reads the first of them again."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from lms import tables
from lms.tables import Column, Kind
from performance.kpis.measures import is_share
from performance.kpis.models import Kpi
from performance.targets.pages import Row
from performance.targets.wording import METHODS, STATES


def of(kpi: Kpi) -> list[Column]:
    """One row per team and member, with the figures of the page."""
    kind = Kind.PERCENT if is_share(kpi.kind, kpi.unit) else Kind.NUMBER
    return [
        Column("team_code", _l("Team code"), value=lambda row: row.number if row.subject.team_id else ""),
        Column("person_number", _l("Person number"), value=lambda row: row.number if row.subject.person_id else ""),
        tables.Column("name", _l("Name")),
        Column("value", _l("Target"), kind, lambda row: row.stated.value if row.stated else None),
        Column("status", _l("State"), value=_status),
        Column("method", _l("How it was found"), value=lambda row: METHODS[row.stated.method] if row.stated else ""),
        Column("factor", _l("Seniority factor"), Kind.NUMBER, lambda row: row.stated.factor if row.stated else None),
        Column("to_date", _l("To date"), kind, lambda row: row.progress.found.value),
        Column("share", _l("Attainment"), Kind.PERCENT, lambda row: row.progress.found.share),
        Column("low", _l("Forecast from"), kind, lambda row: _end(row, "low")),
        Column("high", _l("Forecast to"), kind, lambda row: _end(row, "high")),
        Column("state", _l("Where it stands"), value=lambda row: STATES[row.progress.state][1]),
    ]


def _status(row: Row) -> Any:
    return _l("published") if row.published else _l("draft") if row.draft else ""


def _end(row: Row, name: str) -> float | None:
    ahead = row.progress.expected
    return getattr(ahead, name) if ahead is not None else None
