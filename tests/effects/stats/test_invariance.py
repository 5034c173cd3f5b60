"""What must not change a result, and what must change it exactly so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from effects.stats.before_after import prepost
from effects.stats.group_time_inference import cs
from effects.stats.imputation_jackknife import bjs
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.results import Effect
from effects.stats.two_way import twfe
from lms.values import NotEstimable
from tests.effects.stats.panels import drawn, panel_of

Estimator = Callable[[Panel, Options], Effect | NotEstimable]
ESTIMATORS: list[Estimator] = [bjs, cs, twfe, prepost]
every = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda f: f.__name__)


def figures(estimator: Estimator, panel: Panel) -> tuple[float, float]:
    found = estimator(panel, Options())
    assert isinstance(found, Effect) and found.se is not None
    return found.estimate, found.se


@every
def test_renaming_and_reordering_reps_changes_nothing(estimator: Estimator) -> None:
    panel = drawn(1)
    order = np.random.default_rng(0).permutation(panel.n_units)
    other = replace(panel.ordered(order), units=tuple(f"x{i}" for i in range(panel.n_units)))
    assert figures(estimator, other) == pytest.approx(figures(estimator, panel), abs=1e-10)


@every
def test_renumbering_teams_changes_nothing(estimator: Estimator) -> None:
    panel = drawn(1)
    other = replace(panel, cluster=panel.n_clusters - 1 - panel.cluster)
    assert figures(estimator, other) == pytest.approx(figures(estimator, panel), abs=1e-10)


@every
def test_another_unit_of_money_scales_the_effect(estimator: Estimator) -> None:
    panel = drawn(2)
    estimate, se = figures(estimator, panel)
    other = figures(estimator, replace(panel, outcome=panel.outcome * 1000))
    assert other == pytest.approx((estimate * 1000, se * 1000), rel=1e-8)


@every
def test_a_higher_level_for_everyone_changes_nothing(estimator: Estimator) -> None:
    panel = drawn(2)
    other = figures(estimator, replace(panel, outcome=panel.outcome + 5000))
    assert other == pytest.approx(figures(estimator, panel), abs=1e-8)


@pytest.mark.parametrize("estimator", [bjs, cs, twfe])
def test_own_levels_and_common_months_are_not_an_effect(estimator: Estimator) -> None:
    panel = drawn(2)
    rng = np.random.default_rng(9)
    moved = panel.outcome + rng.normal(size=(panel.n_units, 1)) * 50 + rng.normal(size=panel.n_periods) * 50
    assert figures(estimator, replace(panel, outcome=moved)) == pytest.approx(figures(estimator, panel), abs=1e-7)


@every
def test_the_company_twice_gives_the_same_effect_and_more_certainty(estimator: Estimator) -> None:
    panel = drawn(3)
    twice = replace(
        panel,
        units=panel.units + tuple(f"{u}b" for u in panel.units),
        outcome=np.vstack([panel.outcome] * 2),
        start=np.concatenate([panel.start] * 2),
        cluster=np.concatenate([panel.cluster, panel.cluster + panel.n_clusters]),
        clusters=panel.clusters + tuple(f"{c}b" for c in panel.clusters),
    )
    (estimate, se), (same, smaller) = figures(estimator, panel), figures(estimator, twice)
    assert same == pytest.approx(estimate, abs=1e-9)
    assert smaller < se


@pytest.mark.parametrize("estimator", [each for each in ESTIMATORS if each is not prepost], ids=lambda f: f.__name__)
def test_equal_denominators_change_nothing(estimator: Estimator) -> None:
    """But for before/after: of a rate it is sums over sums, in which who has fewer months on a side weighs less there."""
    panel = drawn(3)
    other = replace(panel, weight=np.full(panel.outcome.shape, 7.0))
    assert figures(estimator, other) == pytest.approx(figures(estimator, panel), abs=1e-9)


@pytest.mark.parametrize("estimator", [bjs, cs])
def test_a_rep_with_the_true_effect_everywhere_is_found_exactly(estimator: Estimator) -> None:
    start = [4, 6, 8, NEVER, NEVER, 4]
    y = np.arange(6.0)[:, None] + np.sin(np.arange(10.0)) + 2.5 * (np.arange(10) >= np.array(start)[:, None])
    found = estimator(panel_of(y.tolist(), start), Options())
    assert isinstance(found, Effect)
    assert found.estimate == pytest.approx(2.5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(2, 9), st.floats(0, 0.7), st.floats(0, 1))
def test_no_figure_is_ever_not_a_number(seed: int, reps: int, periods: int, missing: float, never: float) -> None:
    rng = np.random.default_rng(seed)
    start = np.where(rng.random(reps) < never, NEVER, rng.integers(0, periods, reps))
    y = rng.integers(0, 3, (reps, periods)).astype(float)
    y[rng.random(y.shape) < missing] = np.nan
    panel = panel_of(y.tolist(), start.tolist(), np.unique(rng.integers(0, 4, reps), return_inverse=True)[1].tolist())
    for estimator in ESTIMATORS:
        found = estimator(panel, Options())
        if isinstance(found, Effect):
            numbers = [found.estimate, found.se, found.p_value]
            for at in (*found.event_study, *found.groups, *found.calendar):
                numbers += [at.estimate, at.se]
                for interval in (at.interval, at.band):
                    numbers += [interval.low, interval.high] if interval else []
            numbers += list(found.leave_one_out.values())
            assert all(v is None or np.isfinite(v) for v in numbers)
