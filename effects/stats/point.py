"""A point estimate before any inference: the average effect and its series under one list of keys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from effects.stats.panel import Panel
from lms.arrays import FloatArray, IntArray
from lms.values import NotEstimable

Key = tuple[str, int]
"""("att", 0) | ("event", k) | ("group", start index) | ("calendar", period index)."""

ATT: Key = ("att", 0)
Series = dict[int, tuple[float, int]]
"""key -> (estimate, number of rep-periods behind it)."""


class PointEstimate(Struct, frozen=True):
    """``values`` (K,) in KPI units, ``nan`` where a key is not identified; ``counts`` (K,) rep-periods behind
    each. The first key is always ``ATT``. ``n_trained`` units carry the average effect; ``n_lost`` trained
    rep-periods inside the horizon were observed but had no counterfactual."""

    method: str
    keys: tuple[Key, ...]
    values: FloatArray
    counts: IntArray
    n_trained: int
    n_lost: int = 0

    @property
    def att(self) -> float:
        return float(self.values[0])

    @classmethod
    def of(
        cls,
        method: str,
        att: float,
        count: int,
        n_trained: int,
        *,
        event: Series | None = None,
        groups: Series | None = None,
        calendar: Series | None = None,
        n_lost: int = 0,
    ) -> PointEstimate:
        """The estimate from plain numbers and dicts."""
        rows: list[tuple[Key, float, int]] = [(ATT, att, count)]
        for name, series in (("event", event), ("group", groups), ("calendar", calendar)):
            rows += [((name, key), value, n) for key, (value, n) in sorted((series or {}).items())]
        keys, values, counts = zip(*rows, strict=True)
        return cls(method, keys, np.array(values, float), np.array(counts, np.int64), n_trained, n_lost)

    def aligned(self, keys: tuple[Key, ...]) -> FloatArray:
        """``values`` in the order of ``keys``; ``nan`` for a key this estimate does not have."""
        mine = dict(zip(self.keys, self.values, strict=True))
        return np.array([mine.get(key, np.nan) for key in keys])


Estimator = Callable[[Panel], PointEstimate | NotEstimable]
