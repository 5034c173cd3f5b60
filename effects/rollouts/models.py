"""Planned rollouts: the plan, the draw that freezes it, and what happened afterwards.

What the draw fixed (``Rollout``, ``RolloutDraw``, ``RolloutWave``, ``RolloutMember``) cannot be changed or deleted any
more: triggers of the database refuse it, and one draw per rollout is all that its key allows. What happens later is
added in tables of its own.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.models import Course
from effects.models import Study
from lms.db import Base
from lms.jobs import Job, Promised
from lms.people.models import Person, Team
from performance.kpis.models import Kpi


class Unit(StrEnum):
    """What is drawn."""

    REPS = "reps"
    TEAMS = "teams"


class Outcome(StrEnum):
    """What became of a person when their wave was due."""

    ENROLLED = "enrolled"
    OTHERWISE = "otherwise"
    """was in the course already, chosen in another way: a crossover"""
    LEFT = "left"
    STOPPED = "stopped"


class Rollout(Base):
    """The plan: who, which course, which KPI, in how many waves, and how it will be judged. Frozen by the draw."""

    __tablename__ = "rollout"
    __table_args__ = (
        CheckConstraint("unit IN ('reps', 'teams')", name="unit_known"),
        CheckConstraint("waves BETWEEN 1 AND 6", name="waves_few"),
        CheckConstraint("waves > 1 OR waiting", name="somebody_to_compare"),
        CheckConstraint("gap BETWEEN 1 AND 12", name="gap_sensible"),
        CheckConstraint("horizon BETWEEN 1 AND 24", name="horizon_sensible"),
        CheckConstraint("estimator IN ('bjs', 'gcomp')", name="estimator_known"),
        CheckConstraint("transform IN ('auto', 'none', 'log')", name="transform_known"),
        CheckConstraint("expected IS NULL OR expected > 0", name="expected_positive"),
        CheckConstraint("cost_per_rep IS NULL OR cost_per_rep >= 0", name="cost_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    kpi_id: Mapped[int] = mapped_column(ForeignKey("kpi.id"))
    unit: Mapped[str] = mapped_column(String(8), default=Unit.REPS)
    teams: Mapped[list[Any]]
    """Ids of the teams whose reps take part."""
    left_out: Mapped[list[str]] = mapped_column(default=list)
    """Person numbers of reps of these teams who do not take part."""
    waves: Mapped[int]
    gap: Mapped[int]
    """Periods of the KPI between two waves."""
    horizon: Mapped[int]
    """Periods after each start over which the effect is averaged."""
    waiting: Mapped[bool] = mapped_column(default=True)
    """One more group starts only after the study."""
    first_on: Mapped[date]
    """The first day of the period in which the first wave starts."""
    estimator: Mapped[str] = mapped_column(String(8), default="bjs")
    transform: Mapped[str] = mapped_column(String(8), default="auto")
    subgroups: Mapped[list[str]] = mapped_column(default=list)
    notes: Mapped[str] = mapped_column(Text, default="")
    expected: Mapped[float | None]
    """What the course is hoped to add, as a share of the KPI's present level."""
    cost_per_rep: Mapped[float | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    edited_at: Mapped[datetime]

    course: Mapped[Course] = relationship()
    kpi: Mapped[Kpi] = relationship()
    created_by: Mapped[Person | None] = relationship()
    draw: Mapped["RolloutDraw | None"] = relationship(back_populates="rollout", viewonly=True)
    stop: Mapped["RolloutStop | None"] = relationship(viewonly=True)
    report: Mapped["RolloutReport | None"] = relationship(viewonly=True)

    @property
    def groups(self) -> int:
        """Groups that are drawn: the waves, and the one that waits."""
        return self.waves + int(self.waiting)


class RolloutPower(Promised, Base):
    """What could be seen with a plan, as its history said when it was asked; the newest one counts."""

    __tablename__ = "rollout_power"
    __table_args__ = (
        CheckConstraint("(finished_at IS NULL) = (result IS NULL)", name="finished_with_result"),
        Index("ix_rollout_power_job", "job_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id", ondelete="CASCADE"), index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    question: Mapped[dict[str, Any]]
    """What it was computed for: shape, people's fingerprint, method, records until."""
    asked_at: Mapped[datetime]
    result: Mapped[dict[str, Any] | None]
    finished_at: Mapped[datetime | None]

    job: Mapped[Job | None] = relationship()


class RolloutDraw(Base):
    """The lottery, once for a rollout: its key allows no second one, and triggers no change of the first."""

    __tablename__ = "rollout_draw"

    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), primary_key=True, autoincrement=False)
    seed: Mapped[int] = mapped_column(BigInteger)
    plan: Mapped[dict[str, Any]]
    """The locked analysis plan with the drawn list, word for word what ``sha256`` is taken of."""
    sha256: Mapped[str] = mapped_column(String(64))
    closes_on: Mapped[date] = mapped_column(index=True)
    """The day after the last window."""
    drawn_at: Mapped[datetime]
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    rollout: Mapped[Rollout] = relationship(back_populates="draw")
    drawn_by: Mapped[Person | None] = relationship()


