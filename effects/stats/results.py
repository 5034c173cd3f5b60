"""What an estimator returns: every figure with its uncertainty, or a reason why there is none."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from lms.values import Interval

Verdict = Literal["pass", "warn", "fail", "unknown"]


class EffectAt(Struct, frozen=True):
    """An effect at one key: event time ``k``, a start cohort, or a calendar period."""

    key: int
    estimate: float
    se: float | None
    interval: Interval | None
    n: int
    band: Interval | None = None
    """Simultaneous band over all keys of the same series, where computed."""


class Effect(Struct, frozen=True):
    """The average effect on the trained, in KPI units per rep and period (or logs if the panel is in logs).

    ``inference`` names the standard error: "jackknife" (CV3 over clusters, t(G-1)), "influence" (analytic,
    normal), "bootstrap", "placebo" or "ar1". ``leave_one_out`` holds the estimate without each cluster.
    ``event_covariance`` is the jackknife covariance of those ``event_study`` entries that have a ``se``.
    """

    method: str
    estimate: float
    se: float | None
    interval: Interval | None
    p_value: float | None
    inference: str
    n_units: int
    n_trained: int
    n_clusters: int
    n_periods: int
    n_trained_periods: int
    event_study: tuple[EffectAt, ...] = ()
    groups: tuple[EffectAt, ...] = ()
    calendar: tuple[EffectAt, ...] = ()
    leave_one_out: dict[str, float] = field(default_factory=dict)
    event_covariance: tuple[tuple[float, ...], ...] = ()
    degrees: int | None = None
    """Degrees of freedom of the interval, where they are not the clusters less one."""


class Check(Struct, frozen=True):
    """One question a sceptic would ask, with its verdict and the figures its sentence needs."""

    name: str
    verdict: Verdict
    value: float | None = None
    interval: Interval | None = None
    p_value: float | None = None
    params: dict[str, Any] = field(default_factory=dict)
