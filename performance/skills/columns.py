"""The team view as a table for CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from courses.competencies.queries import Brief
from lms.i18n import called, local
from lms.tables import Column, Kind
from performance.skills import words


def of_team(briefs: Sequence[Brief]) -> list[Column]:
    """Name, team and readiness, then three columns per competency: level asked for, level, verdict."""
    fixed = [
        Column("number", _l("Person number"), value=lambda row: row.person.number),
        Column("name", _l("Name"), value=lambda row: called(row.person)),
        Column("team", _l("Team"), value=lambda row: local(row.person.team.name) if row.person.team else ""),
        Column("share", _l("Readiness"), Kind.PERCENT, value=lambda row: row.readiness.share),
        Column("low", _l("Readiness, lowest plausible"), Kind.PERCENT, value=lambda row: row.readiness.low),
        Column("high", _l("Readiness, highest plausible"), Kind.PERCENT, value=lambda row: row.readiness.high),
        Column("required", _l("Competencies asked for"), Kind.INTEGER, value=lambda row: row.readiness.required),
        Column("met", _l("Met"), Kind.INTEGER, value=lambda row: row.readiness.met),
        Column("gaps", _l("Gaps"), Kind.INTEGER, value=lambda row: row.readiness.gaps),
    ]
    return [*fixed, *(column for brief in briefs for column in _of(brief))]


def _of(brief: Brief) -> list[Column]:
    name = local(brief.name)
    return [
        Column(f"{brief.code}_level", name, Kind.NUMBER, _cell(brief.id, _level)),
        Column(f"{brief.code}_asked", _l("%(competency)s: level asked for", competency=name), Kind.INTEGER, _cell(brief.id, lambda state: state.required)),
        Column(f"{brief.code}_verdict", _l("%(competency)s: verdict", competency=name), Kind.TEXT, _cell(brief.id, _verdict)),
    ]


def _cell(competency_id: int, of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda row: of(row.cells[competency_id]) if competency_id in row.cells else None


def _level(state: Any) -> int | None:
    found = words.state_level(state)
    return found.level if found else None


def _verdict(state: Any) -> str:
    return str(words.VERDICTS[state.verdict])
