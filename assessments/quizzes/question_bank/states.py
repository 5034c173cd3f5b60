"""The state of review in SQL: which version of a question holds the key in force, and what was last said of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, or_, select
from sqlalchemy.orm import aliased

from assessments.quizzes.models import Question, QuestionVersion
from assessments.quizzes.question_bank.models import BankRule, QuestionReview, ReviewAct

DRAFT = "draft"


def text_id() -> ScalarSelect[Any]:
    """Of a ``Question``: the newest version of its text."""
    version = aliased(QuestionVersion)
    newest = select(func.max(version.id)).where(version.question_id == Question.id, version.mends_id.is_(None))
    return newest.correlate(Question).scalar_subquery()


def held_id() -> ScalarSelect[Any]:
    """Of a ``Question``: the version whose key is in force for its newest text."""
    version = aliased(QuestionVersion)
    held = select(func.max(version.id)).where(
        version.question_id == Question.id, func.coalesce(version.mends_id, version.id) == text_id()
    )
    return held.correlate(Question).scalar_subquery()


def state() -> ColumnElement[str]:
    """Of a ``Question``: draft, asked, approved or sent_back."""
    review = aliased(QuestionReview)
    last = select(review.act).where(review.version_id == held_id()).order_by(review.id.desc()).limit(1)
    return func.coalesce(last.correlate(Question).scalar_subquery(), DRAFT)


def asks_for_review() -> ColumnElement[bool]:
    """Of a ``Question``: whether its course publishes only what a second trainer approved."""
    return exists().where(BankRule.course_id == Question.course_id, BankRule.reviewed_only.is_(True))


def may_be_met() -> ColumnElement[bool]:
    """Of a ``Question``: whether it may be drawn and published, as far as review goes."""
    return or_(~asks_for_review(), state() == ReviewAct.APPROVED.value)
