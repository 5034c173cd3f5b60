"""Do raters agree? Intraclass correlations, Krippendorff's alpha and weighted kappa. Pure.

Ratings are a matrix of n subjects by k raters, ``nan`` where a rater did not rate. Each coefficient comes with its
interval, the subjects and raters it rests on, and ``settled`` (from 30 subjects, Koo & Li 2016), or with the reason
why it cannot be known. Where agreement is perfect the formulas leave no interval: it is None, not [1, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from typing import Literal

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.estimates import NOTHING, quantile
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable, Reliability

Agreement = Reliability | NotEstimable
Metric = Literal["nominal", "ordinal", "interval", "ratio"]
Weights = Literal["linear", "quadratic"]
ICC_FORMS = ("icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k")
SETTLED_SUBJECTS = 30
"""Subjects from which agreement is settled (Koo & Li 2016)."""


def _refusal(ratings: FloatArray) -> NotEstimable | None:
    """Why these ratings say nothing about agreement: ``no_ratings``, ``one_rater``, ``no_overlap``,
    ``few_subjects`` (fewer than two rated by two), ``no_variation``; or None."""
    known = np.isfinite(ratings)
    if not known.any():
        return NotEstimable("no_ratings")
    if known.any(axis=0).sum() < 2:
        return NotEstimable("one_rater")
    shared = known.sum(axis=1) >= 2
    if not shared.any():
        return NotEstimable("no_overlap")
    if shared.sum() < 2:
        return NotEstimable("few_subjects", {"n": int(shared.sum()), "minimum": 2})
    values = ratings[shared][known[shared]]
    return NotEstimable("no_variation") if np.ptp(values) <= NOTHING else None


def _reliability(value: float, interval: Interval | None, n: int, raters: int) -> Reliability:
    return Reliability(value, interval, n, raters, settled=n >= SETTLED_SUBJECTS)


# Intraclass correlations


class MeanSquares(Struct, frozen=True):
    """Two-way analysis of variance: mean squares between subjects, within subjects, between raters, residual."""

    subjects: float
    within: float
    raters: float
    residual: float
    n: int
    k: int


def mean_squares(ratings: FloatArray) -> MeanSquares:
    """Mean squares of a complete (n, k) matrix, n and k at least 2."""
    n, k = ratings.shape
    grand, by_subject, by_rater = ratings.mean(), ratings.mean(axis=1), ratings.mean(axis=0)
    subjects = k * float(((by_subject - grand) ** 2).sum())
    raters = n * float(((by_rater - grand) ** 2).sum())
    residual = float(((ratings - by_subject[:, None] - by_rater + grand) ** 2).sum())
    return MeanSquares(
        subjects / (n - 1),
        (raters + residual) / (n * (k - 1)),
        raters / (k - 1),
        residual / ((n - 1) * (k - 1)),
        n,
        k,
    )


def _stepped_up(r: float, k: float) -> float:
    """Spearman-Brown: the reliability of the mean of k ratings of reliability r."""
    return k * r / (1 + (k - 1) * r)


def _from_f(ratio: float, df1: float, df2: float, k: float, level: float) -> tuple[Interval, Interval]:
    """Intervals of the single and the mean rating, from the F ratio of subjects to error."""
    tail = (1 - level) / 2
    low = ratio / float(stats.f.ppf(1 - tail, df1, df2))
    high = ratio * float(stats.f.ppf(1 - tail, df2, df1))
    single = Interval((low - 1) / (low + k - 1), (high - 1) / (high + k - 1), level)
    return single, Interval(1 - 1 / low, 1 - 1 / high, level)


def _ratio_forms(
    subjects: float, error: float, df: tuple[float, float], k: float, n: int, raters: int, level: float
) -> tuple[Agreement, Agreement]:
    """ICC of a single rating and of the mean of k, where the only other mean square is ``error``."""
    if subjects + (k - 1) * error <= NOTHING:
        return NotEstimable("no_variation"), NotEstimable("no_variation")
    single = (subjects - error) / (subjects + (k - 1) * error)
    if error <= NOTHING * subjects:
        return _reliability(1.0, None, n, raters), _reliability(1.0, None, n, raters)
    if subjects <= NOTHING:
        return _reliability(single, None, n, raters), NotEstimable("no_variation")
    of_one, of_mean = _from_f(subjects / error, *df, k, level)
    mean = 1 - error / subjects
    return _reliability(single, of_one, n, raters), _reliability(mean, of_mean, n, raters)


def one_way(ratings: FloatArray, level: float = 0.95) -> tuple[Agreement, Agreement]:
    """ICC(1,1) and ICC(1,k): each subject rated by other raters, who need not be the same. Uses every subject with
    two or more ratings; unequal numbers enter by their k0 (Donner 1986), to which k then refers."""
    refusal = _refusal(ratings)
    if refusal is not None:
        return refusal, refusal
    known = np.isfinite(ratings)
    raters, rows = int(known.any(axis=0).sum()), known.sum(axis=1) >= 2
    held, counts = known[rows], known[rows].sum(axis=1).astype(np.float64)
    values = np.where(held, ratings[rows], 0.0)
    means, total, n = values.sum(axis=1) / counts, float(counts.sum()), int(rows.sum())
    between = float(counts @ (means - values.sum() / total) ** 2) / (n - 1)
    within = float((np.where(held, values - means[:, None], 0.0) ** 2).sum()) / (total - n)
    k0 = (total - float(counts @ counts) / total) / (n - 1)
    return _ratio_forms(between, within, (n - 1, total - n), k0, n, raters, level)


def _absolute(ms: MeanSquares, level: float) -> tuple[Agreement, Agreement]:
    """ICC(2,1) and ICC(2,k): raters a sample of all raters, their severity counts as error."""
    n, k = ms.n, ms.k
    denominator = ms.subjects + (k - 1) * ms.residual + k * (ms.raters - ms.residual) / n
    if denominator <= NOTHING:
        return NotEstimable("no_variation"), NotEstimable("no_variation")
    single = (ms.subjects - ms.residual) / denominator
    mean_denominator = ms.subjects + (ms.raters - ms.residual) / n
    mean: Agreement = NotEstimable("no_variation")
    interval = _absolute_interval(ms, single, level)
    if mean_denominator > NOTHING:
        ends = None
        if interval is not None:
            ends = Interval(_stepped_up(interval.low, k), _stepped_up(interval.high, k), level)
        mean = _reliability((ms.subjects - ms.residual) / mean_denominator, ends, n, k)
    return _reliability(single, interval, n, k), mean


def _absolute_interval(ms: MeanSquares, rho: float, level: float) -> Interval | None:
    """Shrout & Fleiss (1979, p. 424), Satterthwaite's degrees of freedom; None without residual variance."""
    n, k = ms.n, ms.k
    if ms.residual <= NOTHING * max(ms.subjects, ms.raters) or ms.subjects <= NOTHING:
        return None
    f_raters = ms.raters / ms.residual
    bracket = n * (1 + (k - 1) * rho) - k * rho
    numerator = (k - 1) * (n - 1) * (k * rho * f_raters + bracket) ** 2
    df = numerator / ((n - 1) * k**2 * rho**2 * f_raters**2 + bracket**2)
    tail = (1 - level) / 2
    upper = float(stats.f.ppf(1 - tail, n - 1, df))
    lower = float(stats.f.ppf(1 - tail, df, n - 1))
    shared = k * ms.raters + (k * n - k - n) * ms.residual
    low = n * (ms.subjects - upper * ms.residual) / (upper * shared + n * ms.subjects)
    high = n * (lower * ms.subjects - ms.residual) / (shared + n * lower * ms.subjects)
    return Interval(low, high, level)


