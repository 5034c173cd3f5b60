"""Whether two forms of a test are equally hard, from people who sat both with learning in between. Pure.

A difference between the forms and what was learnt lie in one total. The questions that both ask part them: what people gained there owes
nothing to the form. Where they gained as much on the questions that one form alone asks, the forms are equally hard (common items with
mean equating; Kolen & Brennan 2014, ch. 4).
"""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.estimates import NOTHING
from assessments.grading.gain import SETTLED_GAIN
from lms.arrays import FloatArray
from lms.values import Interval

MARGIN = 0.05
"""Share of the points by which forms may differ and still be called equally hard."""


class Verdict(StrEnum):
    SAME = "same"
    """All questions are asked by both."""
    EQUAL = "equal"
    UNEQUAL = "unequal"
    UNKNOWN = "unknown"
    """Too few people, or questions in common, to tell."""
    APART = "apart"
    """No question in common: nothing can be told from these answers."""


class Forms(Struct, frozen=True):
    """``shared`` of ``asked`` questions are in both forms. ``difference``: the mean gain on the others less that on the shared ones, in
    shares of the points; ``gain``: on the shared ones alone. ``n``: people who had questions of either sort in both."""

    verdict: Verdict
    shared: int
    asked: int
    difference: float | None = None
    interval: Interval | None = None
    gain: float | None = None
    gain_interval: Interval | None = None
    n: int = 0


def compare(
    pre: FloatArray, post: FloatArray, pre_common: FloatArray, post_common: FloatArray, *, shared: int, asked: int, level: float = 0.95
) -> Forms:
    """Judge two forms by their mean scores per person (n,): on the questions of one form alone (``pre``, ``post``) and on those of both.

    ``nan`` where somebody had none of that sort. Equal: the interval of the difference lies within ±:data:`MARGIN`, from 20 people on;
    unequal: it lies on one side of zero and the difference is no smaller than the margin.
    """
    if not shared:
        return Forms(Verdict.APART, 0, asked)
    known = post_common - pre_common
    gain, gain_interval = _mean(known[np.isfinite(known)], level)
    if shared == asked:
        return Forms(Verdict.SAME, shared, asked, gain=gain, gain_interval=gain_interval, n=int(np.isfinite(known).sum()))
    more = (post - pre) - known
    both = more[np.isfinite(more)]
    difference, interval = _mean(both, level)
    return Forms(_verdict(difference, interval, both.size), shared, asked, difference, interval, gain, gain_interval, int(both.size))


def _verdict(difference: float | None, interval: Interval | None, n: int) -> Verdict:
    if difference is None or interval is None or n < SETTLED_GAIN:
        return Verdict.UNKNOWN
    if interval.low >= -MARGIN and interval.high <= MARGIN:
        return Verdict.EQUAL
    if (interval.low > 0 or interval.high < 0) and abs(difference) >= MARGIN:
        return Verdict.UNEQUAL
    return Verdict.UNKNOWN


def _mean(values: FloatArray, level: float) -> tuple[float | None, Interval | None]:
    n = values.size
    if n < 2:
        return (float(values[0]), None) if n else (None, None)
    mean, se = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n)
    half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * se if se > NOTHING else 0.0
    return mean, Interval(mean - half, mean + half, level)
