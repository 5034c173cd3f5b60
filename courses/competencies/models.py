"""The catalogue of competencies with the words each answers to, and job profiles with the levels they ask for."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.competencies.scale import Stage
from lms.db import Base, LocalText, one_of
from lms.people.models import Person, Team


class Competency(Base):
    """What a rep can do, seen in behaviour. A retired one keeps its words and its past evidence."""

    __tablename__ = "competency"
    __table_args__ = (CheckConstraint(f"stage IS NULL OR {one_of('stage', Stage)}", name="stage_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[LocalText]
    description: Mapped[LocalText] = mapped_column(default=dict)
    stage: Mapped[str | None] = mapped_column(String(16))
    anchors: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Level → what one sees somebody do at it: ``{"1": LocalText, … "4": LocalText}``; some may be missing."""
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    edited_at: Mapped[datetime]

    words: Mapped[list["CompetencyWord"]] = relationship(
        order_by="CompetencyWord.id", back_populates="competency", cascade="all, delete-orphan"
    )


class CompetencyWord(Base):
    """A word that means the competency: its names, and aliases used elsewhere. No word means two."""

    __tablename__ = "competency_word"
    __table_args__ = (
        UniqueConstraint("folded"),
        CheckConstraint("folded <> ''", name="folded_says_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id", ondelete="CASCADE"), index=True)
    word: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(400))
    """As :func:`courses.competencies.matching.folded` says it."""
    is_name: Mapped[bool] = mapped_column(default=False)
    """Whether it stands in the name; else an alias."""

    competency: Mapped[Competency] = relationship(back_populates="words")


class JobProfile(Base):
    """A job with what it asks for. One of them holds for everybody to whom no other was given."""

    __tablename__ = "job_profile"
    __table_args__ = (
        Index(
            "uq_job_profile_default",
            "is_default",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[LocalText]
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Requirement(Base):
    """The level that a job asks for. Only added: another level supersedes, so that old judgements can be understood."""

    __tablename__ = "competency_requirement"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 4", name="level_range"),
        Index(
            "uq_competency_requirement_current",
            "profile_id",
            "competency_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("job_profile.id"))
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), index=True)
    level: Mapped[int]
    stated_at: Mapped[datetime]
    stated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    superseded_at: Mapped[datetime | None]


class ProfileHolder(Base):
    """To whom a profile was given: one person, or everybody of a team and below it. The nearest one counts."""

    __tablename__ = "job_profile_holder"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (team_id IS NULL)", name="person_or_team"),
        Index(
            "uq_job_profile_holder_person",
            "person_id",
            unique=True,
            sqlite_where=text("person_id IS NOT NULL AND superseded_at IS NULL"),
            postgresql_where=text("person_id IS NOT NULL AND superseded_at IS NULL"),
        ),
        Index(
            "uq_job_profile_holder_team",
            "team_id",
            unique=True,
            sqlite_where=text("team_id IS NOT NULL AND superseded_at IS NULL"),
            postgresql_where=text("team_id IS NOT NULL AND superseded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("job_profile.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    superseded_at: Mapped[datetime | None]

    profile: Mapped[JobProfile] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    team: Mapped[Team | None] = relationship()
