"""Do two people's answers agree more than chance and ability explain? The generalised binomial test. Pure.

Van der Linden & Sotaridona (2006, Journal of Educational and Behavioral Statistics 31, 283-304): given how able the two are, item i
brings the same answer with probability m_i = sum over its options of P_i(option | one) P_i(option | other); if they work
independently the number of equal answers is a sum of independent trials with these chances (a Poisson binomial). The
chances of the options come from the takers themselves, smoothed over ability by a Gaussian kernel (Ramsay 1991), so that
no model of wrong answers has to hold. A small p-value says that the agreement is rare, not why it came about.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from assessments.grading.item_fit import benjamini_hochberg
from lms.arrays import FloatArray, IntArray
from lms.values import NotEstimable

FEWEST_TAKERS = 100
"""Takers under which the chances of the options are too uncertain to call any agreement rare."""
FEWEST_COMMON = 8
"""Questions that both answered, under which a pair is not compared."""
FALSE_ALARMS = 0.05
"""With nobody copying, at most this share of quizzes has a pair listed: half of it is spent on the pairs that sat at the same
time, half on all others, each by Benjamini & Hochberg (1995). Few pairs sit together, so agreement among them is seen sooner."""
RARE_OPTION = 5
"""Answers that fewer gave are one answer, "another": their chances could not be known."""
LEVELS = 15
SCREEN = 3.0
"""Pairs whose agreement is under so many standard deviations above its expectation are far from any listing and not reckoned exactly."""
NOT_ANSWERED = -1


class Pair(Struct, frozen=True):
    """Two takers by their rows; of ``common`` questions both answered, ``same`` were answered alike where ``expected`` were to
    be expected; ``same_wrong`` of these alike and wrong. ``together``: they sat at the same time. ``adjusted``: the p-value over
    all pairs of its half."""

    first: int
    second: int
    common: int
    same: int
    same_wrong: int
    expected: float
    together: bool
    p_value: float
    adjusted: float


class Agreement(Struct, frozen=True):
    """``pairs`` that were listed out of ``compared``, least likely first."""

    n: int
    compared: int
    pairs: tuple[Pair, ...]


def agreement(
    chosen: IntArray,
    right: FloatArray,
    ability: FloatArray,
    times: FloatArray | None = None,
    *,
    alarms: float = FALSE_ALARMS,
) -> Agreement | NotEstimable:
    """Compare all pairs of takers. ``chosen`` (n, p): the number of the answer given, -1 not given or not asked; ``right`` (n, p)
    what it earned, 0-1; ``ability`` (n,) a score that orders the takers; ``times`` (n, 2) when each began and ended.

    Not estimable: ``few_takers`` under 100, ``few_questions`` if no pair has eight answered questions in common.
    """
    n = chosen.shape[0]
    if n < FEWEST_TAKERS:
        return NotEstimable("few_takers", {"n": n, "minimum": FEWEST_TAKERS})
    answers, level = _without_rare(chosen), _levels(ability)
    chances = [_smoothed(answers[:, i], ability, level) for i in range(answers.shape[1])]
    alike = np.stack([chance @ chance.T for chance in chances])
    when: FloatArray = np.repeat(np.arange(n, dtype=np.float64)[:, None], 2, axis=1) if times is None else times
    compared, unlikely = np.zeros(2, dtype=np.int64), []
    for rows in _blocks(n):
        far, pairs = _screened(answers, level, alike, when, rows)
        compared += pairs
        unlikely += far
    if not compared.sum():
        return NotEstimable("few_questions", {"minimum": FEWEST_COMMON})
    found = [_pair(j, k, sat, answers, right, alike[:, level[j], level[k]]) for j, k, sat in unlikely]
    listed = [each for half in (True, False) for each in _listed(found, half, int(compared[int(half)]), alarms)]
    return Agreement(n, int(compared.sum()), tuple(sorted(listed, key=lambda each: each.p_value)))


def _listed(found: Sequence[Pair], together: bool, compared: int, alarms: float) -> list[Pair]:
    """The pairs of one half that stand after adjusting, at half of the false alarms."""
    own = [each for each in found if each.together == together]
    adjusted = benjamini_hochberg([each.p_value for each in own], compared)
    both = [replace(each, adjusted=min(2 * p, 1.0)) for each, p in zip(own, adjusted, strict=True)]
    return [each for each in both if each.adjusted <= alarms]


def _without_rare(chosen: IntArray) -> IntArray:
    """The same answers numbered anew by item, those of fewer than five takers as one."""
    found = np.full(chosen.shape, NOT_ANSWERED, dtype=np.int64)
    for i in range(chosen.shape[1]):
        given = chosen[:, i] >= 0
        values, inverse, counts = np.unique(chosen[given, i], return_inverse=True, return_counts=True)
        often = counts >= RARE_OPTION
        number = np.where(often, np.cumsum(often) - 1, int(often.sum()))
        found[given, i] = number[inverse] if values.size else inverse
    return found


def _levels(ability: FloatArray) -> IntArray:
    """(n,) the level of ability of each taker, equally many in each; equal scores share one."""
    edges = np.unique(np.quantile(ability, np.arange(1, LEVELS) / LEVELS))
    return np.searchsorted(edges, ability, side="right").astype(np.int64)


def _smoothed(answer: IntArray, ability: FloatArray, level: IntArray) -> FloatArray:
    """(levels, options) chance of each answer at each level: the shares of those who gave it, weighted by how near their
    ability is, in standard deviations, with Silverman's width."""
    levels = int(level.max()) + 1
    given = answer >= 0
    spread = float(ability.std()) or 1.0
    z = ability / spread
    centre = np.array([z[level == at].mean() if (level == at).any() else 0.0 for at in range(levels)])
    width = 1.06 * max(int(given.sum()), 1) ** -0.2
    weight = np.exp(-0.5 * ((centre[:, None] - z[given]) / width) ** 2)
    options = int(answer.max()) + 1 if given.any() else 1
    one_hot = np.eye(options)[answer[given]] if given.any() else np.zeros((0, options))
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    result: FloatArray = weight @ one_hot / total
    return result


