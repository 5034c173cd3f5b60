"""Two-way fixed effects, an exhibit: right as a regression, wrong as an effect."""

from __future__ import annotations

import numpy as np
import pytest

from effects.stats.options import Options
from effects.stats.panel import NEVER
from effects.stats.results import Effect
from effects.stats.two_way import Regression, twfe, two_way
from lms.values import NotEstimable
from tests.effects.stats.panels import panel_of


def test_two_by_two_is_the_difference_of_differences() -> None:
    """(9 - 4) - (3 - 2) = 4, with rep and period effects."""
    y, d = np.array([[4.0, 9.0], [2.0, 3.0], [2.0, 3.5], [4.0, 8.5]]), np.zeros((4, 2))
    d[[0, 3], 1] = 1
    found = two_way(y, {"trained": d})
    assert isinstance(found, Regression)
    assert found.coefficients["trained"] == pytest.approx((5 + 4.5) / 2 - (1 + 1.5) / 2)


def test_growing_effects_and_staggered_starts_mislead_it() -> None:
    """Ben starts in p1 and gains 1, 2, 3, ... ; Ana in p6. Nobody else. Every rep gains; the coefficient does not."""
    t = np.arange(12)
    y = np.array([np.maximum(0, t - 0), np.maximum(0, t - 5)], float)
    found = twfe(panel_of(y.tolist(), [1, 6]), Options())
    assert isinstance(found, Effect)
    assert found.estimate < 0
    assert (y[0, 1:] > 0).all() and (y[1, 6:] > 0).all()


def code(found: object) -> str:
    assert isinstance(found, NotEstimable)
    return found.code


def test_what_the_effects_absorb_has_no_coefficient() -> None:
    y = np.random.default_rng(0).normal(size=(5, 4))
    level = np.repeat(np.arange(5.0)[:, None], 4, axis=1)
    other = np.random.default_rng(1).normal(size=(5, 4))
    assert code(two_way(y, {"level": level})) == "collinear"
    assert code(two_way(y, {"a": other, "b": 2 * other + 1})) == "collinear"
    assert code(two_way(y[:1], {"a": other[:1]})) == "too_few_observations"
    assert code(two_way(y, {"a": other}, cluster=np.zeros(5, np.int64))) == "one_cluster"


def test_nobody_trained_is_collinear_and_not_zero() -> None:
    assert code(twfe(panel_of([[1, 2, 4], [2, 3, 3]], [NEVER, NEVER]), Options())) == "collinear"
