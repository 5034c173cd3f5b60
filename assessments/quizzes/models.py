"""Questions and their versions, quizzes, attempts, answers as given, grades. What judges a person is only added."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courses.models import Course, Enrolment, Module
from lms.db import NULLABLE_JSON, Base, LocalText


class State(StrEnum):
    """Of an attempt: answers are taken; handed in; closed by the server at its deadline."""

    OPEN = "open"
    SUBMITTED = "submitted"
    EXPIRED = "expired"


class Review(StrEnum):
    """What a learner sees of a finished attempt. The key is shown by the last two alone."""

    SCORE = "score"
    MARKS = "marks"
    KEY_WHEN_DONE = "key_when_done"
    """The right answers once the quiz is passed or no attempt is left."""
    KEY_WHEN_CLOSED = "key_when_closed"
    """The right answers once the quiz has closed."""
    KEY = "key"


class Layout(StrEnum):
    PAGE = "page"
    ONE = "one"


class Counts(StrEnum):
    """Which attempt counts for the course, where there are several."""

    BEST = "best"
    FIRST = "first"
    LAST = "last"
    AVERAGE = "average"


class Question(Base):
    """An entry of a course's question bank. Its text and key are its versions."""

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('single', 'multiple', 'true_false', 'numeric', 'short_text', 'matching', 'categorisation', "
            "'ordering', 'cloze', 'scenario', 'calculated', 'hotspot', 'open_text', 'file', 'oral')",
            name="kind_known",
        ),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty_range"),
        CheckConstraint("status IN ('active', 'retired')", name="status_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    competency: Mapped[str] = mapped_column(String(200), default="")
    difficulty: Mapped[int | None]
    """What its author expects, 1 (easy) to 5; what takers found stands in the item analysis."""
    tags: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(16), default="active")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    course: Mapped[Course] = relationship()


class QuestionVersion(Base):
    """What a question says and which answer is right. Never changed.

    A version with ``mends_id`` repeats the text of that version under a mended key, which is then the key of
    both: of attempts already made, and of those still to come under the same published course.
    """

    __tablename__ = "question_version"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    number: Mapped[int]
    mends_id: Mapped[int | None] = mapped_column(ForeignKey("question_version.id"), index=True)
    stem: Mapped[LocalText]
    options: Mapped[list[Any]]
    """``[{"id", "text"}]``; what is said of an option afterwards stands in ``feedback``, beside the key."""
    unit: Mapped[str] = mapped_column(String(40), default="")
    body: Mapped[dict[str, Any] | None] = mapped_column(NULLABLE_JSON)
    """Parts, variables or image of the kinds that have them, as in :mod:`assessments.grading.questions`."""
    key: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    feedback: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """``{"all": LocalText, "options": {id: LocalText}}``."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who wrote it. Of a copy: who wrote what was copied."""
    key_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Of a copy: who wrote its key, where that is somebody else than who wrote the text."""
    copied_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    question: Mapped[Question] = relationship()


class Quiz(Base):
    """The draft of a quiz: its settings. What learners meet is frozen with the published module."""

    __tablename__ = "quiz"
    __table_args__ = (
        UniqueConstraint("module_id"),
        CheckConstraint("pass_mark BETWEEN 0 AND 100", name="pass_mark_percent"),
        CheckConstraint("attempts IS NULL OR attempts > 0", name="attempts_positive"),
        CheckConstraint("wait_minutes >= 0", name="wait_minutes_not_negative"),
        CheckConstraint("time_limit IS NULL OR time_limit > 0", name="time_limit_positive"),
        CheckConstraint(
            "review IN ('score', 'marks', 'key_when_done', 'key_when_closed', 'key')", name="review_known"
        ),
        CheckConstraint("layout IN ('page', 'one')", name="layout_known"),
        CheckConstraint("counts IN ('best', 'first', 'last', 'average')", name="counts_known"),
        CheckConstraint("penalty BETWEEN 0 AND 100", name="penalty_percent"),
        CheckConstraint("doubled BETWEEN 0 AND 100", name="doubled_percent"),
        CheckConstraint("closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at", name="window_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    pass_mark: Mapped[int] = mapped_column(default=80)
    """In percent of the marks."""
    attempts: Mapped[int | None]
    """How many are allowed; None: as many as one likes."""
    wait_minutes: Mapped[int] = mapped_column(default=0)
    """Between the end of one attempt and the start of the next."""
    time_limit: Mapped[int | None]
    """In seconds; None: no limit."""
    shuffle: Mapped[bool] = mapped_column(default=True)
    review: Mapped[str] = mapped_column(String(16), default=Review.KEY_WHEN_DONE.value)
    layout: Mapped[str] = mapped_column(String(16), default=Layout.PAGE.value)
    one_way: Mapped[bool] = mapped_column(default=False)
    """With one question after the other: a question that was left does not come back."""
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    """No attempt begins before or after; an open one ends then at the latest."""
    counts: Mapped[str] = mapped_column(String(16), default=Counts.BEST.value)
    penalty: Mapped[int] = mapped_column(default=0)
    """In percent of a question's marks: what a wrong answer costs. Leaving it empty costs nothing."""
    certainty: Mapped[bool] = mapped_column(default=False)
    """Whether each answer comes with how sure one is, which decides what it earns or costs."""
    doubled: Mapped[int] = mapped_column(default=0)
    """In percent of the attempts: for how many of them two graders read the open answers."""
    practice: Mapped[bool] = mapped_column(default=False)
    """Whether those who have completed the course may practise the questions, right answers included."""

    sections: Mapped[list["QuizSection"]] = relationship(
        order_by="QuizSection.position, QuizSection.id", cascade="all, delete-orphan"
    )
    module: Mapped[Module] = relationship()
    items: Mapped[list["QuizItem"]] = relationship(
        order_by="QuizItem.position, QuizItem.id", back_populates="quiz", cascade="all, delete-orphan"
    )


