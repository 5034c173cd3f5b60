"""The effect by group of trained reps, pulled towards the middle as far as each is uncertain. Pure.

Each group keeps the whole comparison: the records of the *other* trained reps after their start are set aside, all
else stays, and the estimator of the study is run. Estimates of one split are then shrunk by empirical Bayes (normal-normal,
Efron and Morris 1975; see ``effects.stats.portfolio``), since the largest of several noisy figures is mostly luck.

A split by results before the start is always estimated from each rep's own history (g-computation): imputation would
take the recovery of those who were low for an effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from scipy import stats

from effects.stats import methods
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.portfolio import estimate_prior
from effects.stats.scale import Scale, scaled
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

FEWEST_IN_GROUP = 10
"""Trained reps with records before and after."""
FEWEST_TEAMS_IN_GROUP = 3
"""Teams with such reps: with fewer, the luck of one team stands for the group."""
BY_HISTORY = "gcomp"
ALPHA = 0.05
COMPARING = frozenset({"bjs", "poisson", "bjs-trends", "gcomp", "cs"})
"""Estimators that can be run for a part of the trained."""

Why = Literal["few_reps", "few_teams", "not_estimable"]


class Group(Struct, frozen=True):
    """Some of the trained reps: ``members`` (N,) True for theirs. ``own_history``: split by results before."""

    split: str
    key: str
    members: np.typing.NDArray[np.bool_]
    own_history: bool = False


class GroupEffect(Struct, frozen=True):
    """``estimate`` with its interval as if the group had been alone in question; ``shrunken`` the better guess where
    several groups were looked at, without a 95 % claim. ``why`` there is no figure."""

    split: str
    key: str
    method: str
    n: int
    teams: int
    estimate: float | None = None
    se: float | None = None
    interval: Interval | None = None
    shrunken: float | None = None
    weight: float | None = None
    why: Why | None = None


def method_for(method: str) -> str | None:
    """The estimator for parts of the trained; None where nobody untrained is compared with."""
    if method in COMPARING:
        return method
    return BY_HISTORY if method == "union" else None


def by_group(
    panel: Panel, options: Options, scale: Scale, method: str, groups: Sequence[Group]
) -> tuple[GroupEffect, ...]:
    """The effects of the groups, in their order, each split shrunk by itself."""
    found = [of_group(panel, options, scale, method, group) for group in groups]
    shrunk = {split: _shrunk([e for e in found if e.split == split]) for split in dict.fromkeys(g.split for g in groups)}
    return tuple(effect for effects in shrunk.values() for effect in effects)


def of_group(panel: Panel, options: Options, scale: Scale, method: str, group: Group) -> GroupEffect:
    """The effect among the members; under the minimum there is a reason instead of a figure."""
    name = BY_HISTORY if group.own_history else method
    n, teams = counted(panel, group)
    empty = GroupEffect(group.split, group.key, name, n, teams)
    if n < FEWEST_IN_GROUP:
        return replace(empty, why="few_reps")
    if teams < FEWEST_TEAMS_IN_GROUP:
        return replace(empty, why="few_teams")
    effect = methods.run(name, scaled(only(panel, group), scale), replace(options, leads=1))
    if isinstance(effect, NotEstimable) or effect.se is None or effect.interval is None:
        return replace(empty, why="not_estimable")
    return replace(empty, estimate=effect.estimate, se=effect.se, interval=effect.interval)


def counted(panel: Panel, group: Group) -> tuple[int, int]:
    """(reps, teams) of the members with records before and after their start."""
    seen = panel.observed
    both = (seen & panel.untrained).any(axis=1) & (seen & (panel.relative >= 0)).any(axis=1)
    use = group.members & panel.trained_units & both
    return int(use.sum()), len(np.unique(panel.cluster[use]))


def only(panel: Panel, group: Group) -> Panel:
    """The panel in which all other trained reps are untrained reps who leave the records with their start."""
    others = panel.trained_units & ~group.members
    aside = others[:, None] & (panel.relative >= 0)
    start = np.where(others, NEVER, panel.start)
    return replace(panel, outcome=np.where(aside, np.nan, panel.outcome), start=start)


def _shrunk(effects: list[GroupEffect]) -> list[GroupEffect]:
    """With under two figures there is nothing to learn from the others."""
    known = [e for e in effects if e.estimate is not None and e.se is not None]
    if len(known) < 2:
        return effects
    z: FloatArray = np.array([e.estimate for e in known], np.float64)
    s: FloatArray = np.array([e.se for e in known], np.float64)
    prior = estimate_prior(z, s)

    def pulled(effect: GroupEffect) -> GroupEffect:
        if effect.estimate is None or effect.se is None:
            return effect
        weight = prior.variance / (prior.variance + effect.se**2)
        return replace(effect, shrunken=prior.mean + weight * (effect.estimate - prior.mean), weight=weight)

    return [pulled(effect) for effect in effects]


def told_apart(effects: Sequence[GroupEffect], *, looks: int = 1) -> bool:
    """Whether the groups of a split differ: at least half of each difference stands after shrinkage, and Cochran's Q
    (1954) rejects equal effects at 5 % shared between ``looks`` splits. Groups have their comparison reps in common,
    which makes Q too small rather than too large: it errs towards "cannot be told"."""
    known = [(e.estimate, e.se, e.weight) for e in effects if e.estimate is not None and e.se and e.weight is not None]
    if len(known) < 2:
        return False
    z, s, weight = np.array(known, np.float64).T
    q = float(((z - np.average(z, weights=s**-2)) ** 2 / s**2).sum())
    return bool(weight.min() >= 0.5 and stats.chi2.sf(q, len(known) - 1) < ALPHA / looks)


def thirds(panel: Panel) -> np.typing.NDArray[np.int64]:
    """(N,) 0 low, 1 middle, 2 high by the mean KPI before the start, among the trained; -1 for all others."""
    use = panel.observed & panel.untrained & panel.trained_units[:, None]
    weight = np.where(use, 1.0 if panel.weight is None else panel.weight, 0.0)
    total = weight.sum(axis=1)
    known = total > 0
    mean = np.full(panel.n_units, np.nan)
    mean[known] = (np.where(use, panel.outcome, 0.0) * weight).sum(axis=1)[known] / total[known]
    if not known.any():
        return np.full(panel.n_units, -1, dtype=np.int64)
    low, high = np.quantile(mean[known], [1 / 3, 2 / 3])
    third = np.where(mean <= low, 0, np.where(mean <= high, 1, 2))
    return np.where(known, third, -1).astype(np.int64)

