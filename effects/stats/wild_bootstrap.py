"""Wild cluster bootstrap with Webb weights: a second opinion where teams are few (6 to 12).

Any estimator with a delete-one-team jackknife has a pseudo-value per team, p_g = G theta - (G-1) theta_(g), whose
mean and variance give theta and its CV3 error. Under "no effect" the pseudo-values are multiplied by six-point
weights (Webb 2023) and studentised again: the null-imposed bootstrap-t. With G <= 6 all 6^G draws are taken.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from msgspec import Struct

from effects.stats.results import Check, Effect
from lms.arrays import FloatArray
from lms.values import NotEstimable

WEIGHTS = tuple(sign * math.sqrt(square) for sign in (-1, 1) for square in (1.5, 1.0, 0.5))
FEWEST, MOST = 6, 12
DRAWS = 9_999
ENUMERATE = 6


class WildBootstrap(Struct, frozen=True):
    """``p_value`` two-sided for "no effect"; ``statistic`` the observed t."""

    statistic: float
    p_value: float
    n_clusters: int
    draws: int


def wild_bootstrap(effect: Effect, *, draws: int = DRAWS, seed: int = 1) -> WildBootstrap | NotEstimable:
    """The p-value for ``effect``. Codes: too_few_clusters(n) under 6, no_standard_error."""
    g = len(effect.leave_one_out)
    if g < FEWEST:
        return NotEstimable("too_few_clusters", {"n": g})
    without = np.array(list(effect.leave_one_out.values()))
    pseudo = g * effect.estimate - (g - 1) * without
    if not np.isfinite(pseudo).all() or pseudo.std() == 0:
        return NotEstimable("no_standard_error")
    if g <= ENUMERATE:
        weights = np.array(list(product(WEIGHTS, repeat=g)))
    else:
        weights = np.random.default_rng(seed).choice(WEIGHTS, size=(draws, g))
    observed = float(_t(pseudo[None, :])[0])
    as_far = int(np.sum(np.abs(_t(weights * pseudo)) >= abs(observed) - 1e-12))
    p = as_far / len(weights) if g <= ENUMERATE else (1 + as_far) / (1 + len(weights))
    return WildBootstrap(observed, p, g, len(weights))


def _t(values: FloatArray) -> FloatArray:
    """(B,) t statistics of the rows of (B, G)."""
    spread: FloatArray = values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
    mean: FloatArray = values.mean(axis=1)
    t: FloatArray = np.divide(mean, spread, out=np.full(len(values), np.inf), where=spread > 0)
    return t


def check(effect: Effect, *, seed: int = 1, level: float = 0.95) -> Check:
    """Does the bootstrap agree with the interval on whether zero is excluded? warn if not.

    value: the bootstrap p. params: n_clusters, draws, or code (too_few_clusters, not_needed above 12 teams, …).
    """
    if len(effect.leave_one_out) > MOST or effect.n_clusters > MOST:
        return Check(
            "wild_bootstrap", "unknown", params={"code": "not_needed", "n_clusters": effect.n_clusters}
        )
    found = wild_bootstrap(effect, seed=seed)
    if isinstance(found, NotEstimable):
        return Check("wild_bootstrap", "unknown", params={"code": found.code} | found.params)
    clear = effect.interval is not None and 0.0 not in effect.interval
    agrees = clear == (found.p_value < 1 - level)
    params = {"n_clusters": found.n_clusters, "draws": found.draws}
    return Check(
        "wild_bootstrap", "pass" if agrees else "warn", found.p_value, p_value=found.p_value, params=params
    )
