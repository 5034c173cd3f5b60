"""The one place that reads the clock. Services take ``now`` as an argument; views and jobs pass ``now()``."""

from __future__ import annotations

from datetime import UTC, date, datetime


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    return now().date()
