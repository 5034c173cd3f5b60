"""What was learnt between a pre-test and a post-test on equivalent forms. Pure."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.estimates import NOTHING
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

SETTLED_GAIN = 20
"""Pairs from which a gain is settled."""


class Gain(Struct, frozen=True):
    """``mean``: post minus pre in shares of the points, with its t interval; ``standardised``: in sds of the
    pre-test, corrected for small samples (Becker 1988); ``normalised``: the share of what could still be learnt that
    was (Hake 1998), of the class; ``improved``: share of learners who scored higher. ``unpaired`` sat only one."""

    mean: float
    interval: Interval | None
    standardised: float | NotEstimable
    normalised: float | NotEstimable
    normalised_interval: Interval | None
    improved: float
    n: int
    unpaired: int
    settled: bool


def _hake(pre: FloatArray, post: FloatArray, level: float) -> tuple[float | NotEstimable, Interval | None]:
    """Class gain (post - pre) / (1 - pre) of the means, and its interval by the delta method."""
    room = 1 - float(pre.mean())
    if room <= NOTHING:
        return NotEstimable("nothing_left_to_learn"), None
    gain = float((post - pre).mean()) / room
    influence = ((post - post.mean()) + (pre - pre.mean()) * (gain - 1)) / room
    n = pre.size
    se = math.sqrt(float(influence @ influence) / (n - 1) / n)
    half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * se
    return gain, Interval(gain - half, gain + half, level)


def learning_gain(pre: FloatArray, post: FloatArray, *, level: float = 0.95) -> Gain | NotEstimable:
    """Gain of learners with ``pre`` and ``post`` (n,), shares of the points 0-1, ``nan`` where one was not sat.

    Only pairs count: comparing all pre with all post would mix the gain with who stayed. Says how much higher people
    score afterwards, not why. Not estimable: ``few_pairs`` (under 2).
    """
    both = np.isfinite(pre) & np.isfinite(post)
    unpaired = int((np.isfinite(pre) ^ np.isfinite(post)).sum())
    before, after = pre[both], post[both]
    n = before.size
    if n < 2:
        return NotEstimable("few_pairs", {"n": n, "minimum": 2})
    difference = after - before
    mean, se = float(difference.mean()), float(difference.std(ddof=1)) / math.sqrt(n)
    half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * se
    spread = float(before.std(ddof=1))
    correction = 1 - 3 / (4 * (n - 1) - 1)
    standardised = correction * mean / spread if spread > NOTHING else NotEstimable("no_variation")
    normalised, normalised_interval = _hake(before, after, level)
    return Gain(
        mean=mean,
        interval=Interval(mean - half, mean + half, level) if se > NOTHING else None,
        standardised=standardised,
        normalised=normalised,
        normalised_interval=normalised_interval if se > NOTHING else None,
        improved=float((difference > NOTHING).mean()),
        n=n,
        unpaired=unpaired,
        settled=n >= SETTLED_GAIN,
    )
