"""Who lies behind, by a rule that one bad month does not trip. Pure.

A rep lags where the KPI was worse than the peers' median in every one of the last periods: a single low is followed
by a recovery, course or not, and sending people after one low makes any course look good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

PERIODS = 3
FEWEST_PEERS = 5
"""With fewer peers in a period their median says too little."""


@dataclass(frozen=True, slots=True)
class Lag:
    """A person's last value and the peers' median of the same period; ``share`` how far behind, 0.2 = 20 %."""

    person_id: int
    value: float
    median: float
    share: float


def medians(records: Sequence[Mapping[int, float]]) -> list[float | None]:
    """The median of each period over all its people; None with too few."""
    return [median(values.values()) if len(values) >= FEWEST_PEERS else None for values in records]


def lagging(records: Sequence[Mapping[int, float]], people: set[int], *, lower_is_better: bool) -> list[Lag]:
    """Those of ``people`` who lag, the farthest behind first.

    ``records``: person -> value in each of the last periods, the oldest first. A person who has no value in one of
    them, or a period without a median, tells nothing: missing is missing.
    """
    middle = medians(records)
    if len(records) < PERIODS or any(m is None for m in middle):
        return []
    found = []
    for person in people:
        values = [period.get(person) for period in records]
        pairs = [(v, m) for v, m in zip(values, middle, strict=True) if v is not None and m is not None]
        if len(pairs) == len(records) and all((v > m) if lower_is_better else (v < m) for v, m in pairs):
            value, m = pairs[-1]
            found.append(Lag(person, value, m, abs(value - m) / abs(m) if m else 0.0))
    return sorted(found, key=lambda lag: (-lag.share, lag.person_id))
