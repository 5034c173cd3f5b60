"""Surveys, their frozen versions, rules, sendings, invitations, links and answers.

Anonymous means that the database cannot say who answered what. Constraints hold it: an anonymous response has no
invitation, no link and no moment; its id is random and its table is kept in the order of that id; the mark that somebody has
answered is a keyed hash in a table of its own, also ordered by that hash, and is deleted when the sending is closed. See docs/surveys.md.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.models import Course, Module
from lms.db import Base, LocalText, one_of
from lms.people.models import Person


class Purpose(StrEnum):
    """What a survey is for; reaction and behaviour are levels 1 and 3 of Kirkpatrick's ladder."""

    REACTION = "reaction"
    BEHAVIOUR = "behaviour"
    NEEDS = "needs"
    SATISFACTION = "satisfaction"
    OTHER = "other"


class Recipient(StrEnum):
    LEARNER = "learner"
    MANAGER = "manager"


class Origin(StrEnum):
    """Where a sending comes from."""

    RULE = "rule"
    HAND = "hand"
    LINK = "link"
    COURSE = "course"


class Survey(Base):
    """The draft of a survey, always the newest text. What respondents meet is a frozen ``SurveyVersion``."""

    __tablename__ = "survey"
    __table_args__ = (
        CheckConstraint(one_of("purpose", Purpose), name="purpose_known"),
        CheckConstraint("status IN ('active', 'retired')", name="status_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[LocalText]
    intro: Mapped[LocalText] = mapped_column(default=dict)
    thanks: Mapped[LocalText] = mapped_column(default=dict)
    purpose: Mapped[str] = mapped_column(String(16))
    anonymous: Mapped[bool]
    status: Mapped[str] = mapped_column(String(16), default="active")
    items: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=0)
    """Number of the version in use; 0 while never published."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]

    owner: Mapped[Person | None] = relationship()


class SurveyVersion(Base):
    """A survey as respondents meet it. Never changed: its answers are answers to this text."""

    __tablename__ = "survey_version"
    __table_args__ = (UniqueConstraint("survey_id", "number"), CheckConstraint("number > 0", name="number_positive"))

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    number: Mapped[int]
    title: Mapped[LocalText]
    intro: Mapped[LocalText]
    thanks: Mapped[LocalText]
    anonymous: Mapped[bool]
    items: Mapped[list[Any]] = mapped_column(deferred=True)
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    survey: Mapped[Survey] = relationship()


class SurveyRule(Base):
    """So many days after a course was completed, ask its learner or the learner's manager."""

    __tablename__ = "survey_rule"
    __table_args__ = (
        UniqueConstraint("survey_id", "course_id", "recipient", "days"),
        CheckConstraint("days BETWEEN 0 AND 365", name="days_range"),
        CheckConstraint("open_days BETWEEN 1 AND 90", name="open_days_range"),
        CheckConstraint("remind_days IS NULL OR remind_days BETWEEN 1 AND 60", name="remind_days_range"),
        CheckConstraint(one_of("recipient", Recipient), name="recipient_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(16))
    days: Mapped[int]
    open_days: Mapped[int]
    remind_days: Mapped[int | None]
    since: Mapped[date]
    """Events that fall due before this day are left alone."""
    ended_on: Mapped[date | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    survey: Mapped[Survey] = relationship()
    course: Mapped[Course] = relationship()


class SurveySending(Base):
    """A version asked of somebody until a closing date: by a rule (one a month), by hand, by links, in a course (one a month).

    Results of an anonymous sending are shown once it is closed, and not before.
    """

    __tablename__ = "survey_sending"
    __table_args__ = (
        UniqueConstraint("id", "anonymous", name="uq_survey_sending_id_anonymous"),
        UniqueConstraint("rule_id", "version_id", "month"),
        UniqueConstraint("module_id", "version_id", "month"),
        CheckConstraint(one_of("origin", Origin), name="origin_known"),
        CheckConstraint("(origin = 'rule') = (rule_id IS NOT NULL)", name="rule_of_rules"),
        CheckConstraint("(origin = 'course') = (module_id IS NOT NULL)", name="module_of_courses"),
        CheckConstraint("links >= 0", name="links_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_version.id"))
    anonymous: Mapped[bool]
    origin: Mapped[str] = mapped_column(String(16))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("survey_rule.id"))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"), index=True)
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))
    month: Mapped[str] = mapped_column(String(7))
    """The month in which it was opened, like 2026-11."""
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    remind_days: Mapped[int | None]
    reminded_on: Mapped[date | None]
    links: Mapped[int] = mapped_column(default=0)
    """How many public links were made."""
    links_about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Person asked about → how many of them."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    survey: Mapped[Survey] = relationship()
    version: Mapped[SurveyVersion] = relationship()
    course: Mapped[Course | None] = relationship()
    rule: Mapped[SurveyRule | None] = relationship()


class SurveyInvitation(Base):
    """Somebody asked. Says nothing of whether they have answered."""

    __tablename__ = "survey_invitation"
    __table_args__ = (
        UniqueConstraint("sending_id", "person_id", "about_id", "enrolment_id"),
        UniqueConstraint("id", "sending_id", name="uq_survey_invitation_id_sending"),
        Index("ix_survey_invitation_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sending_id: Mapped[int] = mapped_column(ForeignKey("survey_sending.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whose behaviour is asked about, where it is somebody else's."""
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"), index=True)
    invited_on: Mapped[date]

    sending: Mapped[SurveySending] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    about: Mapped[Person | None] = relationship(foreign_keys=[about_id])


class SurveyDraft(Base):
    """What somebody has filled in so far. There is none of an anonymous survey: its answers are kept once, when sent."""

    __tablename__ = "survey_draft"
    __table_args__ = (
        CheckConstraint("NOT anonymous", name="named_only"),
        ForeignKeyConstraint(["invitation_id", "sending_id"], ["survey_invitation.id", "survey_invitation.sending_id"],
                             name="fk_survey_draft_invitation"),  # fmt: skip
        ForeignKeyConstraint(["sending_id", "anonymous"], ["survey_sending.id", "survey_sending.anonymous"],
                             name="fk_survey_draft_sending"),  # fmt: skip
    )

    invitation_id: Mapped[int] = mapped_column(primary_key=True)
    sending_id: Mapped[int]
    anonymous: Mapped[bool] = mapped_column(default=False)
    fields: Mapped[dict[str, Any]]
    """Form field → ``{"values": what is in it, "sequence": of the save}``."""
    sequence: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]


class SurveyMark(Base):
    """Somebody has answered an anonymous sending: who, only the application can tell, with its secret key."""

    __tablename__ = "survey_mark"
    __table_args__ = ({"sqlite_with_rowid": False},)

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    sending_id: Mapped[int] = mapped_column(ForeignKey("survey_sending.id"), index=True)


class SurveyLink(Base):
    """A public link, good for one answer. Only the hash of its token is kept; that of an anonymous answer is deleted on use."""

    __tablename__ = "survey_link"
    __table_args__ = (
        CheckConstraint("used_at IS NULL OR NOT anonymous", name="use_of_named_only"),
        CheckConstraint("label = '' OR NOT anonymous", name="label_of_named_only"),
        ForeignKeyConstraint(["sending_id", "anonymous"], ["survey_sending.id", "survey_sending.anonymous"],
                             name="fk_survey_link_sending"),  # fmt: skip
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    sending_id: Mapped[int] = mapped_column(index=True)
    anonymous: Mapped[bool]
    about_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    label: Mapped[str] = mapped_column(String(200), default="")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    sending: Mapped[SurveySending] = relationship(primaryjoin="SurveyLink.sending_id == SurveySending.id", viewonly=True)


class SurveyResponse(Base):
    """The answers of one respondent, never changed. Of an anonymous one there is no more than this and its cell."""

    __tablename__ = "survey_response"
    __table_args__ = (
        CheckConstraint(
            "NOT anonymous OR (invitation_id IS NULL AND label = '' AND submitted_at IS NULL)", name="anonymous_unlinked"
        ),
        CheckConstraint("anonymous OR submitted_at IS NOT NULL", name="named_dated"),
        ForeignKeyConstraint(["sending_id", "anonymous"], ["survey_sending.id", "survey_sending.anonymous"],
                             name="fk_survey_response_sending"),  # fmt: skip
        UniqueConstraint("invitation_id"),
        Index("ix_survey_response_sending_id", "sending_id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, so that no order tells who came first."""
    sending_id: Mapped[int]
    anonymous: Mapped[bool]
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("survey_invitation.id"))
    label: Mapped[str] = mapped_column(String(200), default="")
    """The customer, as named with the link."""
    submitted_at: Mapped[datetime | None]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    """The smallest team in which at least five were asked; of a named answer the respondent's team."""
    about_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answers: Mapped[dict[str, Any]]

    invitation: Mapped[SurveyInvitation | None] = relationship()


class SurveyModule(Base):
    """The survey of a course's module, in the draft of the course."""

    __tablename__ = "survey_module"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("survey.id"))

    module: Mapped[Module] = relationship()
    survey: Mapped[Survey | None] = relationship()
