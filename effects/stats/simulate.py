"""A simulated sales company whose true course effect is known: the yardstick of every estimator.

Log KPI of rep i in month t, untrained:

    y(0) = level_i + drift_i (t - T/2) + month_t + team shock_gt + own shock_it + noise_it

``month_t`` carries growth and a season, the team and own shocks are AR(1). The trained value adds
``effect = size x ramp(k) x talent_i`` from the rep's start on: staggered, and unlike from rep to rep.
What differs between companies is *how people were chosen* (`Selection`). Amounts are logs; `Company.truth`
is the average effect that actually happened, against which bias and coverage are counted.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from effects.stats.panel import NEVER, Panel
from lms.arrays import FloatArray, IntArray, NDArray


class Selection(StrEnum):
    """How the simulated company chose who is trained."""

    RANDOM = "random"
    NULL = "null"
    LOW_RECENT = "low_recent"
    LOW_OWN_NORM = "low_own_norm"
    LOW_LEVEL = "low_level"
    GROWING = "growing"
    WHOLE_TEAMS = "whole_teams"


class Trouble(StrEnum):
    """What else is wrong with the records."""

    NONE = "none"
    HEAVY_TAILS = "heavy_tails"
    LEAVERS = "leavers"
    UNBALANCED = "unbalanced"
    ZEROS = "zeros"
    TWO_COURSES = "two_courses"
    COUNTS = "counts"
    RATES = "rates"


class Settings(Struct, frozen=True):
    """Sizes (reps, teams, months) and standard deviations (log points) of the simulated company."""

    reps: int = 200
    teams: int = 20
    months: int = 24
    waves: tuple[int, ...] = (9, 12, 15, 18)
    share_per_wave: float = 0.15
    share_teams: float = 0.6
    effect: float = 0.066
    effect_spread: float = 0.5
    growth: float = 0.008
    season: float = 0.04
    level_sd: float = 0.35
    team_sd: float = 0.10
    team_shock_sd: float = 0.015
    own_shock_sd: float = 0.10
    persistence: float = 0.6
    noise_sd: float = 0.09
    drift_sd: float = 0.004


class Company(Struct, frozen=True):
    """A simulated firm: its panel (log KPI), the true effect (N, T) and the untrained outcome (N, T)."""

    panel: Panel
    effect: FloatArray
    untreated: FloatArray
    selection: Selection
    other_course: IntArray
    """(N,) start of a second course, ``NEVER`` where not taken."""

    def truth(self, horizon: int | None = None) -> float:
        """Mean true effect over the recorded trained rep-periods of the first ``horizon`` periods."""
        k = self.panel.relative
        cells = (k >= 0) & self.panel.observed
        if horizon is not None:
            cells &= k < horizon
        weight = None if self.panel.weight is None else self.panel.weight[cells]
        return float(np.average(self.effect[cells], weights=weight)) if cells.any() else 0.0


RAMP = (0.4, 0.7, 1.0, 1.2, 1.3, 1.4)
"""Share of the effect in the periods after the start; the last value holds from then on (mean of six: 1)."""


COUNT = 4.0
"""Customers per rep and month where the simulated log KPI is zero."""
RATE = 0.5
"""Share collected where it is zero; the amount due differs between reps and months."""


def company(
    seed: int,
    selection: Selection = Selection.RANDOM,
    trouble: Trouble = Trouble.NONE,
    settings: Settings | None = None,
) -> Company:
    """One company, drawn from ``seed`` alone."""
    s = settings or Settings()
    if selection is Selection.WHOLE_TEAMS and settings is None:
        s = replace(s, teams=8)
    if selection is Selection.NULL:
        s = replace(s, effect=0.0)
    rng = np.random.default_rng([seed, *selection.encode()])
    team = np.repeat(np.arange(s.teams), -(-s.reps // s.teams))[: s.reps]
    drift = rng.normal(0.0, s.drift_sd, s.reps) if selection is Selection.GROWING else np.zeros(s.reps)
    level = rng.normal(0.0, s.level_sd, s.reps) + rng.normal(0.0, s.team_sd, s.teams)[team]
    untreated = _untreated(rng, s, team, level, drift, trouble)
    start = _choose(rng, s, selection, untreated, level, drift, team)
    effect = _effect(rng, s, start)
    outcome = untreated + effect
    other = np.full(s.reps, NEVER)
    if trouble is Trouble.TWO_COURSES:
        other = np.where(rng.random(s.reps) < 0.3, rng.integers(6, s.months, s.reps), NEVER)
        outcome += 0.03 * (np.arange(s.months)[None, :] >= other[:, None])
    panel = Panel(
        units=tuple(f"R{i + 1:04d}" for i in range(s.reps)),
        periods=tuple(f"{2024 + t // 12}-{t % 12 + 1:02d}" for t in range(s.months)),
        outcome=_lose(rng, s, outcome, trouble),
        start=start,
        cluster=team.astype(np.int64),
        clusters=tuple(f"Team {g + 1}" for g in range(s.teams)),
    )
    if trouble is Trouble.ZEROS:
        panel = replace(panel, outcome=np.where(rng.random(panel.outcome.shape) < 0.05, 0.0, np.exp(outcome)))
        effect = np.exp(outcome) * 0.95 - np.exp(untreated) * 0.95
    if trouble is Trouble.COUNTS:
        panel = replace(panel, outcome=rng.poisson(COUNT * np.exp(outcome)).astype(np.float64))
        effect = COUNT * (np.exp(outcome) - np.exp(untreated))
    if trouble is Trouble.RATES:
        due = rng.lognormal(0.0, 0.7, (s.reps, 1)) * rng.lognormal(0.0, 0.3, outcome.shape)
        panel = replace(panel, outcome=RATE * (1 + outcome), weight=due)
        effect = RATE * (outcome - untreated)
    return Company(panel, effect, untreated, selection, other)


def _ar1(
    rng: np.random.Generator, shape: tuple[int, int], sd: float, persistence: float, heavy: bool = False
) -> FloatArray:
    """(n, T) stationary AR(1) paths with standard deviation ``sd``; ``heavy``: t(3) innovations."""
    draws = rng.standard_t(3, shape) / np.sqrt(3.0) if heavy else rng.normal(size=shape)
    path = np.empty(shape)
    path[:, 0] = draws[:, 0] * sd
    scale = sd * np.sqrt(1.0 - persistence**2)
    for t in range(1, shape[1]):
        path[:, t] = persistence * path[:, t - 1] + scale * draws[:, t]
    return path


def _untreated(
    rng: np.random.Generator,
    s: Settings,
    team: IntArray,
    level: FloatArray,
    drift: FloatArray,
    trouble: Trouble,
) -> FloatArray:
    t = np.arange(s.months)
    heavy = trouble is Trouble.HEAVY_TAILS
    month = s.growth * t + s.season * np.sin(2 * np.pi * (t + rng.integers(12)) / 12) * rng.normal()
    month = month + rng.normal(0.0, 0.02, s.months)
    shock = _ar1(rng, (s.teams, s.months), s.team_shock_sd, s.persistence)[team]
    own = _ar1(rng, (s.reps, s.months), s.own_shock_sd, s.persistence, heavy)
    noise = rng.standard_t(3, own.shape) / np.sqrt(3.0) if heavy else rng.normal(size=own.shape)
    trend = drift[:, None] * (t - s.months / 2)
    return level[:, None] + trend + month + shock + own + s.noise_sd * noise


def _choose(
    rng: np.random.Generator,
    s: Settings,
    selection: Selection,
    untreated: FloatArray,
    level: FloatArray,
    drift: FloatArray,
    team: IntArray,
) -> IntArray:
    """(N,) start: at each wave the untrained with the lowest score (plus a little chance) are sent."""
    start = np.full(s.reps, NEVER, dtype=np.int64)
    if selection is Selection.WHOLE_TEAMS:
        order = rng.permutation(s.teams)
        waves = np.resize(np.array(s.waves), max(2, round(s.share_teams * s.teams)))
        for g, wave in zip(order, waves, strict=False):
            start[team == g] = wave
        return start
    per_wave = round(s.share_per_wave * s.reps)
    for wave in s.waves:
        score = _score(selection, untreated, level, drift, wave)
        score = score + rng.normal(0.0, 0.5 * score.std() or 1.0, s.reps)
        score[start != NEVER] = np.inf
        start[np.argsort(score, kind="stable")[:per_wave]] = wave
    return start


def _score(
    selection: Selection, untreated: FloatArray, level: FloatArray, drift: FloatArray, wave: int
) -> FloatArray:
    """(N,) what the manager looks at before ``wave``; the lowest are sent.

    Low recent KPI: the last two months against a target that follows the rep's own past half of the way.
    """
    recent: FloatArray = untreated[:, wave - 2 : wave].mean(axis=1)
    norm: FloatArray = untreated[:, :wave].mean(axis=1)
    if selection is Selection.LOW_RECENT:
        return recent - 0.5 * norm
    if selection is Selection.LOW_OWN_NORM:
        return recent - norm
    if selection is Selection.LOW_LEVEL:
        return level
    if selection is Selection.GROWING:
        return -drift
    return np.zeros_like(level)


def _effect(rng: np.random.Generator, s: Settings, start: IntArray) -> FloatArray:
    """(N, T) true effect in logs: size x ramp x the rep's own talent for it."""
    talent = 1.0 + s.effect_spread * rng.normal(size=s.reps)
    k = np.arange(s.months)[None, :] - start[:, None]
    ramp = np.where(k >= 0, np.array(RAMP)[np.clip(k, 0, len(RAMP) - 1)], 0.0)
    return s.effect * talent[:, None] * ramp


def _lose(rng: np.random.Generator, s: Settings, outcome: FloatArray, trouble: Trouble) -> FloatArray:
    """Values that the firm does not have: leavers and joiners, or gaps and short histories."""
    out = outcome.copy()
    t = np.arange(s.months)[None, :]
    gone: NDArray[np.bool_] = np.zeros(out.shape, dtype=np.bool_)
    if trouble is Trouble.LEAVERS:
        leaves = np.where(rng.random(s.reps) < 0.2, rng.integers(6, s.months, s.reps), s.months)
        joins = np.where(rng.random(s.reps) < 0.15, rng.integers(1, s.months // 2, s.reps), 0)
        gone = (t >= leaves[:, None]) | (t < joins[:, None])
    if trouble is Trouble.UNBALANCED:
        joins = np.where(rng.random(s.reps) < 0.3, rng.integers(1, 6, s.reps), 0)
        gone = (rng.random(out.shape) < 0.05) | (t < joins[:, None])
    out[gone] = np.nan
    return out
