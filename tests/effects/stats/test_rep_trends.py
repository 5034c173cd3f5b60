"""Imputation with every rep's own trend."""

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats.panel import NEVER
from effects.stats.rep_trends import rep_trends
from effects.stats.simulate import Selection, Settings, Trouble, company
from lms.values import NotEstimable
from tests.effects.stats.test_gcomputation import panel_of

SMALL = Settings(reps=40, teams=8, months=18, waves=(9, 12))


def the_long_way(panel, horizon):
    """Least squares with one dummy and one trend column per rep, one dummy per period."""
    n, t_total = panel.outcome.shape

    def row(i, t):
        x = np.zeros(2 * n + t_total)
        x[i], x[n + i], x[2 * n + t] = 1.0, float(t), 1.0
        return x

    cells = [(i, t) for i in range(n) for t in range(t_total) if np.isfinite(panel.outcome[i, t])]
    before = [(i, t) for i, t in cells if t < panel.start[i]]
    x = np.array([row(i, t) for i, t in before])
    beta = np.linalg.lstsq(x, np.array([panel.outcome[c] for c in before]), rcond=None)[0]
    enough = {i for i in range(n) if sum(1 for j, _ in before if j == i) >= 8}
    after = [(i, t) for i, t in cells if 0 <= t - panel.start[i] < horizon and i in enough]
    return np.mean([panel.outcome[i, t] - row(i, t) @ beta for i, t in after])


def test_reps_on_their_own_straight_lines_give_the_effect_exactly():
    rng = np.random.default_rng(3)
    t = np.arange(14)
    outcome = rng.normal(size=(12, 1)) + rng.normal(size=(12, 1)) * t + rng.normal(size=(1, 14))
    start = np.array([9, 9, 10, 10] + [NEVER] * 8)
    outcome += 2.5 * (t >= start[:, None])
    effect = rep_trends(panel_of(outcome, start, [0, 1, 2, 3] * 3))
    assert effect.estimate == pytest.approx(2.5, abs=1e-8)
    assert all(abs(at.estimate) < 1e-8 for at in effect.event_study if at.key < 0)


@pytest.mark.parametrize("trouble", [Trouble.NONE, Trouble.UNBALANCED])
def test_it_equals_least_squares_with_a_dummy_and_a_trend_per_rep(trouble):
    panel = company(5, Selection.GROWING, trouble, SMALL).panel
    assert rep_trends(panel, horizon=4).estimate == pytest.approx(the_long_way(panel, 4), abs=1e-7)


def test_leaving_a_team_out_equals_running_without_it():
    panel = company(6, Selection.GROWING, Trouble.UNBALANCED, SMALL).panel
    without = rep_trends(panel.select(panel.cluster != 3), horizon=6)
    assert rep_trends(panel, horizon=6).leave_one_out["Team 4"] == pytest.approx(without.estimate, abs=1e-9)


def test_volunteers_on_the_way_up_are_not_mistaken_for_an_effect():
    runs = [company(seed, Selection.GROWING) for seed in range(12)]
    errors = [rep_trends(run.panel, horizon=6).estimate - run.truth(6) for run in runs]
    assert abs(np.mean(errors)) < 0.015


def test_what_cannot_be_known_has_a_reason():
    panel = company(1, settings=SMALL).panel
    assert rep_trends(replace(panel, start=np.full(panel.n_units, NEVER))) == NotEstimable("no_trained")
    soon = replace(panel, start=np.where(panel.start < NEVER, 7, NEVER))
    assert rep_trends(soon) == NotEstimable("too_short_history", {"needed": 8})
    everyone = replace(panel, start=np.full(panel.n_units, 9))
    assert rep_trends(everyone) == NotEstimable("no_untrained_comparison")


def test_a_kpi_that_never_changes_says_nothing():
    panel = company(1, settings=SMALL).panel
    flat = replace(panel, outcome=np.full(panel.outcome.shape, 3.0))
    assert rep_trends(flat) == NotEstimable("constant_outcome")
