"""An effect in money: what ROI and the "worth" tile are worked out from. Pure."""

from __future__ import annotations

import math
from typing import Any

from msgspec import Struct

from effects.stats.results import Effect
from effects.stats.study import StudyResult

CURRENCIES = frozenset({"CNY", "USD", "EUR", "HKD", "TWD", "GBP", "JPY", "SGD"})


class Basis(Struct, frozen=True):
    """What a run has to say on money, turned so that more is better.

    ``reps``     trained reps the effect is the average of
    ``periods``  periods each of them was observed for, on average, within the horizon of the study
    ``effect``   money per rep and period; ``se`` its standard error with ``df`` degrees of freedom. None: the run
                 has no such figure
    ``level``    the KPI per rep and period without the course, where it is known
    """

    reps: int
    periods: float
    effect: float | None = None
    se: float | None = None
    df: int | None = None
    level: float | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__struct_fields__}


def basis_of(result: StudyResult, unit: str, direction: str) -> Basis | None:
    """None where the KPI is not in money, or nobody trained was observed.

    In logs the money is what was seen after the start, less that without the effect:
    seen x (1 - exp(-effect)), its standard error by the delta method.
    """
    facts = result.facts
    if unit not in CURRENCIES or not facts.n_trained or not facts.n_trained_periods:
        return None
    found = result.headline
    if not isinstance(found, Effect):
        periods = facts.n_trained_periods / facts.n_trained
        horizon = result.options.horizon
        return Basis(facts.n_trained, min(periods, horizon) if horizon else periods, level=facts.level_before)
    reps, periods = _observed(result, found)
    value, slope, level = _in_money(result, found.estimate)
    if value is None or slope is None or found.se is None:
        return Basis(reps, periods, level=level)
    sign = -1 if direction == "lower" else 1
    return Basis(reps, periods, sign * value, slope * found.se, max(found.n_clusters - 1 if found.degrees is None else found.degrees, 1), level)


def _observed(result: StudyResult, found: Effect) -> tuple[int, float]:
    """(reps, periods each): of the estimate where it counts rep-periods, else of the panel."""
    if found.inference in ("jackknife", "influence", "union") and found.n_trained:
        return found.n_trained, found.n_trained_periods / found.n_trained
    facts, horizon = result.facts, result.options.horizon
    periods = facts.n_trained_periods / facts.n_trained
    return facts.n_trained, min(periods, horizon) if horizon else periods


def _in_money(result: StudyResult, estimate: float) -> tuple[float | None, float | None, float | None]:
    """(money per rep and period, money per unit of the estimate, level without the course)."""
    facts = result.facts
    if result.scale != "log":
        return estimate, 1.0, facts.level_before
    seen = facts.shown_after
    if seen is None:
        return None, None, facts.level_before
    without = seen * math.exp(-estimate)
    return seen - without, without, without


def worth(result: StudyResult, effect: float) -> float:
    """An effect in the KPI's unit per period over all trained reps.

    In logs: what was seen after the start minus what that would have been without the effect.
    """
    n = result.facts.n_trained
    if result.scale != "log":
        return effect * n
    return (result.facts.shown_after or 0.0) * -math.expm1(-effect) * n
