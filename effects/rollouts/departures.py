"""Where a rollout departed from its locked plan: facts in, departures out, in the order of the plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct, field

LATE_DAYS = 7
"""A wave enrolled more than this after its day, or a report this late, is a departure."""


class Member(Struct, frozen=True):
    """A drawn person as things went. ``drawn`` and ``started`` count periods of the KPI from the first wave's;
    ``drawn`` is None for the group that waits, ``started`` None for those who never did."""

    drawn: int | None
    started: int | None
    outcome: str | None


class Course(Struct, frozen=True):
    """How the rollout went. ``kpi_changed`` names of the parts of the KPI's definition that are not as locked;
    ``revised`` records from before the draw that were brought or corrected after it; ``missing`` of ``expected``
    people without a record in the last period; ``late_waves`` wave → days after its day; ``closed`` and
    ``reported`` the last window's end and the report."""

    members: tuple[Member, ...]
    length: int
    kpi_changed: tuple[str, ...] = ()
    revised: int = 0
    missing: int = 0
    expected: int = 0
    late_waves: Mapping[int, int] = field(default_factory=dict)
    closed: date = date.max
    reported: date = date.min
    stated: int = 0


class Departure(Struct, frozen=True):
    code: str
    params: dict[str, Any] = field(default_factory=dict)


def departures(course: Course) -> list[Departure]:
    """Everything that was not as planned."""
    found = [
        Departure("kpi_changed", {"parts": list(course.kpi_changed)}) if course.kpi_changed else None,
        *(Departure("wave_late", {"wave": w, "days": d}) for w, d in sorted(course.late_waves.items()) if d > LATE_DAYS),
        _count("left", sum(m.outcome == "left" and m.drawn is not None for m in course.members)),
        _count("unsettled", sum(m.outcome is None and m.drawn is not None for m in course.members)),
        _count("otherwise", sum(m.outcome == "otherwise" and m.drawn is not None for m in course.members)),
        _count("crossed_early", sum(_early(m, course.length) for m in course.members)),
        _count("started_late", sum(_late(m) for m in course.members)),
        _count("never_started", sum(_never(m) for m in course.members)),
        Departure("data_missing", {"n": course.missing, "of": course.expected}) if course.missing else None,
        _count("revised", course.revised),
        _reported_late(course),
        _count("stated", course.stated),
    ]
    return [departure for departure in found if departure is not None]


def _count(code: str, n: int) -> Departure | None:
    return Departure(code, {"n": n}) if n else None


def _early(member: Member, length: int) -> bool:
    """Started before the period of the own wave; of those who wait, before the last window closed."""
    if member.started is None:
        return False
    return member.started < (length if member.drawn is None else member.drawn)


def _late(member: Member) -> bool:
    return member.drawn is not None and member.started is not None and member.started > member.drawn


def _never(member: Member) -> bool:
    settled = member.outcome in ("enrolled", "otherwise")
    return member.drawn is not None and settled and member.started is None


def _reported_late(course: Course) -> Departure | None:
    days = (course.reported - course.closed).days
    return Departure("reported_late", {"days": days}) if days > 45 else None