def _blocks(n: int, size: int = 512) -> Iterator[slice]:
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def _screened(
    answers: IntArray, level: IntArray, alike: FloatArray, when: FloatArray, rows: slice
) -> tuple[list[tuple[int, int, bool]], IntArray]:
    """The pairs of a block of rows with those after them that agree far more than expected, and whether they sat together; how
    many were compared that did not, and that did."""
    own, others = answers[rows], answers[rows.start :]
    same, expected, spread, common = (np.zeros((own.shape[0], others.shape[0])) for _each in range(4))
    for i in range(answers.shape[1]):
        both = (own[:, i, None] >= 0) & (others[None, :, i] >= 0)
        chance = alike[i][level[rows][:, None], level[rows.start :][None, :]] * both
        same += (own[:, i, None] == others[None, :, i]) & both
        expected += chance
        spread += chance * (1 - chance)
        common += both
    later = np.arange(others.shape[0])[None, :] > np.arange(own.shape[0])[:, None]
    fair = later & (common >= FEWEST_COMMON)
    sat = (when[rows, 0][:, None] <= when[rows.start :, 1]) & (when[rows.start :, 0] <= when[rows, 1][:, None])
    far = fair & (same - expected > SCREEN * np.sqrt(np.maximum(spread, 1e-12)))
    found = [(rows.start + int(j), rows.start + int(k), bool(sat[j, k])) for j, k in np.argwhere(far)]
    return found, np.array([int((fair & ~sat).sum()), int((fair & sat).sum())])


def tail(chances: Sequence[float], at_least: int) -> float:
    """The probability that at least so many of independent trials with these chances succeed."""
    if at_least <= 0:
        return 1.0
    found = np.zeros(len(chances) + 1)
    found[0] = 1.0
    for chance in chances:
        found[1:] = found[1:] * (1 - chance) + found[:-1] * chance
        found[0] *= 1 - chance
    return min(math.fsum(found[at_least:]), 1.0)


def _pair(
    j: int, k: int, together: bool, answers: IntArray, right: FloatArray, chance: FloatArray
) -> Pair:
    both = (answers[j] >= 0) & (answers[k] >= 0)
    same = both & (answers[j] == answers[k])
    p_value = tail([float(each) for each in chance[both]], int(same.sum()))
    return Pair(
        first=j,
        second=k,
        common=int(both.sum()),
        same=int(same.sum()),
        same_wrong=int((same & (np.nan_to_num(right[j]) < 1)).sum()),
        expected=float(chance[both].sum()),
        together=together,
        p_value=p_value,
        adjusted=1.0,
    )
