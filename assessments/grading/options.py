"""The option table of a choice item: who chose what, and whether the strong did. Pure."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from assessments.grading.estimates import Alarm, Estimate, correlation, fisher_z, wilson
from lms.arrays import BoolArray, FloatArray
from lms.values import NotEstimable

SETTLED_OPTIONS = 100
"""Takers from which an option's figures are settled: an option chosen by a tenth then has ten takers behind it."""
DEAD_SHARE = 0.05
"""A distractor that fewer than one in twenty choose does no work (Haladyna & Downing 1993)."""


class ItemOptions(Struct, frozen=True):
    """What was chosen at one item: ``chosen`` (n takers, m options), ``correct`` (m,) by key, ``keys`` their names."""

    keys: tuple[str, ...]
    correct: tuple[bool, ...]
    chosen: BoolArray


class OptionStatistics(Struct, frozen=True):
    """One option: share of the takers who chose it and its point-biserial correlation with the rest of the quiz."""

    key: str
    correct: bool
    count: int
    share: Estimate | NotEstimable
    point_biserial: Estimate | NotEstimable


def _option(key: str, correct: bool, chosen: BoolArray, rest: FloatArray, level: float) -> OptionStatistics:
    n, count = chosen.size, int(chosen.sum())
    settled = n >= SETTLED_OPTIONS
    known = np.isfinite(rest)
    r = correlation(chosen[known].astype(np.float64), rest[known])
    return OptionStatistics(
        key=key,
        correct=correct,
        count=count,
        share=Estimate(count / n, wilson(count / n, n, level), n, settled)
        if n
        else NotEstimable("no_answers"),
        point_biserial=NotEstimable("no_variation")
        if r is None
        else Estimate(r, fisher_z(r, n, level), n, settled),
    )


def option_table(
    options: ItemOptions, rest: FloatArray, drawn: BoolArray, level: float = 0.95
) -> tuple[OptionStatistics, ...]:
    """The table of one item; ``rest`` (n,) the takers' results on the other items, ``drawn`` (n,) who had it."""
    if options.chosen.shape != (rest.size, len(options.keys)) or len(options.correct) != len(options.keys):
        raise ValueError("chosen must be takers x options, with one key and one correctness each")
    return tuple(
        _option(key, correct, options.chosen[drawn, j], rest[drawn], level)
        for j, (key, correct) in enumerate(zip(options.keys, options.correct, strict=True))
    )


def option_alarms(table: tuple[OptionStatistics, ...]) -> list[Alarm]:
    """``dead_distractor``: surely under one in twenty; ``attractive_distractor``: surely preferred by the strong."""
    alarms = []
    for option in table:
        if option.correct:
            continue
        share, r = option.share, option.point_biserial
        if isinstance(share, Estimate) and share.interval is not None and share.interval.high < DEAD_SHARE:
            alarms.append(Alarm("dead_distractor", {"option": option.key, "share": share.value}))
        if isinstance(r, Estimate) and r.interval is not None and r.interval.low > 0:
            alarms.append(Alarm("attractive_distractor", {"option": option.key, "point_biserial": r.value}))
    return alarms
