"""The imputation estimator: by hand, against the long way round, and on panels with holes."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats import imputation
from effects.stats.cells import cells
from effects.stats.imputation_jackknife import bjs, without_each
from effects.stats.jackknife import jackknife, leave_one_by_one
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.point import PointEstimate
from effects.stats.pretrends import lead_count
from effects.stats.results import Effect
from lms.values import NotEstimable
from tests.effects.stats.panels import drawn, panel_of

NAN = float("nan")


def point(found: object) -> PointEstimate:
    assert isinstance(found, PointEstimate)
    return found


def figures(found: PointEstimate, name: str) -> dict[int, float]:
    return {k: float(v) for (kind, k), v in zip(found.keys, found.values, strict=True) if kind == name}


def four_reps() -> Panel:
    """Ana starts in p2, Ben in p3; Cleo and Dov never do.

            p0   p1   p2   p3      untrained cells obey  Y = level + period,
    Ana     10   12  [19] [21]     levels 10, 20, 30, 40, periods 0, 2, 4, 6
    Ben     20   22   24  [29]
    Cleo    30   32   34   36      Ana:  19 - (10 + 4) = 5,  21 - (10 + 6) = 5
    Dov     40   42   44   46      Ben:  29 - (20 + 6) = 3

    Average over the three trained rep-periods (5 + 5 + 3) / 3 = 13/3.  In p2: 5.  In p3: (5 + 3) / 2 = 4.
    First period after the start: (5 + 3) / 2 = 4; second: 5.  By cohort: Ana's 5, Ben's 3, mean 4.
    """
    return panel_of(
        [[10, 12, 19, 21], [20, 22, 24, 29], [30, 32, 34, 36], [40, 42, 44, 46]], [2, 3, NEVER, NEVER]
    )


def test_four_reps_by_hand() -> None:
    found = point(imputation.estimate(four_reps()))
    assert found.att == pytest.approx(13 / 3)
    assert figures(found, "event") == pytest.approx({-2: 0, -1: 0, 0: 4, 1: 5}, abs=1e-12)
    assert figures(found, "group") == pytest.approx({2: 5, 3: 3})
    assert figures(found, "calendar") == pytest.approx({2: 5, 3: 4})
    assert (found.n_trained, int(found.counts[0]), found.n_lost) == (2, 3, 0)


@pytest.mark.parametrize(
    ("how", "figure"), [("simple", 13 / 3), ("group", 4.0), ("calendar", 4.5), ("event", 4.5)]
)
def test_four_reps_by_each_average(how: str, figure: float) -> None:
    assert point(imputation.estimate(four_reps(), Options(aggregate=how))).att == pytest.approx(figure)  # type: ignore[arg-type]


def test_a_horizon_counts_only_the_first_periods_after_the_start() -> None:
    assert point(imputation.estimate(four_reps(), Options(horizon=1))).att == pytest.approx(4)


def test_four_reps_jackknife_by_hand() -> None:
    """Without Ana 3; without Ben 5; without Cleo or Dov still 13/3, as the periods remain the same.

    CV3: (3/4) ((3 - 13/3)^2 + (5 - 13/3)^2) = (3/4) (16/9 + 4/9) = 5/3.
    """
    found = bjs(four_reps(), Options())
    assert isinstance(found, Effect)
    assert found.leave_one_out == pytest.approx({"team0": 3, "team1": 5, "team2": 13 / 3, "team3": 13 / 3})
    assert found.se == pytest.approx((5 / 3) ** 0.5)
    assert found.interval is not None
    assert found.interval.high - found.estimate == pytest.approx(3.182446305 * (5 / 3) ** 0.5)


def test_a_rate_counts_by_its_denominator() -> None:
    """Ana's two trained cells (effect 5) weigh 3 and 1, Ben's (effect 3) weighs 4: (5*4 + 3*4) / 8 = 4."""
    p = four_reps()
    weight = np.ones_like(p.outcome)
    weight[0, 2:], weight[1, 3] = (3, 1), 4
    assert point(imputation.estimate(replace(p, weight=weight))).att == pytest.approx(4)


def dummies(panel: Panel, options: Options) -> float:
    """The same estimate the long way round: all dummies at once, by least squares."""
    c = cells(panel, options)
    n, t = np.nonzero(c.fit)
    design = np.zeros((len(n), panel.n_units + panel.n_periods))
    design[np.arange(len(n)), n] = 1
    design[np.arange(len(n)), panel.n_units + t] = 1
    root = np.sqrt(c.weight[n, t])
    beta = np.linalg.lstsq(design * root[:, None], c.outcome[n, t] * root, rcond=None)[0]
    known = imputation.imputable(c, imputation.fit_untrained(c))
    tau = c.outcome - beta[: panel.n_units, None] - beta[panel.n_units :]
    return float(np.average(tau[known], weights=c.weight[known]))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("options", [Options(), Options(horizon=3, anticipation=1)])
def test_sweeping_out_reps_equals_all_dummies_at_once(seed: int, options: Options) -> None:
    for panel in (drawn(seed), drawn(seed, missing=0.4), drawn(seed, rates=True), drawn(seed, never=0.0)):
        assert point(imputation.estimate(panel, options)).att == pytest.approx(dummies(panel, options), abs=1e-9)


PANELS = {
    "teams": drawn(0),
    "every rep a cluster": drawn(0, teams=None),
    "half the records missing": drawn(3, missing=0.5),
    "everyone trained in the end": drawn(4, never=0.0, missing=0.0),
    "a rate": drawn(6, rates=True),
    "twelve reps": drawn(5, reps=12, teams=None, never=0.1, missing=0.3),
}
PLANS = {
    "simple": Options(),
    "group": Options(aggregate="group"),
    "calendar": Options(aggregate="calendar"),
    "event": Options(aggregate="event", horizon=3, anticipation=1),
}


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS.keys())
@pytest.mark.parametrize("options", PLANS.values(), ids=PLANS.keys())
def test_leaving_teams_out_by_subtraction_equals_estimating_again(panel: Panel, options: Options) -> None:
    found = point(imputation.estimate(panel, options))
    fast = without_each(panel, options, found)
    fixed = replace(options, leads=lead_count(panel, options, cells(panel, options)))
    slow = leave_one_by_one(lambda p: imputation.estimate(p, fixed))(panel, found)
    np.testing.assert_array_equal(np.isnan(fast), np.isnan(slow))
    np.testing.assert_allclose(fast, slow, atol=1e-9)


def test_a_team_that_alone_holds_two_periods_together_is_left_out_by_estimating_again() -> None:
    """Only rep3 was seen both early and late: without him p0-p1 and p2-p3 no longer compare."""
    p = panel_of(
        [[1, 2, NAN, NAN], [3, 4, NAN, NAN], [NAN, NAN, 5, 7], [1, 2, 3, 4], [1, 2, 5, 6]],
        [NEVER, NEVER, NEVER, NEVER, 2],
    )
    found = bjs(p, Options())
    assert isinstance(found, Effect)
    assert np.isfinite(found.estimate)
    assert found.se is None and found.interval is None and found.p_value is None


def test_placebos_before_the_start_are_zero_without_noise_and_find_a_dip() -> None:
    trend = np.arange(10.0) * 2
    y = np.array([trend + level for level in range(8)])
    start = [6, 6, 7, 7, NEVER, NEVER, NEVER, NEVER]
    clean = figures(point(imputation.estimate(panel_of(y.tolist(), start))), "event")
    assert {k: v for k, v in clean.items() if k < 0} == pytest.approx(dict.fromkeys(range(-6, 0), 0.0), abs=1e-9)
    for i in range(4):
        y[i, start[i] - 1] -= 5
    dipped = figures(point(imputation.estimate(panel_of(y.tolist(), start))), "event")
    assert dipped[-1] == pytest.approx(-5)
    assert dipped[-2] == pytest.approx(0, abs=1e-9)


def test_when_everyone_is_trained_in_the_end_the_last_periods_have_no_counterfactual() -> None:
    p = panel_of([[1, 2, 3, 9], [1, 2, 8, 9]], [3, 2])
    found = point(imputation.estimate(p))
    assert int(found.counts[0]) == 1 and found.n_lost == 2
    assert found.att == pytest.approx(5)


@pytest.mark.parametrize(
    ("panel", "code"),
    [
        (panel_of([[1, 2, 3], [1, 2, 3]], [2, 2]), "nothing_to_compare"),
        (panel_of([[1, 2, 3], [1, 2, 3]], [0, 0]), "no_untrained_cells"),
        (panel_of([[1, 2, 3], [1, 2, 3]], [NEVER, NEVER]), "no_trained_cells"),
    ],
)
def test_what_cannot_be_imputed_says_so(panel: Panel, code: str) -> None:
    found = imputation.estimate(panel)
    assert isinstance(found, NotEstimable)
    assert found.code == code


def test_bands_over_the_event_study_are_wider_than_its_intervals() -> None:
    found = bjs(drawn(1), Options())
    assert isinstance(found, Effect)
    for at in found.event_study:
        if at.interval is not None and at.band is not None:
            assert at.band.low < at.interval.low and at.band.high > at.interval.high


def test_the_same_seed_draws_the_same_bands() -> None:
    assert bjs(drawn(1), Options(seed=5)) == bjs(drawn(1), Options(seed=5))


def test_a_cohort_of_one_rep_gets_no_standard_error() -> None:
    p = drawn(2, teams=None)
    start = np.where(p.start == 5, NEVER, p.start)
    start[0] = 5
    found = bjs(replace(p, start=start), Options())
    assert isinstance(found, Effect)
    alone = next(g for g in found.groups if g.key == 5)
    assert alone.se is None and alone.interval is None


def test_the_general_jackknife_gives_the_same_effect_as_the_fast_one() -> None:
    p, options = drawn(8), Options(leads=4)
    fast = bjs(p, options)
    slow = jackknife(p, lambda q: imputation.estimate(q, options))
    assert isinstance(fast, Effect) and isinstance(slow, Effect)
    assert fast.se == pytest.approx(slow.se)
    assert fast.interval is not None and slow.interval is not None
    assert fast.interval.low == pytest.approx(slow.interval.low)
