"""Who rates, ratings, results, objections, anchors. What judges a person is only added, never overwritten."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.roleplays.models import Play
from lms.db import Base, one_of
from lms.people.models import Person


class Reason(StrEnum):
    """Why somebody rates a performance."""

    RULE = "rule"
    DOUBLED = "doubled"
    THIRD = "third"
    ANCHOR = "anchor"
    OBSERVER = "observer"
    OBJECTION = "objection"


class RatingTask(Base):
    """Somebody is to rate a performance. The database holds that nobody rates their own."""

    __tablename__ = "rating_task"
    __table_args__ = (
        UniqueConstraint("play_id", "rater_id"),
        UniqueConstraint("id", "rater_id", name="uq_rating_task_id_rater_id"),
        ForeignKeyConstraint(["play_id", "person_id"], ["play.id", "play.person_id"], name="fk_rating_task_play"),
        CheckConstraint("rater_id <> person_id", name="not_ones_own"),
        CheckConstraint(one_of("reason", Reason), name="reason_known"),
        Index("ix_rating_task_rater_id", "rater_id", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    play_id: Mapped[int]
    person_id: Mapped[int]
    """Who performed."""
    rater_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(16))
    assigned_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    """Rated, or not wanted any more."""

    play: Mapped[Play] = relationship()
    rater: Mapped[Person] = relationship()


class Rating(Base):
    """One rater's judgement. Only added, once per task; sent twice it is kept once (``client_key``)."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("task_id"),
        UniqueConstraint("client_key"),
        ForeignKeyConstraint(
            ["task_id", "rater_id"], ["rating_task.id", "rating_task.rater_id"], name="fk_rating_task"
        ),
        Index("ix_rating_play_id", "play_id"),
        Index("ix_rating_rubric_version_id", "rubric_version_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int]
    rater_id: Mapped[int]
    play_id: Mapped[int] = mapped_column(ForeignKey("play.id"))
    rubric_version_id: Mapped[int] = mapped_column(ForeignKey("rubric_version.id"))
    points: Mapped[dict[str, Any]]
    """Criterion → points of the level, exact: ``{"needs": "2"}``."""
    total: Mapped[float]
    passed: Mapped[bool]
    best: Mapped[str] = mapped_column(Text)
    """The best moment."""
    change: Mapped[str] = mapped_column(Text)
    """One thing to change."""
    client_key: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime]
    """When the rater decided, by their own clock but never later than received."""
    at: Mapped[datetime]

    task: Mapped[RatingTask] = relationship()


class RatingComment(Base):
    """What a rater says about a moment of a recording."""

    __tablename__ = "rating_comment"
    __table_args__ = (CheckConstraint("second >= 0", name="second_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("rating_task.id"), index=True)
    second: Mapped[float]
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    task: Mapped[RatingTask] = relationship()


class PlayResult(Base):
    """What the rubric decided from the ratings there were. Only added: the last of the chain counts."""

    __tablename__ = "play_result"
    __table_args__ = (
        UniqueConstraint("supersedes_id"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score_is_share"),
        Index(
            "uq_play_result_first",
            "play_id",
            unique=True,
            sqlite_where=text("supersedes_id IS NULL"),
            postgresql_where=text("supersedes_id IS NULL"),
        ),
        Index("ix_play_result_play_id", "play_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    play_id: Mapped[int] = mapped_column(ForeignKey("play.id"))
    rubric_hash: Mapped[str] = mapped_column(String(64))
    score: Mapped[float]
    exact: Mapped[str] = mapped_column(String(64))
    passed: Mapped[bool]
    blocked_by: Mapped[list[str]]
    criteria: Mapped[dict[str, Any]]
    """Criterion → share, exact."""
    ratings: Mapped[list[Any]]
    """The ids it rests on."""
    disputed: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("play_result.id"))

    play: Mapped[Play] = relationship()


class Objection(Base):
    """The learner does not agree with a result: said once about each."""

    __tablename__ = "objection"
    __table_args__ = (UniqueConstraint("result_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("play_result.id"))
    play_id: Mapped[int] = mapped_column(ForeignKey("play.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    play: Mapped[Play] = relationship()
    result: Mapped[PlayResult] = relationship()
    answer: Mapped["ObjectionAnswer | None"] = relationship(back_populates="objection")


class ObjectionAnswer(Base):
    """What came of it: rated once more by somebody else, or the result stands, and why."""

    __tablename__ = "objection_answer"
    __table_args__ = (
        UniqueConstraint("objection_id"),
        CheckConstraint("decision IN ('rerate', 'stands')", name="decision_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey("objection.id"))
    decision: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    objection: Mapped[Objection] = relationship(back_populates="answer")


class Anchor(Base):
    """A recording with a reference rating agreed by experts: raters are calibrated on it."""

    __tablename__ = "anchor"
    __table_args__ = (UniqueConstraint("play_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    play_id: Mapped[int] = mapped_column(ForeignKey("play.id"))
    points: Mapped[dict[str, Any]]
    why: Mapped[str] = mapped_column(Text)
    """What an observer should have seen."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    play: Mapped[Play] = relationship()
