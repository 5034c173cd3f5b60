"""Item analysis of a quiz: how hard each item is, whether it tells strong takers from weak ones, and what to look at.

Scores are a matrix of n takers by p items, each score the share of the item's points (0-1). ``nan`` is an omitted
answer, which earns nothing, as it does in the grade. For a quiz drawn at random, ``drawn`` says which items a taker
was given; the others say nothing about him. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from assessments.grading.consistency import Consistency, alpha_if_deleted, consistency
from assessments.grading.estimates import NOTHING, Alarm, Estimate, correlation, fisher_z, wilson
from assessments.grading.options import ItemOptions, OptionStatistics, option_alarms, option_table
from lms.arrays import BoolArray, FloatArray
from lms.values import NotEstimable

SETTLED_FACILITY = 20
"""Takers from which a facility is settled: the Wilson interval is then at most .40 wide."""
SETTLED_DISCRIMINATION = 50
"""Takers from which a discrimination is settled: Fisher's interval of .30 is then .02 to .53."""
WEAK_EFFICIENCY = 15.0
"""Discriminative efficiency in per cent under which an item is flagged (Moodle's quiz statistics)."""
OFTEN_OMITTED = 0.10
RAPID_SHARE = 0.10
RAPID_OF_MEAN, RAPID_CEILING = 0.10, 10.0
"""An answer given in less than a tenth of the item's mean time, at most 10 s, is a rapid guess (Wise & Ma 2012)."""


class ItemStatistics(Struct, frozen=True):
    """One item. ``n`` takers had it, ``omitted`` of them left it empty. ``facility`` is the mean score with omitted
    as 0, ``facility_answered`` without them; ``discrimination`` the correlation with the rest of the quiz;
    ``efficiency`` the covariance with the rest in per cent of the largest these scores allow."""

    name: str
    n: int
    omitted: int
    facility: Estimate | NotEstimable
    facility_answered: Estimate | NotEstimable
    sd: float
    discrimination: Estimate | NotEstimable
    efficiency: float | NotEstimable
    alpha_if_deleted: float | NotEstimable
    options: tuple[OptionStatistics, ...]
    alarms: tuple[Alarm, ...]


class QuizAnalysis(Struct, frozen=True):
    """A whole quiz: ``mean`` and ``sd`` are of the takers' share of the points (0-1)."""

    n: int
    mean: float | NotEstimable
    sd: float | NotEstimable
    consistency: Consistency | NotEstimable
    items: tuple[ItemStatistics, ...]
    alarms: tuple[Alarm, ...]


def checked(scores: FloatArray, drawn: BoolArray | None) -> tuple[FloatArray, BoolArray, BoolArray]:
    """``(scores with 0 for omitted, drawn, answered)``; raises ValueError for shapes or scores that cannot be."""
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[1] == 0:
        raise ValueError("scores must be a takers x items matrix with at least one item")
    answered = ~np.isnan(scores)
    filled = np.where(answered, scores, 0.0)
    if filled.size and not (filled.min() >= -1e-9 and filled.max() <= 1 + 1e-9):
        raise ValueError("scores must lie between 0 and 1")
    if drawn is None:
        return filled, np.ones(scores.shape, dtype=bool), answered
    if drawn.shape != scores.shape or bool((answered & ~drawn).any()):
        raise ValueError("an item that was not drawn cannot have a score")
    return filled, np.asarray(drawn, dtype=bool), answered


def rest_scores(filled: FloatArray, drawn: BoolArray) -> FloatArray:
    """(n, p) each taker's result on his other items, net of how hard those items are.

    The mean over the taker's other items of score - facility. If all had the same items this is the sum of the
    others up to scale and shift, so correlations with it are the classical corrected item-rest ones; with random
    draws a hard draw is not mistaken for a weak taker. ``nan`` where there is no other item.
    """
    facility = filled.sum(axis=0, where=drawn) / np.maximum(drawn.sum(axis=0), 1)
    net = np.where(drawn, filled - facility, 0.0)
    others = drawn.sum(axis=1, keepdims=True) - drawn
    return np.where(others > 0, (net.sum(axis=1, keepdims=True) - net) / np.maximum(others, 1), np.nan)


def discrimination(score: FloatArray, rest: FloatArray, level: float = 0.95) -> Estimate | NotEstimable:
    """Corrected item-rest correlation with Fisher's interval. Not estimable: ``constant_item``, ``constant_rest``,
    ``few_takers`` (under 3), ``one_item`` (no rest)."""
    both = np.isfinite(rest)
    x, y = score[both], rest[both]
    if score.size and not both.any():
        return NotEstimable("one_item")
    if x.size < 3:
        return NotEstimable("few_takers", {"n": int(x.size), "minimum": 3})
    r = correlation(x, y)
    if r is None:
        return NotEstimable("constant_item" if np.var(x) <= NOTHING else "constant_rest")
    return Estimate(r, fisher_z(r, x.size, level), x.size, x.size >= SETTLED_DISCRIMINATION)


def efficiency(score: FloatArray, rest: FloatArray) -> float | NotEstimable:
    """Discriminative efficiency, 100 cov(item, rest) / cov_max, where cov_max is the covariance if both were
    sorted (Moodle, Quiz statistics calculations). Not estimable where cov_max is 0."""
    both = np.isfinite(rest)
    x, y = score[both], rest[both]
    if score.size and not both.any():
        return NotEstimable("one_item")
    if x.size < 2:
        return NotEstimable("few_takers", {"n": int(x.size), "minimum": 2})
    dx, dy = x - x.mean(), y - y.mean()
    most = float(np.sort(dx) @ np.sort(dy))
    if most <= NOTHING * x.size:
        return NotEstimable("constant_item" if float(dx @ dx) <= NOTHING * x.size else "constant_rest")
    return 100 * float(dx @ dy) / most


