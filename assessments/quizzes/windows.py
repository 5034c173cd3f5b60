"""When an attempt may begin: between the opening and the closing of the quiz, and after the wait since the last one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from assessments.quizzes.models import Attempt
from lms.errors import Refused


def check_window(settings: Mapping[str, Any], now: datetime) -> datetime | None:
    """The moment at which the quiz closes, if it does. :raises Refused: ``quiz_not_open``, ``quiz_closed``."""
    opens, closes = moment_of(settings.get("opens_at")), moment_of(settings.get("closes_at"))
    if opens is not None and now < opens:
        raise Refused("quiz_not_open")
    if closes is not None and now >= closes:
        raise Refused("quiz_closed")
    return closes


def moment_of(text: str | None) -> datetime | None:
    """A moment as it is frozen with a quiz."""
    return datetime.fromisoformat(text) if text else None


def check_wait(last: Attempt | None, minutes: int, now: datetime) -> None:
    if last is None or last.ended_at is None or not minutes:
        return
    left = last.ended_at + timedelta(minutes=minutes) - now
    if left > timedelta(0):
        raise Refused("wait_before_next", minutes=-(-int(left.total_seconds()) // 60))
