"""Studies and their runs. A study is a question; each run is an answer that is never changed afterwards."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.models import Course
from effects.initiatives.models import Initiative, subject
from lms.db import Base, LocalText
from lms.jobs import Job, Promised
from lms.people.models import Person
from performance.kpis.models import Kpi


class Study(Base):
    """What a course, or another measure, did to a KPI: the question, fixed before anyone looks at the answer.

    ``chosen`` is the confirmed answer to "how were these people chosen?"; empty until a person has confirmed it.
    """

    __tablename__ = "study"
    __table_args__ = (
        CheckConstraint("horizon IS NULL OR horizon BETWEEN 1 AND 60", name="horizon_sensible"),
        CheckConstraint("anticipation BETWEEN 0 AND 12", name="anticipation_sensible"),
        CheckConstraint("since IS NULL OR until IS NULL OR since <= until", name="window_in_order"),
        CheckConstraint(
            "chosen IN ('random', 'waves', 'low_kpi', 'volunteers', 'teams', 'everyone', 'unknown')",
            name="chosen_known",
        ),
        CheckConstraint("(chosen IS NULL) = (confirmed_at IS NULL)", name="chosen_is_confirmed"),
        CheckConstraint("(course_id IS NULL) <> (initiative_id IS NULL)", name="one_subject"),
        UniqueConstraint("course_id", "kpi_id", "since", "until", "horizon", "anticipation", name="uq_study_question"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiative.id"), index=True)
    """Instead of a course: a reward plan, a new tool, a change of territories."""
    kpi_id: Mapped[int] = mapped_column(ForeignKey("kpi.id"), index=True)
    since: Mapped[date | None]
    until: Mapped[date | None]
    horizon: Mapped[int | None]
    """Periods from the start on over which the effect is averaged; empty: all that were observed."""
    anticipation: Mapped[int] = mapped_column(default=0)
    chosen: Mapped[str | None] = mapped_column(String(16))
    chosen_reason: Mapped[str] = mapped_column(String(500), default="")
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    course: Mapped[Course | None] = relationship()
    initiative: Mapped[Initiative | None] = relationship()
    kpi: Mapped[Kpi] = relationship()
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
    runs: Mapped[list["StudyRun"]] = relationship(back_populates="study", order_by="StudyRun.number")

    @property
    def title(self) -> LocalText:
        """What is studied: the course's title, or the name of the measure."""
        return subject(self.course, self.initiative)


class StudyRun(Promised, Base):
    """One answer, with all that makes it reproducible: the inputs' fingerprint, the seed, the version, the plan.

    ``report`` is the one value that page, PDF and JSON are made of. ``estimate``, ``low`` and ``high`` repeat its
    headline, in the KPI's unit or in logs (``scale``), for lists; they are empty where there is no headline.
    """

    __tablename__ = "study_run"
    __table_args__ = (
        UniqueConstraint("study_id", "number"),
        CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name="grade_known"),
        CheckConstraint("scale IN ('level', 'log')", name="scale_known"),
        CheckConstraint("(finished_at IS NULL) = (report IS NULL)", name="finished_with_report"),
        CheckConstraint("(estimate IS NULL) = (low IS NULL) AND (low IS NULL) = (high IS NULL)", name="whole_interval"),
        Index("ix_study_run_job", "job_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    number: Mapped[int]
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    chosen: Mapped[str] = mapped_column(String(16))
    """The confirmed answer at the time of the run."""
    plan: Mapped[dict[str, Any]]
    seed: Mapped[int]
    version: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    data_until: Mapped[date | None]
    grade: Mapped[str | None] = mapped_column(String(1))
    scale: Mapped[str | None] = mapped_column(String(8))
    estimate: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    report: Mapped[dict[str, Any] | None]
    finished_at: Mapped[datetime | None]

    study: Mapped[Study] = relationship(back_populates="runs")
    job: Mapped[Job | None] = relationship()
    created_by: Mapped[Person | None] = relationship(foreign_keys=[created_by_id])
