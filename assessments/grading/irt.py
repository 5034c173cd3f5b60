"""Item response models for right/wrong items: 1PL (Rasch with a common slope) and 2PL. Pure.

P(right | theta) = 1 / (1 + exp(-a (theta - b))), theta ~ N(0, 1): ``a`` is the discrimination, ``b`` the difficulty
in standard deviations of the takers' ability. Marginal maximum likelihood (Bock & Aitkin 1981): ability is
integrated out on Gauss-Hermite nodes, EM steps bring the parameters near, Newton steps with the exact observed
information (Louis 1982) finish and give the standard errors. Internally an item is slope and intercept d = -a b.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec import Struct

from assessments.grading.estimates import NOTHING, Alarm, quantile
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

Model = Literal["1pl", "2pl"]

SETTLED_FROM: dict[str, int] = {"1pl": 200, "2pl": 500}
"""Takers from which a calibration is settled; under it the same figures come with the alarm ``few_takers``."""
EM_STEPS, NEWTON_STEPS, STEEPEST = 60, 60, 8.0


class ItemParameters(Struct, frozen=True):
    """One calibrated item. ``b`` is None where the slope is as good as 0, so that no ability is its difficulty."""

    name: str
    a: float
    b: float | None
    a_se: float | None
    b_se: float | None
    a_interval: Interval | None
    b_interval: Interval | None


class Calibration(Struct, frozen=True):
    """A fitted model. ``excluded`` are items that everyone had right, everyone had wrong, or nobody answered."""

    model: Model
    n: int
    log_likelihood: float
    items: tuple[ItemParameters, ...]
    excluded: tuple[str, ...]
    alarms: tuple[Alarm, ...]
    converged: bool

    @property
    def settled(self) -> bool:
        return self.converged and self.n >= SETTLED_FROM[self.model]


class Ability(Struct, frozen=True):
    """Expected a-posteriori ability of one taker and its posterior standard deviation, in sd of the takers."""

    theta: float
    se: float


class _Data(Struct, frozen=True):
    """Distinct answer patterns: ``right`` and ``held`` (m, p) as 0/1, ``weight`` (m,) takers with the pattern."""

    right: FloatArray
    held: FloatArray
    weight: FloatArray


def dichotomise(scores: FloatArray) -> FloatArray:
    """Full credit as 1, less as 0, ``nan`` kept: what the 1PL and 2PL can be fitted to."""
    return np.where(np.isnan(scores), np.nan, (scores >= 1 - 1e-9).astype(np.float64))


def nodes(points: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Hermite nodes and weights for a standard normal ability."""
    theta, weight = np.polynomial.hermite_e.hermegauss(points)
    return theta, weight / weight.sum()


def probability(theta: FloatArray, slope: FloatArray, intercept: FloatArray) -> FloatArray:
    """(q, p) probability of a right answer at each ability for each item."""
    result: FloatArray = 1 / (1 + np.exp(-np.clip(theta[:, None] * slope + intercept, -700, 700)))
    return result


def _patterns(answers: FloatArray) -> _Data:
    distinct, counts = np.unique(np.where(np.isnan(answers), -1.0, answers), axis=0, return_counts=True)
    held = (distinct >= 0).astype(np.float64)
    return _Data(np.maximum(distinct, 0.0), held, counts.astype(np.float64))


def _posterior(
    data: _Data, theta: FloatArray, prior: FloatArray, slope: FloatArray, intercept: FloatArray
) -> tuple[FloatArray, float]:
    """(m, q) posterior over the nodes per pattern, and the marginal log-likelihood of all takers."""
    logit = theta[:, None] * slope + intercept
    log_wrong = -np.logaddexp(0.0, logit)
    joint = data.right @ logit.T + data.held @ log_wrong.T + np.log(prior)
    top = joint.max(axis=1, keepdims=True)
    weights = np.exp(joint - top)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, float(data.weight @ (np.log(total) + top)[:, 0])


def _design(model: Model, p: int) -> FloatArray:
    """Maps the free parameters to (slopes, intercepts): one slope for all in the 1PL, one each in the 2PL."""
    if model == "2pl":
        return np.eye(2 * p)
    design = np.zeros((2 * p, p + 1))
    design[:p, 0] = 1.0
    design[p:, 1:] = np.eye(p)
    return design


