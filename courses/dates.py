"""Days as the organisation counts them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import current_app

from lms.errors import Refused

FARTHEST_DUE = 120
"""Months ahead."""


def day_of(moment: datetime) -> date:
    """The day of a moment in the organisation's time zone."""
    return moment.astimezone(ZoneInfo(current_app.config["TIME_ZONE"])).date()


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def check_due(due_on: date | None, now: datetime) -> None:
    """:raises Refused: ``due_in_the_past``, ``due_too_far`` for a day that is a slip of the pen."""
    if due_on is None:
        return
    if due_on < day_of(now):
        raise Refused("due_in_the_past", field="due_on")
    if due_on > months_after(day_of(now), FARTHEST_DUE):
        raise Refused("due_too_far", field="due_on")
