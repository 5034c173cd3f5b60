"""Other measures than courses: a reward plan, a new tool, a change of territories; who was touched, and from when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.models import Course
from lms.db import Base, LocalText
from lms.people.models import Person


class Initiative(Base):
    """Something the firm did for some of its people from a day on. Studied like a course."""

    __tablename__ = "initiative"
    __table_args__ = (
        CheckConstraint("kind IN ('reward_plan', 'tool', 'territory', 'other')", name="kind_known"),
        CheckConstraint(
            "chosen IN ('random', 'waves', 'low_kpi', 'volunteers', 'teams', 'everyone', 'unknown')",
            name="chosen_known",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[LocalText]
    kind: Mapped[str] = mapped_column(String(16))
    chosen: Mapped[str] = mapped_column(String(16), default="unknown")
    """How its people were chosen, as recorded with it; a study asks again and confirms."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    created_by: Mapped[Person | None] = relationship(foreign_keys=[created_by_id])


class InitiativeStart(Base):
    """The day from which a measure held for a person."""

    __tablename__ = "initiative_start"
    __table_args__ = (UniqueConstraint("initiative_id", "person_id", name="uq_initiative_start_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    started_on: Mapped[date]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    initiative: Mapped[Initiative] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


def subject(course: Course | None, initiative: Initiative | None) -> LocalText:
    """What a figure is about: the title of a course, or the name of a measure."""
    return course.title if course is not None else initiative.name if initiative is not None else {}
