"""The item analysis as its page shows it: of few takers as they stand now, of many as the worker last computed it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import exists, func, select

from assessments.quizzes import policies
from assessments.quizzes.analysis import items, runs
from assessments.quizzes.analysis.items import Analysis
from assessments.quizzes.analysis.models import QuizAnalysisRun, RunKind
from assessments.quizzes.models import Attempt, QuestionVersion, Quiz
from lms.authz import Actor
from lms.db import db

MOST_AT_ONCE = 300
"""Finished attempts up to which the figures are made when the page is opened; it takes about a tenth of a second."""


class Kept(NamedTuple):
    """How the computing in the background stands. ``since``: attempts finished after ``run`` began; ``mended``: whether a key was."""

    run: QuizAnalysisRun | None
    under_way: bool
    failed: bool
    since: int
    mended: bool


class Shown(NamedTuple):
    """A quiz and its analysis; ``kept`` is None where that was made just now."""

    quiz: Quiz
    found: Analysis
    kept: Kept | None


def of_quiz(actor: Actor, module_id: int) -> Shown:
    """For the trainers of the course. What it costs does not grow with the number of those who took the quiz.

    :raises Unknown: if the actor does not author it.
    """
    quiz = policies.marked_quiz(actor, module_id)
    if not many_took(quiz.id):
        return Shown(quiz, items.analysis_of(quiz), None)
    run, under_way, failed = runs.latest(quiz.id, RunKind.ITEMS)
    figures = items.kept(run.report or {}) if run else None
    found = items.described(quiz, figures) if figures else Analysis(0, None)
    mended = figures is not None and run is not None and _mended(figures.versions, run)
    return Shown(quiz, found, Kept(run, under_way is not None, failed is not None, _since(quiz.id, run), mended))


def many_took(quiz_id: int) -> bool:
    """Whether more attempts are finished than the page would wait for."""
    some = select(Attempt.id).where(Attempt.quiz_id == quiz_id, Attempt.ended_at.is_not(None)).limit(MOST_AT_ONCE + 1)
    return (db.session.scalar(select(func.count()).select_from(some.subquery())) or 0) > MOST_AT_ONCE


def _since(quiz_id: int, run: QuizAnalysisRun | None) -> int:
    if run is None:
        return 0
    later = select(func.count()).where(Attempt.quiz_id == quiz_id, Attempt.ended_at > run.created_at)
    return db.session.scalar(later) or 0


def _mended(versions: list[int], run: QuizAnalysisRun) -> bool:
    later = exists().where(QuestionVersion.mends_id.in_(versions), QuestionVersion.created_at > run.created_at)
    return bool(db.session.scalar(select(later)))
