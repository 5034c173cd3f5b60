"""What a second trainer said of a version, whether a course asks for that, and how versions fared. Reviews are only added."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, one_of


class ReviewAct(StrEnum):
    """What was last done decides the state of a version; one without any is a draft."""

    ASKED = "asked"
    APPROVED = "approved"
    SENT_BACK = "sent_back"


class QuestionReview(Base):
    """A step in the review of one version. Who approves is another person than who wrote it: the service holds to that."""

    __tablename__ = "question_review"
    __table_args__ = (
        CheckConstraint(one_of("act", ReviewAct), name="act_known"),
        CheckConstraint("act <> 'sent_back' OR comment <> ''", name="sent_back_says_why"),
        Index("ix_question_review_version_id", "version_id"),
        Index("ix_question_review_act", "act"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"))
    """The version that holds the key in force: a mended key is looked at again."""
    act: Mapped[str] = mapped_column(String(16))
    comment: Mapped[str] = mapped_column(String(2000), default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class BankRule(Base):
    """What a course asks of its bank. Without a row: nothing."""

    __tablename__ = "question_bank_rule"

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    reviewed_only: Mapped[bool] = mapped_column(default=False)
    """Only approved questions are published and drawn."""
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class QuestionFigure(Base):
    """How a version fared in first attempts, counted each night from the grades that stand."""

    __tablename__ = "question_figure"
    __table_args__ = (
        CheckConstraint("answered BETWEEN 0 AND asked", name="answered_of_asked"),
        CheckConstraint("earned >= 0", name="earned_not_negative"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"), primary_key=True)
    asked: Mapped[int]
    """In how many first attempts it was asked."""
    answered: Mapped[int]
    earned: Mapped[float]
    """The sum of the shares earned, an answer left empty counting 0: earned ÷ asked is the facility."""
    counted_at: Mapped[datetime]
