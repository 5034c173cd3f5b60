"""Targets of teams and members, and the seniority table. A target is never overwritten: a change supersedes it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base
from lms.people.models import Person, Team
from performance.kpis.models import Kpi

_STANDING = text("superseded_at IS NULL")


class Target(Base):
    """What a team, with all below it, or a member shall reach in a KPI within a month, quarter or year: one revision.

    The target of the team at the top is the company's. At most one published and one draft revision stand
    (``superseded_at`` empty) per KPI, period and subject: the database sees to it. A withdrawal is a revision that
    never stands.
    """

    __tablename__ = "target"
    __table_args__ = (
        CheckConstraint("span IN ('month', 'quarter', 'year')", name="span_known"),
        CheckConstraint("status IN ('draft', 'published', 'withdrawn')", name="status_known"),
        CheckConstraint("(team_id IS NULL) <> (person_id IS NULL)", name="team_or_member"),
        CheckConstraint(
            "method IN ('hand', 'equal', 'experience', 'results', 'import', 'undo')", name="method_known"
        ),
        CheckConstraint("base IS NULL OR base > 0", name="base_positive"),
        CheckConstraint("status <> 'withdrawn' OR superseded_at IS NOT NULL", name="withdrawn_never_stands"),
        UniqueConstraint("kpi_id", "span", "starts_on", "team_id", "revision", name="uq_target_team_revision"),
        UniqueConstraint("kpi_id", "span", "starts_on", "person_id", "revision", name="uq_target_person_revision"),
        Index(
            "uq_target_team_standing", "team_id", "kpi_id", "span", "starts_on", "status",
            unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING,
        ),
        Index(
            "uq_target_person_standing", "person_id", "kpi_id", "span", "starts_on", "status",
            unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING,
        ),
        Index("ix_target_batch", "batch_id"),
        Index("ix_target_set_by", "set_by_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kpi_id: Mapped[int] = mapped_column(ForeignKey("kpi.id"))
    span: Mapped[str] = mapped_column(String(8))
    starts_on: Mapped[date]
    """The first day of the month, quarter or year."""
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revision: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(String(16))
    value: Mapped[float]
    """In the KPI's unit; of a rate the share."""
    base: Mapped[float | None]
    """Of a rate: the expected denominator, by which it is weighted when it adds up with others."""
    method: Mapped[str] = mapped_column(String(16))
    """How the value was found: by hand, handed down by one of the rules of ``spreading``, from a file, by an undo."""
    factor: Mapped[float | None]
    """The seniority factor that went into it."""
    reason: Mapped[str] = mapped_column(String(500))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"))
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    superseded_at: Mapped[datetime | None]

    kpi: Mapped[Kpi] = relationship()
    team: Mapped[Team | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class SeniorityTable(Base):
    """A version of the seniority table; the last one holds. ``bands`` is [[months, factor], …]."""

    __tablename__ = "seniority_table"

    id: Mapped[int] = mapped_column(primary_key=True)
    bands: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(500))
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
