"""Item analysis of a quiz: from the first finished attempts to :func:`assessments.grading.items.analyse`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import func, select

from assessments.grading.items import ItemStatistics, QuizAnalysis, analyse
from assessments.grading.options import ItemOptions
from assessments.quizzes import bank, policies
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, Question, QuestionVersion, Quiz, State
from assessments.quizzes.results import key_words
from assessments.quizzes.services import standing_grade
from lms.authz import Actor
from lms.db import LocalText, db

CHOSEN = ("single", "multiple", "true_false")


class ItemRow(NamedTuple):
    """An item of the analysis: a version of a question, since another text is another item."""

    version: QuestionVersion
    kind: str
    number: int
    statistics: ItemStatistics
    option_texts: Mapping[str, LocalText]


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysis of ``n`` first attempts; ``items`` those with alarms first, then as in the quiz."""

    n: int
    quiz: QuizAnalysis | None
    items: Sequence[ItemRow]


def of_quiz(actor: Actor, module_id: int) -> tuple[Quiz, Analysis]:
    """First finished attempt of each person, graded with the keys in force. For the trainers of the course.

    :raises Unknown: if the actor does not author it.
    """
    quiz = policies.marked_quiz(actor, module_id)
    marks = _marks(quiz.id)
    versions = sorted({each["version"] for graded in marks.values() for each in graded})
    if not marks or not versions:
        return quiz, Analysis(0, None, [])
    column = {version: at for at, version in enumerate(versions)}
    row = {attempt: at for at, attempt in enumerate(marks)}
    scores, drawn = _matrix(marks, row, column)
    texts = _texts(versions)
    options = _options(quiz.id, marks, row, column, texts)
    found = analyse(scores, names=[str(v) for v in versions], drawn=drawn, options=options)
    return quiz, Analysis(len(marks), found, _rows(quiz, versions, texts, found))


def _marks(quiz_id: int) -> dict[int, list[dict[str, Any]]]:
    """Attempt → its marks by question, for the first finished attempt of each person."""
    first = (
        select(func.min(Attempt.id))
        .where(Attempt.quiz_id == quiz_id, Attempt.state != State.OPEN)
        .group_by(Attempt.person_id)
    )
    rows = db.session.execute(
        select(Attempt.id, GradeEntry.marks)
        .join(GradeEntry, standing_grade())
        .where(Attempt.id.in_(first))
        .order_by(Attempt.id)
    )
    return dict(rows.all())


def _matrix(
    marks: Mapping[int, list[dict[str, Any]]], row: Mapping[int, int], column: Mapping[int, int]
) -> tuple[Any, Any]:
    scores = np.full((len(row), len(column)), np.nan)
    drawn = np.zeros(scores.shape, dtype=bool)
    for attempt, graded in marks.items():
        for each in graded:
            at = row[attempt], column[each["version"]]
            drawn[at] = True
            if each["answered"]:
                scores[at] = float(Fraction(each.get("correct", each["share"])))
    return scores, drawn


def _texts(versions: Sequence[int]) -> dict[int, tuple[QuestionVersion, str]]:
    rows = db.session.execute(
        select(QuestionVersion, Question.kind)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_(versions))
    )
    return {version.id: (version, kind) for version, kind in rows}


def _options(
    quiz_id: int,
    marks: Mapping[int, list[dict[str, Any]]],
    row: Mapping[int, int],
    column: Mapping[int, int],
    texts: Mapping[int, tuple[QuestionVersion, str]],
) -> dict[int, ItemOptions]:
    """What was chosen, for the kinds with options."""
    keys = bank.keys_in_force(column)
    ids = {
        version: bank.option_ids(kind, text.options)
        for version, (text, kind) in texts.items()
        if kind in CHOSEN
    }
    chosen = {version: np.zeros((len(row), len(names)), dtype=bool) for version, names in ids.items()}
    met = {(attempt, each["question"]): each["version"] for attempt, graded in marks.items() for each in graded}
    questions = {texts[version][0].question_id for version in ids}
    answers = db.session.execute(
        select(AnswerSave.attempt_id, AnswerSave.question_id, AnswerSave.answer)
        .where(AnswerSave.question_id.in_(questions))
        .join(Attempt, Attempt.id == AnswerSave.attempt_id)
        .where(Attempt.quiz_id == quiz_id)
    )
    for attempt, question, answer in answers:
        version = met.get((attempt, question))
        if version in chosen:
            for name in answer:
                chosen[version][row[attempt], ids[version].index(name)] = True
    found = {}
    for version, names in ids.items():
        right = key_words(keys[version].key)["correct"]
        correct = tuple(name in right for name in names)
        found[column[version]] = ItemOptions(tuple(names), correct, chosen[version])
    return found


def _rows(
    quiz: Quiz,
    versions: Sequence[int],
    texts: Mapping[int, tuple[QuestionVersion, str]],
    found: QuizAnalysis,
) -> list[ItemRow]:
    place = {item.question_id: at for at, item in enumerate(quiz.items, 1)}
    rows = []
    for version, statistics in zip(versions, found.items, strict=True):
        text, kind = texts[version]
        words = {each["id"]: each["text"] for each in text.options}
        rows.append(ItemRow(text, kind, place.get(text.question_id, 0), statistics, words))
    rows.sort(key=lambda each: (not serious(each.statistics), each.number or len(rows) + 1, each.version.id))
    return rows


def serious(statistics: ItemStatistics) -> bool:
    """Whether an item has an alarm beside that of few takers."""
    return any(alarm.code != "few_takers" for alarm in statistics.alarms)
