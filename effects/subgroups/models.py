"""By what a study shall be split, as named: each naming is kept, so that a report can say when it was made."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from effects.models import Study
from lms.db import Base
from lms.people.models import Person


class StudySubgroups(Base):
    """The splits named for a study; a later naming takes its place for runs that start after it.

    ``splits`` are codes of ``effects.subgroups.splits.Split``; an empty list: none.
    """

    __tablename__ = "study_subgroups"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    splits: Mapped[list[Any]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    study: Mapped[Study] = relationship()
    created_by: Mapped[Person | None] = relationship()
