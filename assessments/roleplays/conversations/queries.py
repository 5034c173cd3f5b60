"""What raters and trainers read of talks with a model's customer: the transcript, the proposal, its agreement with people."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from assessments.roleplays import policies, trust_queries
from assessments.roleplays.conversations import proposing, transcripts
from assessments.roleplays.conversations.agreement import MODEL, SETTLED, Beside, beside
from assessments.roleplays.conversations.models import ConversationTurn, ScoreProposal
from assessments.roleplays.models import Play, RubricVersion, Way
from assessments.roleplays.rating_models import PlayResult, Rating, RatingTask, Reason
from assessments.roleplays.trust import TOTAL, Given
from lms.authz import Actor
from lms.db import db

MOST_TALKS = 2000
_Later = aliased(PlayResult)


def transcript(actor: Actor, play: Play) -> Sequence[ConversationTurn] | None:
    """The turns for those who may read them, as recordings may be watched; empty when erased, None where nothing was written."""
    if play.way != Way.CONVERSATION:
        return None
    seen = db.session.scalar(select(Play.id).where(Play.id == play.id, policies.in_the_circle(actor)))
    return transcripts.turns(play.id) if seen else []


class ProposalPage(Struct, frozen=True):
    """A proposal beside a rater's sheet. ``evidence`` by criterion; ``agreement`` of this model under this rubric with people."""

    row: ScoreProposal
    evidence: dict[str, dict[str, Any]]
    agreement: dict[str, Beside]


def proposal_for(play: Play, rating: Rating | None) -> ProposalPage | None:
    """What the rater of a sheet may see of the model's proposal: nothing before their own rating, unless it is set so."""
    row = proposing.newest(play.id) if play.way == Way.CONVERSATION else None
    if row is None or (rating is None and not row.shown_first):
        return None
    figures = agreement(play.version.rubric, row.model) if row.refused is None else ()
    return ProposalPage(row, {each["key"]: each for each in row.evidence}, {each.key: each for each in figures})


def agreement(version: RubricVersion, model: str) -> tuple[Beside, ...]:
    """Of one model with what people settled on under one rubric, so far: two statements."""
    last = (
        select(func.max(ScoreProposal.id))
        .where(ScoreProposal.rubric_version_id == version.id, ScoreProposal.model == model)
        .group_by(ScoreProposal.play_id)
    )
    proposals = db.session.execute(
        select(ScoreProposal.play_id, ScoreProposal.points, ScoreProposal.at)
        .where(ScoreProposal.id.in_(last), ScoreProposal.refused.is_(None), ScoreProposal.shown_first.is_(False))
        .order_by(ScoreProposal.id.desc())
        .limit(MOST_TALKS)
    ).all()
    rows = [(play, MODEL, points, trust_queries.total_of(version, points), at) for play, points, at in proposals]
    settled, people = _of_people([play for play, *_ in rows])
    both = [*trust_queries.given(rows, version.content), *settled]
    return beside(both, trust_queries.given(people, version.content), [each["key"] for each in version.content["criteria"]])


def _of_people(play_ids: Sequence[int]) -> tuple[list[Given], Sequence[Any]]:
    """What was settled on these talks, and the single ratings behind it; talks that wait for another rater are left out."""
    if not play_ids:
        return [], []
    rows = db.session.execute(
        select(Rating.play_id, Rating.rater_id, Rating.points, Rating.total, Rating.at, PlayResult.score, PlayResult.criteria)
        .join(RatingTask, RatingTask.id == Rating.task_id)
        .join(PlayResult, PlayResult.play_id == Rating.play_id)
        .outerjoin(_Later, _Later.supersedes_id == PlayResult.id)
        .where(Rating.play_id.in_(play_ids), RatingTask.reason != Reason.ANCHOR.value, _Later.id.is_(None))
        .order_by(Rating.id)
    ).all()
    results = {row.play_id: (row.score, row.criteria) for row in rows}
    settled = [
        Given(play, SETTLED, key, float(Fraction(share)))
        for play, (score, criteria) in results.items()
        for key, share in {TOTAL: score, **criteria}.items()
    ]
    return settled, [row[:5] for row in rows]


def models_of(version: RubricVersion) -> Sequence[str]:
    """The models that have proposed scores under a rubric."""
    used = select(ScoreProposal.model).where(ScoreProposal.rubric_version_id == version.id, ScoreProposal.refused.is_(None))
    return db.session.scalars(used.distinct().order_by(ScoreProposal.model).limit(5)).all()
