"""Before launch and after a lottery: the draw, its redraw, what could be seen, and few teams."""

import itertools
import math

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats.detectable import Shape, power_curve, smallest_detectable
from effects.stats.gcomputation import gcomputation, point_estimate
from effects.stats.lottery import Plan, draw_waves, kpi_terciles, strata, without_training
from effects.stats.panel import NEVER
from effects.stats.randomisation import randomisation_test
from effects.stats.simulate import Selection, Settings, company
from effects.stats.wild_bootstrap import wild_bootstrap
from lms.values import NotEstimable

SMALL = Settings(reps=60, teams=10)


def own_history(panel, horizon):
    return gcomputation(panel, horizon=horizon, placebo=0)


@pytest.fixture(scope="module")
def untrained():
    made = company(11, Selection.NULL, settings=SMALL)
    return replace(made.panel, start=np.full(60, NEVER))


def test_the_same_seed_draws_the_same_waves_and_another_seed_others(untrained):
    who = strata(untrained)
    assert (draw_waves(who, 4, 7) == draw_waves(who, 4, 7)).all()
    assert (draw_waves(who, 4, 7) != draw_waves(who, 4, 8)).any()


def test_waves_are_even_overall_and_within_every_stratum(untrained):
    who = strata(untrained)
    wave = draw_waves(who, 4, 7)
    assert np.ptp(np.bincount(wave, minlength=4)) <= 1
    for stratum in np.unique(who):
        assert np.ptp(np.bincount(wave[who == stratum], minlength=4)) <= 1


def test_everybody_has_the_same_chance_of_every_wave(untrained):
    who = strata(untrained)
    waves = np.array([draw_waves(who, 3, seed) for seed in range(600)])
    shares = np.stack([(waves == w).mean(axis=0) for w in range(3)])
    assert np.abs(shares - 1 / 3).max() < 0.09


