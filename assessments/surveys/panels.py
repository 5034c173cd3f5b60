"""The part of the “today” pages that is about surveys: those that wait for an answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assessments.surveys import queries
from lms.authz import Actor, Role
from lms.navigation import TodayPanel

FEW = 4


def waiting(actor: Actor, now: datetime) -> dict[str, Any] | None:
    rows = queries.waiting(actor, now)
    return {"rows": rows[:FEW], "more": max(0, len(rows) - FEW)} if rows else None


PANELS = (
    TodayPanel("surveys.waiting", frozenset(Role), 30, "surveys/_waiting.html", waiting, asks=queries.ANY_WAITING),
)
