"""Interrupted time series for the course that everybody took at once."""

import numpy as np
import pytest
from scipy import stats

from effects.stats.interrupted import LIKENESS, interrupted, placebo_dates
from effects.stats.panel import NEVER
from lms.values import NotEstimable
from tests.effects.stats.test_gcomputation import panel_of


def everyone(series, start, reps=4):
    outcome = np.tile(np.asarray(series, dtype=float), (reps, 1)) + np.arange(reps)[:, None]
    return panel_of(outcome, [start] * reps, list(range(reps)))


def test_a_jump_and_a_new_slope_on_a_straight_line_are_found_exactly():
    t = np.arange(20)
    series = 3 + 0.5 * t + (t >= 12) * (2.0 + 0.1 * (t - 12))
    effect = interrupted(everyone(series, 12), horizon=6)
    assert effect.estimate == pytest.approx(2.0 + 0.1 * 2.5)
    assert [round(at.estimate, 6) for at in effect.event_study if at.key >= 0] == [2.0, 2.1, 2.2, 2.3, 2.4, 2.5]
    assert effect.n_trained_periods == 6


def test_the_range_is_that_of_all_likenesses_by_dense_matrices():
    y = np.random.default_rng(5).normal(size=16)
    effect = interrupted(everyone(y, 10))
    t = np.arange(16.0)
    after = (t >= 10).astype(float)
    x, pick = np.column_stack([np.ones(16), t - 10, after, after * (t - 10)]), np.array([0, 0, 1, 2.5])
    estimates, scales, weights = [], [], []
    for r in np.linspace(*LIKENESS):
        v = r ** np.abs(t[:, None] - t) / (1 - r**2)
        inverse = np.linalg.inv(v)
        bread = np.linalg.inv(x.T @ inverse @ x)
        beta = bread @ x.T @ inverse @ (y + 1.5)
        left = y + 1.5 - x @ beta
        squares = left @ inverse @ left
        likelihood = np.linalg.det(v) ** -0.5 * np.linalg.det(bread) ** 0.5 * squares**-6
        weights.append(likelihood * (1 - r**2) ** -0.5)
        estimates.append(pick @ beta)
        scales.append(np.sqrt(squares / 12 * (pick @ bread @ pick)))
    weights = np.array(weights) / sum(weights)

    def below(value):
        return weights @ stats.t(12).cdf((value - np.array(estimates)) / np.array(scales))

    assert below(effect.estimate) == pytest.approx(0.5)
    assert below(effect.interval.low) == pytest.approx(0.025)
    assert below(effect.interval.high) == pytest.approx(0.975)
    assert effect.p_value == pytest.approx(2 * min(below(0.0), 1 - below(0.0)))
    assert effect.degrees == 12
    assert effect.se * stats.t(12).ppf(0.975) == pytest.approx((effect.interval.high - effect.interval.low) / 2)


def test_months_that_resemble_each_other_are_not_taken_for_an_effect():
    """30 months, r = .6, no effect: ranges from ordinary or Newey-West errors miss it in a third of such firms."""
    rng, missed = np.random.default_rng(8), 0
    for _ in range(150):
        e = rng.normal(size=130)
        for i in range(1, 130):
            e[i] += 0.6 * e[i - 1]
        missed += 0.0 not in interrupted(everyone(e[100:], 24, reps=2)).interval
    assert missed <= 15  # 7.5 expected at 95 %


def test_a_yearly_season_is_not_taken_for_an_effect():
    t = np.arange(36)
    series = 5 + 0.02 * t + np.sin(2 * np.pi * t / 12)
    assert interrupted(everyone(series, 27), horizon=6).estimate == pytest.approx(0.0, abs=1e-9)


def test_earlier_dates_are_ranked():
    rng = np.random.default_rng(6)
    series = 0.1 * rng.normal(size=40)
    calm = everyone(series, 30)
    jump = everyone(series + 5.0 * (np.arange(40) >= 30), 30)
    found = placebo_dates(jump, interrupted(jump, horizon=6), horizon=6)
    assert found.verdict == "pass"
    assert found.params == {"n_dates": 17, "as_far": 0}
    assert placebo_dates(calm, interrupted(calm, horizon=6), horizon=6).params["as_far"] > 0


def test_what_is_not_an_interruption_is_refused():
    series = np.arange(20.0)
    assert interrupted(everyone(series, NEVER)) == NotEstimable("no_trained")
    assert interrupted(everyone(series, 5)) == NotEstimable("too_few_periods_before", {"n": 5, "needed": 8})
    assert interrupted(everyone(series, 18)) == NotEstimable("too_few_periods_after", {"n": 2, "needed": 3})
    staggered = panel_of(np.ones((2, 20)), [10, 12], [0, 1])
    assert interrupted(staggered) == NotEstimable("more_than_one_start", {"n": 2})
    gap = everyone(np.where(np.arange(20) == 3, np.nan, series), 12)
    assert interrupted(gap) == NotEstimable("no_records")
