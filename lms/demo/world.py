"""The demo company's figures: 30 months of KPIs whose courses did exactly what ``truths`` says. Pure numpy.

Log sales of rep i of team g in month t, untrained:

    level_i + team_g + drift_i (t - T/2) + growth t + season_t + month_t + team shock_gt + own shock_it + noise_it

with AR(1) shocks. New customers are Poisson, satisfied answers binomial, collected money a share of what was due.
Courses are given one after another on figures that already hold the effects of earlier ones, as in life.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from courses.models import Chosen
from lms.demo import lottery
from lms.demo.truths import HORIZON, MONTHS, RAMP, SPREAD, TRUTHS, Truth, truth_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NEVER = 10**6

GROWTH = 0.010
SEASON = np.array([-0.02, -0.16, 0.05, -0.02, 0.0, 0.06, -0.04, -0.03, 0.05, -0.03, 0.02, 0.09])
"""Log points by calendar month, January first: the spring festival is quiet, quarters end busily."""


class Roster(Struct, frozen=True):
    """Who is on record when: (N,) team, month of the first record and month after the last one."""

    team: Ints
    joined: Ints
    left: Ints

    @property
    def present(self) -> Bools:
        t = np.arange(MONTHS)[None, :]
        return (t >= self.joined[:, None]) & (t < self.left[:, None])


class World(Struct):
    """``values`` KPI code → (N, T), NaN where there is no record; ``parts`` of rates: numerator and denominator.
    ``starts`` course code → (N,) month of the start or ``NEVER``."""

    roster: Roster
    values: dict[str, Floats] = field(default_factory=dict)
    parts: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)
    starts: dict[str, Ints] = field(default_factory=dict)
    effects: dict[str, Floats] = field(default_factory=dict)


def key_accounts(seed: int, roster: Roster) -> World:
    """The key-account teams."""
    rng = np.random.default_rng([seed, 1])
    world = World(roster)
    drift = rng.normal(0.0, 0.004, len(roster.team))
    log_sales = _log_sales(rng, roster, drift)
    for code in ("KA-02", "KA-04", "KA-03", "KA-06"):
        truth = truth_of(code)
        log_sales = log_sales + _given(rng, world, truth, log_sales, drift)
    sales = np.exp(log_sales)
    missing = np.random.default_rng([seed, 5, 13]).random(sales.shape) < 0.01
    hidden = ~roster.present | missing
    customers = _new_customers(rng, world, hidden)
    world.values["sales_amount"] = _hide(np.asarray(np.round(sales, -2), np.float64), hidden)
    world.values["new_customers"] = _hide(customers, hidden)
    share = 1 - np.exp(-0.05 * customers - 0.02)
    new_sales = sales * share * np.exp(rng.normal(0.0, 0.2, sales.shape))
    world.values["sales_new_customers"] = _hide(np.maximum(np.round(new_sales, -2), 100.0), hidden)
    _customer_count(rng, world, customers, hidden)
    _new_markets(rng, world, sales, hidden)
    _satisfaction(rng, world, hidden)
    _collection(rng, world, sales, drift, hidden)
    return world


def talent(rng: np.random.Generator, starts: Ints) -> Floats:
    """(N, T) effect in units of the true average: the reps' talent for it times the ramp after their start."""
    own = np.clip(1.0 + SPREAD * rng.normal(size=len(starts)), 0.0, None)
    since = np.arange(MONTHS)[None, :] - starts[:, None]
    ramp = np.asarray(RAMP)[np.clip(since, 0, len(RAMP) - 1)]
    return np.where(since >= 0, own[:, None] * ramp, 0.0)


def counted(starts: Ints, recorded: Bools) -> Bools:
    """(N, T) the rep-months over which a true effect is averaged."""
    since = np.arange(MONTHS)[None, :] - starts[:, None]
    return recorded & (since >= 0) & (since < HORIZON)


def _given(
    rng: np.random.Generator,
    world: World,
    truth: Truth,
    figures: Floats,
    drift: Floats,
    weight: Floats | None = None,
) -> Floats:
    """Give a course: choose who starts when, and return its effect (N, T), whose average is the truth exactly."""
    return _granted(rng, world, truth, _choose(rng, world.roster, truth, figures, drift), weight)