def _complete(
    posterior: FloatArray, data: _Data, theta: FloatArray, chance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient (2p,) and information (2p, 2p) of the expected complete-data log-likelihood."""
    weighted = posterior * data.weight[:, None]
    takers, right = weighted.T @ data.held, weighted.T @ data.right
    residual, spread = right - takers * chance, takers * chance * (1 - chance)
    gradient = np.concatenate([theta @ residual, residual.sum(axis=0)])
    p = chance.shape[1]
    information = np.zeros((2 * p, 2 * p))
    square, cross, plain = (theta**2) @ spread, theta @ spread, spread.sum(axis=0)
    every = np.arange(p)
    information[every, every], information[p + every, p + every] = square, plain
    information[every, p + every] = information[p + every, every] = cross
    return gradient, information


def _observed(
    posterior: FloatArray, data: _Data, theta: FloatArray, chance: FloatArray, complete: FloatArray
) -> FloatArray:
    """Observed information (Louis 1982): complete information minus the variance of the complete-data score.

    The score of a pattern at a node is (x - P) theta for the slopes and x - P for the intercepts; its products are
    multiplied out, so that sums over takers are matrix products and no loop over nodes holds all takers.
    """
    both = _held_together(posterior, data) * (chance[:, :, None] * chance[:, None, :])
    products, scores = [], []
    for power in range(3):
        weighted = posterior * theta**power
        expected, total = data.held * (weighted @ chance), weighted.sum(axis=1)
        cross = data.right.T @ (expected * data.weight[:, None])
        own = data.right.T @ (data.right * (total * data.weight)[:, None])
        products.append(own - cross - cross.T + np.tensordot(theta**power, both, axes=1))
        scores.append(data.right * total[:, None] - expected)
    lost = np.block([[products[2], products[1]], [products[1], products[0]]])
    mean = np.hstack([scores[1], scores[0]])
    result: FloatArray = complete - lost + mean.T @ (mean * data.weight[:, None])
    return result


def _held_together(posterior: FloatArray, data: _Data) -> FloatArray:
    """(q, p, p) expected takers at each node who had both items; (q, 1, 1) where everybody had every item."""
    weighted = posterior * data.weight[:, None]
    if bool((data.held == 1).all()):
        everybody: FloatArray = weighted.sum(axis=0)[:, None, None]
        return everybody
    return np.array([data.held.T @ (data.held * share[:, None]) for share in weighted.T])


class _Fit:
    """The likelihood of one data set under one model, as a function of the free parameters."""

    def __init__(self, model: Model, data: _Data, points: int) -> None:
        self.data, self.p = data, data.right.shape[1]
        self.design = _design(model, self.p)
        self.theta, self.prior = nodes(points)

    def unpack(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        full = self.design @ free
        return full[: self.p], full[self.p :]

    def log_likelihood(self, free: FloatArray) -> float:
        return _posterior(self.data, self.theta, self.prior, *self.unpack(free))[1]

    def derivatives(self, free: FloatArray, *, observed: bool) -> tuple[FloatArray, FloatArray, float]:
        """Gradient, information (observed, or of the complete data) and log-likelihood at ``free``."""
        slope, intercept = self.unpack(free)
        posterior, log_likelihood = _posterior(self.data, self.theta, self.prior, slope, intercept)
        chance = probability(self.theta, slope, intercept)
        gradient, information = _complete(posterior, self.data, self.theta, chance)
        if observed:
            information = _observed(posterior, self.data, self.theta, chance, information)
        return self.design.T @ gradient, self.design.T @ information @ self.design, log_likelihood

    def start(self) -> FloatArray:
        facility = (self.data.weight @ self.data.right) / (self.data.weight @ self.data.held)
        slopes = np.ones(self.design.shape[1] - self.p)
        return np.concatenate([slopes, 1.2 * np.log(facility / (1 - facility))])

    def step(self, free: FloatArray, *, observed: bool) -> tuple[FloatArray, float]:
        """One uphill step (EM's gradient step, or Newton's), halved until the likelihood does not fall."""
        gradient, information, before = self.derivatives(free, observed=observed)
        if observed and np.linalg.eigvalsh(information)[0] <= 1e-8:
            gradient, information, before = self.derivatives(free, observed=False)
        move = np.linalg.solve(information + 1e-9 * np.eye(free.size), gradient)
        for _ in range(30):
            candidate = free + move
            if self.log_likelihood(candidate) >= before - 1e-10 * abs(before):
                return candidate, float(np.abs(move).max())
            move = move / 2
        return free, 0.0

    def maximise(self) -> tuple[FloatArray, bool]:
        free = self.start()
        for _ in range(EM_STEPS):
            free, moved = self.step(free, observed=False)
            if moved < 1e-2:
                break
        for _ in range(NEWTON_STEPS):
            free, moved = self.step(free, observed=True)
            if moved < 1e-8:
                return free, True
            if np.abs(self.unpack(free)[0]).max() > 4 * STEEPEST:
                return free, False
        return free, False


def _parameters(
    names: Sequence[str], fit: _Fit, free: FloatArray, information: FloatArray, level: float
) -> tuple[ItemParameters, ...]:
    try:
        definite = np.linalg.eigvalsh(information)[0] > 1e-8
        covariance = fit.design @ np.linalg.inv(information) @ fit.design.T if definite else None
    except np.linalg.LinAlgError:
        covariance = None
    z, p = quantile(level), fit.p
    slope, intercept = fit.unpack(free)
    items = []
    for j, name in enumerate(names):
        a, d = float(slope[j]), float(intercept[j])
        b = -d / a if abs(a) > 1e-3 else None
        a_se = b_se = None
        if covariance is not None:
            a_se = float(np.sqrt(covariance[j, j]))
            if b is not None:
                jacobian = np.array([d / a**2, -1 / a])
                b_se = float(np.sqrt(jacobian @ covariance[np.ix_([j, p + j], [j, p + j])] @ jacobian))
        items.append(
            ItemParameters(
                name,
                a,
                b,
                a_se,
                b_se,
                None if a_se is None else Interval(a - z * a_se, a + z * a_se, level),
                None if b is None or b_se is None else Interval(b - z * b_se, b + z * b_se, level),
            )
        )
    return tuple(items)


def calibrate(
    answers: FloatArray,
    model: Model,
    *,
    names: Sequence[str] | None = None,
    points: int = 61,
    level: float = 0.95,
) -> Calibration | NotEstimable:
    """Fit ``model`` to (n, p) ``answers`` of 1 right, 0 wrong, ``nan`` not given (ignored, as in a random draw).

    Not estimable: ``not_dichotomous``, ``few_takers`` (under 10), ``too_few_items`` (1PL under 2 and 2PL under 3
    items with both right and wrong answers). Alarms: ``few_takers`` under 200 (1PL) or 500 (2PL),
    ``not_converged``, ``steep_item`` (a slope over 8, usually two items that give each other away).
    """
    answers = np.asarray(answers, dtype=np.float64)
    known = ~np.isnan(answers)
    if not np.isin(answers[known], (0.0, 1.0)).all():
        return NotEstimable("not_dichotomous")
    labels = [str(j + 1) for j in range(answers.shape[1])] if names is None else list(names)
    answers = answers[known.any(axis=1)]
    n, known = answers.shape[0], ~np.isnan(answers)
    if n < 10:
        return NotEstimable("few_takers", {"n": n, "minimum": 10})
    facility = np.nansum(answers, axis=0) / np.maximum(known.sum(axis=0), 1)
    usable = (facility > NOTHING) & (facility < 1 - NOTHING)
    minimum = 2 if model == "1pl" else 3
    if usable.sum() < minimum:
        return NotEstimable("too_few_items", {"items": int(usable.sum()), "minimum": minimum})
    fit = _Fit(model, _patterns(answers[:, usable]), points)
    free, converged = fit.maximise()
    if fit.unpack(free)[0].sum() < 0:
        free = np.concatenate([-free[: free.size - fit.p], free[free.size - fit.p :]])
    _, information, log_likelihood = fit.derivatives(free, observed=True)
    kept = [label for label, keep in zip(labels, usable, strict=True) if keep]
    items = _parameters(kept, fit, free, information, level)
    alarms = (
        [] if n >= SETTLED_FROM[model] else [Alarm("few_takers", {"n": n, "minimum": SETTLED_FROM[model]})]
    )
    if not converged:
        alarms.append(Alarm("not_converged"))
    alarms += [
        Alarm("steep_item", {"item": item.name, "a": item.a}) for item in items if abs(item.a) > STEEPEST
    ]
    excluded = tuple(label for label, keep in zip(labels, usable, strict=True) if not keep)
    return Calibration(model, n, log_likelihood, items, excluded, tuple(alarms), converged)


def lines(items: Sequence[ItemParameters]) -> tuple[FloatArray, FloatArray]:
    """Slope and intercept of each item."""
    slope = np.array([item.a if item.b is not None else 0.0 for item in items])
    return slope, np.array([-item.a * item.b if item.b is not None else 0.0 for item in items])


def item_information(items: Sequence[ItemParameters], theta: FloatArray) -> FloatArray:
    """(q, p) Fisher information a^2 P (1 - P) of each item at each ability."""
    slope, intercept = lines(items)
    chance = probability(np.asarray(theta, dtype=np.float64), slope, intercept)
    result: FloatArray = slope**2 * chance * (1 - chance)
    return result


def test_information(items: Sequence[ItemParameters], theta: FloatArray) -> FloatArray:
    """(q,) information of the whole quiz; the standard error of ability there is 1 / sqrt of it."""
    result: FloatArray = item_information(items, theta).sum(axis=1)
    return result


test_information.__test__ = False  # type: ignore[attr-defined]


def abilities(calibration: Calibration, answers: FloatArray, *, points: int = 61) -> list[Ability]:
    """EAP ability of each row of (n, p) ``answers`` on the calibrated items, in their order; ``nan`` is skipped."""
    theta, prior = nodes(points)
    held = ~np.isnan(answers)
    data = _Data(np.where(held, answers, 0.0), held.astype(np.float64), np.ones(answers.shape[0]))
    posterior, _ = _posterior(data, theta, prior, *lines(calibration.items))
    mean = posterior @ theta
    spread = np.sqrt(np.maximum(posterior @ theta**2 - mean**2, 0.0))
    return [Ability(float(m), float(s)) for m, s in zip(mean, spread, strict=True)]
