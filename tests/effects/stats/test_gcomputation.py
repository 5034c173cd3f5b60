"""G-computation: exact where the answer is known, equal to the long way round, honest where it cannot know."""

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats.gcomputation import gcomputation
from effects.stats.panel import NEVER, Panel
from effects.stats.simulate import Selection, Settings, Trouble, company
from lms.values import NotEstimable

SMALL = Settings(reps=40, teams=8, months=18, waves=(8, 11))


def panel_of(outcome, start, cluster):
    outcome = np.asarray(outcome, dtype=float)
    return Panel(
        units=tuple(f"R{i}" for i in range(len(outcome))),
        periods=tuple(str(t) for t in range(outcome.shape[1])),
        outcome=outcome,
        start=np.asarray(start),
        cluster=np.asarray(cluster),
        clusters=tuple(f"T{g}" for g in range(max(cluster) + 1)),
    )


def the_long_way(panel, horizon, lags=6):
    """The same model with one column per period dummy and a loop over reps."""
    t_total = panel.n_periods
    tau = (np.arange(t_total) - (t_total - 1) / 2) / 12

    def row(values, t, known=None):
        known = [v for v in values[:t] if np.isfinite(v)] if known is None else known
        mean = sum(known) / len(known)
        f = [v if np.isfinite(v) else mean for v in values[t - lags : t]] + [mean]
        dummies = [float(t == s) for s in range(t_total)]
        return np.array(dummies + f + [tau[t] * v for v in f])

    x, y = [], []
    for i in range(panel.n_units):
        values = panel.outcome[i]
        for t in range(lags, min(t_total, panel.start[i])):
            if np.isfinite(values[t]) and np.isfinite(values[:t]).sum() >= lags:
                x.append(row(values, t))
                y.append(values[t])
    beta = np.linalg.lstsq(np.array(x), np.array(y), rcond=None)[0]
    gaps = []
    for i in range(panel.n_units):
        s = panel.start[i]
        if s >= t_total or np.isfinite(panel.outcome[i, :s]).sum() < lags:
            continue
        path = panel.outcome[i].copy()
        known = [v for v in path[:s] if np.isfinite(v)]
        path[:s][~np.isfinite(path[:s])] = sum(known) / len(known)
        for t in range(s, min(t_total, s + horizon)):
            path[t] = row(path, t, known) @ beta
            known.append(path[t])
            if np.isfinite(panel.outcome[i, t]):
                gaps.append(panel.outcome[i, t] - path[t])
    return np.mean(gaps)


def test_reps_who_only_differ_in_level_give_the_effect_exactly():
    rng = np.random.default_rng(3)
    outcome = rng.normal(size=(12, 1)) + rng.normal(size=(1, 14))
    start = np.array([8, 8, 9, 9] + [NEVER] * 8)
    outcome += 2.5 * (np.arange(14) >= start[:, None])
    effect = gcomputation(panel_of(outcome, start, [0, 1, 2, 3] * 3), placebo=0)
    assert effect.estimate == pytest.approx(2.5, abs=1e-9)
    assert [at.key for at in effect.event_study] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("trouble", [Trouble.NONE, Trouble.UNBALANCED, Trouble.LEAVERS])
def test_it_equals_one_big_regression_with_dummies_and_a_loop_over_reps(trouble):
    panel = company(5, Selection.LOW_RECENT, trouble, SMALL).panel
    assert gcomputation(panel, horizon=4).estimate == pytest.approx(the_long_way(panel, 4), abs=1e-8)


def test_leaving_a_team_out_equals_running_without_it():
    panel = company(6, Selection.RANDOM, Trouble.UNBALANCED, SMALL).panel
    effect = gcomputation(panel, horizon=6)
    without = gcomputation(panel.select(panel.cluster != 3), horizon=6)
    assert effect.leave_one_out["Team 4"] == pytest.approx(without.estimate, abs=1e-9)


