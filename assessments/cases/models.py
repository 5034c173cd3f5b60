"""Cases with their frozen versions and documents, the work of learners, discussions, lessons, scores, dismissed flags."""

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

from assessments.roleplays.models import Rubric, RubricVersion, Stage
from courses.models import Enrolment, Module
from lms.db import Base, LocalText, one_of
from lms.people.models import Person
from lms.storage import StoredFile


class Ending(StrEnum):
    """How the deal ended."""

    WON = "won"
    LOST = "lost"


class State(StrEnum):
    PROPOSED = "proposed"
    DECLINED = "declined"
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Goal(StrEnum):
    """What of a case completes a module: every question answered, or the score passes."""

    ANSWERED = "answered"
    PASSED = "passed"


class Case(Base):
    """The draft of a case. What people work on is a frozen :class:`CaseVersion`."""

    __tablename__ = "deal_case"
    __table_args__ = (
        CheckConstraint(one_of("status", State), name="status_known"),
        CheckConstraint("status NOT IN ('published', 'retired') OR version > 0", name="published_has_version"),
        CheckConstraint("proposed_by_id IS NULL OR real_deal", name="proposal_is_real"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[LocalText]
    status: Mapped[str] = mapped_column(String(16), default=State.DRAFT.value, index=True)
    version: Mapped[int] = mapped_column(default=0)
    rubric_id: Mapped[int | None] = mapped_column(ForeignKey("rubric.id"), index=True)
    content: Mapped[dict[str, Any]]
    """See ``case.py``."""
    real_deal: Mapped[bool] = mapped_column(default=False)
    """Whether it happened: then it is checked for names before it is published."""
    watch: Mapped[list[str]] = mapped_column(default=list)
    """Names that must not appear in it; never published."""
    note: Mapped[str] = mapped_column(Text, default="")
    """What the trainer told the proposer."""
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]

    rubric: Mapped[Rubric | None] = relationship()
    proposed_by: Mapped[Person | None] = relationship(foreign_keys=[proposed_by_id])


class CaseVersion(Base):
    """A case as it was published, with its rubric. Never changed."""

    __tablename__ = "deal_case_version"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(one_of("stage", Stage), name="stage_known"),
        CheckConstraint(one_of("ending", Ending), name="ending_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("deal_case.id"))
    number: Mapped[int]
    title: Mapped[LocalText]
    stage: Mapped[str] = mapped_column(String(16))
    industry: Mapped[str] = mapped_column(String(32))
    ending: Mapped[str] = mapped_column(String(8))
    rubric_version_id: Mapped[int | None] = mapped_column(ForeignKey("rubric_version.id"), index=True)
    content: Mapped[dict[str, Any]]
    words: Mapped[str] = mapped_column(Text)
    """What a search looks through: all that may be read before answering, in every language, in small letters."""
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    case: Mapped[Case] = relationship()
    rubric: Mapped[RubricVersion | None] = relationship()


class CaseFile(Base):
    """A document of a case; a removed one stays with the versions that name it."""

    __tablename__ = "deal_case_file"
    __table_args__ = (UniqueConstraint("file_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("deal_case.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    removed_at: Mapped[datetime | None]

    file: Mapped[StoredFile] = relationship()


class CaseDismissal(Base):
    """A flag of the anonymity check that a trainer let stand, and why. Only added."""

    __tablename__ = "deal_case_dismissal"
    __table_args__ = (UniqueConstraint("case_id", "place", "kind", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("deal_case.id"))
    place: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(String(255))
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class CaseModule(Base):
    """A case as a module of a course's draft."""

    __tablename__ = "deal_case_module"
    __table_args__ = (CheckConstraint(one_of("goal", Goal), name="goal_known"),)

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("deal_case.id"), index=True)
    goal: Mapped[str] = mapped_column(String(16), default=Goal.ANSWERED.value)

    module: Mapped[Module] = relationship()
    case: Mapped[Case | None] = relationship()


class CaseWork(Base):
    """One person on one version: in a course with those enrolled, or from the library with the own team."""

    __tablename__ = "deal_case_work"
    __table_args__ = (
        UniqueConstraint("id", "person_id", name="uq_deal_case_work_id_person_id"),
        UniqueConstraint("enrolment_id", "module_id"),
        UniqueConstraint("alias"),
        CheckConstraint("(module_id IS NULL) = (enrolment_id IS NULL)", name="module_with_enrolment"),
        CheckConstraint("(course_id IS NULL) = (enrolment_id IS NULL)", name="course_with_enrolment"),
        CheckConstraint("course_id IS NULL OR team_id IS NULL", name="one_group"),
        Index(
            "uq_deal_case_work_library",
            "person_id",
            "version_id",
            unique=True,
            sqlite_where=text("enrolment_id IS NULL"),
            postgresql_where=text("enrolment_id IS NULL"),
        ),
        Index("ix_deal_case_work_version_answered", "version_id", "answered_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("deal_case_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"))
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    goal: Mapped[str] = mapped_column(String(16), default=Goal.ANSWERED.value)
    alias: Mapped[str] = mapped_column(String(16))
    """By which raters know it, drawn by chance."""
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """The last question was answered."""

    version: Mapped[CaseVersion] = relationship()
    person: Mapped[Person] = relationship()
    enrolment: Mapped[Enrolment | None] = relationship()


class CaseAnswer(Base):
    """The answer to one question: saved as it is typed, given once; a given one is never changed."""

    __tablename__ = "deal_case_answer"
    __table_args__ = (
        UniqueConstraint("work_id", "question"),
        CheckConstraint("revealed_at IS NULL OR given_at IS NOT NULL", name="revealed_after_given"),
        CheckConstraint("given_at IS NULL OR text <> ''", name="given_says_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("deal_case_work.id"))
    question: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int] = mapped_column(default=0)
    """Of the last save: an older one that arrives later is not taken."""
    saved_at: Mapped[datetime]
    given_at: Mapped[datetime | None]
    revealed_at: Mapped[datetime | None]
    """When the model answer was opened; the next question is asked from then on."""

    work: Mapped[CaseWork] = relationship()


class CaseComment(Base):
    """A contribution to the discussion of a question in one group. A hidden one keeps its words for the record."""

    __tablename__ = "deal_case_comment"
    __table_args__ = (
        CheckConstraint("(course_id IS NULL) <> (team_id IS NULL)", name="one_group"),
        CheckConstraint("(hidden_at IS NULL) = (hidden_why IS NULL)", name="hidden_with_reason"),
        Index("ix_deal_case_comment_version_question", "version_id", "question"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("deal_case_version.id"))
    question: Mapped[str] = mapped_column(String(16))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    hidden_at: Mapped[datetime | None]
    hidden_why: Mapped[str | None] = mapped_column(String(500))
    hidden_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    version: Mapped[CaseVersion] = relationship()


class CaseLesson(Base):
    """A lesson drawn from a case, perhaps from a contribution to its discussion."""

    __tablename__ = "deal_case_lesson"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("deal_case.id"), index=True)
    text: Mapped[LocalText]
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("deal_case_comment.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship()


class CaseScore(Base):
    """A rater's judgement of a work. Only added; a later one of the same rater supersedes the earlier."""

    __tablename__ = "deal_case_score"
    __table_args__ = (
        UniqueConstraint("client_key"),
        UniqueConstraint("supersedes_id"),
        ForeignKeyConstraint(
            ["work_id", "person_id"], ["deal_case_work.id", "deal_case_work.person_id"], name="fk_deal_case_score_work"
        ),
        CheckConstraint("rater_id <> person_id", name="not_ones_own"),
        CheckConstraint("total BETWEEN 0 AND 1", name="total_is_share"),
        Index("ix_deal_case_score_work_id", "work_id"),
        Index(
            "uq_deal_case_score_first",
            "work_id",
            "rater_id",
            unique=True,
            sqlite_where=text("supersedes_id IS NULL"),
            postgresql_where=text("supersedes_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int]
    person_id: Mapped[int]
    """Whose work it is."""
    rater_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    rubric_version_id: Mapped[int] = mapped_column(ForeignKey("rubric_version.id"))
    points: Mapped[dict[str, Any]]
    """Criterion → points of the level, exact."""
    total: Mapped[float]
    passed: Mapped[bool]
    best: Mapped[str] = mapped_column(Text)
    change: Mapped[str] = mapped_column(Text)
    client_key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("deal_case_score.id"))

    work: Mapped[CaseWork] = relationship()