def _granted(
    rng: np.random.Generator, world: World, truth: Truth, starts: Ints, weight: Floats | None = None
) -> Floats:
    """The effect (N, T) of a course on those who start it then."""
    world.starts[truth.course] = starts
    shape = talent(rng, starts)
    cells = counted(starts, world.roster.present)
    weights = np.ones(shape.shape) if weight is None else weight
    mean = float(np.average(shape[cells], weights=weights[cells]))
    effect: Floats = truth.size * shape / mean
    world.effects[truth.course] = effect
    return effect


def _choose(rng: np.random.Generator, roster: Roster, truth: Truth, figures: Floats, drift: Floats) -> Ints:
    """(N,) start: in each wave those with the lowest score among the reps who can be sent."""
    starts = np.full(len(roster.team), NEVER, dtype=np.int64)
    if truth.chosen is Chosen.TEAMS:
        return _whole_teams(rng, roster, truth, starts)
    for wave in truth.starts:
        score = _score(truth.chosen, figures, drift, wave)
        score = score + rng.normal(0.0, 0.5 * float(np.std(score)) or 1.0, len(starts))
        able = (starts == NEVER) & (roster.joined <= wave - 9) & (roster.left > wave + 1)
        score = np.where(able, score, np.inf)
        starts[np.argsort(score, kind="stable")[: round(truth.share * len(starts))]] = wave
    return starts


def _score(chosen: Chosen, figures: Floats, drift: Floats, wave: int) -> Floats:
    """What is looked at before a wave: recent results against a target that follows one's own past half of the
    way; growth that is under way (those who come forward); or nothing."""
    if chosen is Chosen.LOW_KPI:
        recent: Floats = figures[:, wave - 2 : wave].mean(axis=1)
        norm: Floats = figures[:, :wave].mean(axis=1)
        return recent - 0.5 * norm
    if chosen is Chosen.VOLUNTEERS:
        return -drift
    return np.zeros(len(drift))


def _whole_teams(rng: np.random.Generator, roster: Roster, truth: Truth, starts: Ints) -> Ints:
    teams = rng.permutation(np.unique(roster.team))
    per_wave = round(truth.share * len(teams))
    for at, wave in enumerate(truth.starts):
        here = np.isin(roster.team, teams[at * per_wave : (at + 1) * per_wave])
        starts[here & (roster.joined < wave) & (roster.left > wave + 1)] = wave
    return starts


def ar1(rng: np.random.Generator, shape: tuple[int, int], sd: float, persistence: float) -> Floats:
    """(n, T) stationary AR(1) paths with standard deviation ``sd``."""
    draws = rng.normal(size=shape)
    path = np.empty(shape)
    path[:, 0] = sd * draws[:, 0]
    for t in range(1, shape[1]):
        path[:, t] = persistence * path[:, t - 1] + sd * np.sqrt(1 - persistence**2) * draws[:, t]
    return path


def season() -> Floats:
    """(T,) the season of each month on record; the first one is a May."""
    return np.asarray(SEASON[(np.arange(MONTHS) + 4) % 12])


def _log_sales(rng: np.random.Generator, roster: Roster, drift: Floats) -> Floats:
    n, teams = len(roster.team), int(roster.team.max()) + 1
    t = np.arange(MONTHS)
    level = np.log(165_000) + rng.normal(0, 0.33, n) + rng.normal(0, 0.10, teams)[roster.team]
    months = GROWTH * t + season() + rng.normal(0, 0.015, MONTHS)
    shocks = ar1(rng, (teams, MONTHS), 0.012, 0.6)[roster.team] + ar1(rng, (n, MONTHS), 0.10, 0.6)
    noise = rng.normal(0, 0.09, (n, MONTHS))
    new = roster.joined > 0
    learning = np.where(new[:, None], -0.15 * np.exp(-(t[None, :] - roster.joined[:, None]).clip(0) / 3), 0.0)
    return np.asarray(level[:, None] + drift[:, None] * (t - MONTHS / 2) + months + shocks + noise + learning)


