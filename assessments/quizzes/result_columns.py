"""The columns of the list of results, for its export: the same rows as on the page."""

from __future__ import annotations

from fractions import Fraction

from flask_babel import gettext as _

from assessments.quizzes.results import Row
from lms.i18n import local
from lms.tables import Column, Kind


def columns() -> list[Column]:
    return [
        Column("number", _("Person number"), value=lambda row: row.person.number),
        Column("name", _("Name"), value=lambda row: row.person.name),
        Column("team", _("Team"), value=lambda row: local(row.person.team.name) if row.person.team else ""),
        Column("attempt", _("Attempt"), Kind.INTEGER, value=lambda row: row.attempt.number),
        Column("started", _("Begun"), Kind.DATETIME, value=lambda row: row.attempt.started_at),
        Column("ended", _("Ended"), Kind.DATETIME, value=lambda row: row.attempt.ended_at),
        Column("minutes", _("Minutes"), Kind.NUMBER, value=_minutes),
        Column("marks", _("Marks"), Kind.NUMBER, value=_marks),
        Column("possible", _("Marks possible"), Kind.INTEGER, value=_possible),
        Column("score", _("Score"), Kind.PERCENT, value=lambda row: row.entry.score if row.entry else None),
        Column("passed", _("Passed"), Kind.BOOLEAN, value=lambda row: row.entry.passed if row.entry else None),
    ]


def _minutes(row: Row) -> float | None:
    ended = row.attempt.ended_at
    return round((ended - row.attempt.started_at).total_seconds() / 60, 1) if ended else None


def _marks(row: Row) -> float | None:
    return float(Fraction(row.entry.earned)) if row.entry else None


def _possible(row: Row) -> int | None:
    return row.entry.possible if row.entry else None
