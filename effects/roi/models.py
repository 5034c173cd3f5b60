"""What a course cost and what a unit of its KPI earns, as stated for a study: each statement is kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from effects.models import Study
from lms.db import Base
from lms.people.models import Person


class StudyCosting(Base):
    """A statement of costs and margin; a later one takes its place and leaves it as it was.

    ``inputs`` is ``Costing.as_json()``: ranges, each with its source.
    """

    __tablename__ = "study_costing"
    __table_args__ = (UniqueConstraint("study_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    number: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    study: Mapped[Study] = relationship()
    created_by: Mapped[Person | None] = relationship()
