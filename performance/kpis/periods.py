"""Periods of a KPI: the first day that names one, the next, and how it is written. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

Period = Literal["week", "month", "quarter", "year"]


def start_of(period: str, day: date) -> date:
    """The first day of the period that holds ``day``; a week begins on Monday (ISO 8601)."""
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "month":
        return day.replace(day=1)
    if period == "quarter":
        return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return date(day.year, 1, 1)


@lru_cache(maxsize=4096)
def shift(period: str, start: date, by: int) -> date:
    """The first day of the period ``by`` periods after the one that begins on ``start``."""
    if period == "week":
        return start + timedelta(weeks=by)
    months = {"month": 1, "quarter": 3, "year": 12}[period] * by
    number = start.year * 12 + start.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def index(period: str, origin: date, start: date) -> int:
    """How many periods ``start`` lies after ``origin`` (both first days)."""
    if period == "week":
        return (start - origin).days // 7
    months = (start.year - origin.year) * 12 + start.month - origin.month
    return months // {"month": 1, "quarter": 3, "year": 12}[period]


def day_asked(text: str | None) -> date | None:
    """The day that an address names; None where it is none, or too far away for the periods around it to be days."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day and 1900 < day.year < 9000 else None


def first_day(written: str) -> date:
    """The first day of a period in the writing of :func:`label`."""
    year, _, part = written.partition("-")
    if part.startswith("W"):
        return date.fromisocalendar(int(year), int(part[1:]), 1)
    if part.startswith("Q"):
        return date(int(year), 3 * int(part[1:]) - 2, 1)
    return date(int(year), int(part or 1), 1)


def label(period: str, start: date) -> str:
    """The period in ISO writing: 2024-W05, 2024-03, 2024-Q1, 2024."""
    if period == "week":
        year, week, _ = start.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if period == "month":
        return f"{start.year:04d}-{start.month:02d}"
    if period == "quarter":
        return f"{start.year:04d}-Q{(start.month - 1) // 3 + 1}"
    return f"{start.year:04d}"
