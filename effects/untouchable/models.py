"""The KPI that a course cannot touch, as named for a study: each naming is kept, so that a report can say when."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from effects.models import Study
from lms.db import Base
from lms.people.models import Person
from performance.kpis.models import Kpi


class StudyUntouchable(Base):
    """One naming; a later one takes its place for runs that start after it. No KPI: the name was taken back."""

    __tablename__ = "study_untouchable"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    kpi_id: Mapped[int | None] = mapped_column(ForeignKey("kpi.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    study: Mapped[Study] = relationship()
    kpi: Mapped[Kpi | None] = relationship()
    created_by: Mapped[Person | None] = relationship()