def icc(ratings: FloatArray, level: float = 0.95) -> dict[str, Agreement]:
    """The six forms of Shrout & Fleiss (1979), by name ``icc_1_1`` ... ``icc_3_k`` (model, then single or mean).

    The one-way forms use every subject rated twice; the two-way forms only subjects whom all raters rated
    (``no_complete_subjects`` where fewer than two are). Reasons otherwise: see :func:`one_way`'s refusals.
    """
    refusal = _refusal(ratings)
    if refusal is not None:
        return dict.fromkeys(ICC_FORMS, refusal)
    present = ratings[:, np.isfinite(ratings).any(axis=0)]
    complete = present[np.isfinite(present).all(axis=1)]
    forms: dict[str, Agreement] = {}
    forms["icc_1_1"], forms["icc_1_k"] = one_way(ratings, level)
    if complete.shape[0] < 2:
        gap = NotEstimable("no_complete_subjects", {"n": complete.shape[0], "minimum": 2})
        forms |= dict.fromkeys(("icc_2_1", "icc_2_k", "icc_3_1", "icc_3_k"), gap)
    else:
        ms = mean_squares(complete)
        df = (ms.n - 1, (ms.n - 1) * (ms.k - 1))
        forms["icc_2_1"], forms["icc_2_k"] = _absolute(ms, level)
        forms["icc_3_1"], forms["icc_3_k"] = _ratio_forms(
            ms.subjects, ms.residual, df, ms.k, ms.n, ms.k, level
        )
    return {name: forms[name] for name in ICC_FORMS}


