"""Delete-one-cluster jackknife (CV3) for any point estimator.

    V = (G - 1) / G * sum_g (theta_(g) - theta)^2          interval: theta +- t_{G-1} sqrt(V)

where theta_(g) is the estimate without cluster g. Source: MacKinnon, Nielsen & Webb (2023), "Fast and reliable
jackknife and bootstrap methods for cluster-robust inference", Journal of Applied Econometrics 38. With few
whole teams it keeps its coverage where the usual sandwich does not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec.structs import replace
from scipy import stats

from effects.stats.panel import Panel
from effects.stats.point import Estimator, Key, PointEstimate
from effects.stats.results import Effect, EffectAt
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

LeaveOut = Callable[[Panel, PointEstimate], FloatArray]
"""(panel, full estimate) -> (G, K) estimates without each cluster, in the order of the estimate's keys."""

BAND_DRAWS = 4000
ROUNDING = 1e-12
"""A standard error below this share of the largest recorded value is rounding, not chance."""
NAMED_CLUSTERS = 1000
"""Up to this many clusters, the estimate without each is kept by name in the result."""


def jackknife(
    panel: Panel,
    estimator: Estimator,
    *,
    level: float = 0.95,
    seed: int = 1,
    leave_out: LeaveOut | None = None,
) -> Effect | NotEstimable:
    """The effect with CV3 standard errors, t(G-1) intervals and simultaneous bands over the event study.

    ``leave_out`` is the fast way for estimators whose sums are additive over clusters; without it the
    estimator is run once per cluster. A figure that does not exist without some cluster has no standard
    error (a cohort of one, the only team of its kind): its ``se`` and ``interval`` are None.
    """
    point = estimator(panel)
    if isinstance(point, NotEstimable):
        return point
    without = (leave_out or leave_one_by_one(estimator))(panel, point)
    return assemble(panel, point, without, level=level, seed=seed)


def leave_one_by_one(estimator: Estimator) -> LeaveOut:
    """Runs ``estimator`` without each cluster in turn."""

    def run(panel: Panel, point: PointEstimate) -> FloatArray:
        rows = np.full((panel.n_clusters, len(point.keys)), np.nan)
        for g in range(panel.n_clusters):
            rows[g] = estimate_without(panel, g, estimator, point.keys)
        return rows

    return run


def estimate_without(panel: Panel, g: int, estimator: Estimator, keys: tuple[Key, ...]) -> FloatArray:
    """(K,) the estimate without cluster ``g``; ``nan`` where it does not exist."""
    keep = panel.cluster != g
    found = estimator(panel.select(keep)) if keep.any() else None
    if not isinstance(found, PointEstimate):
        return np.full(len(keys), np.nan)
    return found.aligned(keys)


def standard_errors(estimate: FloatArray, without: FloatArray) -> FloatArray:
    """(K,) CV3 standard errors from the estimates (K,) and those without each cluster (G, K)."""
    g = len(without)
    if g < 2:
        return np.full(len(estimate), np.nan)
    squares = np.sum((without - estimate) ** 2, axis=0)
    errors: FloatArray = np.sqrt((g - 1) / g * squares)
    return errors


def assemble(
    panel: Panel, point: PointEstimate, without: FloatArray, *, level: float = 0.95, seed: int = 1
) -> Effect:
    """The effect from a point estimate and its (G, K) delete-one-cluster estimates."""
    g = panel.n_clusters
    errors = standard_errors(point.values, without)
    errors = np.where(errors > ROUNDING * _largest(panel), errors, np.nan)
    distribution = stats.t(max(g - 1, 1))
    half = float(distribution.ppf((1 + level) / 2)) * errors
    critical = _band_critical(point, without - point.values, errors, g - 1, level, seed)
    named = {}
    if g <= NAMED_CLUSTERS:
        named = {
            name: float(v) for name, v in zip(panel.clusters, without[:, 0], strict=True) if np.isfinite(v)
        }
    effect = effect_from(
        panel, point, errors, half, "jackknife", distribution.sf, critical, level=level, leave_one_out=named
    )
    return replace(effect, event_covariance=event_covariance(point, without, errors))


