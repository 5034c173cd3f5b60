"""The latest evidence on the today pages of managers, trainers and HR."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from effects import documents, queries
from lms.authz import Actor, Role
from lms.navigation import TodayPanel


def _latest(actor: Actor, _moment: datetime) -> dict[str, Any] | None:
    found = [(row.study, row.run) for row in queries.studies(actor).rows if row.run is not None][:3]
    return {"studies": [(study, run, documents.words_of(run)) for study, run in found]} if found else None


LATEST = TodayPanel(
    "latest_evidence",
    frozenset({Role.MANAGER, Role.TRAINER, Role.HR}),
    600,
    "effects/_latest.html",
    _latest,
)
