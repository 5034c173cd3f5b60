"""Before and after, and the parts it is made of."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats.before_after import Decomposition, decompose, prepost, seasonal_pattern
from effects.stats.imputation_jackknife import bjs
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.results import Effect
from lms.values import NotEstimable
from tests.effects.stats.panels import drawn, panel_of


def parts(found: object) -> Decomposition:
    assert isinstance(found, Decomposition)
    return found


def effect(found: object) -> Effect:
    assert isinstance(found, Effect)
    return found


def growing(effect_size: float = 5.0, dip: float = 0.0, season: float = 0.0, never: int = 6) -> Panel:
    """Everyone grows by 1 a month over 36 months; reps 0-5 start in month 20 and gain ``effect_size``."""
    t = np.arange(36)
    y = np.arange(6.0 + never)[:, None] * 10 + t + season * np.cos(2 * np.pi * t / 12)
    y[:6, 20:] += effect_size
    y[:6, 14:20] -= dip
    return panel_of(y.tolist(), [20] * 6 + [NEVER] * never)


def test_six_months_of_growth_come_to_everyone_and_the_course_gets_the_rest() -> None:
    """Mean of months 20-25 less mean of 14-19 is 6 months of growth and the effect: 6 + 5 = 11."""
    panel = growing()
    assert effect(prepost(panel, Options())).estimate == pytest.approx(11)
    found = parts(decompose(panel, Options(), effect(bjs(panel, Options())), None))
    assert (found.naive, found.everyone, found.course) == pytest.approx((11, 6, 5))
    assert found.own == pytest.approx(0, abs=1e-9)
    assert found.season is None
    assert found.after - found.before == pytest.approx(found.naive)


def test_recovery_from_a_poor_spell_is_the_reps_own() -> None:
    """A dip of 2 in the six months before: the own norm of 20 months is lower by 6/20 of it, so that 2 - 0.6 are
    recovery, and the imputation still credits the course with 0.6 too much (which is why the dip test routes)."""
    panel = growing(dip=2.0, never=994)
    found = parts(decompose(panel, Options(), effect(bjs(panel, Options())), None))
    assert found.naive == pytest.approx(13)
    assert found.own == pytest.approx(1.4, abs=0.02)
    assert found.course == pytest.approx(5.6, abs=0.02)


def test_a_season_is_told_apart_where_two_years_are_on_record() -> None:
    panel = growing(season=3.0)
    found = parts(decompose(panel, Options(), effect(bjs(panel, Options())), 12))
    t = np.arange(36)
    wave = 3 * np.cos(2 * np.pi * t / 12)
    assert found.season == pytest.approx(wave[20:26].mean() - wave[14:20].mean(), abs=1e-6)
    assert found.everyone == pytest.approx(6, abs=1e-6)
    short = decompose(panel, Options(), effect(bjs(panel, Options())), 24)
    assert parts(short).season is None


def test_without_a_headline_the_rest_stays_together() -> None:
    found = parts(decompose(growing(), Options(), None, None))
    assert found.own is None and found.course is None
    assert found.rest == pytest.approx(5)


@pytest.mark.parametrize("seed", range(3))
def test_the_parts_always_add_up(seed: int) -> None:
    panel = drawn(seed, periods=30, first=8)
    found = parts(decompose(panel, Options(), effect(bjs(panel, Options())), 12))
    assert None not in (found.everyone, found.season, found.own, found.course)
    total = sum(v or 0.0 for v in (found.everyone, found.season, found.own, found.course))
    assert total == pytest.approx(found.naive)


def test_nobody_seen_on_both_sides_is_said() -> None:
    found = prepost(panel_of([[np.nan, 2], [1, 2]], [1, NEVER]), Options())
    assert isinstance(found, NotEstimable) and found.code == "no_before_and_after"


def test_a_window_looks_no_further_than_asked() -> None:
    panel = growing()
    far = panel.outcome.copy()
    far[:, :18] = 1000
    moved = replace(panel, outcome=far)
    two = Options(window=2)
    assert effect(prepost(moved, two)).estimate == pytest.approx(effect(prepost(panel, two)).estimate)


def test_a_pattern_needs_two_years() -> None:
    delta = np.arange(23.0)
    assert seasonal_pattern(delta, np.ones(23, bool), 12) is None
    pattern = seasonal_pattern(np.arange(24.0), np.ones(24, bool), 12)
    assert pattern is not None and np.abs(pattern).max() < 1e-9


def test_a_rate_is_sums_over_sums_on_both_sides() -> None:
    # 1 of 1 and 1 of 9 collected before: 2 of 10, not the mean of 100 % and 11 %. After: 0 of 1 and 9 of 9, 9 of 10.
    panel = panel_of([[1.0, 0.0], [1 / 9, 1.0]], [1, 1], weight=[[1, 1], [9, 9]])
    found = prepost(panel, Options())
    assert isinstance(found, Effect)
    assert found.estimate == pytest.approx(0.9 - 0.2)
    # What each adds: (0 - .9) - (1 - .2) = -1.7, and 9 (1 - .9) - (1 - 9 * .2) = 1.7, of ten due.
    assert found.se == pytest.approx((2 / 1 * (1.7**2 + 1.7**2)) ** 0.5 / 10)
