"""KPI definitions and their records per rep and period. A record is never overwritten: a correction supersedes it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base, LocalText
from lms.people.models import Person


class Kpi(Base):
    """A key performance indicator: what is measured, in which unit and per which period, which way is better.

    ``kind``  "amount" and "count" are plain values per rep and period; "rate" is numerator / denominator, added
              up as sums over sums, never averaged.
    """

    __tablename__ = "kpi"
    __table_args__ = (
        CheckConstraint("kind IN ('amount', 'count', 'rate')", name="kind_known"),
        CheckConstraint("direction IN ('higher', 'lower')", name="direction_known"),
        CheckConstraint("period IN ('week', 'month', 'quarter', 'year')", name="period_known"),
        CheckConstraint("digits BETWEEN 0 AND 6", name="digits_few"),
        CheckConstraint("over_time IN ('sum', 'last', 'mean')", name="over_time_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[LocalText]
    description: Mapped[LocalText]
    kind: Mapped[str] = mapped_column(String(16))
    unit: Mapped[str] = mapped_column(String(32))
    """'CNY' and other currency codes, 'share' (0.83 shown as 83 %), 'points', or a word like 'customers'."""
    direction: Mapped[str] = mapped_column(String(8))
    period: Mapped[str] = mapped_column(String(8))
    digits: Mapped[int] = mapped_column(default=0)
    numerator_name: Mapped[LocalText | None]
    denominator_name: Mapped[LocalText | None]
    over_time: Mapped[str] = mapped_column(String(8), default="sum")
    """How several periods come to one figure: added up, the last one (a stock), their mean. Rates are sums over sums."""
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class KpiRecord(Base):
    """The KPI of one rep in one period, as one import or entry said it.

    At most one record per KPI, rep and period is current (``superseded_at`` empty): the database sees to it. None is
    where an import that brought the first one was undone.
    """

    __tablename__ = "kpi_record"
    __table_args__ = (
        CheckConstraint("(numerator IS NULL) = (denominator IS NULL)", name="both_parts_or_none"),
        CheckConstraint("denominator IS NULL OR denominator > 0", name="denominator_positive"),
        UniqueConstraint("person_id", "kpi_id", "period_start", "revision", name="uq_kpi_record_revision"),
        Index(
            "uq_kpi_record_current",
            "kpi_id",
            "period_start",
            "person_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index("ix_kpi_record_batch", "batch_id"),
        Index("ix_kpi_record_recorded_by", "recorded_by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kpi_id: Mapped[int] = mapped_column(ForeignKey("kpi.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    period_start: Mapped[date]
    """The first day of the period; a week begins on Monday."""
    revision: Mapped[int] = mapped_column(default=1)
    value: Mapped[float]
    """In the KPI's unit; for a rate numerator / denominator."""
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"))
    """The import that the figure comes from; a revision that an undo brought back keeps that of its figure."""
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    superseded_at: Mapped[datetime | None]

    kpi: Mapped[Kpi] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
