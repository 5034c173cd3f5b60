"""Scenarios and rubrics with their versions, role-plays in courses, performances and their recordings."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.roleplays.dialogues.models import Dialogue
from courses.models import Enrolment, Module
from lms.db import Base, LocalText, one_of
from lms.people.models import Person
from lms.pieces import InPieces, PieceRow


class Stage(StrEnum):
    """The development flow of a key account."""

    PROFILE = "profile"
    LEADS = "leads"
    NEEDS = "needs"
    OBJECTIONS = "objections"
    AGREEMENT = "agreement"
    CASH = "cash"


class Way(StrEnum):
    RECORDED = "recorded"
    LIVE = "live"
    CONVERSATION = "conversation"
    """Written, with a customer whom a language model plays."""


class Rubric(Base):
    """The draft of a rubric. What a performance is judged by is a frozen :class:`RubricVersion`."""

    __tablename__ = "rubric"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[LocalText]
    content: Mapped[dict[str, Any]]
    """``{"pass_mark": "7/10", "criteria": […]}``, see ``rubrics.py``."""
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class RubricVersion(Base):
    """A rubric as raters and learners read it, found by the hash of its content. Never changed."""

    __tablename__ = "rubric_version"
    __table_args__ = (UniqueConstraint("content_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rubric_id: Mapped[int] = mapped_column(ForeignKey("rubric.id"), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    title: Mapped[LocalText]
    content: Mapped[dict[str, Any]]
    frozen_at: Mapped[datetime]
    frozen_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Scenario(Base):
    """The draft of a scenario. What people play is a frozen :class:`ScenarioVersion`."""

    __tablename__ = "scenario"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published', 'retired')", name="status_known"),
        CheckConstraint("status = 'draft' OR version > 0", name="published_has_version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[LocalText]
    status: Mapped[str] = mapped_column(String(16), default="draft", index=True)
    version: Mapped[int] = mapped_column(default=0)
    rubric_id: Mapped[int | None] = mapped_column(ForeignKey("rubric.id"), index=True)
    content: Mapped[dict[str, Any]]
    """See ``scenario.py``."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]

    rubric: Mapped[Rubric | None] = relationship()


class ScenarioVersion(Base):
    """A scenario as it was published, with its rubric. Never changed."""

    __tablename__ = "scenario_version"
    __table_args__ = (
        UniqueConstraint("scenario_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(one_of("stage", Stage), name="stage_known"),
        CheckConstraint("difficulty BETWEEN 1 AND 3", name="difficulty_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"))
    number: Mapped[int]
    title: Mapped[LocalText]
    stage: Mapped[str] = mapped_column(String(16))
    industry: Mapped[str] = mapped_column(String(32))
    difficulty: Mapped[int]
    rubric_version_id: Mapped[int] = mapped_column(ForeignKey("rubric_version.id"), index=True)
    content: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    scenario: Mapped[Scenario] = relationship()
    rubric: Mapped[RubricVersion] = relationship()


class RolePlay(Base):
    """A role-play as a module of a course's draft: which scenario or dialogue, and how often one may try."""

    __tablename__ = "role_play"
    __table_args__ = (
        CheckConstraint("attempts IS NULL OR attempts > 0", name="attempts_positive"),
        CheckConstraint("scenario_id IS NULL OR dialogue_id IS NULL", name="one_of_both"),
    )

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    scenario_id: Mapped[int | None] = mapped_column(ForeignKey("scenario.id"), index=True)
    dialogue_id: Mapped[int | None] = mapped_column(ForeignKey("dialogue.id"), index=True)
    attempts: Mapped[int | None]

    module: Mapped[Module] = relationship()
    scenario: Mapped[Scenario | None] = relationship()
    dialogue: Mapped[Dialogue | None] = relationship()


class Play(Base):
    """One performance of one person: recorded by themselves, live before an observer, or written to a model's customer.

    Of all but a live one the database holds that consent came first. ``number`` counts the person's performances of
    the scenario, and never passes what was allowed.
    """

    __tablename__ = "play"
    __table_args__ = (
        UniqueConstraint("id", "person_id", name="uq_play_id_person_id"),
        UniqueConstraint("person_id", "scenario_id", "number"),
        CheckConstraint(one_of("way", Way), name="way_known"),
        CheckConstraint("way = 'live' OR consent_at IS NOT NULL", name="recorded_with_consent"),
        CheckConstraint("number > 0 AND takes > 0", name="numbers_positive"),
        CheckConstraint("(module_id IS NULL) = (enrolment_id IS NULL)", name="module_with_enrolment"),
        Index(
            "uq_play_open",
            "person_id",
            "scenario_id",
            unique=True,
            sqlite_where=text("submitted_at IS NULL AND abandoned_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL AND abandoned_at IS NULL"),
        ),
        Index("ix_play_version_submitted", "version_id", "submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("scenario_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"), index=True)
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"), index=True)
    way: Mapped[str] = mapped_column(String(16))
    part: Mapped[str | None] = mapped_column(String(8))
    """AR, SR or FR where the scenario has several parts."""
    number: Mapped[int]
    takes: Mapped[int] = mapped_column(default=1)
    """How many recordings may be made."""
    started_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    abandoned_at: Mapped[datetime | None]
    consent_at: Mapped[datetime | None]
    consent_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the words agreed to."""
    for_calibration: Mapped[bool] = mapped_column(default=False)
    """Whether the person allowed raters to practise on it."""
    consent_ended_at: Mapped[datetime | None]
    delete_after: Mapped[date | None] = mapped_column(index=True)
    observer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    together: Mapped[str | None] = mapped_column(String(32), index=True)
    """Shared by the parts of one play."""

    version: Mapped[ScenarioVersion] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    enrolment: Mapped[Enrolment | None] = relationship()


class Recording(InPieces, Base):
    """One take: received in pieces, finished when its content was looked at, and one of them sent."""

    __tablename__ = "recording"
    __table_args__ = (
        UniqueConstraint("play_id", "number"),
        CheckConstraint("size > 0 AND received BETWEEN 0 AND size", name="received_within_size"),
        CheckConstraint("finished_at IS NULL OR received = size", name="finished_is_whole"),
        CheckConstraint("sent_at IS NULL OR finished_at IS NOT NULL", name="sent_is_finished"),
        Index(
            "uq_recording_sent",
            "play_id",
            unique=True,
            sqlite_where=text("sent_at IS NOT NULL"),
            postgresql_where=text("sent_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    play_id: Mapped[int] = mapped_column(ForeignKey("play.id"))
    number: Mapped[int]
    sent_at: Mapped[datetime | None]

    play: Mapped[Play] = relationship()
    pieces: Mapped[list["RecordingPiece"]] = relationship(
        order_by="RecordingPiece.start", cascade="all, delete-orphan", back_populates="recording"
    )


class RecordingPiece(PieceRow, Base):
    """Some bytes of a recording, under a key of the store."""

    __tablename__ = "recording_piece"
    __table_args__ = (
        UniqueConstraint("recording_id", "start"),
        CheckConstraint("start >= 0 AND size > 0", name="place_possible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recording.id"))

    recording: Mapped[Recording] = relationship(back_populates="pieces")


class RecordingCaption(Base):
    """The words of a recording in one language (WebVTT, written anew). Only added: the newest counts, an empty one is none."""

    __tablename__ = "recording_caption"
    __table_args__ = (
        CheckConstraint("language IN ('en', 'zh_Hans', 'zh_Hant')", name="language_known"),
        Index("ix_recording_caption_recording_id", "recording_id", "language"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recording.id"))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
