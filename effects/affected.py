"""The studies that a change of KPI records bears on, named where the records are imported."""

from __future__ import annotations

from collections.abc import Set

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from effects.models import Study
from lms.db import db
from lms.i18n import local
from lms.imports.kinds import Affected

MOST = 50


def studies_of(kpi_ids: Set[int]) -> list[Affected]:
    """The studies of these KPIs, the one asked last first, at most fifty."""
    query = (
        select(Study)
        .where(Study.kpi_id.in_(kpi_ids))
        .options(joinedload(Study.course), joinedload(Study.initiative), joinedload(Study.kpi))
        .order_by(Study.id.desc())
        .limit(MOST)
    )
    return [
        Affected(
            f"{local(study.title)} × {local(study.kpi.name)}",
            f"/effects/{study.id}",
        )
        for study in db.session.scalars(query)
    ]
