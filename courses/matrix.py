"""The columns of the progress matrix, for its export: the same rows as on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _

from courses.forms import CHOSEN_LABELS
from courses.models import Chosen, ModuleVersion
from courses.reports import Participant
from lms.i18n import local
from lms.tables import Column, Kind


def columns(modules: Sequence[ModuleVersion]) -> list[Column]:
    """Person, enrolment, progress, and per module its best score, else whether it is done."""
    return [
        Column("number", _("Person number"), value=lambda row: row.person.number),
        Column("name", _("Name"), value=lambda row: row.person.name),
        Column("team", _("Team"), value=lambda row: local(row.person.team.name) if row.person.team else ""),
        Column("cycle", _("Cycle"), Kind.INTEGER, value=lambda row: row.enrolment.cycle),
        Column(
            "chosen",
            _("How chosen"),
            value=lambda row: CHOSEN_LABELS[Chosen(row.enrolment.chosen)],
        ),
        Column("reason", _("Reason"), value=lambda row: row.enrolment.reason),
        Column("enrolled", _("Enrolled at"), Kind.DATETIME, value=lambda row: row.enrolment.enrolled_at),
        Column("started", _("Started on"), Kind.DATE, value=lambda row: row.enrolment.started_on),
        Column("due", _("Due on"), Kind.DATE, value=lambda row: row.enrolment.due_on),
        Column("completed", _("Completed on"), Kind.DATE, value=lambda row: row.completed_on),
        Column("progress", _("Progress"), Kind.PERCENT, value=_share),
        *(_module_column(module) for module in modules),
    ]


def _share(row: Participant) -> float | None:
    return row.judgement.share if row.judgement else None


def _module_column(module: ModuleVersion) -> Column:
    return Column(str(module.module_id), local(module.title), Kind.PERCENT, value=_cell(module.module_id))


def _cell(module_id: int) -> Callable[[Participant], Any]:
    def value(row: Participant) -> Any:
        for state in row.judgement.requirements if row.judgement else ():
            if state.requirement.module_id == module_id:
                return state.best if state.best is not None else (_("done") if state.met else None)
        return None

    return value