def _largest(panel: Panel) -> float:
    """The largest recorded value, in absolute terms."""
    return float(np.nanmax(np.abs(panel.outcome))) if panel.observed.any() else 0.0


def event_covariance(
    point: PointEstimate, without: FloatArray, errors: FloatArray
) -> tuple[tuple[float, ...], ...]:
    """CV3 covariance of the event-study entries that have a standard error, in their order."""
    known = [
        i
        for i, key in enumerate(point.keys)
        if key[0] == "event" and np.isfinite(point.values[i]) and np.isfinite(errors[i])
    ]
    g, deviation = len(without), without[:, known] - point.values[known]
    covariance = (g - 1) / g * deviation.T @ deviation
    return tuple(tuple(float(value) for value in row) for row in covariance)


def effect_from(
    panel: Panel,
    point: PointEstimate,
    errors: FloatArray,
    half: FloatArray,
    inference: str,
    upper_tail: Callable[[float], float],
    band_critical: float,
    *,
    level: float,
    leave_one_out: dict[str, float] | None = None,
) -> Effect:
    """Packs estimates (K,), standard errors (K,) and half-widths (K,) into an ``Effect``."""
    series: dict[str, list[EffectAt]] = {"event": [], "group": [], "calendar": []}
    for i, (name, key) in enumerate(point.keys):
        if i == 0 or not np.isfinite(point.values[i]):
            continue
        at = _interval(point.values[i], half[i], level)
        band = _interval(point.values[i], band_critical * errors[i], level) if name == "event" else None
        series[name].append(
            EffectAt(key, float(point.values[i]), finite(errors[i]), at, int(point.counts[i]), band)
        )
    se = finite(errors[0])
    return Effect(
        method=point.method,
        estimate=point.att,
        se=se,
        interval=_interval(point.values[0], half[0], level),
        p_value=None if se is None else float(2 * upper_tail(abs(point.att) / se)),
        inference=inference,
        n_units=panel.n_units,
        n_trained=point.n_trained,
        n_clusters=panel.n_clusters,
        n_periods=panel.n_periods,
        n_trained_periods=int(point.counts[0]),
        event_study=tuple(series["event"]),
        groups=tuple(series["group"]),
        calendar=tuple(series["calendar"]),
        leave_one_out=leave_one_out or {},
    )


def finite(value: float) -> float | None:
    """The value as a float, or None if it is not a number."""
    return float(value) if np.isfinite(value) else None


def _interval(estimate: float, half: float, level: float) -> Interval | None:
    if not np.isfinite(estimate) or not np.isfinite(half):
        return None
    return Interval(float(estimate - half), float(estimate + half), level)


def sup_t(correlation: FloatArray, degrees: float, level: float, seed: int) -> float:
    """The critical value c with P(max |t_k| <= c) = level for jointly t variables of this correlation (K, K).

    By seeded simulation; ``degrees`` = inf gives the normal case.
    """
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    draws = rng.standard_normal((BAND_DRAWS, len(correlation))) @ root.T
    if np.isfinite(degrees):
        draws /= np.sqrt(rng.chisquare(degrees, BAND_DRAWS) / degrees)[:, None]
    return float(np.quantile(np.abs(draws).max(axis=1), level))


def _band_critical(
    point: PointEstimate, deviations: FloatArray, errors: FloatArray, degrees: int, level: float, seed: int
) -> float:
    """Simultaneous over the event study, nan where it has no standard errors."""
    events = [i for i, key in enumerate(point.keys) if key[0] == "event" and np.isfinite(errors[i])]
    if not events or degrees < 1:
        return float("nan")
    scaled = deviations[:, events] / errors[events] * np.sqrt(degrees / (degrees + 1))
    return sup_t(scaled.T @ scaled, degrees, level, seed)
