"""How far the scores of role-plays can be trusted: agreement, severity, halo, central tendency, drift. Pure.

Ratings are shares 0-1 by criterion. Agreement comes from ``assessments.grading.reliability``, severity and adjusted
scores from the many-facet model of ``assessments.grading.facets``. The flags compare a rater with those who rated the
same performances, so that whom one happened to rate makes no difference; each is raised only when its interval says so.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.estimates import NOTHING
from assessments.grading.facets import AdjustedScore, Rating, Severity, facet_model
from assessments.grading.reliability import Agreement, krippendorff, mean_kappa, one_way
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

FEWEST_SHARED = 10
"""Performances shared with others from which a flag about a rater can be raised."""
RESAMPLES = 400
MIDDLE = (0.2, 0.8)
"""Mean shares between which the criteria have room to differ."""
TOTAL = ""
"""The key of the weighted total among the criteria."""


class Given(Struct, frozen=True):
    """One rater's share (0-1) on one criterion of one performance; ``day`` when, as a number of days."""

    play: int
    rater: int
    criterion: str
    share: float
    day: float = 0.0


class Flag(Struct, frozen=True):
    """A rater's peculiarity: ``value`` with its interval from ``n`` shared performances; ``raised`` when it is there
    beyond chance and ``n`` suffices."""

    value: float
    interval: Interval
    n: int
    raised: bool


class CriterionTrust(Struct, frozen=True):
    """Agreement on one criterion (or the total): quadratic κ averaged over pairs, ordinal (total: interval) α,
    ICC(1,1) of one rating and ICC(1,k) of the mean of those there are. ``doubled``: performances rated by two."""

    key: str
    kappa: Agreement
    alpha: Agreement
    icc: Agreement
    icc_mean: Agreement
    doubled: int


class RaterTrust(Struct, frozen=True):
    """One rater: ``plays`` rated, severity in logits, and the three flags (or why they cannot be known)."""

    rater: int
    plays: int
    severity: Severity | NotEstimable
    halo: Flag | NotEstimable
    central: Flag | NotEstimable
    drift: Flag | NotEstimable


class Trust(Struct, frozen=True):
    """``adjusted``: performance → its mean share, raw and as an average rater would have given it."""

    total: CriterionTrust
    criteria: tuple[CriterionTrust, ...]
    raters: tuple[RaterTrust, ...]
    adjusted: dict[int, AdjustedScore]
    raters_differ_p: float | None
    plays: int
    ratings: int


@lru_cache(maxsize=16)
def trust(given: tuple[Given, ...], keys: tuple[str, ...]) -> Trust:
    """Of the ratings under one rubric; ``keys`` its criteria in order. The total comes as criterion ``TOTAL``.
    Kept for the next reader: the same ratings give the same report."""
    single = [each for each in given if each.criterion != TOTAL]
    model = facet_model(
        [Rating(str(each.play), str(each.rater), each.criterion, each.share) for each in single]
    )
    known = not isinstance(model, NotEstimable)
    severities = {int(s.rater): s for s in model.severities} if not isinstance(model, NotEstimable) else {}
    why = model if isinstance(model, NotEstimable) else NotEstimable("one_rater")
    totals = by_play([each for each in given if each.criterion == TOTAL])
    spreads = _spreads(single)
    days = {(each.play, each.rater): each.day for each in given}
    raters = sorted({each.rater for each in given})
    return Trust(
        total=_criterion(given, TOTAL),
        criteria=tuple(_criterion(given, key) for key in keys),
        raters=tuple(
            RaterTrust(
                rater,
                sum(rater in by for by in totals.values()),
                severities.get(rater, why),
                halo(rater, spreads),
                central(rater, totals),
                drift(rater, totals, days),
            )
            for rater in raters
        ),
        adjusted={int(s.subject): s for s in model.scores} if not isinstance(model, NotEstimable) else {},
        raters_differ_p=model.raters_differ_p if known and not isinstance(model, NotEstimable) else None,
        plays=len(totals),
        ratings=sum(len(by) for by in totals.values()),
    )


Table = dict[int, dict[int, float]]
"""Performance → rater → figure."""


def by_play(given: Sequence[Given]) -> Table:
    """What was given on one criterion, by performance and rater."""
    found: Table = defaultdict(dict)
    for each in given:
        found[each.play][each.rater] = each.share
    return dict(found)


def matrix(table: Table) -> FloatArray:
    """(performances, raters), nan where somebody did not rate."""
    plays, raters = sorted(table), sorted({rater for by in table.values() for rater in by})
    return np.array([[table[play].get(rater, math.nan) for rater in raters] for play in plays]).reshape(
        len(plays), len(raters)
    )


