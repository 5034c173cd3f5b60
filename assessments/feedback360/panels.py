"""The part of the “today” pages that is about 360° feedback: what was asked of this person, and what waits for a word."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assessments.feedback360 import queries
from lms.authz import Actor, Role
from lms.navigation import TodayPanel

FEW = 4


def waiting(actor: Actor, now: datetime) -> dict[str, Any] | None:
    rows = queries.waiting(actor, now)
    return {"rows": rows[:FEW], "more": max(0, len(rows) - FEW)} if rows else None


PANELS = (
    TodayPanel("feedback360.waiting", frozenset(Role), 31, "feedback360/_waiting.html", waiting, asks=queries.ANY_WAITING),
)
