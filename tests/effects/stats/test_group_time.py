"""Group-time effects: by hand, by two inferences, and with what cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats import group_time
from effects.stats.doubly_robust import doubly_robust, logit, simple_difference
from effects.stats.group_time_inference import cs, without_each
from effects.stats.jackknife import leave_one_by_one
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.point import PointEstimate
from effects.stats.results import Effect
from lms.values import NotEstimable
from tests.effects.stats.panels import drawn, panel_of


def effect(found: object) -> Effect:
    assert isinstance(found, Effect)
    return found


def code(found: object) -> str:
    assert isinstance(found, NotEstimable)
    return found.code


def waves() -> Panel:
    """Ana starts in p1, Ben in p2, Cleo never.        Ana: 10 [17] [19]   Ben: 20 22 [27]   Cleo: 30 31 33

    ATT(Ana, p1): Ana 17 - 10 = 7; never Cleo 1 -> 6; not yet Ben 2 and Cleo 1, mean 1.5 -> 5.5.
    ATT(Ana, p2): 9 less Cleo's 3 = 6 (Ben has started).  ATT(Ben, p2): 27 - 22 = 5 less Cleo's 2 = 3.
    """
    return panel_of([[10, 17, 19], [20, 22, 27], [30, 31, 33]], [1, 2, NEVER])


@pytest.mark.parametrize(("control", "first"), [("never", 6.0), ("notyet", 5.5)])
def test_three_reps_by_hand(control: str, first: float) -> None:
    found = effect(cs(waves(), Options(control=control)))  # type: ignore[arg-type]
    assert found.estimate == pytest.approx((first + 6 + 3) / 3)
    assert {g.key: g.estimate for g in found.groups} == pytest.approx({1: (first + 6) / 2, 2: 3})
    assert {e.key: e.estimate for e in found.event_study if e.key >= 0} == pytest.approx({0: (first + 3) / 2, 1: 6})
    assert {c.key: c.estimate for c in found.calendar} == pytest.approx({1: first, 2: 4.5})
    before = {e.key: e.estimate for e in found.event_study if e.key < 0}
    assert before == pytest.approx({-1: 2 - 1}), "Ben p1 less p0 is 2, Cleo's 1; Ana has started"


@pytest.mark.parametrize("how", ["simple", "group", "calendar", "event"])
@pytest.mark.parametrize("seed", [1, 2])
def test_influence_and_jackknife_tell_the_same_uncertainty(how: str, seed: int) -> None:
    panel = drawn(seed, reps=800, periods=10, teams=None, missing=0.2)
    options = Options(aggregate=how)  # type: ignore[arg-type]
    influence = effect(cs(panel, options))
    jackknifed = effect(cs(panel, replace(options, inference="jackknife")))
    assert influence.inference == "influence" and jackknifed.inference == "jackknife"
    assert influence.estimate == pytest.approx(jackknifed.estimate, abs=1e-12)
    assert influence.se == pytest.approx(jackknifed.se, rel=0.02)
    pairs = zip(influence.event_study, jackknifed.event_study, strict=True)
    assert all(a.se == pytest.approx(b.se, rel=0.1) for a, b in pairs if a.n > 100)


@pytest.mark.parametrize("how", ["simple", "group", "calendar", "event"])
@pytest.mark.parametrize(
    "panel", [drawn(0), drawn(3, missing=0.4), drawn(6, rates=True), drawn(2, teams=None)],
    ids=["teams", "holes", "a rate", "every rep a cluster"],
)
def test_leaving_teams_out_by_subtraction_equals_estimating_again(how: str, panel: Panel) -> None:
    options = Options(aggregate=how, anticipation=1)  # type: ignore[arg-type]
    point = group_time.estimate(panel, options)
    assert isinstance(point, PointEstimate)
    fast = without_each(panel, options, point)
    slow = leave_one_by_one(lambda p: group_time.estimate(p, options))(panel, point)
    np.testing.assert_array_equal(np.isnan(fast), np.isnan(slow))
    np.testing.assert_allclose(fast, slow, atol=1e-10)


def test_teams_given_mean_the_jackknife_over_teams() -> None:
    found = effect(cs(drawn(0), Options()))
    assert (found.inference, found.n_clusters) == ("jackknife", 9)


def test_a_universal_base_compares_every_period_with_the_last_untrained_one() -> None:
    found = effect(cs(waves(), Options(control="never", base="universal")))
    assert {e.key: e.estimate for e in found.event_study if e.key < 0} == pytest.approx({-2: (20 - 22) - (30 - 31)})


def test_anticipation_moves_the_base_back() -> None:
    """Ben against p0, two periods before his start: 27 - 20 = 7 less Cleo's 3 = 4; Ana has no earlier period."""
    found = effect(cs(waves(), Options(control="never", anticipation=1)))
    assert found.estimate == pytest.approx(4)


