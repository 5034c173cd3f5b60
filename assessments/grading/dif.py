"""Differential item functioning: is an item harder for one group than for equally able people of another? Pure.

Mantel & Haenszel (1959) with the variance of Robins, Breslow & Greenland (1986) and the ETS classes A, B, C
(Zwick & Ercikan 1989). With the item's version as the group it tells whether an edited item drifted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from scipy import stats

from assessments.grading.estimates import NOTHING, quantile
from lms.arrays import BoolArray, FloatArray, IntArray
from lms.values import Interval, NotEstimable

FEWEST_OF_GROUP = 30
"""Takers in each group below which nothing is said of a group at all."""
BANDS = 8
"""Bands of ability in which people are compared, where their questions differ and a total score cannot match them."""
SETTLED_GROUP = 100
"""Takers in each group from which DIF is settled."""
ETS_SCALE = -2.35
"""Turns a log odds ratio into ETS delta units: negative, the item is harder for the focal group."""


class ItemDif(Struct, frozen=True):
    """``odds_ratio`` of a right answer, reference over focal group, at equal total score; ``delta`` its ETS form;
    ``grade`` A negligible, B moderate, C large; ``n`` takers in strata that hold both groups."""

    name: str
    odds_ratio: float
    interval: Interval
    delta: float
    chi2: float
    p_value: float
    grade: Literal["A", "B", "C"]
    n: int
    settled: bool


class CommonOddsRatio(Struct, frozen=True):
    """Common odds ratio of 2 x 2 tables, the standard error of its log, and the continuity-corrected test."""

    odds_ratio: float
    log_se: float
    chi2: float
    p_value: float
    n: int


def mantel_haenszel(tables: FloatArray) -> CommonOddsRatio | NotEstimable:
    """Of (k, 2, 2) counts ``[[a, b], [c, d]]`` the odds ratio ad / bc common to the k strata.

    Not estimable: ``no_overlap`` (no stratum with both rows), ``no_variation`` (a cell pair is empty throughout).
    """
    totals = tables.sum(axis=(1, 2))
    useful = (tables.sum(axis=2) > 0).all(axis=1) & (totals > 1)
    if not useful.any():
        return NotEstimable("no_overlap")
    kept, n = tables[useful], totals[useful]
    a, b, c, d = kept[:, 0, 0], kept[:, 0, 1], kept[:, 1, 0], kept[:, 1, 1]
    r, s = a * d / n, b * c / n
    if r.sum() <= NOTHING or s.sum() <= NOTHING:
        return NotEstimable("no_variation")
    p, q = (a + d) / n, (b + c) / n
    big_r, big_s = float(r.sum()), float(s.sum())
    variance = (
        float(p @ r) / (2 * big_r**2)
        + float(p @ s + q @ r) / (2 * big_r * big_s)
        + float(q @ s) / (2 * big_s**2)
    )
    expected = (a + b) * (a + c) / n
    spread = float(((a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))).sum())
    statistic = max(abs(float((a - expected).sum())) - 0.5, 0.0) ** 2 / spread
    return CommonOddsRatio(
        big_r / big_s, math.sqrt(variance), statistic, float(stats.chi2.sf(statistic, 1)), int(n.sum())
    )


def _tables(right: BoolArray, focal: BoolArray, total: IntArray) -> FloatArray:
    """(strata, group, outcome) counts: reference then focal, right then wrong."""
    levels, stratum = np.unique(total, return_inverse=True)
    cell = stratum * 4 + focal * 2 + ~right
    return np.bincount(cell, minlength=levels.size * 4).reshape(-1, 2, 2).astype(np.float64)


def _grade(delta: float, se: float, p_value: float) -> Literal["A", "B", "C"]:
    if abs(delta) < 1 or p_value >= 0.05:
        return "A"
    beyond_one = (abs(delta) - 1) / se > float(stats.norm.ppf(0.95))
    return "C" if abs(delta) >= 1.5 and beyond_one else "B"


def differential_functioning(
    answers: FloatArray, focal: BoolArray, *, names: Sequence[str] | None = None, level: float = 0.95
) -> list[ItemDif | NotEstimable]:
    """One result per item of (n, p) ``answers``, 1 right, 0 wrong (``nan`` omitted: wrong), for the ``focal`` (n,)
    group against the rest, people matched by their total score (the item included, as Holland & Thayer 1988 advise).

    Not estimable: ``not_dichotomous``, ``one_item``, and the reasons of :func:`mantel_haenszel`.
    """
    filled = np.where(np.isnan(answers), 0.0, answers)
    labels = [str(j + 1) for j in range(filled.shape[1])] if names is None else list(names)
    if not np.isin(filled, (0.0, 1.0)).all():
        return [NotEstimable("not_dichotomous")] * filled.shape[1]
    if filled.shape[1] < 2:
        return [NotEstimable("one_item")] * filled.shape[1]
    total = filled.sum(axis=1).astype(np.int64)
    settled = min(int(focal.sum()), int((~focal).sum())) >= SETTLED_GROUP
    results: list[ItemDif | NotEstimable] = []
    for j, name in enumerate(labels):
        common = mantel_haenszel(_tables(filled[:, j] == 1, focal, total))
        results.append(
            common if isinstance(common, NotEstimable) else _item_dif(name, common, settled, level)
        )
    return results


def net_scores(filled: FloatArray, drawn: BoolArray) -> FloatArray:
    """(n,) each taker's mean over his items of score - facility: his result, net of how hard the questions were that he had."""
    facility = filled.sum(axis=0, where=drawn) / np.maximum(drawn.sum(axis=0), 1)
    net = np.where(drawn, filled - facility, 0.0).sum(axis=1)
    result: FloatArray = net / np.maximum(drawn.sum(axis=1), 1)
    return result


def bands_of(result: FloatArray, bands: int = BANDS) -> IntArray:
    """(n,) the band of each taker's result, equally many in each; equal results share one."""
    edges = np.unique(np.quantile(result, np.arange(1, bands) / bands))
    return np.searchsorted(edges, result, side="right").astype(np.int64)


def functioning_by_net(
    name: str, right: BoolArray, focal: BoolArray, result: FloatArray, *, level: float = 0.95
) -> ItemDif | NotEstimable:
    """DIF of one item where people had different questions: (n,) takers who had it, matched in bands of ``result``
    (:func:`net_scores`, the item included, as Holland & Thayer 1988 advise).

    With the newer text of an item as the ``focal`` group it says whether the item drifted. Not estimable: ``few_takers``
    (under 30 in a group, ``n`` the smaller), and the reasons of :func:`mantel_haenszel`.
    """
    smaller = min(int(focal.sum()), int((~focal).sum()))
    if smaller < FEWEST_OF_GROUP:
        return NotEstimable("few_takers", {"n": smaller, "minimum": FEWEST_OF_GROUP})
    common = mantel_haenszel(_tables(right, focal, bands_of(result)))
    if isinstance(common, NotEstimable):
        return common
    return _item_dif(name, common, smaller >= SETTLED_GROUP, level)


def _item_dif(name: str, common: CommonOddsRatio, settled: bool, level: float) -> ItemDif:
    log, half = math.log(common.odds_ratio), quantile(level) * common.log_se
    delta, se = ETS_SCALE * log, abs(ETS_SCALE) * common.log_se
    return ItemDif(
        name=name,
        odds_ratio=common.odds_ratio,
        interval=Interval(math.exp(log - half), math.exp(log + half), level),
        delta=delta,
        chi2=common.chi2,
        p_value=common.p_value,
        grade=_grade(delta, se, common.p_value),
        n=common.n,
        settled=settled,
    )
