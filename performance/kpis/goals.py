"""Targets beside the tiles of KPIs: who keeps targets says them through this registry, which the roof fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from lms.authz import Actor
from performance.kpis.measures import Entry, gathered, way_of
from performance.kpis.models import Kpi
from performance.kpis.periods import shift
from performance.kpis.series import NamedKpi

LENGTHS = ("week", "month", "quarter", "year")


class Goal(NamedTuple):
    """A published target: of which KPI, for the month, quarter or year that begins when."""

    kpi_id: int
    span: str
    starts_on: date
    value: float


Finder = Callable[[Actor, date], Sequence[Goal]]
"""(viewer, since when) → targets of periods that begin then or later; none where the viewer may see none."""


class _Source(NamedTuple):
    own: Finder
    in_care: Finder


_source: list[_Source] = []


def register(own: Finder, in_care: Finder) -> None:
    """Called by the feature that keeps targets: of the viewer, and of the team in the viewer's care."""
    _source[:] = [_Source(own, in_care)]


def own(viewer: Actor, day: date) -> Sequence[Goal]:
    """The viewer's targets since the beginning of last year."""
    return _source[0].own(viewer, date(day.year - 1, 1, 1)) if _source else ()


def in_care(viewer: Actor, day: date) -> Sequence[Goal]:
    """Those of the team with everybody in the viewer's care."""
    return _source[0].in_care(viewer, date(day.year - 1, 1, 1)) if _source else ()


class Beside(Struct, frozen=True):
    """The target of a tile, and the figure of the same period. ``same`` says that it is the period of the tile itself."""

    target: float
    value: float
    span: str
    starts_on: date
    same: bool


def beside(kpi: Kpi | NamedKpi, entries: Sequence[Entry], goals: Sequence[Goal]) -> Beside | None:
    """The target of the latest record's own period; else of the shortest period that it lies in. None without one."""
    if not entries:
        return None
    last = entries[-1].period_start
    holding = [g for g in goals if g.kpi_id == kpi.id and g.starts_on <= last < shift(g.span, g.starts_on, 1)]
    if not holding:
        return None
    goal = min(holding, key=lambda g: LENGTHS.index(g.span))
    if goal.span == kpi.period:
        return Beside(goal.value, entries[-1].value, goal.span, goal.starts_on, True)
    inside = [entry for entry in entries if entry.period_start >= goal.starts_on]
    value = gathered(way_of(kpi.kind, kpi.over_time), inside)
    return None if value is None else Beside(goal.value, value, goal.span, goal.starts_on, False)