def _new_customers(rng: np.random.Generator, world: World, hidden: Bools) -> Floats:
    """Poisson, of a mean near three a month; the joint-business-plan course adds to the mean of those drawn for it."""
    n, t = len(world.roster.team), np.arange(MONTHS)
    mean = np.exp(
        np.log(2.8)
        + rng.normal(0, 0.3, n)[:, None]
        + 0.006 * t
        + 0.5 * season()
        + ar1(rng, (n, MONTHS), 0.12, 0.5)
    )
    untrained = rng.poisson(mean).astype(np.float64)
    starts = lottery.starts(world.roster.team, world.roster.left, _hide(untrained, hidden))
    return untrained + rng.poisson(_granted(rng, world, truth_of("KA-05"), starts))


def _customer_count(rng: np.random.Generator, world: World, new: Floats, hidden: Bools) -> None:
    """A stock: those won come in, some are lost, around a size that fits the territory."""
    n = len(world.roster.team)
    count = np.empty((n, MONTHS))
    stock = np.exp(rng.normal(np.log(26), 0.25, n)).round()
    size = stock.copy()
    for t in range(MONTHS):
        size *= 1.006
        lost = rng.poisson(np.clip(new[:, t].mean() + 0.10 * (stock + new[:, t] - size), 0.1, None))
        stock = np.maximum(stock + new[:, t] - lost, 3)
        count[:, t] = stock
    world.values["customer_count"] = _hide(count, hidden)


def _new_markets(rng: np.random.Generator, world: World, sales: Floats, hidden: Bools) -> None:
    """Nothing in many months, and then a piece of the sales."""
    opens = rng.random(sales.shape) < np.clip(rng.beta(2, 4, len(sales)), 0.05, 0.9)[:, None]
    part = rng.beta(2, 10, sales.shape)
    world.values["sales_new_markets"] = _hide(np.where(opens, np.round(sales * part, -2), 0.0), hidden)


def _satisfaction(rng: np.random.Generator, world: World, hidden: Bools) -> None:
    """Satisfied answers of those asked; nobody answered in some months."""
    n = len(world.roster.team)
    odds = (
        1.45 + rng.normal(0, 0.35, n)[:, None] + 0.006 * np.arange(MONTHS) + ar1(rng, (n, MONTHS), 0.2, 0.5)
    )
    answers = rng.poisson(12, (n, MONTHS)).astype(np.int64)
    satisfied = rng.binomial(answers, 1 / (1 + np.exp(-odds)))
    none = hidden | (answers == 0) | (rng.random((n, MONTHS)) < 0.08)
    world.parts["customer_satisfaction"] = (
        _hide(satisfied.astype(float), none),
        _hide(answers.astype(float), none),
    )


def _collection(rng: np.random.Generator, world: World, sales: Floats, drift: Floats, hidden: Bools) -> None:
    """What fell due is the sales of two months ago, more or less; a share of it came in."""
    n = len(world.roster.team)
    lagged = np.concatenate([np.repeat(sales[:, :1], 2, axis=1), sales[:, :-2]], axis=1)
    due = np.round(lagged * np.exp(rng.normal(0, 0.15, sales.shape)), -2)
    share = 0.78 + rng.normal(0, 0.04, n)[:, None] + 0.001 * np.arange(MONTHS)
    share = share + ar1(rng, (n, MONTHS), 0.03, 0.4) + rng.normal(0, 0.04, sales.shape)
    share = share + _given(rng, world, truth_of("KA-07"), share, drift, weight=due)
    collected = np.round(due * np.clip(share, 0.1, 1.0), -2)
    world.parts["collection_rate"] = (_hide(collected, hidden), _hide(due, hidden))


def _hide(values: Floats, hidden: Bools) -> Floats:
    return np.where(hidden, np.nan, values)


def codes() -> tuple[str, ...]:
    """The courses of the key-account teams."""
    return tuple(truth.course for truth in TRUTHS if truth.chosen is not Chosen.EVERYONE)
