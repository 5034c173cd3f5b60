"""What the takers of a quiz gave, as matrices: the first finished attempt of each person, graded with the keys in force."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from msgspec import Struct
from sqlalchemy import func, select

from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, Question, QuestionVersion, State
from assessments.quizzes.services import standing_grade
from lms.arrays import BoolArray, FloatArray
from lms.db import db, fetch

AT_ONCE = 1000
"""Attempts fetched at a time: their marks are let go of as soon as their figures stand in the matrix."""


class Taken(Struct, frozen=True):
    """An attempt as its row of the matrices."""

    id: int
    person_id: int
    began: datetime
    ended: datetime | None
    score: float
    passed: bool


class Responses(Struct, frozen=True):
    """``n`` attempts by ``p`` versions of questions. ``scores`` (n, p) is what of an answer was right, 0-1, ``nan`` left empty;
    ``drawn`` (n, p) what was asked; ``marks`` (p,) what a question is worth. ``certain``: how sure a taker was decided the
    marks, which does not enter here."""

    attempts: Sequence[Taken]
    versions: Sequence[int]
    questions: Sequence[int]
    scores: FloatArray
    drawn: BoolArray
    marks: FloatArray
    certain: bool

    @property
    def n(self) -> int:
        return len(self.attempts)

    @property
    def filled(self) -> FloatArray:
        """(n, p) the scores, with 0 for what was left empty or not asked."""
        result: FloatArray = np.nan_to_num(self.scores)
        return result

    @property
    def alike(self) -> bool:
        """Whether everybody was asked the same."""
        return bool(self.drawn.all())

    def rows(self) -> dict[int, int]:
        return {each.id: at for at, each in enumerate(self.attempts)}

    def columns(self) -> dict[int, list[int]]:
        """Question → the columns of its versions."""
        found: dict[int, list[int]] = {}
        for at, question in enumerate(self.questions):
            found.setdefault(question, []).append(at)
        return found


def first_attempts(quiz_ids: Sequence[int]) -> Any:
    """The ids of the first finished attempt of each person at each quiz, as a subquery."""
    return (
        select(func.min(Attempt.id))
        .where(Attempt.quiz_id.in_(quiz_ids), Attempt.state != State.OPEN)
        .group_by(Attempt.quiz_id, Attempt.person_id)
    )


def responses(quiz_id: int) -> Responses | None:
    """Of a quiz; None while no attempt is graded. One statement, whose rows are not all held at once."""
    statement = (
        select(
            Attempt.id,
            Attempt.person_id,
            Attempt.started_at,
            Attempt.ended_at,
            GradeEntry.score,
            GradeEntry.passed,
            GradeEntry.marks,
        )
        .join(GradeEntry, standing_grade())
        .where(Attempt.id.in_(first_attempts([quiz_id])))
        .order_by(Attempt.id)
        .execution_options(yield_per=AT_ONCE)
    )
    gathered = _Gathered()
    for row in fetch(statement):
        gathered.take(row)
    return gathered.made() if gathered.taken and gathered.met else None


class _Gathered:
    """The figures of the marks, while the rows pass by."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.met: dict[int, tuple[int, int]] = {}
        """Version → its question, its marks."""
        self.row, self.version, self.share = array("q"), array("q"), array("d")
        self.certain = False

    def take(self, row: Any) -> None:
        at = len(self.taken)
        self.taken.append(Taken(*row[:6]))
        for mark in row[6]:
            version = mark["version"]
            if version not in self.met:
                self.met[version] = (mark["question"], mark["marks"])
                self.certain = self.certain or "sure" in mark
            self.row.append(at)
            self.version.append(version)
            self.share.append(_share(mark.get("correct", mark["share"])) if mark["answered"] else np.nan)

    def made(self) -> Responses:
        versions = sorted(self.met)
        rows = np.frombuffer(self.row, dtype=np.int64)
        columns = np.searchsorted(versions, np.frombuffer(self.version, dtype=np.int64))
        scores = np.full((len(self.taken), len(versions)), np.nan)
        drawn = np.zeros(scores.shape, dtype=bool)
        scores[rows, columns], drawn[rows, columns] = np.frombuffer(self.share), True
        questions = [self.met[each][0] for each in versions]
        marks = np.array([float(self.met[each][1]) for each in versions])
        return Responses(self.taken, versions, questions, scores, drawn, marks, self.certain)


@lru_cache(maxsize=4096)
def _share(exact: str) -> float:
    """What of an answer was right. A wrong answer that costs marks is wrong, no more."""
    return max(0.0, float(Fraction(exact)))


def texts(versions: Sequence[int]) -> dict[int, tuple[QuestionVersion, str]]:
    """Version → it, with the kind of its question; one statement."""
    rows = db.session.execute(
        select(QuestionVersion, Question.kind)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_(versions))
    )
    return {version.id: (version, kind) for version, kind in rows}


def answers(quiz_id: int, questions: Sequence[int]) -> Any:
    """Rows (attempt, question, answer) of the first attempts to some questions, one after the other."""
    return fetch(
        select(AnswerSave.attempt_id, AnswerSave.question_id, AnswerSave.answer)
        .where(AnswerSave.question_id.in_(questions), AnswerSave.attempt_id.in_(first_attempts([quiz_id])))
        .execution_options(yield_per=20 * AT_ONCE)
    )


def column_met(found: Responses, row: int, columns: Sequence[int]) -> int | None:
    """Which of a question's versions a taker met."""
    return next((at for at in columns if found.drawn[row, at]), None)


def seconds(found: Responses, saves: Mapping[int, Sequence[tuple[int, datetime]]]) -> FloatArray:
    """(n, p) seconds from the answer before to each answer, the first from the beginning of the attempt; ``nan`` where it is not known,
    as of answers that a page without script sent together. ``saves``: attempt → (question, moment) of its answers as last given."""
    times = np.full(found.scores.shape, np.nan)
    columns = found.columns()
    for row, taken in enumerate(found.attempts):
        before = taken.began
        for question, moment in sorted(saves.get(taken.id, ()), key=lambda each: each[1]):
            at = column_met(found, row, columns.get(question, ()))
            if at is not None and moment > before:
                times[row, at] = (moment - before).total_seconds()
            before = max(before, moment)
    return times


def saves(quiz_id: int) -> dict[int, list[tuple[int, datetime]]]:
    """Attempt → (question, when its answer was last given) of the first attempts."""
    found: dict[int, list[tuple[int, datetime]]] = {}
    rows = fetch(
        select(AnswerSave.attempt_id, AnswerSave.question_id, AnswerSave.given_at).where(
            AnswerSave.attempt_id.in_(first_attempts([quiz_id]))
        )
    )
    for attempt, question, moment in rows:
        found.setdefault(attempt, []).append((question, moment))
    return found
