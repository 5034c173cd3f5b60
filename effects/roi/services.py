"""State what a course cost: a statement is added, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from effects.models import Study
from effects.money import CURRENCIES
from effects.roi.costing import Costing, problem_of
from effects.roi.models import StudyCosting
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown


def state_costs(actor: Actor, study_id: int, costing: Costing, *, now: datetime) -> StudyCosting:
    """Keep a new statement of costs and margin for a study.

    :raises Unknown: there is no such study.
    :raises Refused: ``roi_not_in_money``, or what :func:`problem_of` finds, at the field of the part.
    """
    require(actor, Permission.EFFECT_RUN)
    study = db.session.get(Study, study_id)
    if study is None:
        raise Unknown()
    if study.kpi.unit not in CURRENCIES:
        raise Refused("roi_not_in_money")
    problem = problem_of(costing)
    if problem is not None:
        raise Refused(problem.code, field=problem.part)
    last = db.session.scalar(select(func.max(StudyCosting.number)).where(StudyCosting.study_id == study_id)) or 0
    stated = StudyCosting(
        study_id=study_id,
        number=last + 1,
        inputs=costing.as_json(),
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(stated)
    db.session.flush()
    audit.record(actor, "study.state_costs", "study", study_id, version=stated.number, likely=costing.cost.likely)
    return stated
