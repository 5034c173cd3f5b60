"""Which KPI was named as one that the course cannot touch, and whether a run had been seen by then."""

from __future__ import annotations

from sqlalchemy import Select, select

from effects.models import Study, StudyRun
from effects.runs import last_seen_before
from effects.untouchable.models import StudyUntouchable
from lms.db import LocalText, db
from performance.kpis.models import Kpi


def _in_force(study_id: int) -> Select[int | None]:
    return (
        select(StudyUntouchable.kpi_id)
        .where(StudyUntouchable.study_id == study_id)
        .order_by(StudyUntouchable.id.desc())
        .limit(1)
    )


def in_force(study_id: int) -> int | None:
    """The id of the KPI that the next run of a study will look at."""
    return db.session.scalar(_in_force(study_id))


def choices(study: Study) -> tuple[list[tuple[int, LocalText]], int | None]:
    """(KPIs that can be put beside the one studied: others with the same period, as (id, name); the one in force)."""
    rows = db.session.execute(
        select(Kpi.id, Kpi.name, _in_force(study.id).scalar_subquery())
        .where(Kpi.period == study.kpi.period, Kpi.id != study.kpi_id, Kpi.retired_at.is_(None))
        .order_by(Kpi.id)
    ).all()
    return [(i, name) for i, name, _named in rows], next((named for _id, _name, named in rows), None)


def named_for(run: StudyRun) -> tuple[Kpi | None, int | None]:
    """(the KPI in force when a run was started, number of the last run seen before it was named)."""
    naming = db.session.scalar(
        select(StudyUntouchable)
        .where(StudyUntouchable.study_id == run.study_id, StudyUntouchable.created_at <= run.created_at)
        .order_by(StudyUntouchable.id.desc())
        .limit(1)
    )
    if naming is None or naming.kpi is None:
        return None, None
    return naming.kpi, last_seen_before(run, naming.created_at)
