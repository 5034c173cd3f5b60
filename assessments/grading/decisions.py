"""Would the same people pass again? Consistency and accuracy of a pass mark from one sitting. Pure.

Livingston & Lewis (1995, Journal of Educational Measurement 32, 179-197), two-parameter beta for the true scores:
the quiz is replaced by one of ``effective length`` right/wrong items with the same mean, variance and reliability.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.estimates import NOTHING
from lms.values import Interval, NotEstimable, Reliability

SETTLED_DECISIONS = 100
"""Takers from which decision consistency is settled (it rests on the mean, the spread and alpha at once)."""
METHOD = "livingston_lewis"


class DecisionConsistency(Struct, frozen=True):
    """``consistency``: share of takers who would fall on the same side twice; ``accuracy``: who fall on the side of
    their true score; ``kappa``: consistency beyond chance; ``false_pass``/``false_fail``: shares wrongly passed and
    wrongly failed. The interval carries the uncertainty of alpha only."""

    consistency: float
    interval: Interval | None
    accuracy: float
    kappa: float
    false_pass: float
    false_fail: float
    effective_length: int
    n: int
    settled: bool
    method: str = METHOD


def effective_length(mean: float, variance: float, reliability: float) -> float:
    """Number of equivalent right/wrong items of a quiz with this mean and variance of the share of points (0-1)."""
    return (mean * (1 - mean) - reliability * variance) / (variance * (1 - reliability))


def _at(mean: float, variance: float, reliability: float, cut: float) -> DecisionConsistency | None:
    """The figures for one value of the reliability, or ``None`` where no beta has these moments."""
    if not 0 < reliability < 1 - NOTHING or variance <= NOTHING or not 0 < mean < 1:
        return None
    items = round(effective_length(mean, variance, reliability))
    concentration = mean * (1 - mean) / (reliability * variance) - 1
    if items < 1 or concentration <= 0:
        return None
    ranks = (np.arange(4000) + 0.5) / 4000
    true = stats.beta.ppf(ranks, mean * concentration, (1 - mean) * concentration)
    passing = stats.binom.sf(math.ceil(cut * items - 1e-9) - 1, items, true)
    able = true >= cut
    same = float((passing**2 + (1 - passing) ** 2).mean())
    rate = float(passing.mean())
    chance = rate**2 + (1 - rate) ** 2
    false_pass, false_fail = float((passing * ~able).mean()), float(((1 - passing) * able).mean())
    return DecisionConsistency(
        consistency=same,
        interval=None,
        accuracy=1 - false_pass - false_fail,
        kappa=(same - chance) / (1 - chance) if chance < 1 - NOTHING else 1.0,
        false_pass=false_pass,
        false_fail=false_fail,
        effective_length=items,
        n=0,
        settled=False,
    )


def _spanned(
    mean: float, variance: float, alpha: Interval | None, cut: float, value: float
) -> Interval | None:
    """The range of the consistency over the interval of alpha, tried at 15 places: the effective length is a whole
    number, so that the ends of alpha need not give the ends of the range."""
    if alpha is None:
        return None
    tried = [_at(mean, variance, end, cut) for end in np.linspace(max(alpha.low, 1e-3), alpha.high, 15)]
    values = [value, *(found.consistency for found in tried if found is not None)]
    return Interval(min(values), max(values), alpha.level)


def decision_consistency(
    mean: float | NotEstimable, sd: float | NotEstimable, alpha: Reliability | NotEstimable, cut: float
) -> DecisionConsistency | NotEstimable:
    """Livingston-Lewis for ``mean`` and ``sd`` of the share of points (0-1), the quiz's ``alpha`` and the pass mark
    ``cut`` (0-1, reaching it passes). Not estimable: alpha's own reason, ``no_positive_reliability``,
    ``no_variation``."""
    if isinstance(alpha, NotEstimable):
        return alpha
    if isinstance(mean, NotEstimable):
        return mean
    if isinstance(sd, NotEstimable):
        return sd
    if alpha.value <= 0:
        return NotEstimable("no_positive_reliability", {"alpha": alpha.value})
    found = _at(mean, sd * sd, alpha.value, cut)
    if found is None:
        return NotEstimable("no_variation")
    interval = _spanned(mean, sd * sd, alpha.interval, cut, found.consistency)
    return DecisionConsistency(
        found.consistency,
        interval,
        found.accuracy,
        found.kappa,
        found.false_pass,
        found.false_fail,
        found.effective_length,
        alpha.n,
        alpha.n >= SETTLED_DECISIONS,
    )
