"""Pairs of takers whose answers agree more than chance explains: from saved answers to the pure test. Computed by a worker."""

from __future__ import annotations

from typing import Any

import numpy as np

from assessments.grading.collusion import FALSE_ALARMS, FEWEST_TAKERS, NOT_ANSWERED, Pair, agreement
from assessments.grading.dif import net_scores
from assessments.quizzes.analysis.responses import Responses, answers, column_met
from assessments.quizzes.models import Quiz
from lms.arrays import FloatArray, IntArray
from lms.values import NotEstimable

MOST_LISTED = 50
MOST_TAKERS = 20_000
"""Beyond, 200 million pairs would be compared; the most recent so many are."""


def made(quiz: Quiz, found: Responses | None) -> dict[str, Any]:
    """The report of a run: how many pairs were compared, and those that agree more than chance explains, with the false alarms
    that were allowed for."""
    n = found.n if found else 0
    if found is None or n < FEWEST_TAKERS:
        return {"missing": "few_takers", "n": n, "minimum": FEWEST_TAKERS}
    kept = slice(max(0, n - MOST_TAKERS), n)
    chosen = _chosen(quiz.id, found)[kept]
    told = agreement(chosen, found.scores[kept], net_scores(found.filled, found.drawn)[kept], _times(found)[kept])
    if isinstance(told, NotEstimable):
        return {"missing": told.code, "n": n, "minimum": told.params.get("minimum", 0)}
    return {
        "n": told.n,
        "compared": told.compared,
        "false_alarms": FALSE_ALARMS,
        "found": len(told.pairs),
        "pairs": [_pair(found, each, kept.start) for each in told.pairs[:MOST_LISTED]],
    }


def _chosen(quiz_id: int, found: Responses) -> IntArray:
    """(n, p) the number of each answer among those given to the version, in any order of its options; -1 for none."""
    chosen: IntArray = np.full(found.scores.shape, NOT_ANSWERED, dtype=np.int64)
    numbers: list[dict[tuple[str, ...], int]] = [{} for _version in found.versions]
    rows, columns = found.rows(), found.columns()
    for attempt, question, answer in answers(quiz_id, sorted(columns)):
        row = rows.get(attempt)
        at = None if row is None else column_met(found, row, columns[question])
        if row is not None and at is not None and answer:
            known = numbers[at]
            chosen[row, at] = known.setdefault(tuple(answer), len(known))
    return chosen


def _times(found: Responses) -> FloatArray:
    """(n, 2) when each attempt began and ended, in seconds."""
    return np.array([[each.began.timestamp(), (each.ended or each.began).timestamp()] for each in found.attempts])


def _pair(found: Responses, pair: Pair, start: int) -> dict[str, Any]:
    return {
        "attempts": [found.attempts[pair.first + start].id, found.attempts[pair.second + start].id],
        "common": pair.common,
        "same": pair.same,
        "same_wrong": pair.same_wrong,
        "expected": pair.expected,
        "together": pair.together,
        "p": pair.adjusted,
    }
