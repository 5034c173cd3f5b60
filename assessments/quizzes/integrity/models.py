"""What a browser tells of an attempt while it lasts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base


class QuizActivity(Base):
    """A few events as a page sent them, with the moments by that page's own clock. Only added, at most so many of so many."""

    __tablename__ = "quiz_activity"
    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 200", name="number_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    number: Mapped[int]
    received_at: Mapped[datetime]
    events: Mapped[list[Any]]
    """``[[moment, what, question or None]]``, the moment in milliseconds since 1970."""
