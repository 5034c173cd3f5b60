"""What waits for one's review, on the trainer's “today” page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assessments.quizzes.question_bank import reviewing
from lms.authz import Actor, Role
from lms.navigation import TodayPanel


def to_review(actor: Actor, now: datetime) -> dict[str, Any] | None:
    """One statement; None when nothing waits."""
    rows = reviewing.waiting(actor)
    return {"rows": rows} if rows else None


PANEL = TodayPanel("quizzes.to_review", frozenset({Role.TRAINER}), 25, "quizzes/bank/panel.html", to_review)
