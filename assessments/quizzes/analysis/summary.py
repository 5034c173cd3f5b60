"""The figures of a quiz in short, kept for lists over many quizzes."""

from __future__ import annotations

from typing import Any

from assessments.grading.estimates import Estimate
from assessments.quizzes.analysis.items import ItemRow, described, figures_of
from assessments.quizzes.analysis.responses import Responses
from assessments.quizzes.models import Quiz
from lms.values import Interval, NotEstimable


def made(quiz: Quiz, found: Responses | None) -> dict[str, Any]:
    """The report of a run: size, reliability, share passed, alarms by what they say, and the figures of each question."""
    if found is None:
        return {"n": 0, "passed": 0, "alpha": None, "sem": None, "length": None, "alarms": {}, "items": []}
    seen = described(quiz, figures_of(quiz.id, found))
    consistency = seen.quiz.consistency if seen.quiz else NotEstimable("no_answers")
    known = not isinstance(consistency, NotEstimable)
    alarms: dict[str, int] = {}
    for row in seen.items:
        for code in _alarms(row):
            alarms[code] = alarms.get(code, 0) + 1
    return {
        "n": found.n,
        "passed": sum(each.passed for each in found.attempts),
        "alpha": {"value": consistency.alpha.value, "interval": _ends(consistency.alpha.interval), "settled": consistency.alpha.settled} if known else None,  # type: ignore[union-attr]
        "sem": consistency.sem if known else None,  # type: ignore[union-attr]
        "length": consistency.length if known else None,  # type: ignore[union-attr]
        "alarms": alarms,
        "items": [_item(row) for row in seen.items],
    }


def _alarms(row: ItemRow) -> list[str]:
    own = [alarm.code for alarm in row.statistics.alarms if alarm.code != "few_takers"]
    return own + [part.alarm for part in row.parts if part.alarm]


def _item(row: ItemRow) -> dict[str, Any]:
    return {
        "question": row.version.question_id,
        "version": row.version.id,
        "n": row.statistics.n,
        "facility": _estimate(row.statistics.facility),
        "discrimination": _estimate(row.statistics.discrimination),
        "alarms": _alarms(row),
    }


def _estimate(value: Estimate | NotEstimable) -> dict[str, Any] | None:
    if isinstance(value, NotEstimable):
        return None
    return {"value": value.value, "interval": _ends(value.interval), "settled": value.settled}


def _ends(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None