# Krippendorff's alpha


def _krippendorff(counts: FloatArray, values: FloatArray, metric: Metric) -> float:
    """Alpha of (units, values) counts, each unit with at least two ratings; nan where only one value occurs."""
    marginal, sizes = counts.sum(axis=0), counts.sum(axis=1)
    total = marginal.sum()
    if metric in ("ordinal", "interval"):
        place = np.cumsum(marginal) - marginal / 2 if metric == "ordinal" else values - values.mean()
        within = 2 * (sizes * (counts @ place**2) - (counts @ place) ** 2)
        expected = 2 * (total * float(marginal @ place**2) - float(marginal @ place) ** 2)
    else:
        distance = 1 - np.eye(values.size)
        if metric == "ratio":
            sums = values[:, None] + values
            distance = ((values[:, None] - values) / np.where(sums == 0, 1.0, sums)) ** 2
        within = ((counts @ distance) * counts).sum(axis=1)
        expected = float(marginal @ distance @ marginal)
    if expected <= NOTHING:
        return math.nan
    return float(1 - (total - 1) * (within / (sizes - 1)).sum() / expected)


def krippendorff(
    ratings: FloatArray, metric: Metric, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> Agreement:
    """Krippendorff's alpha (2011) of (n, k) ratings; subjects with one rating do not count.

    The interval is the percentile bootstrap over subjects (0 ``resamples``: none). Not estimable: ``no_ratings``,
    ``one_rater``, ``no_overlap``, ``few_subjects``, ``no_variation``, ``negative_values`` (ratio metric).
    """
    refusal = _refusal(ratings)
    if refusal is not None:
        return refusal
    known = np.isfinite(ratings)
    if metric == "ratio" and float(ratings[known].min()) < 0:
        return NotEstimable("negative_values")
    rows = known.sum(axis=1) >= 2
    held, n, raters = known[rows], int(rows.sum()), int(known[rows].any(axis=0).sum())
    values, codes = np.unique(ratings[rows][held], return_inverse=True)
    cells = np.nonzero(held)[0] * values.size + codes
    counts = np.bincount(cells, minlength=n * values.size).reshape(n, values.size).astype(np.float64)
    value = _krippendorff(counts, values, metric)
    rng = np.random.default_rng(seed)
    draws = (_krippendorff(counts[rng.integers(0, n, n)], values, metric) for _ in range(resamples))
    return _reliability(value, _percentiles(np.fromiter(draws, np.float64), value, level), n, raters)


def _percentiles(draws: FloatArray, value: float, level: float) -> Interval | None:
    """Percentile interval; None for perfect agreement or where most resamples could not be computed."""
    good = draws[np.isfinite(draws)]
    if good.size <= draws.size / 2 or value >= 1 - NOTHING:
        return None
    low, high = np.quantile(good, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level)


# Weighted kappa


def _distances(weights: Weights) -> Callable[[FloatArray, FloatArray], FloatArray]:
    return (lambda x, y: np.abs(x - y)) if weights == "linear" else (lambda x, y: (x - y) ** 2)


def weighted_kappa(
    first: FloatArray, second: FloatArray, weights: Weights, *, level: float = 0.95
) -> Agreement:
    """Cohen's weighted kappa of two raters (n,), disagreement weighted by the distance of the scores (``linear``) or
    its square; interval by the large-sample error of Fleiss, Cohen & Everitt (1969)."""
    both = np.isfinite(first) & np.isfinite(second)
    refusal = _refusal(np.column_stack([first, second]))
    if refusal is not None:
        return refusal
    values, codes = np.unique(np.concatenate([first[both], second[both]]), return_inverse=True)
    n, v = int(both.sum()), values.size
    table = np.bincount(codes[:n] * v + codes[n:], minlength=v * v).reshape(v, v) / n
    distance = _distances(weights)(values[:, None], values)
    weight = 1 - distance / distance.max()
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, expected = float((table * weight).sum()), float(rows @ weight @ columns)
    if expected >= 1 - NOTHING:
        return NotEstimable("no_variation")
    kappa = (observed - expected) / (1 - expected)
    average = (weight @ columns)[:, None] + (rows @ weight)[None, :]
    spread = float((table * (weight - average * (1 - kappa)) ** 2).sum())
    variance = (spread - (kappa - expected * (1 - kappa)) ** 2) / (n * (1 - expected) ** 2)
    half = quantile(level) * math.sqrt(max(variance, 0.0))
    interval = Interval(max(kappa - half, -1.0), min(kappa + half, 1.0), level) if half > NOTHING else None
    return _reliability(kappa, interval, n, 2)


def _kappa_draws(first: FloatArray, second: FloatArray, weights: Weights, draws: FloatArray) -> FloatArray:
    """(b,) kappas of one pair with the subjects counted (b, n) ``draws`` times; nan where undefined."""
    values, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    one_hot = np.eye(values.size)[codes]
    apart = _distances(weights)
    rows, columns = draws @ one_hot[: first.size], draws @ one_hot[first.size :]
    total = draws.sum(axis=1)
    expected = ((rows @ apart(values[:, None], values)) * columns).sum(axis=1) / np.maximum(total, 1)
    observed = draws @ apart(first, second)
    result: FloatArray = np.where(
        expected > NOTHING, 1 - observed / np.where(expected > NOTHING, expected, 1), np.nan
    )
    return result


def mean_kappa(
    ratings: FloatArray, weights: Weights, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> Agreement:
    """Mean weighted kappa over all pairs of raters who share two or more subjects (Light 1971), the interval by
    bootstrap over subjects. Not estimable: as :func:`krippendorff`, or no pair has a kappa (``no_variation``)."""
    refusal = _refusal(ratings)
    if refusal is not None:
        return refusal
    known = np.isfinite(ratings)
    rows = known.sum(axis=1) >= 2
    values, held = ratings[rows], known[rows]
    n, rng = int(rows.sum()), np.random.default_rng(seed)
    once = np.ones((1, n))
    drawn = (
        rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
        if resamples
        else np.zeros((0, n))
    )
    points, draws, raters = [], [], set()
    for one, other in combinations(range(values.shape[1]), 2):
        both = held[:, one] & held[:, other]
        if both.sum() < 2:
            continue
        first, second = values[both, one], values[both, other]
        point = float(_kappa_draws(first, second, weights, once[:, both])[0])
        if math.isfinite(point):
            points.append(point)
            draws.append(_kappa_draws(first, second, weights, drawn[:, both]))
            raters |= {one, other}
    if not points:
        return NotEstimable("no_variation")
    table = np.array(draws)
    defined = np.isfinite(table)
    means = np.where(defined, table, 0).sum(axis=0) / np.where(
        defined.any(axis=0), defined.sum(axis=0), np.nan
    )
    value = float(np.mean(points))
    return _reliability(value, _percentiles(means, value, level), n, len(raters))