class QuizSection(Base):
    """A part of a quiz with a title. With ``draw`` its questions are drawn for each attempt from those of the course's bank
    that fit; without, it holds those items that name it."""

    __tablename__ = "quiz_section"
    __table_args__ = (
        CheckConstraint("draw IS NULL OR draw BETWEEN 1 AND 100", name="draw_range"),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty_range"),
        CheckConstraint("marks BETWEEN 1 AND 100", name="marks_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"), index=True)
    position: Mapped[int]
    title: Mapped[LocalText]
    introduction: Mapped[LocalText]
    """Markdown by language, shown above its questions."""
    draw: Mapped[int | None]
    competency: Mapped[str] = mapped_column(String(200), default="")
    difficulty: Mapped[int | None]
    tag: Mapped[str] = mapped_column(String(40), default="")
    marks: Mapped[int] = mapped_column(default=1)
    """Of each question that is drawn."""


class QuizItem(Base):
    """A question in the draft of a quiz, with its marks."""

    __tablename__ = "quiz_item"
    __table_args__ = (
        UniqueConstraint("quiz_id", "question_id"),
        CheckConstraint("marks BETWEEN 1 AND 100", name="marks_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    section_id: Mapped[int | None] = mapped_column(ForeignKey("quiz_section.id"), index=True)
    marks: Mapped[int] = mapped_column(default=1)
    position: Mapped[int]

    quiz: Mapped[Quiz] = relationship(back_populates="items")
    question: Mapped[Question] = relationship(lazy="joined", innerjoin=True)


class Accommodation(Base):
    """What one person gets beyond the rules, and who granted it why. Only added: the last one counts, for the quiz and for all."""

    __tablename__ = "quiz_accommodation"
    __table_args__ = (
        CheckConstraint("extra_percent BETWEEN 0 AND 300", name="extra_percent_range"),
        CheckConstraint("extra_minutes BETWEEN 0 AND 600", name="extra_minutes_range"),
        CheckConstraint("extra_attempts BETWEEN 0 AND 100", name="extra_attempts_range"),
        Index("ix_quiz_accommodation_quiz_person", "quiz_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int | None] = mapped_column(ForeignKey("quiz.id"))
    """None: every quiz."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    extra_percent: Mapped[int]
    """Of the time limit."""
    extra_minutes: Mapped[int]
    """On top of that."""
    extra_attempts: Mapped[int]
    until_at: Mapped[datetime | None]
    """No attempt that begins then or later gets it; None: until another one is granted."""
    reason: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Attempt(Base):
    """One attempt of one enrolment. The database holds the limit: its number never passes what was allowed."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("quiz_id", "enrolment_id", "number"),
        CheckConstraint("state IN ('open', 'submitted', 'expired')", name="state_known"),
        CheckConstraint("number > 0 AND (allowed IS NULL OR number <= allowed)", name="number_allowed"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_unless_open"),
        Index(
            "uq_attempt_open",
            "quiz_id",
            "enrolment_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_attempt_state_deadline_at", "state", "deadline_at"),
        Index("ix_attempt_quiz_id_ended_at", "quiz_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), index=True)
    number: Mapped[int]
    allowed: Mapped[int | None]
    """The limit in force at the start; None: none."""
    state: Mapped[str] = mapped_column(String(16), default=State.OPEN.value)
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime | None]
    """Set by the server at the start; None: no limit of time."""
    ended_at: Mapped[datetime | None]
    """Of the learner's submission, or the deadline."""
    frozen: Mapped[dict[str, Any]]
    """What was in force at the start: ``{"pass_mark", "review", "layout", "items": [{"question", "version",
    "kind", "marks", "options": [ids in the order shown]}]}``."""
    marked: Mapped[list[Any]] = mapped_column(default=list)
    """Questions the learner wants to look at again."""
    reached: Mapped[int | None]
    """Where there is no going back: the number of the question that is asked now; None: the first."""

    quiz: Mapped[Quiz] = relationship()
    enrolment: Mapped[Enrolment] = relationship()


class AnswerSave(Base):
    """The answer to a question as last given; one of a higher sequence takes its place, never the reverse."""

    __tablename__ = "answer_save"
    __table_args__ = (
        CheckConstraint("sequence > 0", name="sequence_positive"),
        CheckConstraint("certainty BETWEEN 1 AND 3", name="certainty_level"),
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    answer: Mapped[list[Any]]
    """``[]`` is left empty, ``[text]`` or ``[option ids]`` otherwise."""
    certainty: Mapped[int | None]
    """How sure its giver is, 1 (not) to 3 (quite), where that is asked."""
    sequence: Mapped[int]
    given_at: Mapped[datetime]
    received_at: Mapped[datetime]


class GradeEntry(Base):
    """A judgement of an attempt. Only added: a regrade supersedes, and the last of the chain counts."""

    __tablename__ = "grade_entry"
    __table_args__ = (
        UniqueConstraint("supersedes_id"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score_is_share"),
        Index(
            "uq_grade_entry_first",
            "attempt_id",
            unique=True,
            sqlite_where=text("supersedes_id IS NULL"),
            postgresql_where=text("supersedes_id IS NULL"),
        ),
        Index("ix_grade_entry_attempt_id", "attempt_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    marks: Mapped[list[Any]]
    """``[{"question", "version", "share": "1/2", "marks": 2}]`` in the order shown; share is exact.

    With certainty-based marking also ``correct``, the share that was right, and ``sure``, the level chosen."""
    earned: Mapped[str] = mapped_column(String(64))
    """The marks earned, exact: ``7/2``."""
    possible: Mapped[int]
    score: Mapped[float]
    """earned ÷ possible, for sorting and for the course; the exact value decided."""
    passed: Mapped[bool]
    key_fingerprint: Mapped[str] = mapped_column(String(64))
    grader: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("grade_entry.id"))

    attempt: Mapped[Attempt] = relationship()


class HandGrade(Base):
    """What one grader gave an open answer. Only added: a second thought supersedes, and the last of the chain counts."""

    __tablename__ = "hand_grade"
    __table_args__ = (
        UniqueConstraint("supersedes_id"),
        Index("ix_hand_grade_attempt_question", "attempt_id", "question_id"),
        Index(
            "uq_hand_grade_first",
            "attempt_id",
            "question_id",
            "grader_id",
            unique=True,
            sqlite_where=text("supersedes_id IS NULL"),
            postgresql_where=text("supersedes_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    key_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"))
    """Whose criteria were in force."""
    points: Mapped[dict[str, Any]]
    """Criterion → the points of the level given, exact."""
    comment: Mapped[str] = mapped_column(String(4000), default="")
    grader_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("hand_grade.id"))
