"""The worked case: a young unit that doubled its figures in the half year in which everybody was trained. Pure numpy.

Average monthly sales 100,000 → 200,000, customers 50 → 100, satisfaction 80 % → 90 %, six months before against the
six months from the training on. All of it is the unit's own growth since it opened: the course added nothing.
"""

from __future__ import annotations

import numpy as np

from lms.demo.truths import CHANNEL_FOUNDED, HORIZON, MONTHS, truth_of
from lms.demo.world import NEVER, Floats, Roster, World, ar1

BEFORE, AFTER = 100_000.0, 200_000.0
CUSTOMERS_BEFORE, CUSTOMERS_AFTER = 50.0, 100.0
SATISFIED_BEFORE, SATISFIED_AFTER = 0.80, 0.90


def channel(seed: int, roster: Roster) -> World:
    """The figures of the channel unit; its KPIs are counted in a way of their own (sell-through)."""
    rng = np.random.default_rng([seed, 3])
    n, world = len(roster.team), World(roster)
    start = truth_of("KA-01").starts[0]
    world.starts["KA-01"] = np.full(n, start, dtype=np.int64)
    world.effects["KA-01"] = np.zeros((n, MONTHS))
    clock = _clock(start)
    hidden = ~roster.present
    own = rng.normal(0, 0.2, n)[:, None]
    month = rng.normal(0, 0.045, MONTHS)
    sales = np.exp(np.log(2) * clock + own + month + ar1(rng, (n, MONTHS), 0.08, 0.5))
    sales = np.round(_fitted(sales, clock, start, BEFORE, AFTER), -2)
    world.values["channel_sales"] = np.where(hidden, np.nan, sales)
    customers = (CUSTOMERS_AFTER - CUSTOMERS_BEFORE) * (clock + 1.0) * np.exp(own + 0.4 * month) + rng.normal(
        0, 2.0, (n, MONTHS)
    )
    customers = np.maximum(np.round(_moved(customers, start, CUSTOMERS_BEFORE, CUSTOMERS_AFTER)), 1)
    world.values["channel_customers"] = np.where(hidden, np.nan, customers)
    answers = rng.poisson(24, (n, MONTHS)).clip(6).astype(float)
    share = SATISFIED_BEFORE + (SATISFIED_AFTER - SATISFIED_BEFORE) * clock + rng.normal(0, 0.006, MONTHS)
    share = _moved(np.repeat(share[None, :], n, axis=0), start, SATISFIED_BEFORE, SATISFIED_AFTER)
    share = (share + rng.normal(0, 0.03, (n, MONTHS))).clip(0.3, 1)
    satisfied = np.minimum(np.round(answers * share), answers)
    world.parts["channel_satisfaction"] = (
        np.where(hidden, np.nan, satisfied),
        np.where(hidden, np.nan, answers),
    )
    return world


def _clock(start: int) -> Floats:
    """(T,) 0 in the middle of the half year before, 1 in that of the half year after; half as fast once that is over."""
    t = np.arange(MONTHS, dtype=float)
    middle = start - (HORIZON + 1) / 2
    late = np.clip(t - (start + HORIZON - 1), 0, None)
    return np.asarray((t - middle - 0.5 * late) / HORIZON)


def _fitted(sales: Floats, clock: Floats, start: int, before: float, after: float) -> Floats:
    """The same paths with level and growth turned until the two half years have exactly these geometric means,
    which are the means of a study in logs."""
    logs = np.log(sales)
    first, second = logs[:, start - HORIZON : start].mean(), logs[:, start : start + HORIZON].mean()
    logs = logs + (np.log(after / before) - (second - first)) * clock
    return np.asarray(np.exp(logs + np.log(before) - logs[:, start - HORIZON : start].mean()))


def _moved(values: Floats, start: int, before: float, after: float) -> Floats:
    """The same paths, moved and stretched until the two half years have exactly these means."""
    first = values[:, start - HORIZON : start].mean()
    second = values[:, start : start + HORIZON].mean()
    return np.asarray(before + (values - first) * (after - before) / (second - first))


def roster_of(team: np.ndarray) -> Roster:
    """Everybody is there from the unit's first month on."""
    n = len(team)
    return Roster(team.astype(np.int64), np.full(n, CHANNEL_FOUNDED), np.full(n, NEVER))
