"""What raters and trainers read of talks with a model's customer: the transcript, the proposal, its agreement with people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, select

from assessments.roleplays import policies, trust_queries
from assessments.roleplays.conversations import proposing, transcripts
from assessments.roleplays.conversations.agreement import MODEL, PERSON, Beside, beside
from assessments.roleplays.conversations.models import ConversationTurn, ScoreProposal
from assessments.roleplays.models import Play, RubricVersion, Way
from assessments.roleplays.rating_models import Rating, RatingTask, Reason
from lms.authz import Actor
from lms.db import db

MOST_TALKS = 2000


def transcript(actor: Actor, play: Play) -> Sequence[ConversationTurn] | None:
    """The turns for those who may read them, as recordings may be watched; empty when erased, None where nothing was written."""
    if play.way != Way.CONVERSATION:
        return None
    seen = db.session.scalar(select(Play.id).where(Play.id == play.id, policies.in_the_circle(actor)))
    return transcripts.turns(play.id) if seen else []


@dataclass(frozen=True, slots=True)
class ProposalPage:
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
    """Of one model with people under one rubric, so far."""
    last = (
        select(func.max(ScoreProposal.id))
        .where(ScoreProposal.rubric_version_id == version.id, ScoreProposal.model == model)
        .group_by(ScoreProposal.play_id)
    )
    proposals = db.session.execute(
        select(ScoreProposal.play_id, literal(MODEL), ScoreProposal.points, literal(0.0), ScoreProposal.at)
        .where(ScoreProposal.id.in_(last), ScoreProposal.refused.is_(None), ScoreProposal.shown_first.is_(False))
        .order_by(ScoreProposal.id.desc())
        .limit(MOST_TALKS)
    ).all()
    totalled = [(play, who, points, trust_queries.total_of(version, points), at) for play, who, points, _, at in proposals]
    people = _first_ratings([row[0] for row in proposals]) if proposals else []
    given = trust_queries.given([*totalled, *people], version.content)
    return beside(given, [each["key"] for each in version.content["criteria"]])


def _first_ratings(play_ids: Sequence[int]) -> Sequence[Any]:
    first = (
        select(func.min(Rating.id))
        .join(RatingTask, RatingTask.id == Rating.task_id)
        .where(Rating.play_id.in_(play_ids), RatingTask.reason != Reason.ANCHOR.value)
        .group_by(Rating.play_id)
    )
    return db.session.execute(
        select(Rating.play_id, literal(PERSON), Rating.points, Rating.total, Rating.at).where(Rating.id.in_(first))
    ).all()


def models_of(version: RubricVersion) -> Sequence[str]:
    """The models that have proposed scores under a rubric."""
    used = select(ScoreProposal.model).where(ScoreProposal.rubric_version_id == version.id, ScoreProposal.refused.is_(None))
    return db.session.scalars(used.distinct().order_by(ScoreProposal.model).limit(5)).all()
