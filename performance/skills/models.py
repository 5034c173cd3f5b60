"""Levels and readiness as they were reckoned, and checks of what readiness predicts.

A run of kind "quarter" is a snapshot: never changed, never made twice. The run of kind "current" is what pages show; the next one takes its
place, since it is reckoned from evidence that is itself only added to. Checks are only added.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base
from performance.kpis.models import Kpi


class SkillRun(Base):
    """Everybody's levels at one moment, ``as_of``: evidence after it is not in them. ``norms`` are those of each competency."""

    __tablename__ = "skill_run"
    __table_args__ = (
        CheckConstraint("kind IN ('current', 'quarter')", name="kind_known"),
        CheckConstraint("(kind = 'quarter') = (quarter IS NOT NULL)", name="quarter_of_snapshot"),
        UniqueConstraint("quarter", name="uq_skill_run_quarter"),
        Index("ix_skill_run_kind", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    quarter: Mapped[date | None]
    """The first day of the quarter at whose end it stands."""
    as_of: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[str] = mapped_column(String(16))
    people: Mapped[int]
    norms: Mapped[dict[str, Any]]
    """Competency → ``{"mean", "between", "occasion", "people"}``."""
    fingerprint: Mapped[str] = mapped_column(String(64))


class SkillState(Base):
    """One competency of one person in a run. Without a level it says why: ``no_evidence``, ``too_little``, ``too_old``."""

    __tablename__ = "skill_state"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id", "competency_id"),
        CheckConstraint("(mean IS NULL) = (reason IS NOT NULL)", name="level_or_reason"),
        CheckConstraint("(mean IS NULL) = (error IS NULL)", name="level_with_error"),
        CheckConstraint("required IS NULL OR required BETWEEN 1 AND 4", name="required_range"),
        CheckConstraint("verdict IS NULL OR verdict IN ('met', 'gap', 'unsettled', 'unknown')", name="verdict_known"),
        CheckConstraint("(verdict IS NULL) = (required IS NULL)", name="verdict_where_required"),
        Index("ix_skill_state_person_id", "person_id"),
        Index("ix_skill_state_run_competency", "run_id", "competency_id", "verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("skill_run.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), index=True)
    mean: Mapped[float | None]
    error: Mapped[float | None]
    reliability: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(String(16))
    knowledge_only: Mapped[bool] = mapped_column(default=False)
    last_at: Mapped[datetime | None]
    required: Mapped[int | None]
    verdict: Mapped[str | None] = mapped_column(String(16))
    probability: Mapped[float | None]
    """That the level asked for is reached; empty where the level is unknown."""
    evidence: Mapped[list[Any]]
    """The newest first: ``[{"source", "share", "items", "at", "reference": [kind, id]}]``."""


class PersonReadiness(Base):
    """How ready a person is in a run; without a share it says why."""

    __tablename__ = "person_readiness"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        CheckConstraint("(share IS NULL) = (reason IS NOT NULL)", name="share_or_reason"),
        CheckConstraint("share IS NULL OR (low <= share AND share <= high)", name="share_within"),
        Index("ix_person_readiness_run_team", "run_id", "team_id"),
        Index("ix_person_readiness_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("skill_run.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    """Where the person was then."""
    profile_id: Mapped[int | None] = mapped_column(ForeignKey("job_profile.id"))
    required: Mapped[int]
    known: Mapped[int]
    met: Mapped[int]
    gaps: Mapped[int]
    share: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    variance: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(String(24))


class SkillCheck(Base):
    """Whether readiness at the ends of the quarters on record went with a KPI of the quarters after. Only added."""

    __tablename__ = "skill_check"
    __table_args__ = (
        CheckConstraint(
            "verdict IN ('predicts', 'opposite', 'does_not', 'cannot_say')", name="verdict_known"
        ),
        CheckConstraint("(reason IS NULL) = (observed IS NOT NULL)", name="figure_or_reason"),
        UniqueConstraint("number", "kpi_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(index=True)
    """Of the look at all KPIs together."""
    kpi_id: Mapped[int] = mapped_column(ForeignKey("kpi.id"))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[str] = mapped_column(String(16))
    quarters: Mapped[list[Any]]
    """First days of the quarters at whose ends readiness stood, those whose next quarter is over."""
    afterwards: Mapped[int]
    """How many of these snapshots were made more than a month after the end of their quarter."""
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(24))
    params: Mapped[dict[str, Any]]
    observed: Mapped[float | None]
    figures: Mapped[dict[str, Any]]
    """``{"observed", "corrected", "beyond": {"value", "low", "high", "level"} | null, "reliability"}``."""
    pairs: Mapped[int]
    people: Mapped[int]
    teams: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(64))

    kpi: Mapped[Kpi] = relationship()
