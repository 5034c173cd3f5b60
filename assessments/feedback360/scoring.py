"""From answers to figures: the level of a competency, how far one's own view lies from it, what has changed. Pure.

A figure of a competency is the mean of its items' means and takes of each item only the groups that may be shown there. It is not the mean
of the raters' means: where somebody left an item out, the two together would give away that one answer by subtraction.
Formulas and sources: docs/methodology/feedback360.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from scipy import stats

from assessments.feedback360 import anonymity
from assessments.feedback360.questionnaire import LEVELS, Item
from assessments.grading import within_group
from assessments.grading.estimates import NOTHING
from lms.values import Interval, NotEstimable, Reliability

MATTERS = 0.5
"""A difference of half a level or more is spoken of."""
Levels = Mapping[str, int]
"""Item → level, of one rater; without those not observed."""


class View(Struct, frozen=True):
    """The raters of one atom: a group, or groups that are shown together. ``least`` raters make a figure of an item."""

    groups: frozenset[str]
    raters: tuple[Levels, ...]
    least: int


class Score(Struct, frozen=True):
    """A level from 1 to 5, of ``n`` raters at least, with the standard error and Student's interval where n tells them."""

    value: float
    n: int
    error: float | None = None
    interval: Interval | None = None

    @property
    def share(self) -> float:
        """The level as a share of the scale: 0 the lowest, 1 the highest."""
        return (self.value - LEVELS[0]) / (LEVELS[-1] - LEVELS[0])


Figure = Score | NotEstimable


def views(answers: Iterable[tuple[str, Levels]], least: Mapping[str, int]) -> list[View]:
    """(group, levels) of each rater → what may be shown: the named groups first, then the atoms of the others."""
    by_group: dict[str, list[Levels]] = {}
    for group, levels in answers:
        by_group.setdefault(group, []).append(levels)
    counts = {group: len(by_group.get(group, ())) for group in anonymity.ANONYMOUS}
    named = [frozenset({group}) for group in anonymity.NAMED if group in by_group]
    return [
        View(atom, tuple(levels for group in sorted(atom) for levels in by_group.get(group, ())), anonymity.needed(atom, least))
        for atom in [*named, *anonymity.atoms(counts, least)]
    ]


def ratings(items: Sequence[Item], seen: Sequence[View]) -> list[list[int]]:
    """Per item the levels that may be shown: of each view those of enough raters, else none of them."""
    found = []
    for item in items:
        of_views = [[levels[item.id] for levels in view.raters if item.id in levels] for view in seen]
        found.append([level for levels, view in zip(of_views, seen, strict=True) if len(levels) >= view.least for level in levels])
    return found


def score(items: Sequence[Item], seen: Sequence[View]) -> Figure:
    """The level of these items as the raters of these views see it. Not estimable: ``feedback_too_few``."""
    shown = [levels for levels in ratings(items, seen) if levels]
    if not shown:
        return NotEstimable("feedback_too_few")
    n = min(len(levels) for levels in shown)
    value = sum(_mean(levels) for levels in shown) / len(shown)
    error = _error(items, seen, shown)
    return Score(value, n, error, None if error is None else around(value, error, n - 1))


def _error(items: Sequence[Item], seen: Sequence[View], shown: Sequence[Sequence[int]]) -> float | None:
    """The standard error: of the raters' means where everybody rated everything; else its upper bound, the mean of the items' errors.

    The bound holds whatever the correlation of the items is, and needs no more than what is shown of each item.
    """
    if min(len(levels) for levels in shown) < 2:
        return None
    raters = [levels for view in seen for levels in view.raters]
    if len(shown) == len(items) and all(item.id in levels for levels in raters for item in items):
        found = _standard_error([_mean([levels[item.id] for item in items]) for levels in raters])
    else:
        found = _mean([_standard_error(levels) for levels in shown])
    return found if found > NOTHING else None


def around(value: float, error: float, df: float, *, low: float = LEVELS[0], high: float = LEVELS[-1]) -> Interval:
    """Student's interval, cut to the scale."""
    half = float(stats.t.ppf(0.975, df)) * error
    return Interval(max(low, value - half), min(high, value + half))


class Gap(Struct, frozen=True):
    """One's own level less that of the others. ``kind``: ``blind_spot``, ``hidden_strength``, ``alike`` or ``unsettled``."""

    value: float
    interval: Interval | None
    kind: str


def gap(own: Figure, others: Figure) -> Gap | NotEstimable:
    """What one thinks of oneself is taken as it was said; the uncertainty is that of the others' mean.

    A blind spot (own view higher) or a hidden strength (lower) is spoken of from half a level, and only if the interval leaves 0 out.
    Not estimable: ``feedback_no_self``, ``feedback_too_few``.
    """
    if isinstance(own, NotEstimable):
        return NotEstimable("feedback_no_self")
    if isinstance(others, NotEstimable):
        return others
    value = own.value - others.value
    interval = Interval(own.value - others.interval.high, own.value - others.interval.low) if others.interval else None
    settled = others.n > 1 and (interval is None or 0.0 not in interval)
    if abs(value) < MATTERS:
        kind = "alike" if others.n > 1 else "unsettled"
    elif not settled:
        kind = "unsettled"
    else:
        kind = "blind_spot" if value > 0 else "hidden_strength"
    return Gap(value, interval, kind)


def agreement(items: Sequence[Item], seen: Sequence[View]) -> Reliability | NotEstimable:
    """Whether the raters shown say the same, by r_wg(J)."""
    return within_group.r_wg(ratings(items, seen), len(LEVELS))


class Change(Struct, frozen=True):
    """How far a figure has risen, with Welch's interval where both have an error."""

    value: float
    interval: Interval | None


def change(before: Figure, after: Figure) -> Change | None:
    """None where one of the two is not known."""
    if isinstance(before, NotEstimable) or isinstance(after, NotEstimable):
        return None
    value, span = after.value - before.value, LEVELS[-1] - LEVELS[0]
    if before.error is None or after.error is None:
        return Change(value, None)
    one, two = before.error**2, after.error**2
    df = (one + two) ** 2 / (one**2 / (before.n - 1) + two**2 / (after.n - 1))
    return Change(value, around(value, math.sqrt(one + two), df, low=-span, high=span))


def mean_change(changes: Sequence[float], level: float = 0.95) -> tuple[float, Interval | None] | None:
    """The mean change over people with Student's interval, each person once; None for nobody."""
    if not changes:
        return None
    value = _mean(changes)
    error = _standard_error(changes) if len(changes) > 1 else 0.0
    if error <= NOTHING:
        return value, None
    half = float(stats.t.ppf(0.5 + level / 2, len(changes) - 1)) * error
    return value, Interval(value - half, value + half, level)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _standard_error(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))
