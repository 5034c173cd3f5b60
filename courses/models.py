"""What is taught and what became of it: courses, versions, modules, enrolments, outcomes, completions, certificates."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, event, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.chosen import Chosen as Chosen
from lms.db import Base, LocalText, one_of
from lms.people.models import Person
from lms.storage import StoredFile


class Status(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    RETIRED = "retired"


class Area(StrEnum):
    """The kind of knowledge a course gives."""

    SKILLS = "skills"
    PRODUCT = "product"
    INDUSTRY = "industry"


class Source(StrEnum):
    """Where an enrolment comes from: learnt here, or imported from elsewhere."""

    INTERNAL = "internal"
    IMPORTED = "imported"


class Course(Base):
    """The draft of a course, always the newest text. What learners see is a frozen ``CourseVersion``."""

    __tablename__ = "course"
    __table_args__ = (
        CheckConstraint(one_of("status", Status), name="status_known"),
        CheckConstraint(one_of("area", Area), name="area_known"),
        CheckConstraint(
            "status NOT IN ('published', 'retired') OR version > 0", name="published_has_version"
        ),
        CheckConstraint("at_least IS NULL OR at_least > 0", name="at_least_positive"),
        CheckConstraint("valid_months IS NULL OR valid_months > 0", name="valid_months_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[LocalText]
    status: Mapped[str] = mapped_column(String(16), default=Status.DRAFT, index=True)
    version: Mapped[int] = mapped_column(default=0)
    """Number of the version that is open for enrolment; 0 while never published."""
    area: Mapped[str] = mapped_column(String(16), default=Area.SKILLS)
    background: Mapped[LocalText] = mapped_column(default=dict)
    benefits: Mapped[LocalText] = mapped_column(default=dict)
    features: Mapped[LocalText] = mapped_column(default=dict)
    audience: Mapped[LocalText] = mapped_column(default=dict)
    duration: Mapped[LocalText] = mapped_column(default=dict)
    outline: Mapped[LocalText] = mapped_column(default=dict)
    competencies: Mapped[list[str]] = mapped_column(default=list)
    at_least: Mapped[int | None]
    """How many of the required modules complete the course; None: all of them."""
    valid_months: Mapped[int | None]
    """How long a certificate is valid; None: for ever."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    review_note: Mapped[str | None] = mapped_column(Text)

    owner: Mapped[Person | None] = relationship()


PARTS = ("background", "benefits", "features", "audience", "duration", "outline")
"""The parts of a course page, in their order."""


