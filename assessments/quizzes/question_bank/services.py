"""What trainers do with a question of the bank: retire it, bring it back, write it anew, take it to another course."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from assessments.grading.questions import parse, to_json
from assessments.quizzes import bank, editing
from assessments.quizzes.formats.media import names_in, renamed_in
from assessments.quizzes.models import Question, QuestionVersion, Quiz, QuizItem
from assessments.quizzes.question_bank.reviewing import authored_question, wrote_of
from courses import authoring, files
from courses import policies as course_policies
from courses.models import Module
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused


def retire(actor: Actor, question_id: int, *, now: datetime) -> Question:
    """Take a question out of use: it is drawn and added no longer; what is published and answered stays.

    :raises Refused: ``question_retired`` if it is already.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    question = authored_question(actor, question_id)
    if question.status == "retired":
        raise Refused("question_retired")
    return _turn(actor, question, "retired", now)


def bring_back(actor: Actor, question_id: int, *, now: datetime) -> Question:
    """Take a retired question into use again. :raises Refused: ``question_in_use``."""
    require(actor, Permission.QUIZ_AUTHOR)
    question = authored_question(actor, question_id)
    if question.status != "retired":
        raise Refused("question_in_use")
    return _turn(actor, question, "active", now)


def _turn(actor: Actor, question: Question, status: str, now: datetime) -> Question:
    question.status = status
    authoring.edited(question.course, now)
    audit.record(actor, "question.status", "question", question.id, status=status)
    return question


def rewrite(actor: Actor, question_id: int, data: object, *, competency: str, now: datetime) -> Question:
    """Say a question differently, wherever it is used. :raises Refused: as :func:`editing.edit_question`."""
    require(actor, Permission.QUIZ_AUTHOR)
    question = authored_question(actor, question_id)
    editing.rewrite(actor, question, data, competency, now=now)
    authoring.edited(question.course, now)
    return question


def add_to(actor: Actor, question_id: int, module_id: int, *, now: datetime) -> QuizItem:
    """Put it at the end of a quiz of its course. :raises Refused: ``question_retired``, ``quiz_full``."""
    require(actor, Permission.QUIZ_AUTHOR)
    authored_question(actor, question_id)
    return editing.take_in(actor, module_id, question_id, now=now)


def copy_to(actor: Actor, question_id: int, course_id: int, *, now: datetime) -> Question:
    """The newest text with the key in force as a new question of another course; its images come along, and who wrote it:
    a copy is reviewed by somebody else than they.

    :raises Refused: ``question_same_course``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    question = authored_question(actor, question_id)
    course = course_policies.authored_course(actor, course_id)
    if course.id == question.course_id:
        raise Refused("question_same_course", field="course")
    latest = bank.latest_versions([question.id])[question.id]
    held = bank.keys_in_force([latest.id])[latest.id]
    data = to_json(bank.question_of(question.kind, latest, held.key))
    taken = files.copied(actor, question.course_id, course, names_in(data))
    read, wrote = parse(renamed_in(data, taken)), wrote_of(db.session.get_one(QuestionVersion, held.version_id), latest)
    copy = editing.write_new(actor, course.id, read, competency=question.competency, now=now, wrote=wrote)
    copy.difficulty, copy.tags = question.difficulty, list(question.tags)
    authoring.edited(course, now)
    audit.record(actor, "question.copy", "question", copy.id, copied=question.id, course=course.id)
    return copy


def quizzes_of(course_id: int) -> list[Module]:
    """The quizzes in the draft of a course, in their order."""
    query = select(Module).join(Quiz, Quiz.module_id == Module.id).where(Module.course_id == course_id)
    return list(db.session.scalars(query.where(Module.removed_at.is_(None)).order_by(Module.position, Module.id)))
