"""Periods of targets: a month, quarter or year, and the records of a KPI that fall into it. Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from performance.kpis.periods import index, shift, start_of

SPANS = ("year", "quarter", "month")
_LENGTH = {"week": 0, "month": 1, "quarter": 3, "year": 12}


class Span(NamedTuple):
    """A month, quarter or year by its kind and first day."""

    kind: str
    start: date

    @property
    def end(self) -> date:
        """The first day after it."""
        return shift(self.kind, self.start, 1)

    def holds(self, day: date) -> bool:
        return self.start <= day < self.end


def span_of(kind: str, day: date) -> Span:
    return Span(kind, start_of(kind, day))


def fits(kpi_period: str, kind: str) -> bool:
    """Whether records of a KPI can say how far a target of such a period is reached: not if they are counted longer."""
    return _LENGTH[kpi_period] <= _LENGTH[kind]


def first_record(kpi_period: str, span: Span) -> date:
    """The first period of records that begins within the span (a week belongs to where its Monday is)."""
    start = start_of(kpi_period, span.start)
    return start if start >= span.start else shift(kpi_period, start, 1)


def records_in(kpi_period: str, span: Span) -> int:
    """How many periods of records begin within the span."""
    first, after = first_record(kpi_period, span), first_record(kpi_period, Span(span.kind, span.end))
    return index(kpi_period, first, after)