def test_renaming_shuffling_or_doubling_the_company_does_not_move_the_effect():
    panel = company(7, settings=SMALL).panel
    effect = gcomputation(panel, horizon=6)
    order = np.random.default_rng(0).permutation(panel.n_units)
    shuffled = replace(
        panel, outcome=panel.outcome[order], start=panel.start[order], cluster=panel.cluster[order]
    )
    again = gcomputation(shuffled, horizon=6)
    assert again.estimate == pytest.approx(effect.estimate, abs=1e-10)
    assert again.se == pytest.approx(effect.se, abs=1e-10)
    doubled = replace(
        panel,
        units=panel.units + tuple(f"{u}b" for u in panel.units),
        outcome=np.vstack([panel.outcome] * 2),
        start=np.tile(panel.start, 2),
        cluster=np.tile(panel.cluster, 2),
    )
    assert gcomputation(doubled, horizon=6).estimate == pytest.approx(effect.estimate, abs=1e-10)


def test_another_unit_of_money_scales_the_effect_and_another_zero_leaves_it():
    panel = company(8, settings=SMALL).panel
    effect = gcomputation(panel, horizon=6)
    cents = gcomputation(replace(panel, outcome=panel.outcome * 100 + 700), horizon=6)
    assert cents.estimate == pytest.approx(100 * effect.estimate, rel=1e-8)
    assert cents.se == pytest.approx(100 * effect.se, rel=1e-6)


def test_equal_denominators_change_nothing():
    panel = company(9, settings=SMALL).panel
    weighted = replace(panel, weight=np.full(panel.outcome.shape, 3.0))
    assert gcomputation(weighted).estimate == pytest.approx(gcomputation(panel).estimate, abs=1e-10)


def test_reps_sent_for_low_kpi_dip_before_the_course_and_the_effect_is_still_right():
    runs = [company(seed, Selection.LOW_RECENT) for seed in range(12)]
    effects = [gcomputation(run.panel, horizon=6) for run in runs]
    errors = [e.estimate - run.truth(6) for e, run in zip(effects, runs, strict=True)]
    assert abs(np.mean(errors)) < 0.01
    dip = [next(at.estimate for at in e.event_study if at.key == -1) for e in effects]
    assert np.mean(dip) < -0.05


def test_what_cannot_be_known_has_a_reason_and_never_a_number():
    panel = company(1, settings=SMALL).panel
    nobody = replace(panel, start=np.full(panel.n_units, NEVER))
    assert gcomputation(nobody) == NotEstimable("no_trained")
    everyone = replace(panel, start=np.full(panel.n_units, 8))
    assert gcomputation(everyone) == NotEstimable("no_untrained_comparison")
    too_soon = replace(panel, start=np.where(panel.start < NEVER, 3, NEVER))
    assert gcomputation(too_soon) == NotEstimable("too_short_history", {"lags": 6})
    one_team = panel.select(panel.cluster == 0)
    assert gcomputation(one_team) == NotEstimable("too_few_clusters", {"n": 1})
    assert gcomputation(panel.select(np.arange(panel.n_units) % 13 == 0)).code == "too_few_untrained_periods"


def test_no_figure_of_a_thin_panel_is_a_nan():
    for seed in range(5):
        panel = company(seed, Selection.RANDOM, Trouble.LEAVERS, Settings(reps=24, teams=6, months=16, waves=(8, 11))).panel
        effect = gcomputation(panel)
        if isinstance(effect, NotEstimable):
            continue
        for at in (*effect.event_study, *effect.groups, *effect.calendar):
            assert np.isfinite(at.estimate)
            assert at.se is None or np.isfinite(at.se)


def test_a_kpi_that_never_changes_says_nothing():
    panel = company(1, settings=SMALL).panel
    flat = replace(panel, outcome=np.full(panel.outcome.shape, 3.0))
    assert gcomputation(flat) == NotEstimable("constant_outcome")


def test_a_cohort_that_was_never_recorded_after_its_start_takes_nothing_away():
    panel = company(1, settings=SMALL).panel
    start, outcome = panel.start.copy(), panel.outcome.copy()
    start[0], outcome[0, -1] = panel.n_periods - 1, np.nan
    alone = replace(panel, start=start, outcome=outcome)
    without = replace(alone, start=np.where(np.arange(panel.n_units) == 0, NEVER, start))
    assert gcomputation(alone, horizon=4).estimate == pytest.approx(gcomputation(without, horizon=4).estimate)
