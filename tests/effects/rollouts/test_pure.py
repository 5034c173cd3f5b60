"""Dealing, timing, locking and departures by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from effects.rollouts import dealing, estimators, timing
from effects.rollouts.dealing import Among, Seat
from effects.rollouts.departures import Course, Member, departures
from effects.stats import methods
from effects.stats.detectable import Shape, smallest_detectable
from effects.stats.options import Options
from effects.stats.panel import NEVER
from effects.stats.simulate import Settings, company
from lms import canonical

SEATS = [Seat(10 + n, n // 6, n % 3) for n in range(24)]


def test_every_stratum_is_spread_over_the_groups_as_evenly_as_its_size_allows() -> None:
    groups = dealing.deal(SEATS, 2, seed=5, teams=False)
    for team in range(4):
        for tercile in range(3):
            here = [g for s, g in zip(SEATS, groups, strict=True) if (s.team_id, s.tercile) == (team, tercile)]
            assert sorted(here) == [1, 2], "two people of a stratum go to two groups"


def test_the_same_seed_deals_the_same_and_the_order_of_the_seats_does_not_matter() -> None:
    first = dealing.deal(SEATS, 3, seed=7, teams=False)
    assert first == dealing.deal(SEATS[::-1], 3, seed=7, teams=False)
    assert first != dealing.deal(SEATS, 3, seed=8, teams=False)


def test_whole_teams_stay_together() -> None:
    seats = [Seat(s.person_id, s.team_id, s.team_id % 3) for s in SEATS if s.team_id is not None]
    groups = dealing.deal(seats, 2, seed=5, teams=True)
    of_team: dict[int | None, set[int]] = {}
    for seat, group in zip(seats, groups, strict=True):
        of_team.setdefault(seat.team_id, set()).add(group)
    assert all(len(each) == 1 for each in of_team.values())
    assert sorted(group for each in of_team.values() for group in each) == [1, 1, 2, 2]


def test_people_without_a_team_stand_alone() -> None:
    assert dealing.team_numbers([(1, 5), (2, None), (3, 5), (4, None)]).tolist() == [0, 1, 0, 2]


def test_the_lottery_among_those_seen_is_the_whole_lottery_at_their_rows() -> None:
    whole = dealing.stored(SEATS, (4, 8, NEVER), teams=False)
    among = Among(whole.starts, whole.strata, whole, np.array([0, 5, 23]))
    assert among.assign(11).tolist() == whole.assign(11)[[0, 5, 23]].tolist()


def test_the_average_alone_is_the_estimator_of_the_study() -> None:
    panel = company(2, settings=Settings(reps=40, teams=8, months=20)).panel
    whole = methods.run("bjs", panel, Options(horizon=4))
    alone = estimators.average_by_imputation(panel, 4)
    assert (alone.estimate, alone.se) == pytest.approx((whole.estimate, whole.se), abs=1e-12)  # type: ignore[union-attr]


def test_whole_teams_see_less_than_reps_of_every_team() -> None:
    panel = company(2, settings=Settings(reps=48, teams=12, months=24, team_shock_sd=0.06)).panel
    shape, estimate = Shape(2, 3, 3), estimators.planned("bjs")
    seen = [
        smallest_detectable(
            panel, shape, estimate, draws=100, seed=1,
            deal=lambda before, starts, w=whole: dealing.placebo(before, starts, teams=w),  # type: ignore[misc]
        ).effect  # type: ignore[union-attr]
        for whole in (False, True)
    ]  # fmt: skip
    assert seen[0] < seen[1]


def test_waves_start_a_gap_apart_and_the_last_window_closes_a_horizon_after_the_last() -> None:
    assert timing.wave_starts("month", date(2026, 11, 1), 3, 2) == [
        date(2026, 11, 1), date(2027, 1, 1), date(2027, 3, 1),
    ]  # fmt: skip
    assert timing.closes_on("month", date(2026, 11, 1), Shape(3, 2, 6)) == date(2027, 9, 1)
    assert timing.wave_starts("quarter", date(2026, 10, 1), 2, 1)[-1] == date(2027, 1, 1)


def test_waiting_costs_each_group_its_delay() -> None:
    found = timing.waiting([10, 10, 9], Shape(2, 3, 6))
    assert [(d.number, d.people, d.periods) for d in found.delays] == [(2, 10, 3), (0, 9, 9)]
    assert found.rep_periods == 10 * 3 + 9 * 9


def test_less_than_three_periods_between_the_first_and_the_last_wave_is_warned_of() -> None:
    assert timing.warnings(Shape(3, 1, 6)) == ["waves_close"]
    assert timing.warnings(Shape(2, 3, 6)) == []
    assert timing.warnings(Shape(3, 3, 6, waiting=False)) == ["nobody_waits"]


def test_the_hash_names_the_content_and_not_the_order_of_its_keys() -> None:
    assert canonical.sha256({"a": 1, "b": "漢"}) == canonical.sha256({"b": "漢", "a": 1})
    assert canonical.sha256({"a": 1}) != canonical.sha256({"a": 2})
    assert canonical.sha256({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_each_departure_is_found_and_a_rollout_as_planned_has_none() -> None:
    planned = (Member(0, 0, "enrolled"), Member(3, 3, "enrolled"), Member(None, None, None))
    assert departures(Course(planned, length=6)) == []
    crossed = (
        Member(0, 1, "enrolled"),
        Member(3, 1, "otherwise"),
        Member(None, 4, None),
        Member(3, None, "left"),
        Member(3, None, "enrolled"),
        Member(3, None, None),
    )
    found = departures(
        Course(
            crossed, 6, ("unit",), revised=2, missing=1, expected=5, late_waves={1: 3, 2: 9},
            closed=date(2026, 1, 1), reported=date(2026, 3, 1), stated=1,
        )
    )  # fmt: skip
    assert [(d.code, d.params.get("n")) for d in found] == [
        ("kpi_changed", None), ("wave_late", None), ("left", 1), ("unsettled", 1), ("otherwise", 1),
        ("crossed_early", 2), ("started_late", 1), ("never_started", 1), ("data_missing", 1), ("revised", 2),
        ("reported_late", None), ("stated", 1),
    ]  # fmt: skip
