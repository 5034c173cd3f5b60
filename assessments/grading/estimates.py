"""Estimates with their uncertainty, and the two intervals used all over item analysis. Pure."""

from __future__ import annotations

import math
from typing import Any

from msgspec import Struct, field
from scipy import stats

from lms.arrays import FloatArray
from lms.values import Interval

NOTHING = 1e-12
"""A variance this small is rounding error: the values are all the same."""


class Estimate(Struct, frozen=True, tag=True):
    """A figure with its interval and the number of takers behind it; ``settled`` is False under the minimum n."""

    value: float
    interval: Interval | None
    n: int
    settled: bool


class Alarm(Struct, frozen=True):
    """Something a trainer should look at: a stable ``code`` and the figures its sentence needs."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


def quantile(level: float) -> float:
    """The normal quantile of a two-sided interval of ``level``: 1.96 for 0.95."""
    return float(stats.norm.ppf(0.5 + level / 2))


def wilson(mean: float, n: int, level: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson 1927). For partial credit it errs on the wide side, since a
    score between 0 and 1 varies no more than a yes/no answer with the same mean."""
    z2 = quantile(level) ** 2
    centre = (mean + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2) / (1 + z2 / n) * math.sqrt(max(mean * (1 - mean), 0.0) / n + z2 / (4 * n * n))
    return Interval(max(centre - half, 0.0), min(centre + half, 1.0), level)


def fisher_z(r: float, n: int, level: float = 0.95) -> Interval | None:
    """Interval of a correlation by Fisher's z (1921); ``None`` under 4 pairs or for a perfect correlation."""
    if n < 4 or abs(r) >= 1 - NOTHING:
        return None
    half = quantile(level) / math.sqrt(n - 3)
    return Interval(math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half), level)


def correlation(x: FloatArray, y: FloatArray) -> float | None:
    """Pearson's r of two vectors; ``None`` if one of them does not vary or there are fewer than 2 values."""
    if x.size < 2:
        return None
    dx, dy = x - x.mean(), y - y.mean()
    sxx, syy = float(dx @ dx), float(dy @ dy)
    if sxx <= NOTHING or syy <= NOTHING:
        return None
    return max(-1.0, min(1.0, float(dx @ dy) / math.sqrt(sxx * syy)))
