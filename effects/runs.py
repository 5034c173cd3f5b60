"""Which runs of a study somebody could have read before they said something about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from effects.models import StudyRun
from lms.db import db


def last_seen_before(run: StudyRun, moment: datetime) -> int | None:
    """The number of the last earlier run of the same study that had its answer at ``moment``; None if none had."""
    return db.session.scalar(
        select(StudyRun.number)
        .where(StudyRun.study_id == run.study_id, StudyRun.number < run.number, StudyRun.finished_at < moment)
        .order_by(StudyRun.number.desc())
        .limit(1)
    )
