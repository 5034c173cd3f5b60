"""What was named, when, and whether a run had been seen by then."""

from __future__ import annotations

from sqlalchemy import select

from effects.models import StudyRun
from effects.runs import last_seen_before
from effects.subgroups.models import StudySubgroups
from lms.db import db


def in_force(study_id: int) -> list[str]:
    """The splits that the next run of a study will have."""
    splits = db.session.scalar(
        select(StudySubgroups.splits)
        .where(StudySubgroups.study_id == study_id)
        .order_by(StudySubgroups.id.desc())
        .limit(1)
    )
    return list(splits or [])


def named_for(run: StudyRun) -> tuple[list[str], int | None]:
    """(splits in force when a run was started, number of the last run seen before they were named)."""
    naming = db.session.scalar(
        select(StudySubgroups)
        .where(StudySubgroups.study_id == run.study_id, StudySubgroups.created_at <= run.created_at)
        .order_by(StudySubgroups.id.desc())
        .limit(1)
    )
    if naming is None:
        return [], None
    return list(naming.splits), last_seen_before(run, naming.created_at)
