"""Two-way fixed effects: the regression most reports still run, shown here as an exhibit.

    Y_it = alpha_i + delta_t + beta' D_it + e_it

With staggered starts and effects that grow or differ, beta weighs some trained rep-periods negatively (Goodman-
Bacon 2021; de Chaisemartin & D'Haultfoeuille 2020), so it is never a headline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from msgspec import Struct
from scipy import stats

from effects.stats.equations import equations
from effects.stats.jackknife import effect_from
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.point import PointEstimate
from effects.stats.results import Effect
from lms.arrays import FloatArray, IntArray
from lms.values import NotEstimable

Errors = Literal["classical", "cluster"]


class Regression(Struct, frozen=True):
    """Coefficients and standard errors by name; ``degrees`` for the t distribution, ``n`` observations."""

    coefficients: dict[str, float]
    errors: dict[str, float]
    degrees: int
    n: int


def two_way(
    outcome: FloatArray,
    regressors: Mapping[str, FloatArray],
    *,
    unit_effects: bool = True,
    period_effects: bool = True,
    errors: Errors = "cluster",
    cluster: IntArray | None = None,
    weight: FloatArray | None = None,
) -> Regression | NotEstimable:
    """Least squares of ``outcome`` (N, T) on ``regressors`` (N, T each) with the effects asked for.

    Rows with a missing outcome or regressor are left out. "classical": homoskedastic, degrees n - K with all
    effects counted. "cluster": sandwich with G/(G-1) (n-1)/(n-K), K without effects nested in clusters,
    degrees G - 1 (the convention of Stata ``reghdfe`` and R ``fixest``).
    Not estimable: "collinear" (a regressor does not vary beyond the effects), "too_few_observations".
    """
    names = list(regressors)
    used = np.isfinite(outcome)
    for values in regressors.values():
        used &= np.isfinite(values)
    w = np.where(used, 1.0 if weight is None else np.nan_to_num(weight), 0.0)
    n, n_units, n_periods = int((w > 0).sum()), int((w > 0).any(axis=1).sum()), int((w > 0).any(axis=0).sum())
    absorbed = (n_units if unit_effects else 0) + (n_periods if period_effects else 0)
    absorbed -= 1 if unit_effects and period_effects else 0
    absorbed += 0 if unit_effects or period_effects else 1
    if n <= absorbed + len(names):
        return NotEstimable("too_few_observations", {"n": n, "parameters": absorbed + len(names)})
    columns = [np.where(used, v, 0.0) for v in (outcome, *regressors.values())]
    y, *x = (demean(v, w, unit_effects, period_effects) for v in columns)
    design = np.stack([v[w > 0] for v in x], axis=1)
    raw = np.array([np.abs(v[w > 0]).max() for v in columns[1:]])
    if (np.abs(design).max(axis=0) <= 1e-9 * np.maximum(raw, 1e-300)).any():
        return NotEstimable("collinear", {"names": names})
    used = w > 0
    gram = (design * w[used][:, None]).T @ design
    if np.linalg.cond(gram / np.sqrt(np.outer(np.diag(gram), np.diag(gram)))) > 1e12:
        return NotEstimable("collinear", {"names": names})
    beta = np.linalg.solve(gram, design.T @ (w * y)[used])
    scores = design * (w[used] * (y[used] - design @ beta))[:, None]
    bread = np.asarray(np.linalg.inv(gram), np.float64)
    if errors == "classical":
        degrees = n - absorbed - len(names)
        variance = bread * float((w[used] * (y[used] - design @ beta) ** 2).sum()) / degrees
    else:
        groups = np.arange(len(outcome)) if cluster is None else cluster
        labels = np.broadcast_to(groups[:, None], outcome.shape)[used]
        nested = (n_units - (0 if period_effects else 1)) if unit_effects else 0
        degrees = len(np.unique(labels)) - 1
        if degrees < 1:
            return NotEstimable("one_cluster")
        variance = sandwich(bread, scores, labels) * ((n - 1) / (n - len(names) - absorbed + nested))
    se = np.sqrt(np.clip(np.diag(variance), 0, None))
    return Regression(
        dict(zip(names, beta.tolist(), strict=True)), dict(zip(names, se.tolist(), strict=True)), degrees, n
    )


def sandwich(bread: FloatArray, scores: FloatArray, labels: IntArray) -> FloatArray:
    """Cluster-robust variance G/(G-1) B (sum_g s_g s_g') B of scores (n, K) with cluster ``labels`` (n,)."""
    _, number = np.unique(labels, return_inverse=True)
    g = int(number.max()) + 1
    summed = np.zeros((g, scores.shape[1]))
    np.add.at(summed, number, scores)
    return np.asarray(bread @ (summed.T @ summed) @ bread * (g / (g - 1)), np.float64)


def demean(values: FloatArray, weight: FloatArray, unit_effects: bool, period_effects: bool) -> FloatArray:
    """``values`` (N, T) less unit and period effects, exactly (through the swept normal equations)."""
    total = weight.sum(axis=1, keepdims=True)
    rows = np.where(total > 0, total, 1.0)
    if unit_effects and period_effects:
        matrix, right = equations(weight, values)
        delta = np.linalg.lstsq(matrix, right, rcond=None)[0]
        values = values - delta
    elif period_effects:
        column = weight.sum(axis=0)
        return np.asarray(
            values - (weight * values).sum(axis=0) / np.where(column > 0, column, 1.0), np.float64
        )
    elif not unit_effects:
        return np.asarray(values - (weight * values).sum() / weight.sum(), np.float64)
    return np.asarray(values - (weight * values).sum(axis=1, keepdims=True) / rows, np.float64)


def twfe(panel: Panel, options: Options) -> Effect | NotEstimable:
    """The coefficient of "already trained" (within the horizon), team-clustered."""
    horizon = panel.n_periods if options.horizon is None else options.horizon
    relative = panel.relative
    trained = (relative >= 0).astype(np.float64)
    outside = (relative >= horizon) | ((relative < 0) & (relative >= -options.anticipation))
    trained[outside] = np.nan
    found = two_way(panel.outcome, {"trained": trained}, cluster=panel.cluster, weight=panel.weight)
    if isinstance(found, NotEstimable):
        return found
    cells = int((panel.observed & (trained == 1)).sum())
    reps = int((panel.observed & (trained == 1)).any(axis=1).sum())
    point = PointEstimate.of("twfe", found.coefficients["trained"], cells, reps)
    error = np.array([found.errors["trained"] or np.nan])
    t = stats.t(found.degrees)
    half = float(t.ppf((1 + options.level) / 2)) * error
    return effect_from(panel, point, error, half, "cluster", t.sf, float("nan"), level=options.level)
