"""How severe each rater is, and what a subject would have got from an average one: many-facet Rasch model. Pure.

log P(x = k) / P(x = k - 1) = theta_subject - severity_rater - step_criterion,k   (Linacre 1989; steps as in Masters
1982). Subjects are N(0, sigma^2) and integrated out on Gauss-Hermite nodes, so that few ratings per subject do not
bias the severities as joint estimation does; severities sum to zero. Severities and steps carry a N(0, 5^2) prior, so
weak that it only keeps a rater who always gives the top score finite. A subject's adjusted score is the mean score an
average rater would be expected to give at the subject's weighted-likelihood measure (Warm 1989): not shrunk to the
mean, for it judges a person.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy import optimize, sparse, stats

from assessments.grading.estimates import NOTHING, quantile
from assessments.grading.irt import nodes
from lms.arrays import FloatArray, IntArray
from lms.values import Interval, NotEstimable

MOST_LEVELS = 10
"""Finer scales (0-100 points, say) are grouped into ten equal bands for the model."""
SETTLED_RATINGS = 30
"""Ratings by one rater from which the severity is settled (Linacre 1994: 30 for half a logit at 95 %)."""
PRIOR_SD = 5.0
MEASURE_LIMIT = 12.0


class Rating(Struct, frozen=True):
    """One score given by one rater to one subject on one criterion."""

    subject: str
    rater: str
    criterion: str
    score: float


class Severity(Struct, frozen=True):
    """A rater's severity in logits, positive = severe; ``n`` ratings over ``subjects`` subjects."""

    rater: str
    logit: float
    se: float
    interval: Interval
    n: int
    subjects: int
    settled: bool


class AdjustedScore(Struct, frozen=True):
    """A subject's ``raw`` mean score beside the ``adjusted`` one from an average rater on all criteria; ``measure``
    and its ``se`` in logits; ``n`` ratings by ``raters`` raters."""

    subject: str
    raw: float
    adjusted: float
    measure: float
    se: float
    n: int
    raters: int


class FacetModel(Struct, frozen=True):
    """The fitted model. ``raters_differ_p``: p-value of "all raters are equally severe"; ``sigma``: spread of the
    subjects in logits; ``log_likelihood``: marginal, less the prior's penalty; ``banded``: criteria whose scale was too fine and was grouped."""

    severities: tuple[Severity, ...]
    scores: tuple[AdjustedScore, ...]
    sigma: float
    raters_differ_p: float
    log_likelihood: float
    n: int
    banded: tuple[str, ...]
    converged: bool


class _Design(Struct, frozen=True):
    """Ratings as codes: (o,) subject, rater, criterion, level; ``value`` (c, k) score of each level, ``real`` (c, k)
    which levels a criterion has."""

    subjects: list[str]
    raters: list[str]
    subject: IntArray
    rater: IntArray
    criterion: IntArray
    level: IntArray
    score: FloatArray
    value: FloatArray
    real: FloatArray
    banded: tuple[str, ...]


def rater_groups(ratings: Sequence[Rating]) -> list[list[str]]:
    """Groups of raters linked by subjects they rated in common; one group means all can be compared."""
    subjects, subject = np.unique([r.subject for r in ratings], return_inverse=True)
    raters, rater = np.unique([r.rater for r in ratings], return_inverse=True)
    size = subjects.size + raters.size
    edges = sparse.coo_matrix((np.ones(len(ratings)), (subject, subjects.size + rater)), shape=(size, size))
    count, label = sparse.csgraph.connected_components(edges, directed=False)
    of_rater = label[subjects.size :]
    return [[str(name) for name in raters[of_rater == group]] for group in range(count)]


def _levels(scores: FloatArray) -> tuple[IntArray, FloatArray, bool]:
    """``(level of each score, score of each level, grouped?)``; unused levels do not exist for the model."""
    values, codes = np.unique(scores, return_inverse=True)
    if values.size <= MOST_LEVELS:
        return codes.astype(np.int64), values, False
    width = (values[-1] - values[0]) / MOST_LEVELS
    bands = np.minimum(((scores - values[0]) / width).astype(np.int64), MOST_LEVELS - 1)
    _, codes = np.unique(bands, return_inverse=True)
    means = np.bincount(codes, weights=scores) / np.bincount(codes)
    return codes.astype(np.int64), means, True


def _design(ratings: Sequence[Rating]) -> _Design:
    subjects, subject = np.unique([r.subject for r in ratings], return_inverse=True)
    raters, rater = np.unique([r.rater for r in ratings], return_inverse=True)
    criteria, criterion = np.unique([r.criterion for r in ratings], return_inverse=True)
    score = np.array([r.score for r in ratings], dtype=np.float64)
    level = np.zeros(score.size, dtype=np.int64)
    scales, banded = [], []
    for c, name in enumerate(criteria):
        level[criterion == c], values, grouped = _levels(score[criterion == c])
        scales.append(values)
        if grouped:
            banded.append(str(name))
    most = max(values.size for values in scales)
    value, real = np.zeros((len(scales), most)), np.zeros((len(scales), most))
    for c, values in enumerate(scales):
        value[c, : values.size], real[c, : values.size] = values, 1.0
    names = ([str(s) for s in subjects], [str(r) for r in raters])
    return _Design(*names, subject, rater, criterion, level, score, value, real, tuple(banded))


