"""The dip test sees who was sent for recent results."""

from __future__ import annotations

import numpy as np
import pytest

from effects.stats.dip import dip_sums, dip_test
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from tests.effects.stats.panels import panel_of


def company(shift: float, *, seed: int = 0, reps: int = 120, teams: int = 20, after: float = 0.0) -> Panel:
    """Half the reps start in p10; their last three periods before are moved by ``shift`` (noise sd 1)."""
    rng = np.random.default_rng(seed)
    start = np.where(np.arange(reps) % 2 == 0, 10, NEVER)
    y = rng.normal(size=(reps, 16)) + rng.normal(size=(reps, 1)) * 3 + rng.normal(size=16)
    y[start == 10, 7:10] += shift
    y[start == 10, 10:] += after
    return panel_of(y.tolist(), start.tolist(), (np.arange(reps) // 2 % teams).tolist())


def test_the_gap_by_hand() -> None:
    """Five trained reps fell by 4 in the last three periods, five others rose by 1: the gap is -5."""
    y = [[10] * 5 + [6] * 3 + [20]] * 5 + [[10] * 5 + [11] * 3 + [10]] * 5
    panel = panel_of(y, [8] * 5 + [NEVER] * 5)
    assert dip_sums(panel).mean(without=False)[0] == pytest.approx(-5)
    assert dip_test(panel, Options()).verdict == "unknown", "without any spread there is no standard error"


def test_poor_recent_results_are_seen() -> None:
    found = dip_test(company(-1.0), Options())
    assert (found.verdict, found.params["direction"]) == ("fail", "low")
    assert found.interval is not None and found.interval.high < 0


def test_a_rise_before_training_is_seen() -> None:
    found = dip_test(company(+1.0), Options())
    assert (found.verdict, found.params["direction"]) == ("fail", "high")


def test_poor_means_high_where_lower_is_better() -> None:
    assert dip_test(company(+1.0), Options(direction="lower")).params["direction"] == "low"


def test_what_happens_after_the_start_does_not_matter() -> None:
    before, after = dip_test(company(0.0), Options()), dip_test(company(0.0, after=50.0), Options())
    assert before == after


def test_a_clean_company_is_suspected_in_about_one_case_in_twenty() -> None:
    alarms = sum(dip_test(company(0.0, seed=s), Options()).verdict == "fail" for s in range(200))
    assert 2 <= alarms <= 20


def test_under_five_trained_reps_with_history_nothing_is_said() -> None:
    panel = company(-1.0)
    keep = (panel.start == NEVER) | (np.cumsum(panel.start == 10) <= 4)
    found = dip_test(panel.select(keep), Options())
    assert (found.verdict, found.params["reason"]) == ("unknown", "too_little_history")


def test_a_start_too_early_for_the_earlier_span_is_not_tested() -> None:
    panel = panel_of(np.random.default_rng(0).normal(size=(20, 9)).tolist(), [5] * 10 + [NEVER] * 10)
    assert dip_test(panel, Options()).verdict == "unknown"
