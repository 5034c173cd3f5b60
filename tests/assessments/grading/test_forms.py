"""Two forms of a test beside each other: equally hard, or not, or nobody can tell."""

from __future__ import annotations

import numpy as np
import pytest

from assessments.grading.forms import MARGIN, Forms, Verdict, compare
from lms.arrays import FloatArray


def people(n: int, easier: float, seed: int, *, learnt: float = 0.2, noise: float = 0.1) -> Forms:
    """So many people who learn the same on all questions; the second form's own questions are ``easier``."""
    rng = np.random.default_rng(seed)
    able = rng.uniform(0.2, 0.6, n)

    def seen(level: FloatArray) -> FloatArray:
        return level + rng.normal(0, noise, n)

    return compare(seen(able), seen(able + learnt + easier), seen(able), seen(able + learnt), shared=4, asked=12)


def test_two_forms_by_hand() -> None:
    """Gains on the own questions .4 .5 .6, on the shared ones .2 .2 .2: the difference is .2 .3 .4, its mean .3, its sd .1."""
    pre, common = np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.5, 0.5])
    found = compare(pre, pre + [0.4, 0.5, 0.6], common, common + 0.2, shared=3, asked=9)
    assert found.interval is not None
    assert (found.difference, found.gain) == (pytest.approx(0.3), pytest.approx(0.2))
    assert found.interval.high - 0.3 == pytest.approx(4.30265 * 0.1 / 3**0.5, abs=1e-5)
    assert found.verdict is Verdict.UNKNOWN, "three people are too few"


def test_an_easier_second_form_is_told_from_learning() -> None:
    assert people(200, 0.0, 1).verdict is Verdict.EQUAL
    found = people(200, 0.15, 1)
    assert found.verdict is Verdict.UNEQUAL
    assert found.gain == pytest.approx(0.2, abs=0.03), "what was learnt is read off the shared questions"
    assert people(200, -0.15, 2).verdict is Verdict.UNEQUAL
    assert people(25, 0.0, 3, noise=0.3).verdict is Verdict.UNKNOWN, "a wide interval shows nothing"


def test_the_same_questions_are_one_form_and_none_in_common_shows_nothing() -> None:
    none, half = np.full(30, np.nan), np.linspace(0.2, 0.6, 30)
    assert compare(none, none, half, half + 0.1, shared=5, asked=5).verdict is Verdict.SAME
    assert compare(half, half + 0.3, none, none, shared=0, asked=10).verdict is Verdict.APART
    assert compare(none, none, half, half, shared=1, asked=5).verdict is Verdict.UNKNOWN


def test_the_interval_holds_the_difference_that_was_built_in() -> None:
    held = 0
    for seed in range(300):
        found = people(60, 0.07, seed)
        assert found.interval is not None
        held += found.interval.low <= 0.07 <= found.interval.high
    assert 0.92 <= held / 300 <= 0.98
    assert MARGIN == 0.05
