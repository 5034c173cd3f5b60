"""Which attempt counts for the course: what the grade of one attempt says about the quiz as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from assessments.quizzes.models import Attempt, Counts, GradeEntry
from courses.completion import Outcome
from lms.db import db


class Graded(NamedTuple):
    """An attempt with the grade that counts; ``score`` exact."""

    number: int
    score: Fraction
    passed: bool


def outcome(attempt: Attempt, own: Outcome) -> Outcome | None:
    """What the course is told after an attempt was graded, or graded again; None where it changes nothing.

    The best: each attempt stands for itself, and the course takes the best. The first: only it is told. The last and the
    average: the quiz has one outcome, which every grade corrects.
    """
    counts = attempt.frozen.get("counts", Counts.BEST)
    if counts == Counts.BEST:
        return own
    if counts == Counts.FIRST:
        return own if attempt.number == 1 else None
    graded = _graded(attempt)
    pass_mark = Fraction(attempt.frozen["pass_mark"], 100)
    return of_all(counts, graded, pass_mark, replace(own, source=f"quiz:{attempt.quiz_id}"))


def of_all(counts: str, graded: Sequence[Graded], pass_mark: Fraction, own: Outcome) -> Outcome:
    """The last attempt's verdict, or the mean of all against the pass mark."""
    if counts == Counts.LAST:
        last = max(graded, key=lambda each: each.number)
        return replace(own, passed=last.passed, score=float(last.score))
    mean = sum((each.score for each in graded), Fraction(0)) / len(graded)
    return replace(own, passed=mean >= pass_mark, score=float(mean))


def _graded(attempt: Attempt) -> list[Graded]:
    later = aliased(GradeEntry)
    rows = db.session.execute(
        select(Attempt.number, GradeEntry.earned, GradeEntry.possible, GradeEntry.passed)
        .join(GradeEntry, GradeEntry.attempt_id == Attempt.id)
        .where(
            Attempt.enrolment_id == attempt.enrolment_id,
            Attempt.quiz_id == attempt.quiz_id,
            ~exists().where(later.supersedes_id == GradeEntry.id),
        )
    )
    return [
        Graded(number, Fraction(earned) / possible if possible else Fraction(0), passed)
        for number, earned, possible, passed in rows
    ]
