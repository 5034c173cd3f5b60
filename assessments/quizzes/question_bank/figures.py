"""How the questions of the bank fared: counted by night from the grades that stand, so that a list can show it."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from sqlalchemy import delete, insert, select

from assessments.quizzes.models import Attempt, GradeEntry
from assessments.quizzes.question_bank.models import QuestionFigure
from assessments.quizzes.services import standing_grade
from lms.authz import Actor, Permission, require
from lms.db import db, fetch

CHUNK = 2_000


def count(actor: Actor, *, now: datetime) -> int:
    """Count every version anew over first attempts, as item analysis does. Returns how many versions have figures."""
    require(actor, Permission.QUIZ_AUTHOR)
    tally: dict[int, list[float]] = {}
    last = 0
    while rows := fetch(_after(last)).all():
        for id_, marks in rows:
            last = id_
            for each in marks:
                figure = tally.setdefault(each["version"], [0, 0, 0.0])
                figure[0] += 1
                figure[1] += bool(each["answered"])
                figure[2] += float(Fraction(each.get("correct", each["share"]))) if each["answered"] else 0.0
    db.session.execute(delete(QuestionFigure))
    found = [
        {"version_id": version, "asked": asked, "answered": answered, "earned": max(0.0, earned), "counted_at": now}
        for version, (asked, answered, earned) in sorted(tally.items())
    ]
    if found:
        db.session.execute(insert(QuestionFigure), found)
    return len(found)


def _after(last: int):  # type: ignore[no-untyped-def]
    return (
        select(GradeEntry.id, GradeEntry.marks)
        .join(Attempt, standing_grade())
        .where(Attempt.number == 1, GradeEntry.id > last)
        .order_by(GradeEntry.id)
        .limit(CHUNK)
    )
