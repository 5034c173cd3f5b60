"""Batches of imported records, their previews, what they changed, and how headings were understood before."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base
from lms.jobs import Job
from lms.people.models import Person
from lms.storage import StoredFile


class ImportBatch(Base):
    """One file on its way in: uploaded, previewed, accepted whole, perhaps undone whole."""

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint("state IN ('uploaded', 'previewed', 'accepted', 'undone')", name="state_known"),
        CheckConstraint(
            "(state IN ('accepted', 'undone')) = (accepted_at IS NOT NULL)", name="accepted_when"
        ),
        CheckConstraint("(state = 'undone') = (undone_at IS NOT NULL)", name="undone_when"),
        Index("ix_import_batch_kind", "kind", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    """The job that reads or takes it in at the moment, or did so last."""
    state: Mapped[str] = mapped_column(String(16), default="uploaded")
    encoding: Mapped[str | None] = mapped_column(String(16))
    sheet: Mapped[str | None] = mapped_column(String(200))
    header: Mapped[list[str]]
    mapping: Mapped[dict[str, Any]]
    options: Mapped[dict[str, Any]]
    rows: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    notices: Mapped[int] = mapped_column(default=0)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """Of what the preview found: an acceptance that would do something else is refused."""
    created_at: Mapped[datetime]
    previewed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    file: Mapped[StoredFile] = relationship()
    job: Mapped[Job | None] = relationship()
    actor: Mapped[Person | None] = relationship(foreign_keys=[actor_id])

    @property
    def at_work(self) -> bool:
        """Whether a job is reading it or taking it in."""
        return self.job is not None and self.job.state in ("queued", "running")


class ImportPreviewRow(Base):
    """A row of the preview: rejections, notices, changes and new records, up to a number of each."""

    __tablename__ = "import_preview_row"
    __table_args__ = (
        CheckConstraint("outcome IN ('new', 'changed', 'rejected', 'notice')", name="outcome_known"),
        Index("ix_import_preview_row_batch", "batch_id", "outcome", "row"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"))
    outcome: Mapped[str] = mapped_column(String(16))
    row: Mapped[int]
    key: Mapped[str] = mapped_column(String(255))
    column: Mapped[str] = mapped_column("heading", String(255))
    value: Mapped[str] = mapped_column(String(255))
    code: Mapped[str] = mapped_column(String(64))
    params: Mapped[dict[str, Any]]
    fields: Mapped[list[Any]]
    """[name, old, new] of each field that is new or changes, as shown."""


class ImportChange(Base):
    """What an accepted batch did to one record, kept to be taken back. Not for kinds that keep their lineage."""

    __tablename__ = "import_change"
    __table_args__ = (
        UniqueConstraint("batch_id", "key", name="uq_import_change_once"),
        Index("ix_import_change_key", "kind", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(255))
    old: Mapped[dict[str, Any] | None]
    new: Mapped[dict[str, Any]]


class ImportHeading(Base):
    """How a heading was understood the last time: the key of a column, or '' for "not used"."""

    __tablename__ = "import_heading"
    __table_args__ = (UniqueConstraint("kind", "heading", name="uq_import_heading_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    heading: Mapped[str] = mapped_column(String(255))
    column: Mapped[str] = mapped_column("column_key", String(64))
