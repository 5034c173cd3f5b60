"""How people are dealt to waves, and how the same lottery is drawn again from what was stored. Pure.

Reps are drawn within team x KPI tercile; whole teams within terciles of the team's KPI. The order of the members
(by person id) and of the teams is part of the lottery: with it, the seed decides everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from effects.stats import lottery
from effects.stats.panel import Panel
from lms.arrays import FloatArray, IntArray

RECENT = 6
"""Periods before the draw whose mean decides the tercile."""


class Seat(Struct, frozen=True):
    """A member as stored: the team and the tercile (0 low, 1 middle, 2 high) at the draw."""

    person_id: int
    team_id: int | None
    tercile: int


class TeamPlan(lottery.Plan, frozen=True):
    """The lottery of whole teams: ``strata`` (G,) of the teams, ``team`` (N,) of the members."""

    team: IntArray

    def assign(self, seed: int) -> IntArray:
        """(N,) start of every member in the lottery of this seed."""
        wave = lottery.draw_waves(self.strata, len(self.starts), seed)
        return np.array(self.starts, dtype=np.int64)[wave[self.team]]


class Among(lottery.Plan, frozen=True):
    """A lottery over all members, of whom a study sees those at ``rows`` (n,): the others are drawn all the same."""

    whole: lottery.Plan
    rows: IntArray

    def assign(self, seed: int) -> IntArray:
        """(n,) start of the members seen."""
        return self.whole.assign(seed)[self.rows]


def team_numbers(people: Sequence[tuple[int, int | None]]) -> IntArray:
    """(N,) number of each member's team, from (person id, team id): teams by id, then those without, each alone."""
    keys = [(0, team) if team is not None else (1, person) for person, team in people]
    number = {key: n for n, key in enumerate(sorted(set(keys)))}
    return np.array([number[key] for key in keys], dtype=np.int64)


def terciles(panel: Panel, *, teams: bool) -> IntArray:
    """(N,) tercile of every rep by recent KPI, or of every rep's team by the mean of its reps."""
    if not teams:
        return lottery.kpi_terciles(panel, periods=RECENT)
    recent = panel.outcome[:, -RECENT:]
    means = np.array([_mean(recent[panel.cluster == g]) for g in range(panel.n_clusters)])
    known = np.isfinite(means)
    found = np.ones(panel.n_clusters, dtype=np.int64)
    if known.any():
        cuts = np.quantile(means[known], [1 / 3, 2 / 3])
        found[known] = np.searchsorted(cuts, means[known], side="right")
    return np.asarray(found[panel.cluster])


def _mean(values: FloatArray) -> float:
    seen = np.isfinite(values)
    return float(values[seen].mean()) if seen.any() else float("nan")


def plan_of(team: IntArray, tercile: IntArray, starts: tuple[int, ...], *, teams: bool) -> lottery.Plan:
    """The lottery of these members: ``starts`` of the groups in their order."""
    if not teams:
        return lottery.Plan(starts, team * lottery.TERCILES + tercile)
    first = np.unique(team, return_index=True)[1]
    return TeamPlan(starts, tercile[first], team)


def placebo(before: Panel, starts: tuple[int, ...], *, teams: bool) -> lottery.Plan:
    """The lottery as it would have been drawn after this history."""
    return plan_of(before.cluster, terciles(before, teams=teams), starts, teams=teams)


def stored(seats: Sequence[Seat], starts: tuple[int, ...], *, teams: bool) -> lottery.Plan:
    """The lottery of a draw, from its stored members in the order of their person ids."""
    ordered = sorted(seats, key=lambda seat: seat.person_id)
    team = team_numbers([(seat.person_id, seat.team_id) for seat in ordered])
    tercile = np.array([seat.tercile for seat in ordered], dtype=np.int64)
    return plan_of(team, tercile, starts, teams=teams)


def deal(seats: Sequence[Seat], groups: int, seed: int, *, teams: bool) -> list[int]:
    """The group (from 1) of every seat, in the order of person ids."""
    return [int(g) for g in stored(seats, tuple(range(1, groups + 1)), teams=teams).assign(seed)]
