"""The doubly robust difference-in-differences of one cohort, one base and one later period.

A logit for belonging to the cohort and a regression of the comparison's change on the covariates; the estimate
is right if either model is. ``influence`` (n,) carries the uncertainty of both models.
Source: Sant'Anna & Zhao (2020), "Doubly robust difference-in-differences estimators", Journal of Econometrics 219
(estimator tau^dr with ordinary least squares and maximum likelihood; R ``DRDID::drdid_panel``).
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from lms.arrays import FloatArray

LARGEST_SCORE = 0.995
"""Comparison units that look more certain than this to be in the cohort are set aside."""
STEPS = 50


class Difference(Struct, frozen=True):
    """``estimate`` in KPI units; ``influence`` (n,) with mean 0: variance = sum(influence^2) / n^2."""

    estimate: float
    influence: FloatArray


def simple_difference(change: FloatArray, cohort: FloatArray, weight: FloatArray) -> Difference:
    """Weighted mean change of the cohort (``cohort`` 1) less that of the comparison (0), all (n,)."""
    w_own, w_other = weight * cohort, weight * (1 - cohort)
    own, other = change @ w_own / w_own.sum(), change @ w_other / w_other.sum()
    influence = w_own * (change - own) / w_own.mean() - w_other * (change - other) / w_other.mean()
    return Difference(float(own - other), influence)


def doubly_robust(
    change: FloatArray, cohort: FloatArray, weight: FloatArray, covariates: FloatArray
) -> Difference | None:
    """The estimate with ``covariates`` (n, q, without constant); None where the models have no solution
    (covariates that separate the cohort, or fewer comparison units than coefficients)."""
    x = np.column_stack([np.ones(len(change)), covariates])
    comparison = (1.0 - cohort) * weight
    if (comparison > 0).sum() <= x.shape[1] or np.linalg.matrix_rank(x * comparison[:, None]) < x.shape[1]:
        return None
    score = logit(x, cohort, weight)
    if score is None:
        return None
    kept = np.where((cohort == 0) & (score >= LARGEST_SCORE), 0.0, weight)
    return _combine(change, cohort, weight, kept, x, np.minimum(score, 1 - 1e-6))


def logit(x: FloatArray, y: FloatArray, weight: FloatArray) -> FloatArray | None:
    """(n,) fitted probabilities by Newton's method; None if it does not settle."""
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -500, 500)))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x
        if np.linalg.cond(hessian) > 1e14:
            return None
        step = np.linalg.solve(hessian, x.T @ (weight * (y - p)))
        beta += step
        if np.abs(step).max() < 1e-10 * (1 + np.abs(beta).max()):
            return np.asarray(1 / (1 + np.exp(-(x @ beta))), np.float64)
    return None


def _combine(
    change: FloatArray, cohort: FloatArray, weight: FloatArray, kept: FloatArray, x: FloatArray, score: FloatArray
) -> Difference | None:
    """The estimate and its influence from both fitted models (names as in Sant'Anna & Zhao: w1, w0, M1..M3)."""
    n = len(change)
    comparison = weight * (1 - cohort)
    w_own, w_other = kept * cohort, kept * score * (1 - cohort) / (1 - score)
    if not w_other.sum() > 0:
        return None
    gram = (x * comparison[:, None]).T @ x / n
    beta = np.linalg.solve(gram, (x * comparison[:, None]).T @ change / n)
    rest = change - x @ beta
    own, other = w_own @ rest / w_own.sum(), w_other @ rest / w_other.sum()
    regression = np.linalg.solve(gram, (x * (comparison * rest)[:, None]).T).T
    information = (x * (weight * score * (1 - score))[:, None]).T @ x / n
    selection = np.linalg.solve(information, (x * (weight * (cohort - score))[:, None]).T).T
    m_own, m_other = (w_own[:, None] * x).mean(axis=0), (w_other[:, None] * x).mean(axis=0)
    m_score = ((w_other * (rest - other))[:, None] * x).mean(axis=0)
    of_own = (w_own * (rest - own) - regression @ m_own) / w_own.mean()
    of_other = (w_other * (rest - other) + selection @ m_score - regression @ m_other) / w_other.mean()
    return Difference(float(own - other), np.asarray(of_own - of_other, np.float64))
