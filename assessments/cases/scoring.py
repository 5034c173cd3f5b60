"""Scoring a case by its frozen rubric, without the names: each score is added, the latest of each rater counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from assessments.cases import policies, services
from assessments.cases.models import CaseScore, CaseWork, Goal
from assessments.grading import rubric as scale
from assessments.grading.rubric import RubricInvalid, RubricScore
from assessments.roleplays import rubrics
from assessments.roleplays import scoring as settling
from assessments.roleplays.models import RubricVersion
from assessments.roleplays.scoring import Settled
from courses.completion import Outcome
from lms import audit
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.values import NotEstimable

LONGEST = 4000


def submit(
    actor: Actor,
    work_id: int,
    points: Mapping[str, str],
    best: str,
    change: str,
    client_key: str,
    *,
    now: datetime,
) -> CaseScore:
    """Score a work that was answered completely; a further score of the same rater supersedes the earlier one.

    The result is recorded with the course in the same transaction. The same sheet sent twice is kept once.

    :raises Unknown: if the actor is not to score it, or it has no rubric.
    :raises Refused: ``case_points``, ``case_feedback_missing``, ``case_text_long``, ``case_score_key``.
    """
    require(actor, Permission.CASE_SCORE)
    policies.scored_work(actor, work_id)
    work = db.session.get_one(CaseWork, work_id, with_for_update=True)
    rubric = work.version.rubric
    if rubric is None or actor.person_id is None:
        raise Unknown()
    before = own_latest(actor, work)
    if before is not None and before.client_key == client_key:
        return before
    _check(best, change, client_key)
    judged = judge(rubric, points)
    score = CaseScore(
        work_id=work.id,
        person_id=work.person_id,
        rater_id=actor.person_id,
        rubric_version_id=rubric.id,
        points=rubrics.as_written(rubric.content, points),
        total=float(judged.total),  # type: ignore[arg-type]
        passed=bool(judged.passed),
        best=best.strip(),
        change=change.strip(),
        client_key=client_key,
        at=now,
        supersedes_id=before.id if before else None,
    )
    db.session.add(score)
    db.session.flush()
    audit.record(actor, "case.score", "case_work", work.id, score=score.id)
    _tell(work, now)
    return score


def _check(best: str, change: str, client_key: str) -> None:
    if not 8 <= len(client_key) <= 64 or db.session.scalar(select(CaseScore.id).where(CaseScore.client_key == client_key)):
        raise Refused("case_score_key")
    if not (best.strip() and change.strip()):
        raise Refused("case_feedback_missing", field="change" if best.strip() else "best")
    if max(len(best), len(change)) > LONGEST:
        raise Refused("case_text_long", most=LONGEST)


def judge(rubric: RubricVersion, points: Mapping[str, str]) -> RubricScore:
    """A complete score by the frozen rubric. :raises Refused: ``case_points``."""
    try:
        judged = scale.score(rubrics.exact(rubric.title, rubric.content), points)
    except RubricInvalid as wrong:
        raise Refused("case_points") from wrong
    if isinstance(judged.total, NotEstimable):
        raise Refused("case_points")
    return judged


def own_latest(actor: Actor, work: CaseWork) -> CaseScore | None:
    """What the actor said last about a work."""
    return db.session.scalar(
        select(CaseScore)
        .where(CaseScore.work_id == work.id, CaseScore.rater_id == actor.person_id)
        .order_by(CaseScore.id.desc())
        .limit(1)
    )


def counting(work_id: int) -> Sequence[CaseScore]:
    """The latest score of each rater."""
    later = aliased(CaseScore)
    superseded = select(later.id).where(later.supersedes_id == CaseScore.id).exists()
    query = select(CaseScore).where(CaseScore.work_id == work_id, ~superseded)
    return db.session.scalars(query.order_by(CaseScore.id)).all()


def result(work: CaseWork, scores: Sequence[CaseScore]) -> Settled | None:
    """What the frozen rubric decides from the scores there are; None while there is none."""
    rubric = work.version.rubric
    if rubric is None or not scores:
        return None
    judged = [judge(rubric, score.points) for score in scores]
    settled = settling.settle(rubrics.exact(rubric.title, rubric.content), judged)
    return None if isinstance(settled, NotEstimable) else settled


def _tell(work: CaseWork, now: datetime) -> None:
    settled = result(work, counting(work.id))
    if settled is not None:
        passed = settled.passed or work.goal == Goal.ANSWERED
        outcome = Outcome(passed, float(settled.total), work.answered_at or now, services.source_of(work))
        services.record(SYSTEM, work, outcome, now=now)
