"""Where a target's period will end: the records to date and a run rate for the rest, with a range from past errors. Pure.

The rest is the recent run rate, laid out by the season that the series itself showed one year before where a year of
it is on record; else it is the mean of the last periods. The range is honest in one sense that can be checked: the
same forecast is made at each earlier moment of the same series, and its errors, as they were, give the width (split
conformal prediction: the ⌈(n + 1)·level⌉-th smallest absolute error).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from performance.kpis.measures import Entry, Way, gathered

LEVEL = 0.8
CYCLE = {"week": 52, "month": 12, "quarter": 4, "year": 1}
"""Periods of a year."""
FEWEST = {"week": 13, "month": 6, "quarter": 4, "year": 4}
"""Periods on record without which nothing is forecast."""
FEWEST_ERRORS = 6
"""Past forecasts without which no range is given."""
PAIRS = 3
"""Periods with a record one year before without which no growth is taken from them."""

Series = Sequence[Entry | None]
"""Consecutive periods, the oldest first; None where nothing is recorded."""
Column = Sequence[float | None]
Method = Literal["season", "run_rate", "last_value", "final"]


class Ahead(NamedTuple):
    """The rest of a period: its figure, its weight beside what is recorded, and the size its errors are measured in."""

    value: float
    weight: float
    scale: float


class Forecast(Struct, frozen=True):
    """The figure at the end of the period and its range at ``level``; ``errors`` past forecasts gave its width."""

    value: float
    low: float
    high: float
    level: float
    method: Method
    errors: int
    history: int


class NotYet(Struct, frozen=True):
    """Nothing honest can be said yet: "too_short" a history, or "too_few_errors" for a range."""

    reason: Literal["too_short", "too_few_errors"]
    history: int


def forecast(way: Way, period: str, series: Series, inside: int, rest: int) -> Forecast | NotYet:
    """Forecast a period of which the last ``inside`` places of ``series`` are past and ``rest`` periods are to come.

    :param series: ends with the latest record; its gaps are None.
    """
    known = [entry for entry in series if entry is not None]
    here = [entry for entry in series[len(series) - inside :] if entry is not None] if inside else []
    if rest == 0:
        value = gathered(way, here)
        if value is None:
            return NotYet("too_short", len(known))
        return Forecast(value, value, value, LEVEL, "final", 0, len(known))
    if len(known) < FEWEST[period]:
        return NotYet("too_short", len(known))
    past = _Past(way, CYCLE[period], FEWEST[period], rest, _columns(way, series))
    for method in _methods(way):
        ahead = past.ahead(method, len(series))
        errors = past.errors(method) if ahead else []
        if ahead is not None and len(errors) >= FEWEST_ERRORS:
            return _joined(way, here, ahead, _width(errors) * ahead.scale, method, len(errors), known)
    return NotYet("too_few_errors", len(known))


def _methods(way: Way) -> tuple[Method, ...]:
    return ("last_value",) if way == "last" else ("season", "run_rate")


def _width(errors: Sequence[float]) -> float:
    rank = min(len(errors), math.ceil((len(errors) + 1) * LEVEL))
    return sorted(abs(error) for error in errors)[rank - 1]


def _joined(
    way: Way, here: Sequence[Entry], ahead: Ahead, half: float, method: Method, errors: int, known: Sequence[Entry]
) -> Forecast:
    """What is recorded and what is to come, together."""
    to_date = gathered(way, here)
    if way == "sum":
        share, base = 1.0, to_date or 0.0
    else:
        weight = math.fsum(e.denominator or 0.0 for e in here) if way == "ratio" else float(len(here))
        share = 1.0 if to_date is None or way == "last" else ahead.weight / (ahead.weight + weight)
        base = (1 - share) * (to_date or 0.0)
    value, half = base + share * ahead.value, share * half
    low, high = value - half, value + half
    if min(entry.value for entry in known) >= 0:
        low = max(low, base)
    if way == "ratio" and max(entry.value for entry in known) <= 1:
        value, high = min(value, 1.0), min(high, 1.0)
    return Forecast(value, low, high, LEVEL, method, errors, len(known))


def _columns(way: Way, series: Series) -> tuple[Column, ...]:
    """The figures to be forecast: the value, or of a rate its two parts."""
    if way == "ratio":
        return [e.numerator if e else None for e in series], [e.denominator if e else None for e in series]
    return ([e.value if e else None for e in series],)


class _Past(Struct, frozen=True):
    """A series as it was known at each moment: ``end`` counts the periods known then."""

    way: Way
    cycle: int
    fewest: int
    rest: int
    columns: tuple[Column, ...]

    def errors(self, method: Method) -> list[float]:
        """What the method, at each earlier moment, got wrong about the ``rest`` periods that followed, by its scale."""
        found = []
        for end in range(self.fewest, len(self.columns[0]) - self.rest + 1):
            actual = self._came(end)
            ahead = self.ahead(method, end) if actual is not None else None
            if ahead is not None and actual is not None:
                found.append((actual - ahead.value) / ahead.scale)
        return found

    def _came(self, end: int) -> float | None:
        """What the ``rest`` periods after ``end`` came to; None if one of them is missing."""
        parts = [[value for value in column[end : end + self.rest] if value is not None] for column in self.columns]
        if any(len(part) < self.rest for part in parts):
            return None
        if self.way == "ratio":
            below = math.fsum(parts[1])
            return math.fsum(parts[0]) / below if below > 0 else None
        if self.way == "last":
            return parts[0][-1]
        return math.fsum(parts[0]) / (self.rest if self.way == "mean" else 1)

    def ahead(self, method: Method, end: int) -> Ahead | None:
        """The forecast made at ``end``; None where the method has too little to go by."""
        if self.way == "last":
            latest = next((value for value in reversed(self.columns[0][:end]) if value is not None), None)
            return None if latest is None else Ahead(latest, 1.0, 1.0)
        found = [self._total(method, column, end) for column in self.columns]
        if any(total is None for total in found):
            return None
        total = found[0] or 0.0
        if self.way == "ratio":
            below = found[1] or 0.0
            return Ahead(total / below, below, 1.0) if below > 0 else None
        if self.way == "mean":
            return Ahead(total / self.rest, float(self.rest), 1.0)
        level = total if method == "run_rate" else self._run_rate(self.columns[0], end)
        return Ahead(total, 1.0, level) if level is not None and level > 0 else None

    def _total(self, method: Method, column: Column, end: int) -> float | None:
        return self._season(column, end) if method == "season" else self._run_rate(column, end)

    def _run_rate(self, column: Column, end: int) -> float | None:
        """``rest`` times the mean of what is known of the last year; None with too few known before."""
        recent = [value for value in column[max(0, end - max(self.cycle, self.fewest)) : end] if value is not None]
        return self.rest * math.fsum(recent) / len(recent) if len(recent) >= min(self.fewest, self.cycle) else None

    def _season(self, column: Column, end: int) -> float | None:
        """The same ``rest`` periods of the year before, times the growth of the last year over the year before it."""
        cycle = self.cycle
        if cycle == 1 or end < cycle:
            return None
        before = [column[end - cycle + at % cycle] for at in range(self.rest)]
        if any(value is None for value in before):
            return None
        first = max(cycle, end - cycle)
        pairs = [
            (now, then)
            for now, then in zip(column[first:end], column[first - cycle : end - cycle], strict=True)
            if now is not None and then is not None
        ]
        grown = math.fsum([then for _now, then in pairs])
        growth = math.fsum([now for now, _then in pairs]) / grown if len(pairs) >= PAIRS and grown > 0 else 1.0
        return growth * math.fsum([value or 0.0 for value in before])
