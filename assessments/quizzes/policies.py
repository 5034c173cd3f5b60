"""Who may do what with which quiz. Each answers in one line, or finds the row or nothing."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct
from sqlalchemy import select

from assessments.quizzes.models import Question, Quiz, Review
from courses import policies as course_policies
from courses.models import Module
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Unknown

Row = TypeVar("Row")


def authored_quiz(actor: Actor, module_id: int) -> Quiz:
    """The quiz of a module of the draft, if the actor may edit its course. :raises Unknown: otherwise."""
    course_policies.authored_module(actor, module_id)
    return quiz_of(module_id)


def marked_quiz(actor: Actor, module_id: int) -> Quiz:
    """As :func:`authored_quiz`, also of a module taken out of the draft: its attempts and keys remain."""
    module = db.session.get(Module, module_id)
    if module is None or not course_policies.may_author(actor, module.course):
        raise Unknown()
    return quiz_of(module_id)


def may_mark(actor: Actor, quiz: Quiz) -> bool:
    return actor.can(Permission.QUIZ_AUTHOR) and course_policies.may_author(actor, quiz.module.course)


def quiz_of(module_id: int) -> Quiz:
    quiz = db.session.scalar(select(Quiz).where(Quiz.module_id == module_id))
    if quiz is None:
        raise Unknown()
    return quiz


def quiz_id_of(module_id: int) -> int:
    """:raises Unknown: if the module has no quiz."""
    return found(db.session.scalar(select(Quiz.id).where(Quiz.module_id == module_id)))


def question_in(quiz: Quiz, question_id: int) -> Question:
    """A question of the course of this quiz. :raises Unknown: if it belongs to another."""
    question = db.session.get(Question, question_id)
    if question is None or question.course_id != quiz.module.course_id:
        raise Unknown()
    return question


def found(row: Row | None) -> Row:
    """:raises Unknown: if there is no such row."""
    if row is None:
        raise Unknown()
    return row


def course_of_results(actor: Actor, module_id: int) -> Quiz:
    """The quiz, if the actor reads results in its course over anybody. :raises Unknown: otherwise."""
    quiz = quiz_of(module_id)
    grants = actor.grants_for(Permission.QUIZ_RESULT_READ)
    wide = any(grant.course_id is None for grant in grants)
    if not wide and quiz.module.course_id not in {grant.course_id for grant in grants}:
        raise Unknown()
    return quiz


class Release(Struct, frozen=True):
    """What a learner may see of a finished attempt beside its score: marks per question, the key with feedback."""

    marks: bool
    key: bool


def released(review: str, *, passed: bool, exhausted: bool, closed: bool = False) -> Release:
    """``passed``: the quiz in some attempt; ``exhausted``: no attempt is left; ``closed``: nobody can begin any more."""
    key = review == Review.KEY or (review == Review.KEY_WHEN_DONE and (passed or exhausted))
    key = key or (review == Review.KEY_WHEN_CLOSED and closed)
    return Release(key or review != Review.SCORE, key)
