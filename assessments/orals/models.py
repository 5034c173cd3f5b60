"""Oral exams: the draft in a course, sittings with what was drawn, each examiner's sheet, and the result. Sheets and results are only added."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.models import Enrolment, Module, ModuleVersion
from lms.db import NULLABLE_JSON, Base, one_of
from lms.people.models import Person


class How(StrEnum):
    """How a result came about: the mean of two who are close; the median of three; agreed between two, with the reason;
    corrected by a trainer of the course, with the reason."""

    AGREED = "agreed"
    THIRD = "third"
    DISCUSSION = "discussion"
    CORRECTED = "corrected"


class OralExam(Base):
    """The draft of an oral exam. What examiners and learners meet is frozen with the published module."""

    __tablename__ = "oral_exam"
    __table_args__ = (
        CheckConstraint("draw BETWEEN 1 AND 20", name="draw_range"),
        CheckConstraint("pass_mark BETWEEN 0 AND 100", name="pass_mark_percent"),
        CheckConstraint("apart BETWEEN 0 AND 100", name="apart_percent"),
        CheckConstraint("minutes BETWEEN 1 AND 240", name="minutes_range"),
        CheckConstraint("attempts IS NULL OR attempts > 0", name="attempts_positive"),
    )

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    content: Mapped[dict[str, Any]]
    """``{"topics": [{"id", "text"}], "criteria": […]}``, criteria as those of an open question."""
    draw: Mapped[int] = mapped_column(default=3)
    pass_mark: Mapped[int] = mapped_column(default=60)
    apart: Mapped[int] = mapped_column(default=20)
    """In percent of the whole: two examiners further apart talk it over, or ask a third."""
    minutes: Mapped[int] = mapped_column(default=20)
    attempts: Mapped[int | None]

    module: Mapped[Module] = relationship()


class OralSitting(Base):
    """One oral exam of one person before two examiners. The questions are drawn when it is opened."""

    __tablename__ = "oral_sitting"
    __table_args__ = (
        UniqueConstraint("id", "person_id", name="uq_oral_sitting_id_person_id"),
        UniqueConstraint("enrolment_id", "module_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("cancelled_at IS NULL OR closed_at IS NOT NULL", name="cancelled_is_closed"),
        Index(
            "uq_oral_sitting_open",
            "enrolment_id",
            "module_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), index=True)
    module_version_id: Mapped[int] = mapped_column(ForeignKey("module_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    number: Mapped[int]
    frozen: Mapped[dict[str, Any]]
    """``{"topics": those drawn, "criteria", "pass_mark", "apart"}``."""
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    """The result is there, or it was not held after all."""
    cancelled_at: Mapped[datetime | None]

    enrolment: Mapped[Enrolment] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    version: Mapped[ModuleVersion] = relationship()
    sheets: Mapped[list["OralSheet"]] = relationship(
        order_by="OralSheet.id", back_populates="sitting"
    )


class OralSheet(Base):
    """What one examiner gives. Empty until it is handed in, never changed afterwards. Nobody examines themselves."""

    __tablename__ = "oral_sheet"
    __table_args__ = (
        UniqueConstraint("sitting_id", "examiner_id"),
        ForeignKeyConstraint(
            ["sitting_id", "person_id"], ["oral_sitting.id", "oral_sitting.person_id"], name="fk_oral_sheet_sitting"
        ),
        CheckConstraint("examiner_id <> person_id", name="not_ones_own"),
        CheckConstraint("(given_at IS NULL) = (points IS NULL)", name="given_with_points"),
        Index("ix_oral_sheet_examiner", "examiner_id", "given_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int]
    person_id: Mapped[int]
    """Who is examined."""
    examiner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    third: Mapped[bool] = mapped_column(default=False)
    points: Mapped[dict[str, Any] | None] = mapped_column(NULLABLE_JSON)
    """Question → criterion → the points of the level given."""
    note: Mapped[str] = mapped_column(String(4000), default="")
    """Shown to the person with the result."""
    asked_at: Mapped[datetime]
    given_at: Mapped[datetime | None]

    sitting: Mapped[OralSitting] = relationship(back_populates="sheets")
    examiner: Mapped[Person] = relationship(foreign_keys=[examiner_id])


class OralProposal(Base):
    """A score that one of two examiners proposes after talking it over; it holds when the other confirms it. The last one counts."""

    __tablename__ = "oral_proposal"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_range"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> by_id", name="confirmed_by_the_other"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("oral_sitting.id"), index=True)
    percent: Mapped[int]
    reason: Mapped[str] = mapped_column(String(2000))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]


class OralResult(Base):
    """What a sitting came to, by which sheets. A correction supersedes the one before; the last of the chain counts."""

    __tablename__ = "oral_result"
    __table_args__ = (
        UniqueConstraint("supersedes_id"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score_is_share"),
        CheckConstraint(one_of("how", How), name="how_known"),
        CheckConstraint("how <> 'discussion' OR reason <> ''", name="discussed_with_reason"),
        CheckConstraint("(how = 'corrected') = (supersedes_id IS NOT NULL)", name="correction_supersedes"),
        CheckConstraint("how <> 'corrected' OR (reason <> '' AND by_id IS NOT NULL)", name="corrected_with_reason"),
        Index(
            "uq_oral_result_first",
            "sitting_id",
            unique=True,
            sqlite_where=text("supersedes_id IS NULL"),
            postgresql_where=text("supersedes_id IS NULL"),
        ),
        Index("ix_oral_result_sitting_id", "sitting_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("oral_sitting.id"))
    share: Mapped[str] = mapped_column(String(64))
    """Exact: ``7/10``."""
    score: Mapped[float]
    passed: Mapped[bool]
    how: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(2000), default="")
    sheets: Mapped[list[Any]]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who corrected."""
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("oral_result.id"))

    sitting: Mapped[OralSitting] = relationship()
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id])
