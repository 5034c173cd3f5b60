"""Many courses x KPIs at once: badges that survive the number of looks, ranks that survive luck.

Badges: Benjamini & Hochberg (1995) on the p-values, in two families: the primary KPIs that were named before the
first start (one a course, so few looks), and all other pairs. Ranks: empirical Bayes, normal-normal (Efron &
Morris 1975): with z_i ~ N(theta_i, s_i^2), theta_i ~ N(m, v), the posterior mean is

    m + B_i (z_i - m),   B_i = v / (v + s_i^2)

with m, v by restricted maximum likelihood. The shrunken interval is shown as a range, never with a "95 %" claim.
Pairs of one pool must be comparable: same unit (logs or share of the level before), direction turned so that
more is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from scipy import optimize, stats

from lms.arrays import FloatArray

Advice = Literal["keep", "fix", "stop", "cannot_know"]
FALSE_DISCOVERY = 0.10


class Pair(Struct, frozen=True):
    """One course x KPI: effect with standard error (direction-adjusted), its two-sided p-value and evidence grade.
    ``primary``: this KPI was named for this course before anybody had started it."""

    name: str
    estimate: float
    se: float
    p_value: float
    grade: Literal["A", "B", "C", "D"]
    primary: bool = False
    worthwhile: float = 0.0
    """Smallest effect that pays for the course (its break-even effect), in the same unit."""


class Ranked(Struct, frozen=True):
    """``shrunken`` and ``spread`` posterior mean and standard deviation; ``weight`` B in 0…1; ``rank`` from 1;
    ``q_value`` Benjamini-Hochberg; ``badge`` q <= .10 in its family and better than zero."""

    pair: Pair
    shrunken: float
    spread: float
    weight: float
    rank: int
    q_value: float
    badge: bool
    advice: Advice
    reason: str


def benjamini_hochberg(p_values: Sequence[float]) -> FloatArray:
    """(n,) adjusted p-values: the smallest false-discovery rate at which each would be called."""
    p = np.asarray(p_values, dtype=float)
    n = len(p)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * n / np.arange(1, n + 1)
    q = np.empty(n)
    q[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1.0)
    return q


class Prior(Struct, frozen=True):
    """``mean`` and ``variance`` of the true effects over the pool."""

    mean: float
    variance: float


def estimate_prior(estimates: FloatArray, ses: FloatArray) -> Prior:
    """Restricted maximum likelihood; the variance is at least 0 (then everything shrinks to the mean)."""
    if len(estimates) < 2:
        return Prior(float(estimates.mean()) if len(estimates) else 0.0, 0.0)

    def mean(v: float) -> float:
        return float(np.average(estimates, weights=1 / (v + ses**2)))

    def loss(v: float) -> float:
        total = v + ses**2
        fit = np.log(total).sum() + ((estimates - mean(v)) ** 2 / total).sum()
        return float(fit + np.log((1 / total).sum()))

    top = max(4 * float(np.var(estimates)), 1e-12)
    inner = optimize.minimize_scalar(loss, bounds=(0.0, top), method="bounded", options={"xatol": 1e-9 * top})
    v = float(inner.x) if inner.fun < loss(0.0) else 0.0
    return Prior(mean(v), v)


def prior_of(pairs: Sequence[Pair]) -> Prior:
    """The prior that the ranking of these pairs shrinks towards."""
    known = [pair for pair in pairs if pair.grade != "D"]
    return estimate_prior(np.array([p.estimate for p in known]), np.array([p.se for p in known]))


def rank(pairs: Sequence[Pair], *, false_discovery: float = FALSE_DISCOVERY) -> tuple[Ranked, ...]:
    """All pairs, best first by shrunken estimate. Pairs of grade D are listed last, unshrunken and unranked (rank 0),
    and take no part in the prior or in the correction."""
    known = [pair for pair in pairs if pair.grade != "D"]
    unknown = [
        Ranked(pair, pair.estimate, pair.se, 0.0, 0, 1.0, False, "cannot_know", "not_estimable")
        for pair in pairs
        if pair.grade == "D"
    ]
    if not known:
        return tuple(unknown)
    z, s = np.array([p.estimate for p in known]), np.array([p.se for p in known])
    prior = estimate_prior(z, s)
    weight = prior.variance / (prior.variance + s**2)
    shrunken = prior.mean + weight * (z - prior.mean)
    spread = np.sqrt(weight) * s
    q = q_values(known)
    order = np.argsort(-shrunken, kind="stable")
    ranked = []
    for place, i in enumerate(order, start=1):
        clear = bool(q[i] <= false_discovery)
        badge = bool(clear and z[i] > 0)
        advice, reason = advise(known[i], clear)
        ranked.append(
            Ranked(
                known[i],
                float(shrunken[i]),
                float(spread[i]),
                float(weight[i]),
                place,
                float(q[i]),
                badge,
                advice,
                reason,
            )
        )
    return (*ranked, *unknown)


def q_values(pairs: Sequence[Pair]) -> FloatArray:
    """(n,) Benjamini-Hochberg within each of the two families: primary pairs, and the others."""
    q = np.ones(len(pairs))
    for family in (True, False):
        inside = np.array([pair.primary is family for pair in pairs], dtype=bool)
        if inside.any():
            q[inside] = benjamini_hochberg([pair.p_value for pair in pairs if pair.primary is family])
    return q


def advise(pair: Pair, clear: bool, *, level: float = 0.95) -> tuple[Advice, str]:
    """Keep, fix, stop or cannot know, with its reason. ``clear``: q is small enough, whichever the direction.

    stop  "harms": clear, and worse than zero.  fix  "perhaps_harmful": the range is below zero, but not clear.
    keep  "works": a badge on grade A or B.     keep  "works_suggestive": a badge on grade C.
    keep  "pays_at_worst": even the low end of the range is worthwhile.
    stop  "too_small": the whole range is below the worthwhile effect, evidence of grade A or B.
    fix   "too_small_suggestive": the same, on grade C.      fix "promising": better than zero, no badge.
    cannot_know "range_too_wide": both worthwhile and worthless effects are possible.
    """
    half = float(stats.norm.ppf(0.5 + level / 2)) * pair.se
    low, high = pair.estimate - half, pair.estimate + half
    if clear and pair.estimate < 0:
        return "stop", "harms"
    if high < 0:
        return "fix", "perhaps_harmful"
    if clear:
        return "keep", "works" if pair.grade in "AB" else "works_suggestive"
    if pair.worthwhile > 0 and low >= pair.worthwhile:
        return "keep", "pays_at_worst"
    if pair.worthwhile > 0 and high < pair.worthwhile:
        return ("stop", "too_small") if pair.grade in "AB" else ("fix", "too_small_suggestive")
    if low > 0:
        return "fix", "promising"
    return "cannot_know", "range_too_wide"