def _criterion(given: Sequence[Given], key: str) -> CriterionTrust:
    table = by_play([each for each in given if each.criterion == key])
    ratings = matrix(table)
    single, mean = one_way(ratings)
    return CriterionTrust(
        key,
        mean_kappa(ratings, "quadratic", resamples=RESAMPLES),
        krippendorff(ratings, "interval" if key == TOTAL else "ordinal", resamples=RESAMPLES),
        single,
        mean,
        sum(len(by) > 1 for by in table.values()),
    )


def _spreads(given: Sequence[Given]) -> Table:
    """Standard deviation of each rating over its criteria. A rating near the floor or the ceiling is left out: there
    nobody can tell criteria apart, and a lenient rater is not yet one with a halo."""
    shares: dict[tuple[int, int], list[float]] = defaultdict(list)
    for each in given:
        shares[each.play, each.rater].append(each.share)
    found: Table = defaultdict(dict)
    for (play, rater), values in shares.items():
        if len(values) > 1 and MIDDLE[0] <= sum(values) / len(values) <= MIDDLE[1]:
            found[play][rater] = float(np.std(values, ddof=1))
    return dict(found)


def _beside(rater: int, table: Table) -> list[tuple[int, float, float]]:
    """``(performance, own figure, mean of the others')`` wherever somebody else rated too."""
    found = []
    for play, by in sorted(table.items()):
        others = [value for other, value in by.items() if other != rater]
        if rater in by and others:
            found.append((play, by[rater], sum(others) / len(others)))
    return found


def _few(n: int) -> NotEstimable:
    return NotEstimable("too_few", {"n": n, "minimum": FEWEST_SHARED})


def halo(rater: int, spreads: Table) -> Flag | NotEstimable:
    """Does the rater tell the criteria apart less than the others do? Mean difference of the spread over criteria on
    the same performances, with its t interval; below zero: one impression colours all (Thorndike 1920)."""
    pairs = _beside(rater, spreads)
    if len(pairs) < FEWEST_SHARED:
        return _few(len(pairs))
    gaps = np.array([own - others for _play, own, others in pairs])
    se = float(gaps.std(ddof=1)) / math.sqrt(gaps.size)
    half = float(stats.t.ppf(0.975, gaps.size - 1)) * se
    mean = float(gaps.mean())
    return Flag(mean, Interval(mean - half, mean + half), gaps.size, mean + half < 0)


def central(rater: int, totals: Table) -> Flag | NotEstimable:
    """Does the rater keep to the middle? Ratio of the variance of own totals to that of one other rater on the same
    performances, with the interval for correlated variances (Pitman 1939; Morgan 1939); raised when below one."""
    pairs = [
        (by[rater], by[min(other for other in by if other != rater)])
        for _play, by in sorted(totals.items())
        if rater in by and len(by) > 1
    ]
    if len(pairs) < FEWEST_SHARED:
        return _few(len(pairs))
    own, others = np.array(pairs).T
    first, second = float(own.var(ddof=1)), float(others.var(ddof=1))
    if second <= NOTHING:
        return NotEstimable("no_variation")
    if first <= NOTHING:
        return Flag(0.0, Interval(0.0, 0.0), own.size, True)
    r = float(np.corrcoef(own, others)[0, 1])
    t = float(stats.t.ppf(0.975, own.size - 2))
    k = 1 + 2 * (1 - r**2) * t**2 / (own.size - 2)
    ratio, width = first / second, math.sqrt(max(k * k - 1, 0.0))
    return Flag(ratio, Interval(ratio * (k - width), ratio * (k + width)), own.size, ratio * (k + width) < 1)


def drift(rater: int, totals: Table, days: Mapping[tuple[int, int], float]) -> Flag | NotEstimable:
    """Does the rater become more severe or more lenient? Slope, in shares per 30 days, of own total less the others'
    on the same performance, with its t interval; raised when that excludes zero."""
    pairs = [(days[play, rater] / 30, own - others) for play, own, others in _beside(rater, totals)]
    if len(pairs) < FEWEST_SHARED:
        return _few(len(pairs))
    when, gap = np.array(pairs).T
    when = when - when.mean()
    spread = float(when @ when)
    if float(np.ptp(when)) < 0.5:
        return NotEstimable("too_few", {"n": len(pairs), "minimum": FEWEST_SHARED})
    slope = float(when @ gap) / spread
    rest = gap - gap.mean() - slope * when
    se = math.sqrt(float(rest @ rest) / (gap.size - 2) / spread)
    half = float(stats.t.ppf(0.975, gap.size - 2)) * se
    return Flag(slope, Interval(slope - half, slope + half), gap.size, abs(slope) > half)
