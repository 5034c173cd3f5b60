"""How far may the trained have drifted from the others by themselves before the conclusion falls?

Smoothness restriction of Rambachan & Roth (2023): the difference in trends may be any path whose slope changes
by at most M from one period to the next (M = 0: a straight line). The interval is the fixed-length confidence
interval of Armstrong & Kolesar: among affine estimators  l'b_post - v'b_pre  that are unbiased for straight
lines, the one with the shortest half-length  sd(v) * cv(bias(v) / sd(v)), with bias(v) the worst over the
restriction and cv the quantile of |N(bias / sd, 1)|.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from scipy import optimize, stats

from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.results import Check, Effect, Verdict
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

FRONTIER = 40
"""Candidate estimators between least variance and least bias."""
MOST_BEFORE = 6
CLUSTERS_PER_PLACEBO = 3
REACH = 40.0
"""The breakdown search ends at this many times |effect| per period and period: "no drift could undo it"."""


class EventStudy(Struct, frozen=True):
    """Coefficients at event times ``k`` (K,): ``estimate`` (K,), ``covariance`` (K, K).

    ``anchor`` (K,) says relative to which event time each coefficient counts drift: -1 throughout for an event
    study with reference period -1. ``df``: degrees of freedom of the errors, None for normal ones.
    """

    k: tuple[int, ...]
    estimate: FloatArray
    covariance: FloatArray
    anchor: tuple[float, ...]
    df: int | None = None

    @classmethod
    def of(cls, panel: Panel, options: Options, effect: Effect) -> EventStudy:
        """The event study of ``effect`` with the jackknife covariance, anchored as its estimator counts.

        Placebos that predict forward from P periods before the start: -P - 1 (P = periods shown), and the effects
        -1. Callaway-Sant'Anna: -1, or with a varying base each placebo the period before it. Imputation: effects
        are counted from the middle of the untrained periods. Only the last placebos are used, at most six and one
        for every three teams: a covariance of more than that cannot be told from G teams.
        """
        shown = [at for at in effect.event_study if at.se is not None]
        k = tuple(at.key for at in shown)
        before, after = min(k, default=0) - 1.0, -1.0 - options.anticipation
        if effect.method in ("bjs", "poisson"):
            trained = panel.trained_units
            after = float(panel.relative[trained][panel.untrained[trained]].mean())
        anchor = [before if key < 0 else after for key in k]
        if effect.method == "cs":
            anchor = [key - 1.0 if key < 0 and options.base == "varying" else after for key in k]
        covariance = np.array(effect.event_covariance).reshape(len(k), len(k))
        room = min(MOST_BEFORE, (effect.n_clusters - 1) // CLUSTERS_PER_PLACEBO)
        last = sorted(key for key in k if key < 0)[-room:] if room else []
        kept = [i for i, key in enumerate(k) if key >= 0 or key in last]
        return cls(
            tuple(k[i] for i in kept),
            np.array([shown[i].estimate for i in kept]),
            covariance[np.ix_(kept, kept)],
            tuple(anchor[i] for i in kept),
            effect.n_clusters - 1,
        )


class Smoothness(Struct, frozen=True):
    """The interval for the targeted effect when slopes may change by at most ``m`` per period."""

    m: float
    interval: Interval
    estimate: float


def smoothness(
    study: EventStudy, m: float, *, target: FloatArray | None = None, level: float = 0.95
) -> Smoothness | NotEstimable:
    """Fixed-length interval for ``target`` (K_post,) weights on the periods after (default: the first one).

    Codes: too_few_periods_before(n) without any period before, no_standard_error.
    """
    problem = _Problem.of(study, target)
    if isinstance(problem, NotEstimable):
        return problem
    return _shortest(problem, m, level)


def breakdown(
    study: EventStudy, *, target: FloatArray | None = None, level: float = 0.95
) -> float | None | NotEstimable:
    """Smallest M at which the interval takes in zero; 0.0 if it does so for a straight line already, None if
    it does not for any M tried (up to 40 times the effect)."""
    problem = _Problem.of(study, target)
    return problem if isinstance(problem, NotEstimable) else _breakdown(problem, level)


def _breakdown(problem: _Problem, level: float) -> float | None:
    def holds(m: float) -> bool:
        return 0.0 not in _shortest(problem, m, level).interval

    if not holds(0.0):
        return 0.0
    low, high = 0.0, max(abs(problem.naive), 1e-12) / 8
    while holds(high):
        low, high = high, 2 * high
        if high > REACH * abs(problem.naive):
            return None
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return (low + high) / 2


class _Problem(Struct, frozen=True):
    """Candidate estimators on the frontier of bias and variance, whatever M is: ``centre`` (C,) estimate, ``sd``
    (C,), ``bias`` (C,) worst bias per unit of M. ``naive`` is the targeted coefficient itself."""

    centre: FloatArray
    sd: FloatArray
    bias: FloatArray
    naive: float

    @classmethod
    def of(cls, study: EventStudy, target: FloatArray | None) -> _Problem | NotEstimable:
        k, anchor = np.array(study.k, dtype=float), np.array(study.anchor)
        line = k - anchor
        lead, after = np.flatnonzero((k < 0) & (line != 0)), np.flatnonzero(k >= 0)
        if len(lead) == 0 or len(after) == 0:
            return NotEstimable("too_few_periods_before", {"n": len(lead)})
        base = np.zeros(len(k))
        base[after] = np.eye(len(after))[0] if target is None else target
        naive = float(base @ study.estimate)
        base[lead[0]] = -(base @ line) / line[lead[0]]
        free = np.zeros((len(k), len(lead) - 1))
        free[lead[1:], np.arange(len(lead) - 1)] = 1.0
        free[lead[0]] = -line[lead[1:]] / line[lead[0]]
        if not base @ study.covariance @ base > 0:
            return NotEstimable("no_standard_error")
        values, vectors = np.linalg.eigh(study.covariance)
        root = (vectors * np.sqrt(np.clip(values, 0.0, None))).T
        kinks = _kinks(k, anchor)
        weights = np.array([base + free @ x for x in _frontier(root, base, free, kinks)])
        ratio = 1.0 if study.df is None else float(stats.t.ppf(0.975, study.df) / stats.norm.ppf(0.975))
        sd = np.linalg.norm(weights @ root.T, axis=1) * ratio
        return cls(weights @ study.estimate, sd, np.abs(weights @ kinks).sum(axis=1), naive)


def _kinks(k: FloatArray, anchor: FloatArray) -> FloatArray:
    """(K, S) what a unit change of slope at each period s adds to  drift(k) - drift(anchor), a line aside:
    (k - s)+ for s >= 0 and (s - k)+ for s < 0."""
    times = np.concatenate([k, anchor])
    s = np.arange(np.floor(times.min()) + 1, np.ceil(times.max()))

    def path(t: FloatArray) -> FloatArray:
        gap = t[:, None] - s[None, :]
        return np.where(s[None, :] >= -1, np.clip(gap, 0, None), np.clip(-gap, 0, None))

    return path(k) - path(anchor)


def _frontier(root: FloatArray, base: FloatArray, free: FloatArray, kinks: FloatArray) -> list[FloatArray]:
    """Least-variance weights under a falling bound on the worst bias: from the unbounded one to the least bias.

    min |root (base + free x)|^2  subject to  sum u <= bound, u >= |kinks' (base + free x)|.
    """
    p = free.shape[1]
    if p == 0:
        return [np.zeros(0)]
    q, c = root @ free, root @ base
    a, b = kinks.T @ free, kinks.T @ base
    widest = np.linalg.lstsq(q, -c, rcond=None)[0]
    s = len(b)
    sides = np.block([[a, -np.eye(s)], [-a, -np.eye(s)]])
    limits = np.concatenate([-b, b])
    cost = np.concatenate([np.zeros(p), np.ones(s)])
    least = optimize.linprog(cost, A_ub=sides, b_ub=limits, bounds=[(None, None)] * (p + s), method="highs")
    scale = max(float(c @ c), 1e-300)
    ends = float(np.abs(a @ widest + b).sum()), float(least.fun)
    found = [widest]
    x = least.x
    for bound in np.linspace(ends[1], ends[0], FRONTIER)[1:-1]:
        result = optimize.minimize(
            lambda z: float(np.sum((q @ z[:p] + c) ** 2)) / scale,
            x,
            jac=lambda z: np.concatenate([2 * q.T @ (q @ z[:p] + c) / scale, np.zeros(s)]),
            method="SLSQP",
            constraints=[
                {"type": "ineq", "fun": lambda z: limits - sides @ z, "jac": lambda z: -sides},
                {"type": "ineq", "fun": lambda z, m=bound: m - cost @ z, "jac": lambda z: -cost},
            ],
            options={"maxiter": 300, "ftol": 1e-12},
        )
        x = result.x
        found.append(x[:p])
    return [*found, least.x[:p]]


def _shortest(problem: _Problem, m: float, level: float) -> Smoothness:
    """The candidate of shortest half-length sd * cv(bias / sd), cv the quantile of |N(bias / sd, 1)|."""
    sd = np.maximum(problem.sd, 1e-300)
    half = sd * np.sqrt(stats.ncx2.ppf(level, 1, (m * problem.bias / sd) ** 2))
    best = int(np.argmin(half))
    centre, width = float(problem.centre[best]), float(half[best])
    return Smoothness(m, Interval(centre - width, centre + width, level), centre)


def check(study: EventStudy, effect: Effect, *, level: float = 0.95) -> Check:
    """The breakdown value as a check. value: M, the change of slope per period that would undo the result; None
    with verdict "pass" if no drift tried does.

    warn: at M, drift alone would by the end of the window reach less than a quarter of the effect (M = 0: extending
    a straight line already makes it uncertain). Never "fail": it says how much would be needed, not that it happened.
    params: relative (that ratio), line_low, line_high (interval at M = 0), or code ("not_clear_of_zero": nothing to
    undo; "too_few_periods_before"; "no_standard_error").
    """
    if effect.interval is None or 0.0 in effect.interval:
        return Check("sensitivity", "unknown", params={"code": "not_clear_of_zero"})
    counts = np.array([at.n for at in effect.event_study if at.key >= 0 and at.se is not None], dtype=float)
    target = counts / counts.sum() if counts.sum() else None
    problem = _Problem.of(study, target)
    if isinstance(problem, NotEstimable):
        return Check("sensitivity", "unknown", params={"code": problem.code})
    line, m = _shortest(problem, 0.0, level), _breakdown(problem, level)
    params: dict[str, float | None] = {"line_low": line.interval.low, "line_high": line.interval.high}
    if m is None:
        return Check("sensitivity", "pass", None, params=params | {"relative": None})
    periods = len(counts)
    relative = m * periods * (periods + 1) / 2 / abs(effect.estimate)
    verdict: Verdict = "warn" if relative < 0.25 else "pass"
    return Check("sensitivity", verdict, m, line.interval, params=params | {"relative": relative})
