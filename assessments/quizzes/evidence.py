"""What quizzes say of competencies: the last graded attempt of each enrolment, question by question.

Whoever calls has made sure that the reader may see the people. Practice leaves no grade, so it is no evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from assessments.grading.evidence import SkillEvidence, Source
from assessments.quizzes.models import Attempt, GradeEntry, Question
from courses.competencies.advice import Advice, weakest
from lms.db import db, fetch, in_parts

_Later = aliased(GradeEntry)
_GRADED = (
    select(
        Attempt.id, Attempt.person_id, Attempt.quiz_id, Attempt.enrolment_id, Attempt.number, Attempt.ended_at, GradeEntry.marks
    )
    .join(GradeEntry, GradeEntry.attempt_id == Attempt.id)
    .outerjoin(_Later, _Later.supersedes_id == GradeEntry.id)
    .where(
        Attempt.person_id.in_(bindparam("people", expanding=True)),
        Attempt.ended_at.is_not(None),
        _Later.id.is_(None),
    )
    .order_by(Attempt.id)
)
_SINCE = _GRADED.where(Attempt.ended_at >= bindparam("since"))
_COMPETENCIES = select(Question.id, Question.competency).where(
    Question.competency != "", Question.id.in_(bindparam("questions", expanding=True))
)


def competency_evidence(person_ids: Sequence[int], *, since: datetime | None = None) -> list[SkillEvidence]:
    """One piece per competency of each last attempt; one statement for some hundred people, and one for the questions.

    Regraded attempts count as they were graded last. Attempts whose open answers nobody has read yet are not graded.
    """
    last: dict[tuple[int, int], Any] = {}
    for some in in_parts(person_ids):
        values: dict[str, Any] = {"people": some} | ({"since": since} if since else {})
        for row in fetch(_SINCE if since else _GRADED, values):
            last[row.quiz_id, row.enrolment_id] = row
    words = _words({int(mark["question"]) for row in last.values() for mark in row.marks})
    return [piece for row in last.values() for piece in _pieces(row, words)]


def weak_in(marks: Sequence[Mapping[str, Any]]) -> list[Advice]:
    """What one graded attempt showed to be weak, with the courses that train it; nothing is asked where every answer was right."""
    if all(Fraction(mark["share"]) >= 1 for mark in marks):
        return []
    return weakest({word: share for word, (share, _) in _shares(marks, _words({int(mark["question"]) for mark in marks})).items()})


def _words(questions: set[int]) -> dict[int, str]:
    """Question → the word for its competency."""
    return {
        id_: word for some in in_parts(sorted(questions)) for id_, word in fetch(_COMPETENCIES, {"questions": some})
    }


def _pieces(row: Any, words: Mapping[int, str]) -> Iterable[SkillEvidence]:
    for word, (share, asked) in _shares(row.marks, words).items():
        yield SkillEvidence(row.person_id, word, Source.QUIZ, share, asked, None, row.ended_at, ("attempt", row.id))


def _shares(marks: Sequence[Mapping[str, Any]], words: Mapping[int, str]) -> dict[str, tuple[float, int]]:
    """Word → (marks earned of those possible, how many questions): wrong answers that cost marks do not lead below nothing."""
    earned: dict[str, Fraction] = {}
    possible: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for mark in marks:
        word = words.get(int(mark["question"]))
        if word:
            earned[word] = earned.get(word, Fraction(0)) + Fraction(mark["share"]) * mark["marks"]
            possible[word] += mark["marks"]
            asked[word] += 1
    return {
        word: (min(max(float(earned[word] / possible[word]), 0.0), 1.0), asked[word]) for word in asked if possible[word] > 0
    }


def words_in_use() -> Counter[str]:
    """The words for competencies in the question banks, and how many questions bear each."""
    rows = db.session.execute(
        select(Question.competency, func.count()).where(Question.competency != "", Question.status == "active").group_by(Question.competency)
    )
    return Counter({word: n for word, n in rows})  # noqa: C416
