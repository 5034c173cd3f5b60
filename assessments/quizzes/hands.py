"""What graders gave open answers: the rows that count, and the share they come to. Read by the grader, written by hand grading."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from assessments.grading.open_text import BY_HAND, OpenKey, settled
from assessments.grading.texts import BadQuestion
from assessments.quizzes.bank import KeyInForce
from assessments.quizzes.models import Attempt, HandGrade
from lms.db import db


def open_items(attempt: Attempt) -> list[int]:
    """The questions of an attempt that people grade."""
    return [item["question"] for item in attempt.frozen["items"] if item["kind"] in BY_HAND]


def wanted(attempt: Attempt) -> int:
    """How many graders an attempt's open answers need: two for the share set by the quiz, drawn by the attempt's number."""
    percent = attempt.frozen.get("doubled", 0)
    lot = int.from_bytes(hashlib.sha256(f"doubled:{attempt.id}".encode()).digest()[:4]) % 100
    return 2 if lot < percent else 1


def current(attempt_ids: Sequence[int]) -> dict[tuple[int, int], list[HandGrade]]:
    """(attempt, question) → the judgements that count, each grader's last, in the order in which they were first given."""
    later = aliased(HandGrade)
    rows = db.session.scalars(
        select(HandGrade)
        .where(HandGrade.attempt_id.in_(attempt_ids), ~exists().where(later.supersedes_id == HandGrade.id))
        .order_by(HandGrade.id)
    )
    found: dict[tuple[int, int], list[HandGrade]] = {}
    for row in rows:
        found.setdefault((row.attempt_id, row.question_id), []).append(row)
    return found


def shares(
    attempts: Iterable[Attempt], keys: Mapping[int, KeyInForce]
) -> dict[int, dict[int, Fraction]]:
    """Attempt → question → the share its graders agreed on; what still needs a grader is missing. No statement without open answers."""
    with_open = [attempt for attempt in attempts if open_items(attempt)]
    given = current([attempt.id for attempt in with_open]) if with_open else {}
    found: dict[int, dict[int, Fraction]] = {}
    for attempt in with_open:
        for item in attempt.frozen["items"]:
            key = keys[item["version"]].key
            if isinstance(key, OpenKey):
                share = settled(_each(key, given.get((attempt.id, item["question"]), [])), wanted(attempt))
                if share is not None:
                    found.setdefault(attempt.id, {})[item["question"]] = share
    return found


def _each(key: OpenKey, grades: Sequence[HandGrade]) -> list[Fraction]:
    """The share of each judgement; one that names levels the criteria no longer have has to be given again."""
    found = []
    for grade in grades:
        try:
            found.append(key.share(grade.points))
        except BadQuestion:
            continue
    return found


def further(attempt: Attempt, key: OpenKey, grades: Sequence[HandGrade]) -> bool:
    """Whether an answer needs one more grader."""
    return settled(_each(key, grades), wanted(attempt)) is None