def test_a_covariate_that_says_nothing_changes_nothing_to_speak_of() -> None:
    panel = drawn(4, reps=400, periods=6, teams=None, missing=0.0)
    noise = np.random.default_rng(0).normal(size=panel.n_units)
    plain, adjusted = (effect(cs(p, Options())) for p in (panel, replace(panel, covariates={"noise": noise})))
    assert plain.se is not None
    assert abs(plain.estimate - adjusted.estimate) < 0.5 * plain.se


def test_covariates_remove_a_trend_that_goes_with_size() -> None:
    """Big accounts grow by 2 a period and are trained more often; nothing else differs, and no course effect."""
    rng = np.random.default_rng(3)
    size = rng.normal(size=3000)
    trained = rng.random(3000) < 1 / (1 + np.exp(-size))
    y = 2 * size[:, None] * np.arange(4) + rng.normal(size=(3000, 4)) * 0.1
    panel = panel_of(y.tolist(), np.where(trained, 2, NEVER).tolist())
    naive = effect(cs(panel, Options()))
    adjusted = effect(cs(replace(panel, covariates={"size": size}), Options()))
    assert naive.estimate > 1
    assert abs(adjusted.estimate) < 0.02


def test_a_covariate_that_tells_the_trained_apart_for_certain_is_refused() -> None:
    panel = drawn(4, reps=100, periods=6, teams=None, missing=0.0)
    certain = panel.trained_units.astype(float)
    assert code(cs(replace(panel, covariates={"badge": certain}), Options(control="never"))) == "covariates_separate"


@pytest.mark.parametrize(
    ("panel", "options", "expected"),
    [
        (panel_of([[1, 2, 3], [1, 2, 3]], [1, 2]), Options(control="never"), "no_never_trained"),
        (panel_of([[1, 2, 3], [1, 2, 3]], [1, 1]), Options(), "nothing_to_compare"),
        (panel_of([[1, 2, 3], [1, 2, 3]], [0, NEVER]), Options(), "no_period_before"),
        (panel_of([[1, 2, 3], [1, 2, 3]], [NEVER, NEVER]), Options(), "no_trained_cells"),
    ],
)
def test_what_cannot_be_compared_says_so(panel: Panel, options: Options, expected: str) -> None:
    for inference in ("influence", "jackknife"):
        assert code(cs(panel, replace(options, inference=inference))) == expected  # type: ignore[arg-type]


def test_logit_finds_the_share_and_gives_up_on_perfect_separation() -> None:
    ones = np.ones((10, 1))
    y = np.array([1.0] * 3 + [0.0] * 7)
    found = logit(ones, y, np.ones(10))
    assert found is not None and found == pytest.approx(np.full(10, 0.3))
    assert logit(np.column_stack([ones, y]), y, np.ones(10)) is None


def test_doubly_robust_without_covariates_is_the_plain_difference() -> None:
    rng = np.random.default_rng(0)
    change, cohort, weight = rng.normal(size=50), (np.arange(50) < 20).astype(float), rng.random(50) + 0.5
    plain = simple_difference(change, cohort, weight)
    robust = doubly_robust(change, cohort, weight, np.zeros((50, 0)))
    assert robust is not None
    assert robust.estimate == pytest.approx(plain.estimate)
    np.testing.assert_allclose(robust.influence, plain.influence, atol=1e-10)
