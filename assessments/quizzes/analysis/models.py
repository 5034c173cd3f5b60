"""What is kept of the analysis of quizzes: runs that were computed, and which quiz is whose pre-test."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.quizzes.models import Quiz
from lms.db import Base, one_of
from lms.jobs import Job, Promised


class RunKind(StrEnum):
    SUMMARY = "summary"
    """The figures of the item analysis in short, for lists over many quizzes."""
    ITEMS = "items"
    """All of them, of a quiz that so many have taken that its page would keep its reader waiting."""
    SCALE = "scale"
    """Item response models."""
    SIMILARITY = "similarity"
    """Pairs of takers whose answers agree."""


class QuizAnalysisRun(Promised, Base):
    """One computation over a quiz, never changed afterwards: with the fingerprint of what went in, the seed and the version of the
    method, so that the same comes out again. The last finished one of its kind is shown."""

    __tablename__ = "quiz_analysis_run"
    __table_args__ = (
        UniqueConstraint("quiz_id", "kind", "number"),
        CheckConstraint(one_of("kind", RunKind), name="kind_known"),
        CheckConstraint("(finished_at IS NULL) = (report IS NULL)", name="finished_with_report"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"))
    kind: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), index=True)
    """Empty where a run of many quizzes computed it."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    seed: Mapped[int]
    version: Mapped[str] = mapped_column(String(16))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    n: Mapped[int | None]
    report: Mapped[dict[str, Any] | None]
    finished_at: Mapped[datetime | None]

    quiz: Mapped[Quiz] = relationship()
    job: Mapped[Job | None] = relationship()


class QuizPairing(Base):
    """Which quiz a quiz is compared with as its pre-test. Only added: the last one counts, and one without a pre-test takes it back."""

    __tablename__ = "quiz_pairing"
    __table_args__ = (
        CheckConstraint("pre_quiz_id IS NULL OR pre_quiz_id <> post_quiz_id", name="two_quizzes"),
        Index("ix_quiz_pairing_post_quiz_id_id", "post_quiz_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"))
    pre_quiz_id: Mapped[int | None] = mapped_column(ForeignKey("quiz.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
