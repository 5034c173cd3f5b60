"""Interrupted time series for the course that everybody took at once."""

import numpy as np
import pytest

from effects.stats.interrupted import interrupted, placebo_dates
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


def test_the_errors_are_newey_wests_by_hand():
    rng = np.random.default_rng(5)
    y = rng.normal(size=16)
    effect = interrupted(everyone(y, 10))
    t = np.arange(16.0)
    after = (t >= 10).astype(float)
    x = np.column_stack([np.ones(16), t - 10, after, after * (t - 10)])
    beta = np.linalg.solve(x.T @ x, x.T @ (y + 1.5))
    e = y + 1.5 - x @ beta
    meat = np.zeros((4, 4))
    for i in range(16):
        for j in range(16):
            lag = abs(i - j)
            if lag <= 2:  # floor(4 (16/100)^(2/9)) = 2
                meat += (1 - lag / 3) * e[i] * e[j] * np.outer(x[i], x[j])
    bread = np.linalg.inv(x.T @ x)
    pick = np.array([0, 0, 1, 2.5])
    assert effect.estimate == pytest.approx(pick @ beta)
    assert effect.se == pytest.approx(np.sqrt(pick @ bread @ meat @ bread @ pick * 16 / 12))


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
