"""Costs with ranges and sources, and the return on them (Phillips 2003). Pure.

    cost = development + delivery + materials and travel + hours off the floor x cost of an hour

Each part is drawn by itself, so that their uncertainties do not simply add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import Struct, field

from effects.money import Basis
from effects.stats.returns import Bar, Decay, Inputs, Range, Return, break_even, returns
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

SUMS = ("development", "delivery", "travel")
"""Parts stated as a sum of money; hours off the floor are stated as hours and the cost of one."""
TIME = ("hours", "hourly")
PARTS = (*SUMS, *TIME)


class Costs(Struct, frozen=True):
    """The whole cost: may stand wherever a range of costs is asked for."""

    parts: Mapping[str, Range]

    @property
    def low(self) -> float:
        return self._at("low")

    @property
    def likely(self) -> float:
        return self._at("likely")

    @property
    def high(self) -> float:
        return self._at("high")

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray:
        """(n,) draws of the sum."""
        drawn = {name: self.parts[name].draw(rng, n) for name in PARTS if name in self.parts}
        total = np.zeros(n)
        for name in SUMS:
            total += drawn.get(name, 0.0)
        if "hours" in drawn and "hourly" in drawn:
            total += drawn["hours"] * drawn["hourly"]
        return total

    def _at(self, end: str) -> float:
        sums = sum(float(getattr(self.parts[name], end)) for name in SUMS if name in self.parts)
        if "hours" not in self.parts or "hourly" not in self.parts:
            return sums
        return sums + float(getattr(self.parts["hours"], end)) * float(getattr(self.parts["hourly"], end))


class Costing(Struct, frozen=True):
    """All that is stated: parts of the cost, the contribution margin (0.3 = 30 % of the KPI's money), and, only if
    somebody asked for it, how long the effect is taken to last beyond the periods observed."""

    parts: Mapping[str, Range]
    margin: Range
    decay: Decay | None = None

    @property
    def cost(self) -> Costs:
        return Costs(self.parts)

    def as_json(self) -> dict[str, Any]:
        decay = self.decay
        return {
            "parts": {name: _range_json(self.parts[name]) for name in PARTS if name in self.parts},
            "margin": _range_json(self.margin),
            "decay": None if decay is None else {"periods": decay.periods, "kept": _range_json(decay.kept)},
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Costing:
        decay = body["decay"]
        return cls(
            {name: Range(**value) for name, value in body["parts"].items()},
            Range(**body["margin"]),
            None if decay is None else Decay(decay["periods"], Range(**decay["kept"])),
        )


def _range_json(value: Range) -> dict[str, Any]:
    return {"low": value.low, "likely": value.likely, "high": value.high, "source": value.source}


class Roi(Struct, frozen=True):
    """What is to be said of the return of one run on one costing.

    ``found``       the return, or why there is none: ``unknown_effect`` (grade D: break-even only),
                    ``no_standard_error``, ``no_cost``, ``no_margin``, ``no_trained``.
    ``break_even``  effect per rep and period that pays the likely cost at the likely margin, in money, where it can
                    be worked out; ``share`` the same as a share of the level without the course.
    ``basis``       whose effect over how many periods.
    """

    found: Return | NotEstimable
    break_even: float | None
    share: float | None
    basis: Basis

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"break_even": self.break_even, "break_even_share": self.share, "basis": self.basis.as_json()}
        if isinstance(self.found, NotEstimable):
            return body | {"not_estimable": {"code": self.found.code}}
        found = self.found
        return body | {
            "roi": found.roi,
            "interval": _interval(found.interval),
            "probability": found.probability,
            "benefit": found.benefit,
            "benefit_interval": _interval(found.benefit_interval),
            "cost": found.cost,
            "tornado": [_bar(bar) for bar in found.tornado],
            "draws": found.draws,
            "seed": found.seed,
        }


def roi_of(basis: Basis, costing: Costing, *, grade: str, seed: int) -> Roi:
    """The return of a run; with grade D the break-even effect alone."""
    even = _break_even(basis, costing)
    share = even / basis.level if even is not None and basis.level else None
    return Roi(_found(basis, costing, grade, seed), even, share, basis)


def _found(basis: Basis, costing: Costing, grade: str, seed: int) -> Return | NotEstimable:
    if grade == "D":
        return NotEstimable("unknown_effect")
    if basis.effect is None or basis.se is None or basis.df is None:
        return NotEstimable("no_standard_error")
    inputs = Inputs(
        basis.effect, basis.se, basis.df, basis.reps, basis.periods, costing.margin, costing.cost, costing.decay
    )
    return returns(inputs, seed=seed)


def _break_even(basis: Basis, costing: Costing) -> float | None:
    if basis.reps < 1 or basis.periods <= 0 or costing.cost.likely <= 0 or costing.margin.likely <= 0:
        return None
    return break_even(basis.reps, basis.periods, costing.margin, costing.cost, costing.decay)


def _interval(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high, "level": interval.level}


def _bar(bar: Bar) -> dict[str, Any]:
    return {"name": bar.name, "low": bar.low, "high": bar.high}


def basis_from(numbers: Mapping[str, Any]) -> Basis | None:
    """The basis that a run has stored; None where its KPI is not in money."""
    stored = numbers.get("worth")
    return Basis(**stored) if stored else None


class Problem(Struct, frozen=True):
    """What is wrong with a statement: a code and the part it belongs to."""

    code: str
    part: str
    params: Mapping[str, Any] = field(default_factory=dict)


def problem_of(costing: Costing) -> Problem | None:
    """The first thing wrong: ``roi_range_order``, ``roi_source_missing``, ``roi_hours_without_rate``, ``roi_no_cost``."""
    named = [*costing.parts.items(), ("margin", costing.margin)]
    named += [("kept", costing.decay.kept)] if costing.decay else []
    for name, value in named:
        if not 0 <= value.low <= value.likely <= value.high:
            return Problem("roi_range_order", name)
        if not value.source.strip():
            return Problem("roi_source_missing", name)
    if ("hours" in costing.parts) != ("hourly" in costing.parts):
        return Problem("roi_hours_without_rate", "hourly" if "hours" in costing.parts else "hours")
    if not 0 < costing.margin.low <= costing.margin.high <= 1:
        return Problem("roi_margin_range", "margin")
    if costing.decay is not None and costing.decay.kept.high > 1:
        return Problem("roi_kept_range", "kept")
    return None if costing.cost.low > 0 else Problem("roi_no_cost", "development")
