"""Which KPI a course is meant to move, and the portfolio: every course and measure by every KPI, run by run."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.models import Course
from effects.initiatives.models import Initiative, subject
from effects.models import Study
from lms.db import Base, LocalText
from lms.jobs import Job, Promised
from lms.people.models import Person
from performance.kpis.models import Kpi


class PrimaryKpi(Base):
    """The one KPI a course is judged by, named by a person. Naming another supersedes; nothing is overwritten.

    ``after_start``  whether somebody had already started the course when it was named: then the choice may have been
                     made with a look at the results, and the page says so.
    """

    __tablename__ = "primary_kpi"
    __table_args__ = (
        Index(
            "uq_primary_kpi_current",
            "course_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    kpi_id: Mapped[int] = mapped_column(ForeignKey("kpi.id"), index=True)
    after_start: Mapped[bool]
    named_at: Mapped[datetime]
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    superseded_at: Mapped[datetime | None]

    kpi: Mapped[Kpi] = relationship()
    named_by: Mapped[Person | None] = relationship(foreign_keys=[named_by_id])


class PortfolioRun(Promised, Base):
    """One look over everything. Its entries are added pair by pair; ranks and badges when the last pair is in.

    ``only_studied``  only pairs that already have a study, instead of every course by every KPI.
    ``prior_mean`` and ``prior_spread`` are those of the true effects over the pool, in standard deviations.
    """

    __tablename__ = "portfolio_run"
    __table_args__ = (
        CheckConstraint("(finished_at IS NULL) = (fingerprint IS NULL)", name="finished_with_fingerprint"),
        CheckConstraint("origin IN ('person', 'schedule')", name="origin_known"),
        Index("ix_portfolio_run_job", "job_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    only_studied: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[str] = mapped_column(String(16), default="person")
    seed: Mapped[int]
    version: Mapped[str] = mapped_column(String(16))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    prior_mean: Mapped[float | None]
    prior_spread: Mapped[float | None]
    finished_at: Mapped[datetime | None]

    job: Mapped[Job | None] = relationship()
    created_by: Mapped[Person | None] = relationship(foreign_keys=[created_by_id])


class PortfolioEntry(Base):
    """What one course or measure did to one KPI, as this run found it. Refused pairs stand here with their reason.

    ``estimate``, ``low``, ``high`` are in the KPI's unit or in logs (``scale``). ``deviation`` is the standard
    deviation of the KPI among untrained reps of the same period, in the same scale; divided by it, and turned so
    that more is better, effects on different KPIs stand side by side (``effect``, ``error``). ``worth`` is the
    benefit per period over all trained reps, ``cost`` that of the course, both in the firm's money.
    """

    __tablename__ = "portfolio_entry"
    __table_args__ = (
        CheckConstraint("(course_id IS NULL) <> (initiative_id IS NULL)", name="one_subject"),
        CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name="grade_known"),
        CheckConstraint("verdict IS NULL OR verdict IN ('keep', 'fix', 'stop', 'cannot_know')", name="verdict_known"),
        CheckConstraint("(effect IS NULL) = (error IS NULL)", name="effect_with_error"),
        CheckConstraint("grade = 'D' OR effect IS NOT NULL", name="graded_with_effect"),
        UniqueConstraint("run_id", "course_id", "initiative_id", "kpi_id", name="uq_portfolio_entry_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("portfolio_run.id", ondelete="CASCADE"))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"), index=True)
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiative.id"), index=True)
    kpi_id: Mapped[int] = mapped_column(ForeignKey("kpi.id"), index=True)
    study_id: Mapped[int | None] = mapped_column(ForeignKey("study.id"), index=True)
    is_primary: Mapped[bool] = mapped_column(default=False)
    primary_after_start: Mapped[bool] = mapped_column(default=False)
    chosen: Mapped[str] = mapped_column(String(16))
    chosen_by: Mapped[str] = mapped_column(String(16))
    """Where that answer comes from: "study" or "course" (confirmed by a person), "enrolments", or "nobody"."""
    grade: Mapped[str] = mapped_column(String(1))
    method: Mapped[str | None] = mapped_column(String(16))
    scale: Mapped[str | None] = mapped_column(String(8))
    estimate: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    p_value: Mapped[float | None]
    deviation: Mapped[float | None]
    effect: Mapped[float | None]
    error: Mapped[float | None]
    n_trained: Mapped[int] = mapped_column(default=0)
    n_comparison: Mapped[int] = mapped_column(default=0)
    worth: Mapped[float | None]
    worth_low: Mapped[float | None]
    worth_high: Mapped[float | None]
    cost: Mapped[float | None]
    benefit: Mapped[float | None]
    """Contribution margin of the effect over the periods observed so far, with its 90 % range."""
    benefit_low: Mapped[float | None]
    benefit_high: Mapped[float | None]
    probability: Mapped[float | None]
    """That the return on the cost is above zero."""
    worthwhile: Mapped[float | None]
    """The break-even effect in standard deviations; empty where the cost is not known."""
    refusal: Mapped[str | None] = mapped_column(String(64))
    refusal_params: Mapped[dict[str, Any] | None]
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    computed_at: Mapped[datetime]
    rank: Mapped[int | None]
    shrunken: Mapped[float | None]
    spread: Mapped[float | None]
    q_value: Mapped[float | None]
    badge: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[str | None] = mapped_column(String(16))
    verdict_reason: Mapped[str | None] = mapped_column(String(32))

    run: Mapped[PortfolioRun] = relationship()
    course: Mapped[Course | None] = relationship()
    initiative: Mapped[Initiative | None] = relationship()
    kpi: Mapped[Kpi] = relationship()
    study: Mapped[Study | None] = relationship()

    @property
    def subject(self) -> LocalText:
        """The title of the course or the name of the measure."""
        return subject(self.course, self.initiative)

    @property
    def pair(self) -> tuple[int | None, int | None, int]:
        """(course, initiative, KPI): the same pair in another run."""
        return self.course_id, self.initiative_id, self.kpi_id


class PortfolioSubscription(Base):
    """Whether a person wants the quarterly summary by mail, and the last quarter it was sent for."""

    __tablename__ = "portfolio_subscription"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    wanted: Mapped[bool]
    changed_at: Mapped[datetime]
    last_quarter: Mapped[str | None] = mapped_column(String(8))

    person: Mapped[Person] = relationship()
