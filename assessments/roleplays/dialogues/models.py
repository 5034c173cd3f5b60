"""Dialogues with their versions; who plays them, step by step."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.models import Enrolment
from lms.db import Base, LocalText
from lms.people.models import Person


class Dialogue(Base):
    """The draft of a dialogue. What people play is a frozen :class:`DialogueVersion`."""

    __tablename__ = "dialogue"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published', 'retired')", name="status_known"),
        CheckConstraint("status = 'draft' OR version > 0", name="published_has_version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[LocalText]
    status: Mapped[str] = mapped_column(String(16), default="draft", index=True)
    version: Mapped[int] = mapped_column(default=0)
    content: Mapped[dict[str, Any]]
    """A story, see ``story.to_json``."""
    notes: Mapped[list[Any]] = mapped_column(default=list)
    """``[line, code, words]``: what the last file brought in had that was not understood."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]


class DialogueVersion(Base):
    """A dialogue as it was published, with the points that are the whole. Never changed."""

    __tablename__ = "dialogue_version"
    __table_args__ = (
        UniqueConstraint("dialogue_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    title: Mapped[LocalText]
    content: Mapped[dict[str, Any]]
    best: Mapped[str] = mapped_column(String(32))
    """The most points with which one can pass, exact."""
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    dialogue: Mapped[Dialogue] = relationship()


class DialoguePlay(Base):
    """One walk of one person through a version. The result is written once, with the last step."""

    __tablename__ = "dialogue_play"
    __table_args__ = (
        UniqueConstraint("person_id", "dialogue_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("(module_id IS NULL) = (enrolment_id IS NULL)", name="module_with_enrolment"),
        CheckConstraint(
            "(ended_at IS NULL) = (exact IS NULL) AND (ended_at IS NULL) = (score IS NULL) "
            "AND (ended_at IS NULL) = (passed IS NULL) AND (ended_at IS NULL) = (blocked IS NULL)",
            name="result_with_end",
        ),
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 1", name="score_share"),
        Index("ix_dialogue_play_version_ended", "version_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("dialogue_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"), index=True)
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"), index=True)
    number: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    exact: Mapped[str | None] = mapped_column(String(64))
    """The share of the whole, exact: ``2/3``."""
    score: Mapped[float | None]
    passed: Mapped[bool | None]
    blocked: Mapped[bool | None]

    version: Mapped[DialogueVersion] = relationship()
    person: Mapped[Person] = relationship()
    enrolment: Mapped[Enrolment | None] = relationship()


class DialogueStep(Base):
    """A choice that was taken. Only added."""

    __tablename__ = "dialogue_step"
    __table_args__ = (
        UniqueConstraint("play_id", "number"),
        CheckConstraint("number > 0 AND choice >= 0", name="numbers_possible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    play_id: Mapped[int] = mapped_column(ForeignKey("dialogue_play.id"))
    number: Mapped[int]
    passage: Mapped[str] = mapped_column(String(100))
    choice: Mapped[int]
    """Its place in the passage, from 0."""
    at: Mapped[datetime]