def test_a_stratum_is_a_team_and_a_third_of_the_company(untrained):
    tercile = kpi_terciles(untrained)
    assert np.bincount(tercile).tolist() == [20, 20, 20]
    recent = untrained.outcome[:, -6:].mean(axis=1)
    assert recent[tercile == 0].max() < recent[tercile == 1].min()
    assert (strata(untrained) // 3 == untrained.cluster).all()


def test_history_keeps_nothing_of_trained_periods():
    panel = company(1, settings=SMALL).panel
    history = without_training(panel)
    assert (history.start == NEVER).all()
    assert np.isfinite(history.outcome).sum() == panel.untrained.sum()


def test_the_smallest_detectable_effect_is_found_in_four_of_five_fresh_companies(untrained):
    shape = Shape(waves=3, gap=3, horizon=6)
    found = smallest_detectable(untrained, shape, own_history, draws=100, seed=3)
    assert found.power_at(found.effect) == pytest.approx(0.8, abs=0.01)
    assert found.power_at(0.0) < 0.1
    hits = 0
    for seed in range(60):
        fresh = company(seed, Selection.NULL, settings=SMALL).panel
        plan = Plan(shape.starts(fresh.n_periods - shape.length), strata(fresh))
        start = plan.assign(seed)
        moved = fresh.outcome + found.effect * (np.arange(fresh.n_periods) >= start[:, None])
        effect = own_history(replace(fresh, outcome=moved, start=start), 6)
        hits += effect.interval.low > 0
    assert 0.65 <= hits / 60 <= 0.95


def test_the_detectable_effect_grows_with_the_noise_of_the_company(untrained):
    loud = replace(untrained, outcome=3 * untrained.outcome)
    quiet, noisy = (
        smallest_detectable(panel, Shape(2, 3, 4), own_history, draws=20) for panel in (untrained, loud)
    )
    assert noisy.effect == pytest.approx(3 * quiet.effect, rel=1e-6)


def test_a_plan_longer_than_the_history_is_refused_and_the_curve_goes_on(untrained):
    curve = power_curve(untrained, [Shape(6, 4, 6), Shape(2, 2, 3)], own_history, draws=10)
    assert curve[0] == NotEstimable("too_short_history", {"needed": 32, "have": 24})
    assert curve[1].draws == 10


def test_redrawing_the_lottery_finds_a_real_effect_and_no_other(untrained):
    plan = Plan((9, 13, NEVER), strata(untrained))
    start = plan.assign(42)
    moved = replace(untrained, outcome=untrained.outcome + 0.2 * (np.arange(24) >= start[:, None]))

    def statistic(panel):
        return point_estimate(panel, horizon=6)

    real = randomisation_test(moved, plan, 42, statistic, draws=99)
    assert real.p_value == pytest.approx(0.01)
    none = randomisation_test(untrained, plan, 42, statistic, draws=99)
    assert none.p_value > 0.05
    assert randomisation_test(moved, plan, 42, statistic, draws=99) == real


def test_eight_teams_without_an_effect_are_called_about_one_time_in_twenty():
    rejected = 0
    for seed in range(60):
        made = company(seed, Selection.WHOLE_TEAMS, settings=Settings(reps=80, teams=8, effect=0.0))
        rejected += wild_bootstrap(own_history(made.panel, 6), draws=399).p_value < 0.05
    assert rejected <= 7


def test_a_strong_effect_in_eight_teams_is_called_and_five_teams_are_refused():
    made = company(1, Selection.WHOLE_TEAMS, settings=Settings(reps=80, teams=8, effect=0.3))
    effect = own_history(made.panel, 6)
    assert wild_bootstrap(effect).p_value < 0.05
    five = replace(effect, leave_one_out=dict(list(effect.leave_one_out.items())[:5]))
    assert wild_bootstrap(five) == NotEstimable("too_few_clusters", {"n": 5})


def test_six_teams_take_every_weight_there_is():
    made = company(1, Selection.WHOLE_TEAMS, settings=Settings(reps=60, teams=6, effect=0.3))
    found = wild_bootstrap(own_history(made.panel, 6))
    assert found.draws == 6**6


def test_chance_counts_in_both_directions(untrained):
    effect = own_history(company(1, settings=SMALL).panel, 6)
    fixed = replace(effect, estimate=0.01, se=0.02)
    found = smallest_detectable(untrained, Shape(2, 3, 4), lambda panel, horizon: fixed, draws=10)
    needed = 2.262157 * 0.02  # t(9)
    assert found.thresholds[:10] == pytest.approx(needed - 0.01, abs=1e-6)
    assert found.thresholds[10:] == pytest.approx(needed + 0.01, abs=1e-6)
    assert found.effect == pytest.approx(needed + 0.01, abs=1e-6)


def test_the_bootstrap_p_is_the_share_of_all_sign_and_size_changes_by_hand():
    made = company(1, Selection.WHOLE_TEAMS, settings=Settings(reps=60, teams=6, effect=0.3))
    pseudo = np.array([1.0, 2.0, 3.0, -1.5, 2.5, 2.0])
    theta = float(pseudo.mean())
    without = {f"T{g}": (6 * theta - p) / 5 for g, p in enumerate(pseudo)}
    effect = replace(own_history(made.panel, 6), estimate=theta, leave_one_out=without)
    found = wild_bootstrap(effect)
    sizes = [sign * math.sqrt(square) for sign in (-1, 1) for square in (0.5, 1.0, 1.5)]
    rows = np.array(list(itertools.product(sizes, repeat=6))) * pseudo
    # |t| is at least the observed one exactly when (sum)^2 / (sum of squares) is
    ratio = rows.sum(axis=1) ** 2 / (rows**2).sum(axis=1)
    own = pseudo.sum() ** 2 / (pseudo**2).sum()
    assert found.p_value == pytest.approx(np.mean(ratio >= own - 1e-9))
    assert found.statistic == pytest.approx(theta / (pseudo.std(ddof=1) / math.sqrt(6)))