def _log_chances(location: FloatArray, steps: FloatArray, real: FloatArray) -> FloatArray:
    """(..., k) log-probabilities of the levels of a criterion with ``steps`` (..., k-1) at ``location`` (...)."""
    gaps = (location[..., None] - steps) * real[..., 1:]
    tops = np.concatenate([np.zeros((*gaps.shape[:-1], 1)), np.cumsum(gaps, axis=-1)], axis=-1)
    tops = np.where(real > 0, tops, -np.inf)
    peak = tops.max(axis=-1, keepdims=True)
    result: FloatArray = tops - peak - np.log(np.exp(tops - peak).sum(axis=-1, keepdims=True))
    return result


class _Fit:
    """Penalised marginal likelihood in the free parameters: severities (contrasts), steps, and sigma last."""

    def __init__(self, design: _Design, points: int = 31) -> None:
        self.d = design
        self.theta, self.prior = nodes(points)
        self.raters, (self.criteria, self.levels) = len(design.raters), design.real.shape
        centring = np.eye(self.raters) - 1 / self.raters
        self.contrasts: FloatArray = np.linalg.svd(centring)[0][:, : self.raters - 1]
        self.has_step = design.real[:, 1:] > 0
        self.size = self.raters - 1 + int(self.has_step.sum()) + 1
        cell = design.criterion * self.raters + design.rater
        self.cell = cell
        self.held = np.bincount(
            cell * self.levels + design.level, minlength=self.raters * self.criteria * self.levels
        )

    def unpack(self, free: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        steps = np.zeros((self.criteria, self.levels - 1))
        steps[self.has_step] = free[self.raters - 1 : -1]
        return self.contrasts @ free[: self.raters - 1], steps, float(free[-1])

    def _by_subject(self, per_rating: FloatArray) -> FloatArray:
        links = sparse.coo_matrix((np.ones(self.cell.size), (self.d.subject, np.arange(self.cell.size))))
        result: FloatArray = links.tocsr() @ per_rating
        return result

    def objective(self, free: FloatArray) -> tuple[float, FloatArray]:
        """Minus the penalised log-likelihood, and its gradient (Fisher's identity)."""
        severity, steps, sigma = self.unpack(free)
        location = sigma * self.theta[:, None, None] - severity
        logs = _log_chances(
            location + np.zeros((1, self.criteria, 1)), steps[:, None, :], self.d.real[:, None, :]
        )
        flat = logs.reshape(self.theta.size, self.criteria * self.raters, self.levels)
        joint = self._by_subject(flat[:, self.cell, self.d.level].T) + np.log(self.prior)
        top = joint.max(axis=1, keepdims=True)
        weights = np.exp(joint - top)
        total = weights.sum(axis=1, keepdims=True)
        fit = float((np.log(total) + top).sum())
        gradient = self._gradient((weights / total)[self.d.subject], flat)
        penalty = float(severity @ severity + (steps**2).sum()) / (2 * PRIOR_SD**2)
        pull = np.concatenate([self.contrasts.T @ severity, steps[self.has_step], [0.0]]) / PRIOR_SD**2
        return penalty - fit, pull - gradient

    def _gradient(self, posterior: FloatArray, flat: FloatArray) -> FloatArray:
        cells = self.criteria * self.raters
        index = self.cell * self.levels + self.d.level
        gather = sparse.coo_matrix(
            (np.ones(index.size), (index, np.arange(index.size))), shape=(cells * self.levels, index.size)
        )
        counts = (gather.tocsr() @ posterior).reshape(cells, self.levels, -1).transpose(2, 0, 1)
        surplus = counts - counts.sum(axis=2, keepdims=True) * np.exp(flat)
        above = np.cumsum(surplus[..., ::-1], axis=2)[..., ::-1][..., 1:]
        above = above.reshape(self.theta.size, self.criteria, self.raters, self.levels - 1)
        by_rater, by_step = -above.sum(axis=(0, 1, 3)), -above.sum(axis=(0, 2))
        by_sigma = float(self.theta @ above.sum(axis=(1, 2, 3)))
        return np.concatenate([self.contrasts.T @ by_rater, by_step[self.has_step], [by_sigma]])

    def start(self) -> FloatArray:
        return np.concatenate([np.zeros(self.size - 1), [1.0]])

    def information(self, free: FloatArray) -> FloatArray:
        """Observed information by central differences of the exact gradient."""
        h, rows = 1e-4, []
        for i in range(self.size):
            shift = np.zeros(self.size)
            shift[i] = h
            rows.append((self.objective(free + shift)[1] - self.objective(free - shift)[1]) / (2 * h))
        matrix = np.array(rows)
        return (matrix + matrix.T) / 2


def _sums(group: IntArray, values: FloatArray, groups: int) -> FloatArray:
    return np.bincount(group, weights=values, minlength=groups).astype(np.float64)


def _measures(design: _Design, severity: FloatArray, steps: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Warm's weighted-likelihood measure of each subject and its standard error, by bisection."""
    n = len(design.subjects)
    low, high = np.full(n, -MEASURE_LIMIT), np.full(n, MEASURE_LIMIT)
    own_steps, own_real = steps[design.criterion], design.real[design.criterion]
    grades = np.arange(design.real.shape[1], dtype=np.float64)

    def slope(measure: FloatArray) -> tuple[FloatArray, FloatArray]:
        chance = np.exp(_log_chances(measure[design.subject] - severity[design.rater], own_steps, own_real))
        mean = chance @ grades
        centred = grades - mean[:, None]
        gain = _sums(design.subject, design.level - mean, n)
        information = _sums(design.subject, (chance * centred**2).sum(axis=1), n)
        skew = _sums(design.subject, (chance * centred**3).sum(axis=1), n)
        return gain + skew / (2 * np.maximum(information, 1e-300)), information

    for _ in range(60):
        middle = (low + high) / 2
        rising = slope(middle)[0] > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    measure = (low + high) / 2
    return measure, 1 / np.sqrt(np.maximum(slope(measure)[1], 1e-12))


def _adjusted(design: _Design, severity: FloatArray, steps: FloatArray) -> tuple[AdjustedScore, ...]:
    measure, se = _measures(design, severity, steps)
    chance = np.exp(_log_chances(measure[:, None], steps, design.real))
    fair = (chance * design.value).sum(axis=2).mean(axis=1)
    counts = np.bincount(design.subject)
    raw = np.bincount(design.subject, design.score) / counts
    pairs = np.unique(np.column_stack([design.subject, design.rater]), axis=0)
    raters = np.bincount(pairs[:, 0])
    return tuple(
        AdjustedScore(
            name,
            float(raw[s]),
            float(fair[s]),
            float(measure[s]),
            float(se[s]),
            int(counts[s]),
            int(raters[s]),
        )
        for s, name in enumerate(design.subjects)
    )


def _severities(
    design: _Design, severity: FloatArray, covariance: FloatArray, level: float
) -> tuple[tuple[Severity, ...], float]:
    """The raters' severities, and the p-value of them all being equal (Wald)."""
    z, se = quantile(level), np.sqrt(np.maximum(np.diag(covariance), 0.0))
    counts = np.bincount(design.rater)
    pairs = np.unique(np.column_stack([design.subject, design.rater]), axis=0)
    subjects = np.bincount(pairs[:, 1])
    found = tuple(
        Severity(
            name,
            float(severity[r]),
            float(se[r]),
            Interval(float(severity[r] - z * se[r]), float(severity[r] + z * se[r]), level),
            int(counts[r]),
            int(subjects[r]),
            int(counts[r]) >= SETTLED_RATINGS,
        )
        for r, name in enumerate(design.raters)
    )
    statistic = float(severity @ np.linalg.pinv(covariance, hermitian=True) @ severity)
    return found, float(stats.chi2.sf(statistic, len(design.raters) - 1))


def facet_model(ratings: Sequence[Rating], *, level: float = 0.95) -> FacetModel | NotEstimable:
    """Fit the model to ``ratings`` (one per subject, rater and criterion at most).

    Not estimable: ``no_ratings``, ``one_rater``, ``raters_not_connected`` (with the ``groups`` that share no
    subject), ``few_subjects`` (under 3), ``no_variation``, ``not_converged``.
    """
    if not ratings:
        return NotEstimable("no_ratings")
    groups = rater_groups(ratings)
    if len(groups) == 1 and len(groups[0]) < 2:
        return NotEstimable("one_rater")
    if len(groups) > 1:
        return NotEstimable("raters_not_connected", {"groups": groups})
    design = _design(ratings)
    if len(design.subjects) < 3:
        return NotEstimable("few_subjects", {"n": len(design.subjects), "minimum": 3})
    if float(np.ptp(design.score)) <= NOTHING or not (design.real[:, 1:] > 0).any():
        return NotEstimable("no_variation")
    fit = _Fit(design)
    best = optimize.minimize(
        fit.objective,
        fit.start(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-7},
    )
    information = fit.information(best.x)
    if not math.isfinite(best.fun) or np.linalg.eigvalsh(information[:-1, :-1])[0] <= 1e-9:
        return NotEstimable("not_converged")
    severity, steps, sigma = fit.unpack(best.x)
    own = slice(0, fit.raters - 1)
    whole = information if np.linalg.eigvalsh(information)[0] > 1e-9 else information[:-1, :-1]
    covariance = fit.contrasts @ np.linalg.inv(whole)[own, own] @ fit.contrasts.T
    severities, p_value = _severities(design, severity, covariance, level)
    return FacetModel(
        severities=severities,
        scores=_adjusted(design, severity, steps),
        sigma=abs(sigma),
        raters_differ_p=p_value,
        log_likelihood=-float(best.fun),
        n=len(ratings),
        banded=design.banded,
        converged=bool(np.abs(best.jac).max() < 0.05),
    )
