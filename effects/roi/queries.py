"""Statements of cost for pages and reports."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from effects.roi.models import StudyCosting
from lms.authz import Actor, Permission, require
from lms.db import db


def statements(actor: Actor, study_id: int) -> Sequence[StudyCosting]:
    """Every statement of a study, the newest first. They name nobody but who stated them."""
    require(actor, Permission.EFFECT_READ)
    return db.session.scalars(
        select(StudyCosting)
        .where(StudyCosting.study_id == study_id)
        .options(joinedload(StudyCosting.created_by))
        .order_by(StudyCosting.number.desc())
    ).all()


def in_force(study_id: int) -> StudyCosting | None:
    """The last statement of a study."""
    return db.session.scalar(
        select(StudyCosting)
        .where(StudyCosting.study_id == study_id)
        .options(joinedload(StudyCosting.created_by))
        .order_by(StudyCosting.number.desc())
        .limit(1)
    )
