"""Return on the money and hours spent (Phillips 2003), with its uncertainty drawn, not hidden.

    benefit = effect per rep and period x trained reps x periods observed x contribution margin
    ROI     = (benefit - cost) / cost

Each of 10,000 draws takes the effect from estimate + se t(G-1) and margin, cost and persistence from triangular
distributions over stated (low, likely, high) ranges. Nothing is extrapolated beyond the observed periods unless
``decay`` is stated.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from msgspec import Struct

from effects.stats.results import Effect
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

DRAWS = 10_000


class Range(Struct, frozen=True):
    """Low, likely, high of an input and where it comes from. low <= likely <= high."""

    low: float
    likely: float
    high: float
    source: str = ""

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray:
        """(n,) triangular draws; the likely value where the range is a point."""
        if not self.low <= self.likely <= self.high:
            raise ValueError("range_not_ordered")
        if self.low == self.high:
            return np.full(n, self.likely)
        return rng.triangular(self.low, self.likely, self.high, n)


class Drawn(Protocol):
    """A range, or a sum of ranges: its ends, its likely value, and draws of it."""

    @property
    def low(self) -> float: ...

    @property
    def likely(self) -> float: ...

    @property
    def high(self) -> float: ...

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray: ...


class Decay(Struct, frozen=True):
    """An extrapolation that somebody asked for: ``periods`` beyond those observed, each keeping ``kept`` (0…1) of
    the period before."""

    periods: int
    kept: Range


class Inputs(Struct, frozen=True):
    """``effect`` in money per rep and period, with ``se`` and ``df`` = G - 1; ``cost`` in all, hours off the floor
    included; ``margin`` contribution per unit of money (0.3 = 30 %)."""

    effect: float
    se: float
    df: int
    reps: int
    periods: float
    margin: Range
    cost: Drawn
    decay: Decay | None = None

    @classmethod
    def of(
        cls, effect: Effect, *, per_unit: float, margin: Range, cost: Drawn, decay: Decay | None = None
    ) -> Inputs | NotEstimable:
        """From an estimate; ``per_unit`` turns its unit into money (for logs: the mean level without the course).
        ``periods`` is the observed number of trained rep-periods per trained rep. Code: no_standard_error."""
        if effect.se is None:
            return NotEstimable("no_standard_error")
        periods = effect.n_trained_periods / effect.n_trained
        return cls(
            effect.estimate * per_unit,
            effect.se * abs(per_unit),
            effect.n_clusters - 1,
            effect.n_trained,
            periods,
            margin,
            cost,
            decay,
        )


class Bar(Struct, frozen=True):
    """One bar of the tornado: ROI with one input at its 5th and 95th percentile, the others at their middle."""

    name: str
    low: float
    high: float


class Return(Struct, frozen=True):
    """``roi`` median (0.4 = 40 %), ``interval`` 90 %, ``probability`` that ROI > 0, ``benefit`` and ``cost``
    medians, ``break_even`` effect per rep and period at likely inputs; ``tornado`` widest first."""

    roi: float
    interval: Interval
    probability: float
    benefit: float
    benefit_interval: Interval
    cost: float
    break_even: float
    tornado: tuple[Bar, ...]
    draws: int
    seed: int


def returns(inputs: Inputs, *, draws: int = DRAWS, seed: int = 1) -> Return | NotEstimable:
    """ROI with its distribution. Codes: no_cost (low end not above zero), no_margin, no_trained."""
    problem = _problem(inputs.reps, inputs.periods, inputs.margin, inputs.cost)
    if problem is not None:
        return problem
    rng = np.random.default_rng(seed)
    drawn = {
        "effect": inputs.effect + inputs.se * rng.standard_t(max(inputs.df, 1), draws),
        "margin": inputs.margin.draw(rng, draws),
        "cost": inputs.cost.draw(rng, draws),
    }
    if inputs.decay is not None:
        drawn["persistence"] = inputs.decay.kept.draw(rng, draws)
    benefit = _benefit(inputs, drawn)
    roi = benefit / drawn["cost"] - 1
    return Return(
        roi=float(np.median(roi)),
        interval=_middle(roi),
        probability=float(np.mean(roi > 0)),
        benefit=float(np.median(benefit)),
        benefit_interval=_middle(benefit),
        cost=float(np.median(drawn["cost"])),
        break_even=break_even(inputs.reps, inputs.periods, inputs.margin, inputs.cost, inputs.decay),
        tornado=_tornado(inputs, drawn),
        draws=draws,
        seed=seed,
    )


def break_even(reps: int, periods: float, margin: Range, cost: Drawn, decay: Decay | None = None) -> float:
    """The effect per rep and period that pays the likely cost at the likely margin: all that grade D may show."""
    kept = 0.0 if decay is None else float(_tail(np.array([decay.kept.likely]), decay.periods)[0])
    return cost.likely / (reps * (periods + kept) * margin.likely)


def _problem(reps: int, periods: float, margin: Range, cost: Drawn) -> NotEstimable | None:
    if reps < 1 or periods <= 0:
        return NotEstimable("no_trained")
    if cost.low <= 0:
        return NotEstimable("no_cost")
    return NotEstimable("no_margin") if margin.low <= 0 else None


def _tail(kept: FloatArray, periods: int) -> FloatArray:
    """kept + kept^2 + … + kept^periods."""
    total: FloatArray = (kept[:, None] ** np.arange(1, periods + 1)).sum(axis=1)
    return total


def _benefit(inputs: Inputs, drawn: dict[str, FloatArray]) -> FloatArray:
    periods = np.full(len(drawn["effect"]), inputs.periods)
    if inputs.decay is not None:
        periods = periods + _tail(drawn["persistence"], inputs.decay.periods)
    benefit: FloatArray = drawn["effect"] * inputs.reps * periods * drawn["margin"]
    return benefit


def _middle(values: FloatArray) -> Interval:
    low, high = np.quantile(values, [0.05, 0.95])
    return Interval(float(low), float(high), 0.90)


def _tornado(inputs: Inputs, drawn: dict[str, FloatArray]) -> tuple[Bar, ...]:
    middle = {name: np.array([np.median(values)]) for name, values in drawn.items()}

    def roi(name: str, value: float) -> float:
        changed = middle | {name: np.array([value])}
        return float(_benefit(inputs, changed)[0] / changed["cost"][0] - 1)

    bars = []
    for name, values in drawn.items():
        ends = [roi(name, float(np.quantile(values, q))) for q in (0.05, 0.95)]
        bars.append(Bar(name, min(ends), max(ends)))
    return tuple(sorted(bars, key=lambda bar: bar.low - bar.high))
