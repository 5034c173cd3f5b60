"""The routing table, the refusals and the grade, row by row."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from effects.stats.design import (
    ROUTES,
    Chosen,
    Grade,
    Refusal,
    detectable,
    grade,
    planned_route,
    plausible,
    refusals,
    route,
    too_small_to_see,
)
from effects.stats.facts import Facts, facts_of
from effects.stats.options import Options
from effects.stats.panel import NEVER
from effects.stats.results import Check, Effect
from lms.values import Interval
from tests.effects.stats.panels import drawn, panel_of

CLEAN = Check("dip", "pass")
LOW = Check("dip", "fail", params={"direction": "low"})
HIGH = Check("dip", "fail", params={"direction": "high"})
UNKNOWN = Check("dip", "unknown")


def facts(**changes: Any) -> Facts:
    """A company where nothing stands in the way: 60 of 200 reps, 20 teams, 12 periods before."""
    return replace(
        Facts(
            n_units=200,
            n_trained=60,
            n_comparison=140,
            n_clusters=20,
            n_trained_clusters=18,
            n_comparison_clusters=20,
            n_whole_clusters=0,
            clusters_given=True,
            n_periods=24,
            n_cohorts=3,
            n_trained_periods=500,
            periods_before=12,
            level_before=100.0,
            shown_before=100.0,
            shown_after=110.0,
            constant=False,
            lowest=10.0,
        ),
        **changes,
    )


@pytest.mark.parametrize(
    ("chosen", "dip", "row", "primary", "best", "reasons"),
    [
        (Chosen.RANDOM, CLEAN, "random", "bjs", "A", ["stated_random"]),
        (Chosen.RANDOM, UNKNOWN, "random", "bjs", "A", ["stated_random"]),
        (Chosen.RANDOM, LOW, "low_kpi", "gcomp", "C", ["stated_random", "dip_found"]),
        (Chosen.WAVES, CLEAN, "waves", "bjs", "B", ["stated_waves"]),
        (Chosen.WAVES, LOW, "low_kpi", "gcomp", "C", ["stated_waves", "dip_found"]),
        (Chosen.WAVES, HIGH, "volunteers", "bjs-trends", "C", ["stated_waves", "rise_found"]),
        (Chosen.LOW_KPI, CLEAN, "low_kpi", "gcomp", "B", ["stated_low_kpi"]),
        (Chosen.LOW_KPI, LOW, "low_kpi", "gcomp", "B", ["stated_low_kpi", "dip_confirms"]),
        (Chosen.LOW_KPI, HIGH, "unknown", "union", "C", ["stated_low_kpi", "dip_contradicts_rising"]),
        (Chosen.VOLUNTEERS, CLEAN, "volunteers", "bjs-trends", "C", ["stated_volunteers"]),
        (Chosen.VOLUNTEERS, HIGH, "volunteers", "bjs-trends", "C", ["stated_volunteers", "rise_confirms"]),
        (Chosen.VOLUNTEERS, LOW, "low_kpi", "gcomp", "C", ["stated_volunteers", "dip_found"]),
        (Chosen.TEAMS, CLEAN, "teams", "bjs", "B", ["stated_teams"]),
        (Chosen.EVERYONE, LOW, "everyone", "its", "C", ["stated_everyone"]),
        (Chosen.UNKNOWN, CLEAN, "unknown", "union", "C", ["stated_unknown"]),
        (Chosen.UNKNOWN, LOW, "low_kpi", "gcomp", "C", ["stated_unknown", "dip_found"]),
    ],
)
def test_how_people_were_chosen_and_the_records_pick_the_estimator(
    chosen: Chosen, dip: Check, row: str, primary: str, best: str, reasons: list[str]
) -> None:
    found = route(chosen, facts(), dip)
    assert (found.row, found.primary, found.best, list(found.reasons)) == (row, primary, best, reasons)


def test_low_kpi_selection_is_never_headlined_by_a_plain_difference() -> None:
    for chosen in Chosen:
        if chosen is not Chosen.EVERYONE:
            assert route(chosen, facts(), LOW).primary == "gcomp"


def test_records_that_show_everyone_at_once_overrule_the_answer() -> None:
    found = route(Chosen.WAVES, facts(n_comparison=0, n_comparison_clusters=0), CLEAN)
    assert (found.row, found.primary) == ("everyone", "its")
    assert found.reasons == ("stated_waves", "records_show_everyone_at_once")


def test_one_team_is_compared_with_ten_others_or_not_at_all() -> None:
    one = facts(n_trained_clusters=1, n_comparison_clusters=10, n_clusters=11)
    found = route(Chosen.TEAMS, one, CLEAN)
    assert (found.row, found.primary, found.best) == ("one_team", "sdid", Grade.C)
    assert refusals(one, found) == ()
    nine = replace(one, n_comparison_clusters=9)
    assert [r.code for r in refusals(nine, found)] == ["few_comparison_teams"]


def test_under_eight_whole_teams_the_best_is_suggestive() -> None:
    assert route(Chosen.TEAMS, facts(n_clusters=8), CLEAN).best == Grade.B
    found = route(Chosen.TEAMS, facts(n_clusters=7), CLEAN)
    assert found.best == Grade.C and "few_whole_teams" in found.reasons


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"n_trained": 5}, []),
        ({"n_trained": 4}, [Refusal("few_trained", {"n": 4, "fewest": 5})]),
        ({"n_trained_clusters": 2}, []),
        ({"n_trained_clusters": 1}, [Refusal("few_trained_teams", {"n": 1, "fewest": 2, "of": "teams"})]),
        ({"n_comparison_clusters": 1}, [Refusal("few_comparison_teams", {"n": 1, "fewest": 2, "of": "teams"})]),
        ({"n_clusters": 6}, []),
        ({"n_clusters": 5}, [Refusal("few_teams", {"n": 5, "fewest": 6, "of": "teams"})]),
        (
            {"n_clusters": 5, "clusters_given": False},
            [Refusal("few_teams", {"n": 5, "fewest": 6, "of": "reps"})],
        ),
        ({"periods_before": 6}, []),
        ({"periods_before": 5}, [Refusal("short_history", {"periods": 5, "fewest": 6})]),
        ({"constant": True}, [Refusal("constant_outcome")]),
    ],
)
def test_under_the_thresholds_the_question_is_refused(changes: dict[str, Any], expected: list[Refusal]) -> None:
    assert list(refusals(facts(**changes), ROUTES[Chosen.WAVES])) == expected


def test_rep_trends_need_eight_periods_before() -> None:
    assert [r.code for r in refusals(facts(periods_before=7), ROUTES[Chosen.VOLUNTEERS])] == ["short_history"]
    assert refusals(facts(periods_before=8), ROUTES[Chosen.VOLUNTEERS]) == ()


def effect(se: float | None) -> Effect:
    return Effect("bjs", 5.0, se, Interval(1, 9), 0.02, "jackknife", 200, 60, 20, 24, 500)


def test_the_smallest_detectable_effect_is_two_quantiles_of_the_standard_error() -> None:
    """t(19): 2.0930 for 95 %, 0.8610 for 80 % power."""
    assert detectable(effect(2.0), 0.95) == pytest.approx(2 * (2.0930 + 0.8610), abs=1e-3)
    assert detectable(effect(None), 0.95) is None


def test_a_single_series_is_as_sharp_as_its_periods_and_not_as_its_few_teams() -> None:
    series = replace(effect(2.0), inference="ar1", n_clusters=2, n_periods=30, degrees=24)
    assert detectable(series, 0.95) == pytest.approx(2 * (2.0639 + 0.8569), abs=1e-3)  # t with 24 degrees of freedom


def test_a_study_that_could_only_see_the_implausible_is_refused() -> None:
    assert plausible(facts(), Options(), False) == 50
    assert plausible(facts(), Options(), True) == pytest.approx(0.405, abs=0.001)
    assert plausible(facts(), Options(plausible=7.0), False) == 7
    assert too_small_to_see(effect(2.0), 6.0, 0.95) is None
    refusal = too_small_to_see(effect(2.0), 5.0, 0.95)
    assert refusal is not None and refusal.code == "detectable_above_plausible"


WAVES, RANDOM = ROUTES[Chosen.WAVES], ROUTES[Chosen.RANDOM]
BAD = Check("placebo_date", "fail")


@pytest.mark.parametrize(
    ("taken", "method", "checks", "refused", "expected"),
    [
        (RANDOM, "bjs", [CLEAN], [], "A"),
        (RANDOM, "gcomp", [CLEAN], [], "A"),
        (RANDOM, "twfe", [CLEAN], [], "C"),
        (RANDOM, "prepost", [CLEAN], [], "D"),
        (RANDOM, "bjs", [BAD], [], "C"),
        (RANDOM, "bjs", [Check("placebo_date", "warn")], [], "A"),
        (WAVES, "bjs", [LOW], [], "B"),
        (WAVES, "bjs", [CLEAN], [Refusal("few_teams")], "D"),
        (ROUTES[Chosen.LOW_KPI], "bjs", [CLEAN], [], "D"),
        (ROUTES[Chosen.LOW_KPI], "gcomp", [CLEAN], [], "B"),
        (ROUTES[Chosen.VOLUNTEERS], "bjs", [CLEAN], [], "C"),
    ],
)
def test_the_grade(taken: Any, method: str, checks: list[Check], refused: list[Refusal], expected: str) -> None:
    assert grade(taken, method, checks, refused) == expected


def test_the_answer_is_read_with_hyphen_or_underscore() -> None:
    assert Chosen.parse("low-kpi") is Chosen.parse("LOW_KPI") is Chosen.LOW_KPI
    with pytest.raises(ValueError, match="maybe"):
        Chosen.parse("maybe")


def test_the_facts_of_a_small_company() -> None:
    """Ana and Ben (north) start in p2 and p3; Cleo (north) and Dov (south) never."""
    panel = panel_of(
        [[1, 3, 9, 9], [2, 2, 2, 8], [5, 5, 5, 5], [7, 7, 7, 7]], [2, 3, NEVER, NEVER], [0, 0, 0, 1]
    )
    found = facts_of(panel, Options(window=2))
    assert (found.n_trained, found.n_comparison, found.n_trained_clusters) == (2, 3, 1), "Ben waits in p2"
    assert (found.n_clusters, found.n_comparison_clusters, found.n_whole_clusters) == (2, 2, 0)
    assert (found.clusters_given, found.n_cohorts, found.n_trained_periods) == (True, 2, 3)
    assert found.periods_before == 2.5
    assert found.level_before == pytest.approx((1 + 3 + 2 + 2 + 2) / 5)
    assert found.shown_before == pytest.approx((1 + 3 + 2 + 2) / 4)
    assert found.shown_after == pytest.approx((9 + 9 + 8) / 3)


def test_where_everyone_starts_at_once_nobody_is_left_to_compare() -> None:
    assert facts_of(panel_of([[1, 2, 3], [1, 2, 4]], [1, 1]), Options()).nobody_to_compare
    assert not facts_of(drawn(0), Options()).nobody_to_compare


def test_a_stored_lottery_stays_on_the_method_locked_with_it() -> None:
    assert planned_route("auto", CLEAN) == replace(ROUTES[Chosen.RANDOM], reasons=("stated_random",))
    for method, beside in (("bjs", ("gcomp", "cs")), ("gcomp", ("bjs", "cs"))):
        kept = planned_route(method, LOW)
        assert (kept.row, kept.primary, kept.beside, kept.best) == ("random", method, beside, Grade.A)
        assert kept.reasons == ("stated_random", "lottery_kept")
