"""Practising again: every answer given to a card, what it showed, and when the card comes back. Only added; the last one counts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base


class PracticeReview(Base):
    """One answer to one card. It earns nothing and costs nothing: no grade, course or appraisal reads this table."""

    __tablename__ = "practice_review"
    __table_args__ = (
        UniqueConstraint("person_id", "question_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("due_at > at", name="due_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"))
    key_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"))
    """Whose key was in force."""
    number: Mapped[int]
    """Counts the answers of this person to this card."""
    item: Mapped[dict[str, Any]]
    """The question as it was laid out: the order of its options, the numbers drawn."""
    answer: Mapped[list[Any]]
    share: Mapped[str] = mapped_column(String(64))
    """What of it was right, exact: ``1/2``."""
    memory: Mapped[dict[str, Any]]
    """What the scheduler remembers: stability, difficulty, state, step."""
    scheduler: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    due_at: Mapped[datetime]
