"""Who may do what with which quiz. Each answers in one line, or finds the row or nothing."""

from __future__ import annotations

from sqlalchemy import select

from assessments.quizzes.models import Attempt, Question, Quiz
from courses import policies as course_policies
from courses.models import Module
from lms.authz import Actor
from lms.db import db
from lms.errors import Unknown


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


def quiz_of(module_id: int) -> Quiz:
    quiz = db.session.scalar(select(Quiz).where(Quiz.module_id == module_id))
    if quiz is None:
        raise Unknown()
    return quiz


def question_in(quiz: Quiz, question_id: int) -> Question:
    """A question of the course of this quiz. :raises Unknown: if it belongs to another."""
    question = db.session.get(Question, question_id)
    if question is None or question.course_id != quiz.module.course_id:
        raise Unknown()
    return question


def is_taker(actor: Actor, attempt: Attempt) -> bool:
    return actor.person_id is not None and actor.person_id == attempt.person_id
