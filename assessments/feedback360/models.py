"""360° feedback: questionnaires and their frozen versions, cycles, whom they look at, raters, answers.

What peers, reports and customers answer cannot be led back to them: such an answer has no rater, no moment and a random id, and its table is
kept in the order of that id; constraints hold it. Who has answered is a mark at the rater, which closing takes away. See docs/feedback-360.md.
"""

from datetime import date, datetime
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
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base, LocalText, one_of
from lms.people.models import Person


class Purpose(StrEnum):
    """What a cycle is for; said to everybody who takes part."""

    DEVELOPMENT = "development"
    APPRAISAL = "appraisal"


class Group(StrEnum):
    """How a rater stands to the person looked at."""

    SELF = "self"
    MANAGER = "manager"
    PEER = "peer"
    REPORT = "report"
    CUSTOMER = "customer"


class State(StrEnum):
    """Where a rater stands: only those approved are asked."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    DECLINED = "declined"


class FeedbackQuestionnaire(Base):
    """The draft, always the newest text. What raters meet is a frozen ``FeedbackVersion``."""

    __tablename__ = "feedback_questionnaire"
    __table_args__ = (CheckConstraint("status IN ('active', 'retired')", name="status_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[LocalText]
    content: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    status: Mapped[str] = mapped_column(String(16), default="active")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]


class FeedbackVersion(Base):
    """A questionnaire as raters met it, named by the hash of its content. Never changed."""

    __tablename__ = "feedback_version"
    __table_args__ = (UniqueConstraint("questionnaire_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("feedback_questionnaire.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    title: Mapped[LocalText]
    content: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    frozen_at: Mapped[datetime]


class FeedbackCycle(Base):
    """People looked at with one version until a closing date. Nothing is shown before it is closed."""

    __tablename__ = "feedback_cycle"
    __table_args__ = (
        CheckConstraint(one_of("purpose", Purpose), name="purpose_known"),
        CheckConstraint("least_peer >= 3 AND least_report >= 3 AND least_customer >= 3", name="least_three"),
        CheckConstraint("most_peer <= 20 AND most_report <= 20 AND most_customer <= 20", name="most_twenty"),
        CheckConstraint(
            "(most_peer = 0 OR most_peer >= least_peer) AND (most_report = 0 OR most_report >= least_report)"
            " AND (most_customer = 0 OR most_customer >= least_customer)",
            name="most_above_least",
        ),
        CheckConstraint("remind_days IS NULL OR remind_days BETWEEN 1 AND 60", name="remind_days_range"),
        CheckConstraint("nominate_until <= closes_at", name="nominated_before_closing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[LocalText]
    purpose: Mapped[str] = mapped_column(String(16))
    version_id: Mapped[int] = mapped_column(ForeignKey("feedback_version.id"), index=True)
    least_peer: Mapped[int]
    least_report: Mapped[int]
    least_customer: Mapped[int]
    most_peer: Mapped[int]
    most_report: Mapped[int]
    most_customer: Mapped[int]
    """How many may be nominated; 0: this group is not asked."""
    opened_at: Mapped[datetime]
    nominate_until: Mapped[datetime]
    closes_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    remind_days: Mapped[int | None]
    reminded_on: Mapped[date | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)

    version: Mapped[FeedbackVersion] = relationship()

    @property
    def least(self) -> dict[str, int]:
        return {"peer": self.least_peer, "report": self.least_report, "customer": self.least_customer}

    @property
    def most(self) -> dict[str, int]:
        return {"peer": self.most_peer, "report": self.most_report, "customer": self.most_customer}


class FeedbackSubject(Base):
    """Somebody who is looked at in a cycle."""

    __tablename__ = "feedback_subject"
    __table_args__ = (UniqueConstraint("cycle_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("feedback_cycle.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """Who approves the raters; when the cycle was opened."""
    tally: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Group → [asked, answered], written down when the cycle is closed and the marks go."""
    read_at: Mapped[datetime | None]
    """When this person first opened the report."""

    cycle: Mapped[FeedbackCycle] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    manager: Mapped[Person | None] = relationship(foreign_keys=[manager_id])


class FeedbackRater(Base):
    """Somebody who is to rate, or was proposed to; a customer has an address instead of an account."""

    __tablename__ = "feedback_rater"
    __table_args__ = (
        CheckConstraint(one_of("relation", Group), name="relation_known"),
        CheckConstraint(one_of("state", State), name="state_known"),
        CheckConstraint("(relation = 'customer') = (person_id IS NULL)", name="customers_without_account"),
        CheckConstraint("(relation = 'customer') = (email IS NOT NULL)", name="customers_by_mail"),
        CheckConstraint("NOT answered OR state = 'approved'", name="answered_when_approved"),
        UniqueConstraint("subject_id", "person_id"),
        UniqueConstraint("subject_id", "email"),
        UniqueConstraint("id", "subject_id", "relation", name="uq_feedback_rater_id_subject_relation"),
        Index("ix_feedback_rater_person_id_answered", "person_id", "answered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("feedback_subject.id"))
    relation: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(200), default="")
    """Of a customer."""
    email: Mapped[str | None] = mapped_column(String(254))
    locale: Mapped[str | None] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused or declined."""
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    invited_on: Mapped[date | None]
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of a customer's link, until it has been used or the cycle is closed."""
    answered: Mapped[bool] = mapped_column(default=False)

    subject: Mapped[FeedbackSubject] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class FeedbackAnswer(Base):
    """What one rater said, never changed: ``{"levels": {item: 1 … 5}, "comments": {comment: text}}``. Only self and manager have a name."""

    __tablename__ = "feedback_answer"
    __table_args__ = (
        CheckConstraint("(relation IN ('self', 'manager')) = (rater_id IS NOT NULL)", name="named_only"),
        CheckConstraint(one_of("relation", Group), name="relation_known"),
        ForeignKeyConstraint(
            ["rater_id", "subject_id", "relation"],
            ["feedback_rater.id", "feedback_rater.subject_id", "feedback_rater.relation"],
            name="fk_feedback_answer_rater",
        ),
        UniqueConstraint("rater_id"),
        Index("ix_feedback_answer_subject_id", "subject_id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, so that no order tells who came first."""
    subject_id: Mapped[int] = mapped_column(ForeignKey("feedback_subject.id"))
    relation: Mapped[str] = mapped_column(String(16))
    rater_id: Mapped[int | None]
    answers: Mapped[dict[str, Any]]
