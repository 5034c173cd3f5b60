"""What a study found about one pair, on the yardstick of the portfolio. Pure: values in, values out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from effects.money import Basis, basis_of
from effects.roi.costing import Costing, roi_of
from effects.stats.panel import Panel
from effects.stats.results import Effect
from effects.stats.returns import Return
from effects.stats.standardise import deviation, normal_error, p_value
from effects.stats.study import StudyResult

CAPPED = "C"
"""The best grade where nobody has confirmed how people were chosen: what enrolments say alone is not enough."""


class Finding(Struct, frozen=True):
    """The answer of a study in plain values: of a result just computed, or of a run that is kept.

    ``estimate``, ``low``, ``high`` in the KPI's unit or in logs (``scale``); all empty where it is refused, and
    then ``refusal`` with ``params`` says why.
    """

    method: str
    grade: str
    scale: str
    n_trained: int
    n_comparison: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    p_value: float | None = None
    refusal: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    basis: Basis | None = None


def of_result(result: StudyResult, unit: str, direction: str) -> Finding:
    """From what the engine answers."""
    found, facts = result.headline, result.facts
    common: dict[str, Any] = {
        "method": result.method,
        "scale": str(result.scale),
        "n_trained": facts.n_trained,
        "n_comparison": facts.n_comparison,
        "basis": basis_of(result, unit, direction),
    }
    if not isinstance(found, Effect):
        return Finding(grade="D", refusal=found.code, params=found.params, **common)
    if found.interval is None:
        return Finding(grade="D", refusal="no_standard_error", **common)
    low, high = found.interval.low, found.interval.high
    error = normal_error(low, high, found.interval.level)
    return Finding(
        grade=str(result.grade),
        estimate=found.estimate,
        low=low,
        high=high,
        level=found.interval.level,
        p_value=p_value(found.estimate, error, found),
        **common,
    )


def of_numbers(numbers: Mapping[str, Any]) -> Finding | None:
    """From the figures a finished run has kept; None where they are not those of a panel."""
    if "method" not in numbers:
        return None
    worth = numbers.get("worth")
    common: dict[str, Any] = {
        "method": numbers["method"],
        "scale": numbers["scale"],
        "n_trained": numbers["n_treated"],
        "n_comparison": numbers["n_comparison"],
        "basis": Basis(**worth) if worth else None,
    }
    if "not_estimable" in numbers:
        why = numbers["not_estimable"]
        return Finding(grade="D", refusal=why["code"], params=why["params"], **common)
    interval = numbers["interval"]
    if interval is None:
        return Finding(grade="D", refusal="no_standard_error", **common)
    error = normal_error(interval["low"], interval["high"], interval["level"])
    p = numbers["p_value"]
    return Finding(
        grade=numbers["grade"],
        estimate=numbers["estimate"],
        low=interval["low"],
        high=interval["high"],
        level=interval["level"],
        p_value=p_value(numbers["estimate"], error) if p is None else p,
        **common,
    )


class Standard(Struct, frozen=True):
    """The same on the common yardstick: standard deviations, more is better. ``worthwhile`` breaks even."""

    deviation: float
    effect: float
    error: float
    worthwhile: float | None


def standard(finding: Finding, panel: Panel, direction: str, even: float | None) -> Standard | None:
    """None where there is no figure or no yardstick. ``even``: the break-even effect in money per rep and period."""
    yardstick = deviation(panel, "log" if finding.scale == "log" else "level")
    if finding.estimate is None or finding.low is None or finding.high is None or yardstick is None:
        return None
    error = normal_error(finding.low, finding.high, finding.level)
    if not error > 0:
        return None
    sign = -1 if direction == "lower" else 1
    return Standard(
        deviation=yardstick,
        effect=sign * finding.estimate / yardstick,
        error=error / yardstick,
        worthwhile=_worthwhile(finding, even, yardstick),
    )


def _worthwhile(finding: Finding, even: float | None, yardstick: float) -> float | None:
    if even is None:
        return None
    if finding.scale != "log":
        return even / yardstick
    level = finding.basis.level if finding.basis else None
    return math.log1p(even / level) / yardstick if level else None


class Money(Struct, frozen=True):
    """``worth`` with its range: KPI money per period over all trained reps, more is better. With a stated cost:
    the ``cost``, the ``benefit`` so far (margin of the effect over the periods observed) with its 90 % range, the
    ``probability`` that the return is above zero, and the effect that breaks ``even``."""

    worth: float | None = None
    worth_low: float | None = None
    worth_high: float | None = None
    cost: float | None = None
    benefit: float | None = None
    benefit_low: float | None = None
    benefit_high: float | None = None
    probability: float | None = None
    even: float | None = None


def money(finding: Finding, costing: Costing | None, direction: str, *, seed: int) -> Money:
    """What the finding is worth; everything empty where its KPI is not counted in money."""
    basis = finding.basis
    if basis is None:
        return Money(cost=costing.cost.likely if costing else None)
    ends = sorted(_worth(finding, basis, x, direction) for x in (finding.low, finding.high) if x is not None)
    shown = {"worth_low": ends[0], "worth_high": ends[1]} if len(ends) == 2 else {}
    value = None if finding.estimate is None else _worth(finding, basis, finding.estimate, direction)
    if costing is None:
        return Money(worth=value, **shown)
    roi = roi_of(basis, costing, grade=finding.grade, seed=seed)
    found = roi.found
    if not isinstance(found, Return):
        return Money(worth=value, cost=costing.cost.likely, even=roi.break_even, **shown)
    return Money(
        worth=value,
        cost=found.cost,
        benefit=found.benefit,
        benefit_low=found.benefit_interval.low,
        benefit_high=found.benefit_interval.high,
        probability=found.probability,
        even=roi.break_even,
        **shown,
    )


def _worth(finding: Finding, basis: Basis, effect: float, direction: str) -> float:
    sign = -1 if direction == "lower" else 1
    if finding.scale != "log":
        return sign * effect * basis.reps
    seen = (basis.level or 0.0) * math.exp(finding.estimate or 0.0)
    return sign * seen * -math.expm1(-effect) * basis.reps


def capped(grade: str, confirmed: bool) -> str:
    """The grade in the portfolio: at best C while nobody has confirmed how people were chosen."""
    return grade if confirmed else max(grade, CAPPED)
