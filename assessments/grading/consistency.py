"""Internal consistency of a quiz: Cronbach's alpha, its intervals, and the error of measurement. Pure.

Everything follows from the mean item variance ``v`` and the mean covariance ``c`` of two items: a test of k such
items has variance ``k v + k (k-1) c`` and ``alpha = k c / (v + (k-1) c)``. For a fixed quiz this is Cronbach's
formula to the last digit; for a quiz drawn at random (pairwise covariances) it is the alpha of a quiz of the length
that was taken.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.estimates import NOTHING
from lms.arrays import BoolArray, FloatArray
from lms.values import Interval, NotEstimable, Reliability

SETTLED_ALPHA = 50
"""Takers from which alpha is shown as settled: at 50 the Feldt interval of .80 is about .71 to .87."""


class Consistency(Struct, frozen=True, tag=True):
    """``alpha``; ``sem`` in points, where a quiz of k items has k points; ``sd`` of the total in points; Moodle's
    ``internal_consistency`` (100 alpha; over 75 good, under 64 poor) and ``error_ratio`` (the share of the
    spread of totals, in per cent, that is error). None where the ratio is not defined (negative alpha leaves
    the error ratio over 100)."""

    alpha: Reliability
    sem: float
    sd: float
    length: float
    internal_consistency: float
    error_ratio: float


def covariances(scores: FloatArray, drawn: BoolArray) -> FloatArray:
    """(p, p) covariances over the takers who had both items; ``nan`` where fewer than two had."""
    held = drawn.astype(np.float64)
    counts = held.sum(axis=0)
    means = np.where(drawn, scores, 0.0).sum(axis=0) / np.maximum(counts, 1)
    deviations = np.where(drawn, scores - means, 0.0)
    both = held.T @ held
    if drawn.all():
        products = deviations.T @ deviations
    else:
        sums = deviations.T @ held
        products = deviations.T @ deviations - sums * sums.T / np.maximum(both, 1)
    return np.where(both >= 2, products / np.maximum(both - 1, 1), np.nan)


def alpha_of(cov: FloatArray, length: float | None = None) -> float | None:
    """Cronbach's alpha of items with these covariances, for a test of ``length`` such items (default: all)."""
    p = cov.shape[0]
    off_diagonal = ~np.eye(p, dtype=bool) & np.isfinite(cov)
    if p < 2 or not off_diagonal.any():
        return None
    k = float(p) if length is None else length
    variance, covariance = float(np.nanmean(np.diag(cov))), float(cov[off_diagonal].mean())
    denominator = variance + (k - 1) * covariance
    if k <= 1 or variance <= NOTHING or denominator <= NOTHING:
        return None
    return k * covariance / denominator


def feldt(alpha: float, n: int, length: float, level: float = 0.95) -> Interval | None:
    """Interval of alpha (Feldt 1965): (1 - alpha) / (1 - estimate) is F on n-1 and (n-1)(k-1) degrees of freedom
    under normal, parallel items. ``None`` with fewer than two takers or a perfect alpha."""
    if n < 2 or length <= 1 or alpha >= 1 - NOTHING:
        return None
    df = (n - 1, (n - 1) * (length - 1))
    tail = (1 - level) / 2
    low = 1 - (1 - alpha) * float(stats.f.ppf(1 - tail, *df))
    high = 1 - (1 - alpha) * float(stats.f.ppf(tail, *df))
    return Interval(low, high, level)


def bootstrap_alpha(
    scores: FloatArray, drawn: BoolArray, *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> Interval | None:
    """Percentile interval of alpha over takers drawn with replacement; assumes nothing of the scores' shape."""
    rng = np.random.default_rng(seed)
    n, length = scores.shape[0], float(drawn.sum(axis=1).mean())
    values = []
    for _ in range(resamples):
        taken = rng.integers(0, n, n)
        value = alpha_of(covariances(scores[taken], drawn[taken]), length)
        if value is not None:
            values.append(value)
    if len(values) < resamples / 2:
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level)


def consistency(
    scores: FloatArray, drawn: BoolArray, *, level: float = 0.95, resamples: int = 0, seed: int = 0
) -> Consistency | NotEstimable:
    """Internal consistency of (n, p) scores in 0-1, of which those with ``drawn`` count (no nan among them).

    The interval is Feldt's, or the bootstrap's where ``resamples`` > 0. Not estimable: ``few_takers`` (under 2),
    ``one_item``, ``no_variation`` (all totals alike, or items that cancel out).
    """
    n, p = scores.shape
    if n < 2:
        return NotEstimable("few_takers", {"n": n, "minimum": 2})
    length = float(drawn.sum(axis=1).mean())
    if p < 2 or length <= 1:
        return NotEstimable("one_item")
    cov = covariances(scores, drawn)
    alpha = alpha_of(cov, length)
    if alpha is None:
        return NotEstimable("no_variation")
    interval = (
        bootstrap_alpha(scores, drawn, resamples=resamples, seed=seed, level=level)
        if resamples
        else feldt(alpha, n, length, level)
    )
    off_diagonal = ~np.eye(p, dtype=bool) & np.isfinite(cov)
    variance = length * float(np.nanmean(np.diag(cov))) + length * (length - 1) * float(
        cov[off_diagonal].mean()
    )
    ratio = math.sqrt(max(1 - alpha, 0.0))
    return Consistency(
        alpha=Reliability(alpha, interval, n, settled=n >= SETTLED_ALPHA),
        sem=ratio * math.sqrt(variance),
        sd=math.sqrt(variance),
        length=length,
        internal_consistency=100 * alpha,
        error_ratio=100 * ratio,
    )


def alpha_if_deleted(scores: FloatArray, drawn: BoolArray) -> list[float | NotEstimable]:
    """Alpha of the quiz without each item in turn; a value above the whole quiz's marks an item that disturbs."""
    n, p = scores.shape
    if n < 2:
        return [NotEstimable("few_takers", {"n": n, "minimum": 2})] * p
    if p < 3:
        return [NotEstimable("one_item")] * p
    cov = covariances(scores, drawn)
    length = float(drawn.sum(axis=1).mean()) * (p - 1) / p
    results: list[float | NotEstimable] = []
    for item in range(p):
        keep = np.arange(p) != item
        value = alpha_of(cov[np.ix_(keep, keep)], length)
        results.append(NotEstimable("no_variation") if value is None else value)
    return results
