"""Every check passes where nothing is wrong, and says so where something is."""

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats import checks
from effects.stats.gcomputation import gcomputation
from effects.stats.options import Options
from effects.stats.panel import NEVER
from effects.stats.rep_trends import rep_trends
from effects.stats.results import Check
from effects.stats.sensitivity import EventStudy
from effects.stats.sensitivity import check as sensitivity_check
from effects.stats.simulate import Selection, Settings, company
from lms.values import Interval

OPTIONS = Options(horizon=6)


def own_history(panel, options):
    return gcomputation(panel, horizon=options.horizon, anticipation=options.anticipation)


def own_trend(panel, options):
    return rep_trends(panel, horizon=options.horizon, anticipation=options.anticipation)


@pytest.fixture(scope="module")
def lottery():
    panel = company(21, settings=Settings(waves=(12, 15, 18))).panel
    return panel, own_history(panel, OPTIONS)


def test_a_clean_lottery_passes_every_check(lottery):
    panel, effect = lottery
    null = company(21, Selection.NULL, settings=Settings(waves=(12, 15, 18))).panel
    found = [
        checks.placebo_date(panel, OPTIONS, effect, own_history),
        checks.untouchable_kpi(replace(null, start=panel.start), OPTIONS, own_history, kpi="collection"),
        checks.leave_one_team_out(effect),
        checks.anticipation(panel, OPTIONS, effect, own_history),
        checks.leavers_joiners(panel),
        checks.other_courses(panel, OPTIONS, effect, own_history, {}),
        checks.comparison_coverage(panel),
        checks.event_study(effect),
    ]
    assert {check.name: check.verdict for check in found} == {check.name: "pass" for check in found}


def test_growing_volunteers_fail_the_placebo_date_and_their_own_trend_passes_it():
    panel = company(3, Selection.GROWING, settings=Settings(waves=(15, 18), drift_sd=0.02)).panel
    effect = own_history(panel, OPTIONS)
    assert checks.placebo_date(panel, OPTIONS, effect, own_history).verdict == "fail"
    trend = own_trend(panel, OPTIONS)
    assert checks.placebo_date(panel, OPTIONS, trend, own_trend).verdict == "pass"


def test_low_recent_kpi_shows_as_a_dip_in_the_event_study():
    effect = own_history(company(4, Selection.LOW_RECENT).panel, OPTIONS)
    check = checks.event_study(effect)
    assert check.verdict == "fail"
    assert -1 in check.params["outside"]
    assert check.value < 0


def test_one_team_that_makes_the_whole_effect_is_named(lottery):
    _, effect = lottery
    odd = dict.fromkeys(effect.leave_one_out, effect.estimate) | {"Team 7": -0.2}
    check = checks.leave_one_team_out(replace(effect, leave_one_out=odd))
    assert check.verdict == "fail"
    assert check.params["low_team"] == "Team 7"


def test_a_kpi_that_rises_between_enrolment_and_start_shifts_the_anticipation_figure(lottery):
    panel, effect = lottery
    early = replace(panel, start=np.where(panel.start < NEVER, panel.start + 2, NEVER))
    late = own_history(early, OPTIONS)
    check = checks.anticipation(early, OPTIONS, late, own_history, periods=2)
    assert check.params["periods"] == 2
    assert check.params["shift"] > 0


def test_colleagues_who_gain_too_are_seen_when_other_teams_are_untouched():
    made = company(5, Selection.WHOLE_TEAMS, settings=Settings(teams=16))
    first = made.panel.start
    half = np.arange(made.panel.n_units) % 2 == 0
    mixed = replace(made.panel, start=np.where(half, first, NEVER))
    check = checks.spillover(mixed, OPTIONS, own_history)
    assert check.verdict == "fail"  # the other half gained as well
    quiet = replace(mixed, outcome=np.where(half[:, None], mixed.outcome, made.untreated))
    assert checks.spillover(quiet, OPTIONS, own_history).verdict == "pass"


def test_spillover_cannot_be_known_without_untouched_teams():
    panel = company(5).panel
    check = checks.spillover(panel, OPTIONS, own_history)
    assert check.verdict == "unknown"
    assert check.params["code"] == "no_untouched_team"


