"""What "today" says of role-plays: what waits to be rated."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assessments.roleplays import queries
from lms.authz import Actor


def to_rate(actor: Actor, now: datetime) -> dict[str, Any] | None:
    """None when nothing waits."""
    tasks = queries.to_rate(actor, limit=5)
    return {"tasks": tasks, "moment": now} if tasks else None
