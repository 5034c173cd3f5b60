"""Do several raters of one person say the same? Agreement within a group. Pure.

``r_wg`` compares the variance of the ratings with that of raters who tick at random (James, Demaree & Wolf 1984, Journal of Applied
Psychology 69). It is what remains where there is a single ratee: an intraclass correlation (``reliability``) needs several.
"""

from __future__ import annotations

from collections.abc import Sequence

from scipy import stats

from assessments.grading.estimates import NOTHING
from lms.values import Interval, NotEstimable, Reliability

SETTLED_RATERS = 10
"""Under so many raters r_wg is biased downwards (Kozlowski & Hattrup 1992)."""


def r_wg(items: Sequence[Sequence[float]], levels: int, *, level: float = 0.95) -> Reliability | NotEstimable:
    """r_wg(J): J·q ÷ (J·q + s̄²/σ²) with q = 1 − s̄²/σ², s̄² the mean variance of the items, σ² = (levels² − 1) ÷ 12.

    ``items``: per item the ratings that there are. A variance above that of chance gives 0 (James et al. 1984). The interval turns the
    χ² interval of s̄² over; its degrees of freedom are those of one item, since items of one scale move together. It is None
    where all agree. Not estimable: ``one_rater``.
    """
    rated = [values for values in items if len(values) >= 2]
    if not rated:
        return NotEstimable("one_rater")
    spread = sum(_variance(values) for values in rated) / len(rated)
    raters = min(len(values) for values in rated)
    value = _of(spread, len(rated), levels)
    interval = None
    if spread > NOTHING:
        tail, df = (1 - level) / 2, raters - 1
        wide, slim = df * spread / float(stats.chi2.ppf(tail, df)), df * spread / float(stats.chi2.ppf(1 - tail, df))
        interval = Interval(_of(wide, len(rated), levels), _of(slim, len(rated), levels), level)
    return Reliability(value, interval, len(rated), raters, settled=raters >= SETTLED_RATERS)


def _of(spread: float, items: int, levels: int) -> float:
    share = spread / ((levels**2 - 1) / 12)
    if share >= 1:
        return 0.0
    return items * (1 - share) / (items * (1 - share) + share)


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)
