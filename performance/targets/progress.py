"""A target beside its records: attainment to date, forecast, and where it stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from performance.kpis.measures import Entry, Way, by_period, way_of
from performance.kpis.periods import index
from performance.targets.attainment import Attainment, State, attained, state
from performance.targets.forecast import Forecast, NotYet, forecast
from performance.targets.periods import Span, first_record, records_in


class Counted(Protocol):
    """What progress needs to know of a KPI."""

    @property
    def kind(self) -> str: ...
    @property
    def over_time(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def direction(self) -> str: ...


class Progress(Struct, frozen=True):
    """``forecast`` is None where the period lies too far ahead, or nothing was ever recorded."""

    target: float | None
    found: Attainment
    forecast: Forecast | NotYet | None
    state: State
    entries: Sequence[Entry]
    """The records of the period itself."""

    @property
    def expected(self) -> Forecast | None:
        """The forecast, where there is one for a period that is not over."""
        return self.forecast if isinstance(self.forecast, Forecast) and not self.found.over else None


def progress(kpi: Counted, span: Span, target: float | None, entries: Sequence[Entry]) -> Progress:
    """Where a subject stands in a period.

    :param entries: the subject's records up to the end of the period, with some years of history, by period.
    """
    way, first, periods = way_of(kpi.kind, kpi.over_time), first_record(kpi.period, span), records_in(kpi.period, span)
    inside = [entry for entry in entries if first <= entry.period_start < span.end]
    passed = index(kpi.period, first, entries[-1].period_start) + 1 if entries else 0
    found = attained(way, target or 0.0, inside, periods, last_recorded=passed >= periods and bool(inside))
    ahead = _forecast(kpi, way, entries, passed, periods)
    if target is None:
        return Progress(None, found, ahead, "nothing", inside)
    interval = (ahead.low, ahead.high) if isinstance(ahead, Forecast) else None
    return Progress(target, found, ahead, state(kpi.direction, way, target, found, interval), inside)


def _forecast(kpi: Counted, way: Way, entries: Sequence[Entry], passed: int, periods: int) -> Forecast | NotYet | None:
    if not entries or passed < 0:
        return None
    last = entries[-1].period_start
    count = index(kpi.period, entries[0].period_start, last) + 1
    series = [entry for _start, entry in by_period(kpi.period, entries, last, count)]
    return forecast(way, kpi.period, series, min(passed, count), max(0, periods - passed))