def test_trained_reps_who_leave_more_often_are_seen(lottery):
    panel, _ = lottery
    gone = panel.trained_units & (np.arange(panel.n_units) % 3 == 0)
    outcome = panel.outcome.copy()
    outcome[gone, -2:] = np.nan
    check = checks.leavers_joiners(replace(panel, outcome=outcome))
    assert check.verdict == "fail"
    assert check.params["trained_left"] == gone.sum()
    assert check.params["untrained_left"] == 0


def test_a_second_course_in_the_same_months_is_taken_out(lottery):
    panel, effect = lottery
    second = np.where(np.arange(panel.n_units) % 4 == 0, panel.start, NEVER)
    check = checks.other_courses(panel, OPTIONS, effect, own_history, {"Negotiation": second})
    assert check.params["courses"] == {"Negotiation": int((second < NEVER).sum())}
    assert check.value != pytest.approx(effect.estimate)
    everyone = checks.other_courses(panel, OPTIONS, effect, own_history, {"Negotiation": panel.start})
    assert everyone.params["code"] == "all_trained_affected"


def test_reps_who_moved_are_taken_out(lottery):
    panel, effect = lottery
    moved = np.arange(panel.n_units) % 10 == 0
    check = checks.territory_changes(panel, OPTIONS, effect, own_history, moved)
    assert check.verdict == "pass"
    assert check.params["n_moved"] == 20


def test_weak_reps_without_a_peer_are_not_covered(lottery):
    panel, _ = lottery
    low = np.where(panel.trained_units[:, None], panel.outcome - 5, panel.outcome)
    check = checks.comparison_coverage(replace(panel, outcome=low))
    assert check.verdict == "warn"
    assert check.value < 0.7


def test_the_breakdown_is_told_beside_a_clear_effect_and_not_beside_an_unclear_one(lottery):
    panel, effect = lottery
    check = sensitivity_check(EventStudy.of(panel, OPTIONS, effect), effect)
    assert check.verdict in ("pass", "warn", "fail")
    assert check.value >= 0
    unclear = replace(effect, interval=Interval(-1.0, 1.0))
    assert sensitivity_check(EventStudy.of(panel, OPTIONS, effect), unclear).params["code"] == "not_clear_of_zero"


def test_the_placebo_date_sees_nothing_from_the_real_start_on(lottery):
    panel, effect = lottery
    seen = []

    def watch(early, options):
        seen.append((early, options.horizon))
        return effect

    checks.placebo_date(panel, OPTIONS, effect, watch)
    checks.placebo_date(panel, OPTIONS, replace(effect, method="twfe"), watch)
    (own, own_horizon), (other, other_horizon) = seen
    assert (own_horizon, other_horizon) == (3, 6)
    assert not own.observed[panel.relative >= -3].any()
    assert other.observed[panel.relative == -1].all()
    assert not other.observed[panel.relative >= 0].any()


def test_a_figure_that_is_not_clear_of_zero_does_not_hang_on_a_team_that_moves_it_within_its_own_range(lottery):
    _, effect = lottery
    unclear = replace(effect, estimate=0.01, interval=Interval(-0.05, 0.07, 0.95))
    near = dict.fromkeys(effect.leave_one_out, 0.01) | {"Team 7": -0.01}
    assert checks.leave_one_team_out(replace(unclear, leave_one_out=near)).verdict == "pass"
    assert checks.leave_one_team_out(replace(unclear, leave_one_out=near | {"Team 7": -0.06})).verdict == "warn"


def test_a_look_at_colleagues_that_could_overlook_an_effect_as_large_as_the_figure_tells_nothing(lottery):
    _, effect = lottery
    clear = replace(effect, estimate=0.04, interval=Interval(0.03, 0.05, 0.95))
    wide = Check("spillover", "pass", -0.02, Interval(-0.13, 0.09, 0.95))
    assert checks.unless_too_wide(wide, clear).params["code"] == "too_wide"
    assert checks.unless_too_wide(wide, clear).verdict == "unknown"
    narrow = replace(wide, interval=Interval(-0.03, 0.01, 0.95))
    assert checks.unless_too_wide(narrow, clear) == narrow
    unclear = replace(clear, interval=Interval(-0.01, 0.09, 0.95))
    assert checks.unless_too_wide(wide, unclear) == wide
