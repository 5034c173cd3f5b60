"""Whether a completion stands: it does until a review says otherwise, and the last review counts."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, select

from courses.models import Completion, CompletionReview
from lms.db import db


def completion_stands(completion_id: int) -> bool:
    last = db.session.scalar(
        select(CompletionReview.stands)
        .where(CompletionReview.completion_id == completion_id)
        .order_by(CompletionReview.id.desc())
        .limit(1)
    )
    return last is not False


def stands() -> ColumnElement[bool]:
    """The same as a condition on ``Completion``, for lists."""
    last = (
        select(func.max(CompletionReview.id))
        .where(CompletionReview.completion_id == Completion.id)
        .correlate(Completion)
        .scalar_subquery()
    )
    return ~exists().where(CompletionReview.id == last, CompletionReview.stands.is_(False))
