"""What several records of a KPI come to: over people, and of late against before. Pure.

Rates are sums over sums, never means of percentages. What is missing stays missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from msgspec import Struct

from performance.kpis.periods import shift

NOT_ADDABLE = frozenset({"share", "points"})
"""Units whose plain values mean nothing added up over people: a share without its parts, a score."""
HALF = 3
"""Periods on either side of a trend."""


class Sums(NamedTuple):
    """Sums over ``n`` current records."""

    value: float
    numerator: float | None
    denominator: float | None
    n: int


NOTHING = Sums(0.0, None, None, 0)


class Entry(Struct, frozen=True):
    """A current record of a series."""

    period_start: date
    value: float
    numerator: float | None
    denominator: float | None


Way = Literal["sum", "last", "mean", "ratio"]
"""How the records of several periods come to one figure: added up, the last one (a stock), their mean, sums over sums."""


class Trend(Struct, frozen=True):
    """The last periods against the same number before: "up", "down" or "level" by ``change``.

    ``change``  for rates and shares in shares (0.03: three percentage points), else relative to before.
    """

    course: Literal["up", "down", "level"]
    change: float
    recent: float
    before: float
    periods: int


def plus(one: Sums, other: Sums) -> Sums:
    return Sums(
        one.value + other.value,
        _added(one.numerator, other.numerator),
        _added(one.denominator, other.denominator),
        one.n + other.n,
    )


def _added(one: float | None, other: float | None) -> float | None:
    return (one or 0.0) + (other or 0.0) if one is not None or other is not None else None


def adds_up(kind: str, unit: str) -> bool:
    """Whether the records of several people come to one figure."""
    return kind == "rate" or unit not in NOT_ADDABLE


def figure_of(kind: str, unit: str, sums: Sums | None) -> float | None:
    """The figure of a group; None if nothing is recorded, or if it cannot be added up (one record is its own)."""
    if sums is None or sums.n == 0:
        return None
    if kind == "rate":
        return sums.numerator / sums.denominator if sums.numerator is not None and sums.denominator else None
    return sums.value if sums.n == 1 or adds_up(kind, unit) else None


def is_share(kind: str, unit: str) -> bool:
    """Whether figures are shown as percentages, and compared in percentage points."""
    return kind == "rate" or unit == "share"


def trend(kind: str, unit: str, period: str, entries: Sequence[Entry], half: int = HALF) -> Trend | None:
    """How the last ``half`` periods compare with those before, up to the latest record.

    None where either side has less than two thirds of its periods recorded, or the comparison has no base.
    """
    if not entries:
        return None
    last = max(entry.period_start for entry in entries)
    turn, first = shift(period, last, 1 - half), shift(period, last, 1 - 2 * half)
    recent = [entry for entry in entries if entry.period_start >= turn]
    before = [entry for entry in entries if first <= entry.period_start < turn]
    if min(len(recent), len(before)) * 3 < half * 2:
        return None
    now, then = _level(kind, recent), _level(kind, before)
    if is_share(kind, unit):
        return _trend(now - then, now, then, half, digits=2)
    return _trend(now / then - 1, now, then, half, digits=2) if then > 0 else None


def _trend(change: float, recent: float, before: float, periods: int, digits: int) -> Trend:
    rounded = round(change, digits)
    course: Literal["up", "down", "level"] = "up" if rounded > 0 else "down" if rounded < 0 else "level"
    return Trend(course, change, recent, before, periods)


def _level(kind: str, entries: Iterable[Entry]) -> float:
    some = list(entries)
    if kind == "rate":
        return sum(e.numerator or 0.0 for e in some) / sum(e.denominator or 0.0 for e in some)
    return sum(e.value for e in some) / len(some)


def by_period(period: str, entries: Iterable[Entry], last: date, count: int) -> list[tuple[date, Entry | None]]:
    """``count`` periods up to ``last``, each with its record or None: a gap stays a gap."""
    known = {entry.period_start: entry for entry in entries}
    starts = [shift(period, last, by) for by in range(1 - count, 1)]
    return [(start, known.get(start)) for start in starts]


def way_of(kind: str, over_time: str) -> Way:
    if kind == "rate":
        return "ratio"
    return {"last": "last", "mean": "mean"}.get(over_time, "sum")  # type: ignore[return-value]


def gathered(way: Way, entries: Sequence[Entry]) -> float | None:
    """The figure of some records, the oldest first; None if there are none."""
    if not entries:
        return None
    if way == "ratio":
        below = math.fsum(entry.denominator or 0.0 for entry in entries)
        return math.fsum(entry.numerator or 0.0 for entry in entries) / below if below > 0 else None
    if way == "last":
        return entries[-1].value
    total = math.fsum(entry.value for entry in entries)
    return total / len(entries) if way == "mean" else total
