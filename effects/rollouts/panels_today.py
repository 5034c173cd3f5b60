"""Waves that start soon, on the today pages of those who plan and of the managers whose people they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from courses.dates import day_of
from effects.rollouts import queries
from lms.authz import Actor, Permission, Role
from lms.navigation import TodayPanel

AHEAD = timedelta(days=42)
BEHIND = timedelta(days=7)


def _soon(actor: Actor, moment: datetime) -> dict[str, Any] | None:
    if not actor.can(Permission.ROLLOUT_PLAN):
        return None
    today = day_of(moment)
    found = queries.starting_soon(actor, today - BEHIND, today + AHEAD)
    return {"waves": found, "today": today} if found else None


SOON = TodayPanel(
    "rollout_waves", frozenset({Role.MANAGER, Role.TRAINER, Role.HR}), 400, "rollouts/_soon.html", _soon
)
