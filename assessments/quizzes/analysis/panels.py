"""Quizzes whose questions should be looked at, on the trainer's “today” page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assessments.quizzes.analysis import across
from lms.authz import Actor, Role
from lms.navigation import TodayPanel

MOST = 3


def item_alarms(actor: Actor, now: datetime) -> dict[str, Any] | None:
    """From the kept figures, in one statement; None when there is nothing to look at."""
    rows = across.alarming(actor)
    return {"rows": rows[:MOST]} if rows else None


PANEL = TodayPanel("quizzes.item_alarms", frozenset({Role.TRAINER}), 27, "quizzes/analysis/panel.html", item_alarms)
