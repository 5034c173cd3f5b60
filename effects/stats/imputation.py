"""The imputation estimator: what untrained rep-periods say the trained ones would have been.

    untrained cells:  Y_it = alpha_i + delta_t + e_it          (least squares, weighted for rates)
    trained cells:    tau_it = Y_it - alpha_i - delta_t        effect = average of tau_it

Every observed trained rep-period inside the horizon counts once (a rate: by its denominator).
Before the start, placebo coefficients come from the same regression on untrained cells with dummies for the
last P periods before the start (reference: everything earlier, and the never trained).
Source: Borusyak, Jaravel & Spiess (2024), "Revisiting event-study designs", Review of Economic Studies 91.

How it stays fast: after the rep effects are swept out, the normal equations for (delta, placebos) are a T x T
matrix that is a *sum over reps*; leaving out a team is a subtraction (see ``imputation_jackknife``).
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from effects.stats.cells import Cells, average, cells, weighted_means
from effects.stats.equations import equations
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.point import PointEstimate
from effects.stats.pretrends import placebos
from lms.arrays import BoolArray, FloatArray, IntArray
from lms.values import NotEstimable


class Fit(Struct, frozen=True):
    """``delta`` (T,) period effects (each connected part sums to 0), ``part`` (T,) its connected part,
    ``unit_effect`` (N,), ``unit_part`` (N,), -1 where a rep was never observed untrained."""

    delta: FloatArray
    part: IntArray
    unit_effect: FloatArray
    unit_part: IntArray


def connected_parts(weight: FloatArray) -> IntArray:
    """(T,) label of the part each period belongs to: two periods compare only if reps link them."""
    used = (weight > 0).astype(np.float64)
    return parts_of(used.T @ used)


def parts_of(links: FloatArray) -> IntArray:
    """(T,) the same from the number of reps (T, T) that were seen in both periods."""
    linked = (links > 0) | np.eye(len(links), dtype=bool)
    while True:
        reached = (linked.astype(np.float64) @ linked) > 0
        if np.array_equal(reached, linked):
            return np.asarray(np.unique(np.argmax(linked, axis=1), return_inverse=True)[1], dtype=np.int64)
        linked = reached


def anchored(matrix: FloatArray, part: IntArray) -> FloatArray:
    """The normal matrix made invertible: each connected part's effects are set to sum to zero."""
    same = part[:, None] == part[None, :]
    scale = max(float(np.trace(matrix)) / max(len(matrix), 1), 1e-300)
    made: FloatArray = matrix + same * (scale / len(matrix))
    return made


def fit_untrained(c: Cells) -> Fit:
    """Rep and period effects from untrained cells only."""
    weight = np.where(c.fit, c.weight, 0.0)
    matrix, right = equations(weight, c.outcome)
    part = connected_parts(weight)
    delta = np.asarray(np.linalg.solve(anchored(matrix, part), right), np.float64)
    total = weight.sum(axis=1)
    safe = np.where(total > 0, total, 1.0)
    effect: FloatArray = (weight * (c.outcome - delta)).sum(axis=1) / safe
    first = np.argmax(c.fit, axis=1)
    unit_part = np.where(total > 0, part[first], -1)
    return Fit(delta, part, effect, unit_part)


def imputable(c: Cells, fit: Fit) -> BoolArray:
    """(N, T) trained cells with a counterfactual: the rep was seen untrained, and so was that period."""
    known: BoolArray = c.trained & (fit.unit_part[:, None] == fit.part[None, :])
    return known


def effects(c: Cells, fit: Fit) -> FloatArray:
    """(N, T) observed minus imputed."""
    return c.outcome - fit.unit_effect[:, None] - fit.delta[None, :]


def estimate(panel: Panel, options: Options | None = None) -> PointEstimate | NotEstimable:
    """The imputation estimate with event study, cohorts and calendar periods.

    Not estimable: "no_untrained_cells", "no_trained_cells", "nothing_to_compare" (no trained cell has a
    counterfactual: all start at once, or nobody is seen both before and beside).
    """
    options = options or Options()
    c = cells(panel, options)
    if not c.fit.any():
        return NotEstimable("no_untrained_cells")
    if not c.trained.any():
        return NotEstimable("no_trained_cells")
    fit = fit_untrained(c)
    known = imputable(c, fit)
    if not known.any():
        return NotEstimable("nothing_to_compare", {"trained_periods": int(c.trained.sum())})
    return _summarise(panel, options, c, effects(c, fit), known)


def _summarise(
    panel: Panel, options: Options, c: Cells, tau: FloatArray, known: BoolArray
) -> PointEstimate:
    n, t = np.nonzero(known)
    value, weight, start = tau[n, t], c.weight[n, t], panel.start[n]
    event = weighted_means(t - start, value, weight)
    placebo = placebos(panel, options, c)
    groups, calendar = weighted_means(start, value, weight), weighted_means(t, value, weight)
    members = {g: len(np.unique(n[start == g])) for g in groups}
    overall = average(options.aggregate, value, weight, groups, members, calendar, event)
    return PointEstimate.of(
        "bjs",
        overall,
        len(value),
        len(np.unique(n)),
        event=placebo | event,
        groups=groups,
        calendar=calendar,
        n_lost=int(c.trained.sum() - known.sum()),
    )