class RolloutWave(Base):
    """A wave and the day on which it starts; the group that waits has none."""

    __tablename__ = "rollout_wave"

    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1."""
    starts_on: Mapped[date] = mapped_column(index=True)


class RolloutMember(Base):
    """Who was drawn into which group. Frozen."""

    __tablename__ = "rollout_member"
    __table_args__ = (
        UniqueConstraint("rollout_id", "person_id"),
        CheckConstraint("tercile BETWEEN 0 AND 2", name="tercile_known"),
        CheckConstraint("wave > 0", name="wave_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    """The team at the draw."""
    tercile: Mapped[int]
    """0 low, 1 middle, 2 high by the KPI's last six periods before the draw."""
    wave: Mapped[int]
    """From 1; one more than the waves for the group that waits."""

    person: Mapped[Person] = relationship()
    team: Mapped[Team | None] = relationship()


class RolloutSettlement(Base):
    """What became of a person when their wave was due: once, so that a job done twice enrols once."""

    __tablename__ = "rollout_settlement"
    __table_args__ = (
        CheckConstraint("outcome IN ('enrolled', 'otherwise', 'left', 'stopped')", name="outcome_known"),
        CheckConstraint("outcome <> 'enrolled' OR enrolment_id IS NOT NULL", name="enrolled_has_enrolment"),
    )

    member_id: Mapped[int] = mapped_column(
        ForeignKey("rollout_member.id"), primary_key=True, autoincrement=False
    )
    outcome: Mapped[str] = mapped_column(String(16))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"), index=True)
    at: Mapped[datetime]


class RolloutDeviation(Base):
    """A departure from the locked plan that a person states. Only added."""

    __tablename__ = "rollout_deviation"

    id: Mapped[int] = mapped_column(primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), index=True)
    text: Mapped[str] = mapped_column(String(1000))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    by: Mapped[Person | None] = relationship()


class RolloutStop(Base):
    """A drawn rollout that goes no further: later waves are not enrolled, and no report is made by itself."""

    __tablename__ = "rollout_stop"

    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(1000))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    by: Mapped[Person | None] = relationship()


class RolloutReport(Base):
    """The automatic report, once: its study and run, the lottery's own test, and where the plan was not kept to."""

    __tablename__ = "rollout_report"
    __table_args__ = (UniqueConstraint("study_id"),)

    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), primary_key=True, autoincrement=False)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    run_number: Mapped[int]
    test: Mapped[dict[str, Any]]
    """Randomisation inference: statistic, p_value, draws, seed, scale; or {"code": why there is none}."""
    departures: Mapped[list[Any]]
    """[{"code": …, "params": {…}}] in the order of the plan."""
    at: Mapped[datetime]

    study: Mapped[Study] = relationship()


FROZEN = ("rollout_draw", "rollout_wave", "rollout_member")
"""Tables whose rows the database neither changes nor deletes (migration of this room)."""
