"""Values that every floor uses to say what is known, how well, and what is not. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Interval(Struct, frozen=True):
    """A closed interval with the confidence (or credibility) level it was computed for, e.g. 0.95."""

    low: float
    high: float
    level: float = 0.95

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


class NotEstimable(Struct, frozen=True, tag=True):
    """What cannot be known from the data at hand: a stable ``code`` and the figures its sentence needs."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


class Reliability(Struct, frozen=True):
    """A reliability coefficient with its interval and what it was computed from."""

    value: float
    interval: Interval | None
    n: int
    raters: int | None = None
    settled: bool = True
    """False under the minimum n: shown in grey, and nothing is decided by it."""