class CompletionRule(Base):
    """What completes the course. Never changed: another rule is another version."""

    __tablename__ = "completion_rule"
    __table_args__ = (UniqueConstraint("course_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    rule: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class CourseVersion(Base):
    """A course as it was published; ``snapshot`` holds the parts and the competencies. Never changed."""

    __tablename__ = "course_version"
    __table_args__ = (
        UniqueConstraint("course_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    title: Mapped[LocalText]
    area: Mapped[str] = mapped_column(String(16), index=True)
    snapshot: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("completion_rule.id"))
    valid_months: Mapped[int | None]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    course: Mapped[Course] = relationship()
    rule: Mapped[CompletionRule] = relationship()
    modules: Mapped[list["ModuleVersion"]] = relationship(order_by="ModuleVersion.position", viewonly=True)


class Module(Base):
    """A module of the draft. A removed one keeps its row, because versions and outcomes refer to it."""

    __tablename__ = "module"
    __table_args__ = (
        CheckConstraint("need IN ('done', 'passed', 'score')", name="need_known"),
        CheckConstraint(
            "(need = 'score' AND minimum BETWEEN 0 AND 1) OR (need <> 'score' AND minimum IS NULL)",
            name="minimum_with_score",
        ),
        Index("ix_module_course_id_position", "course_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[LocalText]
    required: Mapped[bool] = mapped_column(default=True)
    need: Mapped[str] = mapped_column(String(16), default="passed")
    minimum: Mapped[float | None]
    minutes: Mapped[int | None]
    """How long it takes, as the trainer says."""
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    removed_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship()


class ModuleVersion(Base):
    """A module as it was published; ``content`` is what its kind froze. Never changed."""

    __tablename__ = "module_version"
    __table_args__ = (UniqueConstraint("course_version_id", "module_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[LocalText]
    required: Mapped[bool]
    minutes: Mapped[int | None]
    settings: Mapped[dict[str, Any]]
    content: Mapped[dict[str, Any]] = mapped_column(deferred=True)


class LessonContent(Base):
    """The text of a lesson of the draft, in Markdown; ``![…](file:12)`` shows a file of the course."""

    __tablename__ = "lesson_content"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    body: Mapped[LocalText] = mapped_column(default=dict)


class CourseFile(Base):
    """An image or a video of a course; seen by those who may see the course."""

    __tablename__ = "course_file"
    __table_args__ = (UniqueConstraint("file_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))

    file: Mapped[StoredFile] = relationship()


class CourseSearch(Base):
    """What PostgreSQL's search finds of a course: words cut as ``courses.words`` cuts them."""

    __tablename__ = "course_search"
    __table_args__ = (Index("ix_course_search_words", "words", postgresql_using="gin"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


event.listen(
    CourseSearch.__table__,
    "after_create",
    DDL(
        "CREATE VIRTUAL TABLE IF NOT EXISTS course_fts USING fts5(title, body, tokenize = 'unicode61')"
    ).execute_if(dialect="sqlite"),
)
"""SQLite searches in a full-text table of its own, whose rows carry the course's id, and leaves this one empty."""


class Enrolment(Base):
    """A person in a course, once per cycle. Recertification opens the next cycle; history stays."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("person_id", "course_id", "cycle"),
        CheckConstraint(one_of("chosen", Chosen), name="chosen_known"),
        CheckConstraint(one_of("source", Source), name="source_known"),
        CheckConstraint("cycle > 0", name="cycle_positive"),
        CheckConstraint("source = 'imported' OR version_id IS NOT NULL", name="internal_has_version"),
        Index("ix_enrolment_course_id_id", "course_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id"), index=True)
    cycle: Mapped[int] = mapped_column(default=1)
    enrolled_at: Mapped[datetime]
    started_on: Mapped[date | None]
    due_on: Mapped[date | None] = mapped_column(index=True)
    chosen: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(500), default="")
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    source: Mapped[str] = mapped_column(String(16), default=Source.INTERNAL)
    import_batch_id: Mapped[int | None] = mapped_column(index=True)
    withdrawn_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    course: Mapped[Course] = relationship()
    version: Mapped[CourseVersion | None] = relationship()
    completion: Mapped["Completion | None"] = relationship(back_populates="enrolment", viewonly=True)


class ModuleOutcome(Base):
    """What became of one act in a module. Only added; a later one of the same source corrects it."""

    __tablename__ = "module_outcome"
    __table_args__ = (
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 1", name="score_is_share"),
        Index("ix_module_outcome_enrolment_id_module_id", "enrolment_id", "module_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), index=True)
    passed: Mapped[bool]
    score: Mapped[float | None]
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Completion(Base):
    """A course completed: when, by which rule, with the evidence of that moment. Never deleted, never re-dated."""

    __tablename__ = "completion"
    __table_args__ = (UniqueConstraint("enrolment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    completed_on: Mapped[date] = mapped_column(index=True)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("completion_rule.id"))
    evidence: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]

    enrolment: Mapped[Enrolment] = relationship(back_populates="completion")
    rule: Mapped[CompletionRule | None] = relationship()


class CompletionReview(Base):
    """A later judgement that changed whether a completion stands; the last one counts. Only added."""

    __tablename__ = "completion_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"), index=True)
    stands: Mapped[bool]
    why: Mapped[str] = mapped_column(String(64))
    evidence: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Certificate(Base):
    """A certificate as issued. ``values`` are frozen; afterwards only revocation and the finished PDF are added."""

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revoked_reason IS NULL)", name="revoked_with_reason"),
        CheckConstraint("(pdf_sha256 IS NULL) = (file_id IS NULL)", name="hash_with_file"),
        Index(
            "uq_certificate_in_force",
            "completion_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"), index=True)
    values: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime]
    issued_on: Mapped[date]
    expires_on: Mapped[date | None] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(500))
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))

    completion: Mapped[Completion] = relationship()
    file: Mapped[StoredFile | None] = relationship()


class CertificateReminder(Base):
    """The holder was told that a certificate expires in so many days; once for each term. Only added."""

    __tablename__ = "certificate_reminder"
    __table_args__ = (UniqueConstraint("certificate_id", "days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    days: Mapped[int]
    sent_at: Mapped[datetime]
