"""Review by a second trainer: asked for, approved or sent back with a reason; and the rule that asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, or_, select

from assessments.quizzes import policies
from assessments.quizzes.editing import Wrote
from assessments.quizzes.models import Question, QuestionVersion, Quiz, QuizItem
from assessments.quizzes.question_bank import states
from assessments.quizzes.question_bank.models import BankRule, QuestionReview, ReviewAct
from courses import authoring
from courses import policies as course_policies
from courses.models import Course, Module
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown

LONGEST_COMMENT = 2_000


def authored_question(actor: Actor, question_id: int) -> Question:
    """A question of a course that the actor may edit. :raises Unknown: otherwise."""
    question = db.session.get(Question, question_id)
    if question is None or not course_policies.may_author(actor, question.course):
        raise Unknown()
    return question


def held_version(question: Question) -> QuestionVersion:
    """The version with the key in force for the newest text: what is reviewed."""
    query = select(QuestionVersion).join(Question, Question.id == QuestionVersion.question_id)
    found = db.session.scalar(query.where(Question.id == question.id, QuestionVersion.id == states.held_id()))
    return policies.found(found)


def state_of(question: Question) -> str:
    """draft, asked, approved or sent_back."""
    return str(db.session.scalar(select(states.state()).where(Question.id == question.id)))


def wrote_of(held: QuestionVersion, text: QuestionVersion) -> Wrote:
    """Who wrote a text and the key in force for it, which ``held`` holds."""
    key = held.key_by_id or held.created_by_id
    return Wrote(text.created_by_id, None if key == text.created_by_id else key)


def authors_of(held: QuestionVersion) -> set[int]:
    """Who wrote the text and who wrote the key: none of them approves it. Who copied it wrote nothing."""
    text = db.session.get_one(QuestionVersion, held.mends_id) if held.mends_id else held
    return {each for each in wrote_of(held, text) if each is not None}


def ask(actor: Actor, question_id: int, comment: str = "", *, now: datetime) -> QuestionReview:
    """Ask a second trainer to look at the newest version. :raises Refused: ``review_not_askable``, ``review_comment``."""
    require(actor, Permission.QUIZ_AUTHOR)
    question = authored_question(actor, question_id)
    if state_of(question) not in (states.DRAFT, ReviewAct.SENT_BACK):
        raise Refused("review_not_askable")
    return _said(actor, question, held_version(question).id, ReviewAct.ASKED, comment, now)


def approve(actor: Actor, question_id: int, comment: str = "", *, seen: int, now: datetime) -> QuestionReview:
    """Say that the version ``seen`` is good. :raises Refused: ``review_own``, ``review_not_asked``, ``review_changed``."""
    require(actor, Permission.QUIZ_AUTHOR)
    return _judged(actor, question_id, seen, ReviewAct.APPROVED, comment, now)


def send_back(actor: Actor, question_id: int, comment: str, *, seen: int, now: datetime) -> QuestionReview:
    """Give it back to its author with what should change. :raises Refused: as :func:`approve`, ``review_comment``."""
    require(actor, Permission.QUIZ_AUTHOR)
    if not comment.strip():
        raise Refused("review_comment", field="comment")
    return _judged(actor, question_id, seen, ReviewAct.SENT_BACK, comment, now)


def _judged(actor: Actor, question_id: int, seen: int, act: ReviewAct, comment: str, now: datetime) -> QuestionReview:
    """The question is locked: what is judged is the version that was looked at, or nothing."""
    question = authored_question(actor, question_id)
    db.session.execute(select(Question.id).where(Question.id == question_id).with_for_update())
    held = held_version(question)
    if state_of(question) != ReviewAct.ASKED:
        raise Refused("review_not_asked")
    if actor.person_id is None or actor.person_id in authors_of(held):
        raise Refused("review_own")
    if held.id != seen:
        raise Refused("review_changed")
    return _said(actor, question, held.id, act, comment, now)


def _said(actor: Actor, question: Question, version_id: int, act: ReviewAct, comment: str, now: datetime) -> QuestionReview:
    if len(comment.strip()) > LONGEST_COMMENT:
        raise Refused("review_comment", field="comment")
    row = QuestionReview(
        version_id=version_id,
        act=act.value,
        comment=comment.strip(),
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "question.review", "question", question.id, act=act.value, version=row.version_id)
    return row


def reviewed_only(course_id: int) -> bool:
    """Whether the course publishes only what a second trainer approved."""
    return bool(db.session.scalar(select(BankRule.reviewed_only).where(BankRule.course_id == course_id)))


def set_rule(actor: Actor, course_id: int, wanted: bool, *, now: datetime) -> BankRule:
    """Ask for review before publication, or no longer."""
    require(actor, Permission.QUIZ_AUTHOR)
    course = course_policies.authored_course(actor, course_id)
    rule = db.session.get(BankRule, course_id) or BankRule(course_id=course_id, changed_at=now)
    rule.reviewed_only, rule.changed_at, rule.changed_by_id = wanted, now, actor.person_id
    db.session.add(rule)
    authoring.edited(course, now)
    audit.record(actor, "question.rule", "course", course_id, reviewed_only=wanted)
    return rule


class Lacking(NamedTuple):
    """Questions chosen for a quiz that keep it from being published."""

    retired: int
    unreviewed: int


def lacking(modules: Sequence[Module]) -> dict[int, Lacking]:
    """Module → what its quiz lacks, in one statement; modules that lack nothing are left out."""
    unreviewed = states.asks_for_review() & (states.state() != ReviewAct.APPROVED.value)
    rows = db.session.execute(
        select(
            Quiz.module_id,
            func.sum(case((Question.status == "retired", 1), else_=0)),
            func.sum(case((unreviewed, 1), else_=0)),
        )
        .join(QuizItem, QuizItem.quiz_id == Quiz.id)
        .join(Question, Question.id == QuizItem.question_id)
        .where(Quiz.module_id.in_([module.id for module in modules]))
        .group_by(Quiz.module_id)
    )
    return {module_id: Lacking(gone, new) for module_id, gone, new in rows if gone or new}


class Waiting(NamedTuple):
    """A question that waits for the reader's review."""

    question_id: int
    kind: str
    stem: LocalText
    course_code: str
    asked_at: datetime


def waiting(actor: Actor, limit: int = 6) -> list[Waiting]:
    """What the actor could review now, the longest waiting first; one statement that starts from what was asked."""
    text, later = QuestionVersion, select(func.max(QuestionReview.id)).where(QuestionReview.version_id == states.held_id())
    wrote = select(QuestionVersion.id).where(
        QuestionVersion.question_id == Question.id,
        or_(
            (QuestionVersion.id == states.text_id()) & (QuestionVersion.created_by_id == actor.person_id),
            (QuestionVersion.id == states.held_id())
            & (func.coalesce(QuestionVersion.key_by_id, QuestionVersion.created_by_id) == actor.person_id),
        ),
    )
    rows = db.session.execute(
        select(Question.id, Question.kind, text.stem, Course.code, QuestionReview.created_at)
        .select_from(QuestionReview)
        .join(text, text.id == QuestionReview.version_id)
        .join(Question, Question.id == text.question_id)
        .join(Course, Course.id == Question.course_id)
        .where(
            QuestionReview.act == ReviewAct.ASKED.value,
            QuestionReview.id == later.correlate(Question).scalar_subquery(),
            Question.status == "active",
            course_policies.authored(actor),
            ~wrote.correlate(Question).exists(),
        )
        .order_by(QuestionReview.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in rows]
