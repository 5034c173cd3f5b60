"""How far the scores of cases can be trusted: the figures of role-plays, from the latest score of each rater."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from assessments.cases.models import CaseScore
from assessments.roleplays import trust_queries
from assessments.roleplays.models import RubricVersion
from assessments.roleplays.trust import Trust, trust
from assessments.roleplays.trust_queries import MOST_RATINGS, RubricUse
from lms.authz import Actor, Permission, require
from lms.db import db


def rubrics_in_use(actor: Actor, limit: int = 50) -> Sequence[RubricUse]:
    """Rubrics that cases were scored by, the last used first."""
    require(actor, Permission.CASE_AUTHOR)
    rows = db.session.execute(
        select(RubricVersion, func.count(CaseScore.id), func.max(CaseScore.at))
        .join(CaseScore, CaseScore.rubric_version_id == RubricVersion.id)
        .group_by(RubricVersion.id)
        .order_by(func.max(CaseScore.id).desc())
        .limit(limit)
    )
    return [RubricUse(rubric, n, last) for rubric, n, last in rows]


def trust_of(actor: Actor, version: RubricVersion) -> Trust:
    """Agreement and raters under one rubric. A rater who scored a work again counts with the last score."""
    require(actor, Permission.CASE_AUTHOR)
    later = aliased(CaseScore)
    superseded = select(later.id).where(later.supersedes_id == CaseScore.id).exists()
    rows = db.session.execute(
        select(CaseScore.work_id, CaseScore.rater_id, CaseScore.points, CaseScore.total, CaseScore.at)
        .where(CaseScore.rubric_version_id == version.id, ~superseded)
        .order_by(CaseScore.id.desc())
        .limit(MOST_RATINGS)
    ).all()
    return trust(trust_queries.given(rows, version.content), tuple(each["key"] for each in version.content["criteria"]))