def facility_of(values: FloatArray, level: float) -> Estimate | NotEstimable:
    """Mean score with Wilson's interval. Not estimable: ``no_answers``."""
    if values.size == 0:
        return NotEstimable("no_answers")
    mean = min(max(float(values.mean()), 0.0), 1.0)
    return Estimate(mean, wilson(mean, values.size, level), values.size, values.size >= SETTLED_FACILITY)


def rapid_share(seconds: FloatArray) -> tuple[float, float] | None:
    """``(share of answers faster than the threshold, threshold in seconds)``; ``None`` without any time."""
    known = seconds[np.isfinite(seconds)]
    if known.size == 0:
        return None
    threshold = min(RAPID_OF_MEAN * float(known.mean()), RAPID_CEILING)
    return float((known < threshold).mean()), threshold


def _answer_alarms(
    n: int, omitted: int, facility: Estimate | NotEstimable, seconds: FloatArray | None
) -> list[Alarm]:
    alarms: list[Alarm] = []
    if n and omitted / n >= OFTEN_OMITTED and wilson(omitted / n, n).low > OFTEN_OMITTED / 2:
        alarms.append(Alarm("often_omitted", {"share": omitted / n}))
    if isinstance(facility, Estimate) and facility.settled and facility.value in (0.0, 1.0):
        alarms.append(Alarm("everyone_right" if facility.value == 1.0 else "nobody_right", {"n": n}))
    rapid = None if seconds is None else rapid_share(seconds)
    if rapid is not None and rapid[0] > RAPID_SHARE:
        alarms.append(Alarm("too_fast", {"share": rapid[0], "seconds": rapid[1]}))
    return alarms


def _power_alarms(power: Estimate | NotEstimable, effect: float | NotEstimable) -> list[Alarm]:
    """A negative discrimination that is more than chance means a probable wrong key; a merely weak one, where
    there are takers enough to say so, an item that measures something else."""
    if isinstance(power, NotEstimable):
        return []
    perfectly_reversed = power.interval is None and power.value < 0 and power.n >= 4
    if perfectly_reversed or (power.interval is not None and power.interval.high < 0):
        return [Alarm("probable_wrong_key", {"discrimination": power.value})]
    if power.settled and isinstance(effect, float) and effect < WEAK_EFFICIENCY:
        return [Alarm("low_efficiency", {"efficiency": effect})]
    return []


def _item(
    name: str,
    score: FloatArray,
    rest: FloatArray,
    answered: BoolArray,
    without: float | NotEstimable,
    table: tuple[OptionStatistics, ...],
    seconds: FloatArray | None,
    takers: int,
    level: float,
) -> ItemStatistics:
    n, omitted = score.size, int((~answered).sum())
    facility = facility_of(score, level)
    power, effect = discrimination(score, rest, level), efficiency(score, rest)
    alarms = [
        *_power_alarms(power, effect),
        *option_alarms(table),
        *_answer_alarms(n, omitted, facility, seconds),
    ]
    if n < SETTLED_DISCRIMINATION <= takers:
        alarms.append(Alarm("few_takers", {"n": n, "minimum": SETTLED_DISCRIMINATION}))
    return ItemStatistics(
        name=name,
        n=n,
        omitted=omitted,
        facility=facility,
        facility_answered=facility_of(score[answered], level),
        sd=float(score.std(ddof=1)) if n > 1 else 0.0,
        discrimination=power,
        efficiency=effect,
        alpha_if_deleted=without,
        options=table,
        alarms=tuple(alarms),
    )


def analyse(
    scores: FloatArray,
    *,
    names: Sequence[str] | None = None,
    drawn: BoolArray | None = None,
    seconds: FloatArray | None = None,
    options: Mapping[int, ItemOptions] | None = None,
    level: float = 0.95,
    resamples: int = 0,
    seed: int = 0,
) -> QuizAnalysis:
    """Analyse (n, p) ``scores`` in 0-1 (``nan``: omitted, or not given where ``drawn`` (n, p) is False).

    ``seconds`` (n, p) are answering times, ``options`` what was chosen, by item number. The interval of alpha is
    Feldt's, or the bootstrap's with ``resamples`` > 0. Raises ValueError for scores outside 0-1.
    """
    filled, held, answered = checked(scores, drawn)
    n, p = filled.shape
    labels = [str(j + 1) for j in range(p)] if names is None else list(names)
    if len(labels) != p:
        raise ValueError("one name per item, please")
    rest = rest_scores(filled, held)
    without = alpha_if_deleted(filled, held)
    items = []
    for j in range(p):
        own = held[:, j]
        table = option_table(options[j], rest[:, j], own, level) if options and j in options else ()
        times = None if seconds is None else seconds[own, j]
        parts = (filled[own, j], rest[own, j], answered[own, j])
        items.append(_item(labels[j], *parts, without[j], table, times, n, level))
    given = held.sum(axis=1)
    shares = filled.sum(axis=1, where=held)[given > 0] / given[given > 0]
    few = n < SETTLED_DISCRIMINATION
    return QuizAnalysis(
        n=n,
        mean=float(shares.mean()) if shares.size else NotEstimable("no_answers"),
        sd=float(shares.std(ddof=1))
        if shares.size > 1
        else NotEstimable("few_takers", {"n": shares.size, "minimum": 2}),
        consistency=consistency(filled, held, level=level, resamples=resamples, seed=seed),
        items=tuple(items),
        alarms=(Alarm("few_takers", {"n": n, "minimum": SETTLED_DISCRIMINATION}),) if few else (),
    )
