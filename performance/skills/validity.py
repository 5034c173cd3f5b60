"""Whether readiness at the end of a quarter goes with a KPI of the next: association within teams, out of sample. Pure numpy.

Ranks within each team and quarter (so that neither strong teams nor strong quarters count as agreement), pooled over all of them into one
correlation; its interval by leaving out one team at a time, on Fisher's z, t(G − 1). Source: docs/methodology/skills.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
from msgspec import Struct
from scipy import stats

from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

LEAST_TEAMS = 6
LEAST_PEOPLE = 30
LEAST_IN_TEAM = 3
NEGLIGIBLE = 0.10
"""A correlation that is surely smaller than this is called none."""
LEVEL = 0.95


class Pair(Struct, frozen=True):
    """One person in one quarter: readiness at its end with its error variance, the KPI of the next quarter and that of the quarter itself.

    KPIs are turned so that more is better.
    """

    person: int
    team: int
    quarter: int
    readiness: float
    variance: float
    after: float
    before: float | None


class Verdict(StrEnum):
    PREDICTS = "predicts"
    OPPOSITE = "opposite"
    DOES_NOT = "does_not"
    CANNOT_SAY = "cannot_say"


class Correlation(Struct, frozen=True):
    value: float
    interval: Interval


class Check(Struct, frozen=True):
    """``observed`` as it is; ``corrected`` for readiness not being known exactly; ``beyond`` what the KPI of the quarter already said."""

    observed: Correlation
    corrected: Correlation | None
    beyond: Correlation | None
    reliability: float
    """Of differences in readiness between members of a team."""
    pairs: int
    people: int
    teams: int
    quarters: int
    verdict: Verdict


def check(pairs: Sequence[Pair]) -> Check | NotEstimable:
    """Codes: ``few_teams``, ``few_people``, ``no_variation``."""
    groups = _groups(pairs)
    used = [pair for group in groups for pair in group]
    people, teams = {pair.person for pair in used}, sorted({pair.team for pair in used})
    if len(teams) < LEAST_TEAMS:
        return NotEstimable("few_teams", {"teams": len(teams), "least": LEAST_TEAMS})
    if len(people) < LEAST_PEOPLE:
        return NotEstimable("few_people", {"people": len(people), "least": LEAST_PEOPLE})
    sums = _sums(groups, teams)
    observed = _correlation(sums, _simple)
    if observed is None:
        return NotEstimable("no_variation", {"teams": len(teams)})
    reliability = _reliability(groups)
    return Check(
        observed,
        _corrected(observed, reliability),
        _beyond(groups, teams),
        reliability,
        len(used),
        len(people),
        len(teams),
        len({pair.quarter for pair in used}),
        verdict_of(observed.interval),
    )


def verdict_of(interval: Interval) -> Verdict:
    """What the interval of the observed correlation allows to be said."""
    if interval.low > 0:
        return Verdict.PREDICTS
    if interval.high < 0:
        return Verdict.OPPOSITE
    return Verdict.DOES_NOT if interval.high < NEGLIGIBLE else Verdict.CANNOT_SAY


def _groups(pairs: Sequence[Pair]) -> list[list[Pair]]:
    found: dict[tuple[int, int], list[Pair]] = {}
    for pair in pairs:
        found.setdefault((pair.team, pair.quarter), []).append(pair)
    return [found[key] for key in sorted(found) if len(found[key]) >= LEAST_IN_TEAM]


def _ranks(values: Sequence[float]) -> FloatArray:
    """Ranks with ties shared, as a part of the group, around zero."""
    _, place, counts = np.unique(np.asarray(values, np.float64), return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return (ranks - (len(values) + 1) / 2) / (len(values) + 1)


def _sums(groups: Sequence[Sequence[Pair]], teams: Sequence[int]) -> FloatArray:
    """(teams, 3): Σxx, Σyy, Σxy of each team."""
    sums = np.zeros((len(teams), 3))
    place = {team: at for at, team in enumerate(teams)}
    for group in groups:
        x, y = _ranks([pair.readiness for pair in group]), _ranks([pair.after for pair in group])
        sums[place[group[0].team]] += (x @ x, y @ y, x @ y)
    return sums


def _simple(total: FloatArray) -> float | None:
    xx, yy, xy = total
    return float(xy / np.sqrt(xx * yy)) if xx > 1e-12 and yy > 1e-12 else None


def _partial(total: FloatArray) -> float | None:
    """Of x and y without what both share with z; ``total``: Σxx, Σyy, Σxy, Σzz, Σxz, Σyz."""
    xx, yy, xy, zz, xz, yz = total
    if min(xx, yy, zz) <= 1e-12:
        return None
    a, b, c = xy / np.sqrt(xx * yy), xz / np.sqrt(xx * zz), yz / np.sqrt(yy * zz)
    rest = (1 - b * b) * (1 - c * c)
    return float((a - b * c) / np.sqrt(rest)) if rest > 1e-9 else None


def _correlation(sums: FloatArray, figure: Callable[[FloatArray], float | None]) -> Correlation | None:
    """The figure over all teams, with the interval of a delete-one-team jackknife on Fisher's z."""
    value = figure(sums.sum(axis=0))
    if value is None or abs(value) >= 1 - 1e-9:
        return None
    without = [figure(sums.sum(axis=0) - row) for row in sums]
    if any(each is None or abs(each) >= 1 - 1e-9 for each in without):
        return None
    n, centre = len(without), np.arctanh(value)
    error = float(np.sqrt((n - 1) / n * np.sum((np.arctanh(np.asarray(without, float)) - centre) ** 2)))
    half = float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) * error
    return Correlation(value, Interval(float(np.tanh(centre - half)), float(np.tanh(centre + half)), LEVEL))


def _reliability(groups: Sequence[Sequence[Pair]]) -> float:
    """Of an expected value: its spread within teams against that spread plus what is left unknown of each."""
    spread = float(np.mean([np.var([pair.readiness for pair in group], ddof=1) for group in groups]))
    unknown = float(np.mean([pair.variance for group in groups for pair in group]))
    return spread / (spread + unknown) if spread + unknown > 0 else 0.0


def _corrected(observed: Correlation, reliability: float) -> Correlation | None:
    """Spearman (1904), for the predictor alone: the KPI is to be predicted as it is, noise and all."""
    if reliability < 0.2:
        return None
    root = float(np.sqrt(reliability))
    low, high = (max(-1.0, min(1.0, end / root)) for end in (observed.interval.low, observed.interval.high))
    return Correlation(max(-1.0, min(1.0, observed.value / root)), Interval(low, high, observed.interval.level))


def _beyond(groups: Sequence[Sequence[Pair]], teams: Sequence[int]) -> Correlation | None:
    sums, counted = np.zeros((len(teams), 6)), set()
    place = {team: at for at, team in enumerate(teams)}
    for group in groups:
        known = [pair for pair in group if pair.before is not None]
        if len(known) >= LEAST_IN_TEAM:
            x, y = _ranks([pair.readiness for pair in known]), _ranks([pair.after for pair in known])
            z = _ranks([pair.before for pair in known])  # type: ignore[misc]
            sums[place[group[0].team]] += (x @ x, y @ y, x @ y, z @ z, x @ z, y @ z)
            counted.add(group[0].team)
    rows = sums[[place[team] for team in sorted(counted)]]
    return _correlation(rows, _partial) if len(rows) >= LEAST_TEAMS else None
