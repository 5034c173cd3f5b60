"""How small an effect could this company see? Asked of its own history by placebo randomisations.

The planned lottery is drawn at least 100 times over months in which nothing was trained, and the study's own
estimator is run on each. Under a constant effect d every estimate would be theta_r + d, so the draw finds it when
(theta_r + d) / se_r > t(G-1). The smallest detectable effect is the d found in 80 % of the draws; each draw counts
with both signs of theta_r, since the direction of chance is arbitrary. Seasons, spikes and teams that move
together are in the history, so nothing about noise has to be assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from scipy import stats

from effects.stats import lottery
from effects.stats.panel import NEVER, Panel
from effects.stats.results import Effect
from lms.arrays import FloatArray
from lms.values import NotEstimable

DRAWS = 100
MIN_BEFORE = 6

Deal = Callable[[Panel, tuple[int, ...]], lottery.Plan]
"""(history before the first start, start of every group) -> the lottery as the plan would draw it."""


def deal_reps(before: Panel, starts: tuple[int, ...]) -> lottery.Plan:
    """Reps drawn within team x KPI tercile."""
    return lottery.Plan(starts, lottery.strata(before))


class Shape(Struct, frozen=True):
    """A rollout in ``waves`` groups ``gap`` periods apart, each watched for ``horizon`` periods. With ``waiting``
    one more group starts only after the study; without, the last wave is compared until its own start."""

    waves: int
    gap: int
    horizon: int
    waiting: bool = True

    @property
    def length(self) -> int:
        """Periods from the first start to the end of the last window."""
        return self.gap * (self.waves - 1) + self.horizon

    def starts(self, first: int) -> tuple[int, ...]:
        """Period index of every group's start if the first wave starts at ``first``."""
        waves = tuple(first + self.gap * i for i in range(self.waves))
        return (*waves, NEVER) if self.waiting else waves


class Detectable(Struct, frozen=True):
    """``effect``: smallest detectable, in the units of the panel (logs if it is in logs); ``spread``: standard
    deviation of the placebo estimates; ``false_alarms``: share of draws called significant at no effect;
    ``thresholds``: sorted, the effect each draw would have needed."""

    shape: Shape
    effect: float
    power: float
    level: float
    draws: int
    spread: float
    false_alarms: float
    thresholds: FloatArray

    def power_at(self, effect: float) -> float:
        """Share of draws that would find ``effect`` (in the direction of the effect)."""
        return float(np.searchsorted(self.thresholds, abs(effect), side="right") / len(self.thresholds))


def smallest_detectable(
    history: Panel,
    shape: Shape,
    estimate: Callable[[Panel, int], Effect | NotEstimable],
    *,
    draws: int = DRAWS,
    power: float = 0.80,
    level: float = 0.95,
    seed: int = 1,
    deal: Deal = deal_reps,
) -> Detectable | NotEstimable:
    """From ``draws`` placebo lotteries over ``history`` (trained periods are removed first).

    ``estimate(panel, horizon)`` is the estimator planned for the study, ``deal`` how the lottery is drawn. Each draw ends at a random period that
    leaves six before the first start. Codes: too_short_history(needed, have), too_few_draws(n).
    """
    untrained = lottery.without_training(history)
    needed = MIN_BEFORE + shape.length
    if history.n_periods < needed:
        return NotEstimable("too_short_history", {"needed": needed, "have": history.n_periods})
    rng = np.random.default_rng(seed)
    found: list[tuple[float, float]] = []
    for _ in range(draws):
        end = int(rng.integers(needed, history.n_periods + 1))
        effect = estimate(_placebo(untrained, shape, end, int(rng.integers(2**62)), deal), shape.horizon)
        if isinstance(effect, Effect) and effect.se:
            found.append((effect.estimate, effect.se))
    if len(found) < 0.9 * draws:
        return NotEstimable("too_few_draws", {"n": len(found)})
    theta, se = np.array(found).T
    critical = float(stats.t.ppf(0.5 + level / 2, history.n_clusters - 1))
    thresholds = np.sort(np.concatenate([critical * se - theta, critical * se + theta]))
    return Detectable(
        shape=shape,
        effect=float(np.quantile(thresholds, power, method="inverted_cdf")),
        power=power,
        level=level,
        draws=len(found),
        spread=float(theta.std(ddof=1)),
        false_alarms=float(np.mean(np.abs(theta) > critical * se)),
        thresholds=thresholds,
    )


def power_curve(
    history: Panel,
    shapes: Iterable[Shape],
    estimate: Callable[[Panel, int], Effect | NotEstimable],
    *,
    draws: int = DRAWS,
    seed: int = 1,
) -> Sequence[Detectable | NotEstimable]:
    """The smallest detectable effect of each shape (number of waves, months), in their order."""
    return [smallest_detectable(history, shape, estimate, draws=draws, seed=seed) for shape in shapes]


def _placebo(history: Panel, shape: Shape, end: int, seed: int, deal: Deal) -> Panel:
    """The history up to ``end``, with a lottery drawn as the plan would: strata known before the first start."""
    first = end - shape.length
    before = replace(
        history,
        outcome=history.outcome[:, :first],
        periods=history.periods[:first],
        weight=None if history.weight is None else history.weight[:, :first],
    )
    plan = deal(before, shape.starts(first))
    return replace(
        history,
        outcome=history.outcome[:, :end],
        periods=history.periods[:end],
        weight=None if history.weight is None else history.weight[:, :end],
        start=plan.assign(seed),
    )
