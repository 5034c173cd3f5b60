"""Who lies behind, by a rule that one bad month does not trip. Pure.

A rep lags where the KPI was worse than the own target, or where there is none than the peers' median, in every one of
the last periods: a single low is followed by a recovery, course or not, and sending people after one low makes any
course look good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from msgspec import Struct

PERIODS = 3
FEWEST_PEERS = 5
"""With fewer peers in a period their median says too little."""


class Lag(Struct, frozen=True):
    """A person's last value and what it is held against in the same period: the peers' median, or the own target.

    ``share``  how far behind, 0.2 = 20 %.
    """

    person_id: int
    value: float
    median: float
    share: float
    by_target: bool = False


def medians(records: Sequence[Mapping[int, float]]) -> list[float | None]:
    """The median of each period over all its people; None with too few."""
    return [median(values.values()) if len(values) >= FEWEST_PEERS else None for values in records]


def lagging(
    records: Sequence[Mapping[int, float]],
    people: set[int],
    *,
    lower_is_better: bool,
    targets: Sequence[Mapping[int, float]] = (),
) -> list[Lag]:
    """Those of ``people`` who lag, the farthest behind first.

    ``records``: person -> value in each of the last periods, the oldest first. A person who has no value in one of
    them, or a period without a median, tells nothing: missing is missing. ``targets``: the same of their targets; who
    has one in each of the periods is held against them, whatever the peers do.
    """
    middle = medians(records)
    if len(records) < PERIODS:
        return []
    found = []
    for person in people:
        values = [period.get(person) for period in records]
        own = [period[person] for period in targets if person in period]
        by_target = len(own) == len(records)
        pairs = [
            (v, m) for v, m in zip(values, own if by_target else middle, strict=True) if v is not None and m is not None
        ]
        if len(pairs) == len(records) and all((v > m) if lower_is_better else (v < m) for v, m in pairs):
            value, m = pairs[-1]
            found.append(Lag(person, value, m, abs(value - m) / abs(m) if m else 0.0, by_target))
    return sorted(found, key=lambda lag: (-lag.share, lag.person_id))
