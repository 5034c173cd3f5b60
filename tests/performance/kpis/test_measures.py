"""What several records come to. Pure."""

from __future__ import annotations

from datetime import date

import pytest

from performance.kpis import periods
from performance.kpis.measures import Entry, Sums, by_period, figure_of, plus, trend


def months(*values: float | None, parts: float | None = None) -> list[Entry]:
    starts = [date(2026, month, 1) for month in range(1, len(values) + 1)]
    return [
        Entry(start, value, value * parts if parts else None, parts)
        for start, value in zip(starts, values, strict=True)
        if value is not None
    ]


def test_a_rate_of_a_team_is_sums_over_sums_and_not_the_mean_of_percentages() -> None:
    ana, ben = Sums(1.0, 10.0, 10.0, 1), Sums(0.5, 50.0, 100.0, 1)
    assert figure_of("rate", "share", plus(ana, ben)) == pytest.approx(60 / 110)


def test_amounts_of_a_team_are_added_up() -> None:
    assert figure_of("amount", "CNY", plus(Sums(100.0, None, None, 1), Sums(50.0, None, None, 2))) == 150.0


def test_shares_without_parts_and_points_are_not_added_up() -> None:
    assert figure_of("amount", "points", Sums(9.0, None, None, 2)) is None
    assert figure_of("amount", "share", Sums(0.9, None, None, 1)) == 0.9


def test_nothing_recorded_is_missing_and_not_zero() -> None:
    assert figure_of("amount", "CNY", None) is None
    assert figure_of("amount", "CNY", Sums(0.0, None, None, 0)) is None
    assert figure_of("amount", "CNY", Sums(0.0, None, None, 3)) == 0.0


def test_three_periods_are_set_against_the_three_before() -> None:
    found = trend("amount", "CNY", "month", months(100, 100, 100, 110, 110, 110))
    assert found is not None
    assert (found.course, round(found.change, 3), found.recent, found.before) == ("up", 0.1, 110.0, 100.0)


def test_a_trend_of_a_rate_is_in_percentage_points_over_sums() -> None:
    found = trend("rate", "share", "month", months(0.9, 0.9, 0.9, 0.8, 0.8, 0.8, parts=50))
    assert found is not None
    assert (found.course, round(found.change, 3)) == ("down", -0.1)


def test_a_change_that_rounds_to_nothing_is_level() -> None:
    found = trend("amount", "CNY", "month", months(1000, 1000, 1000, 1001, 1001, 1001))
    assert found is not None
    assert found.course == "level"


def test_one_gap_on_a_side_is_borne_and_two_are_not() -> None:
    assert trend("amount", "CNY", "month", months(1, None, 1, 1, 1, 1)) is not None
    assert trend("amount", "CNY", "month", months(1, None, None, 1, 1, 1)) is None
    assert trend("amount", "CNY", "month", months(5)) is None
    assert trend("amount", "CNY", "month", []) is None


def test_from_nothing_no_percentage_is_made() -> None:
    assert trend("amount", "CNY", "month", months(0, 0, 0, 5, 5, 5)) is None


def test_a_gap_in_a_series_stays_a_gap() -> None:
    shown = by_period("month", months(1, None, 3), date(2026, 3, 1), 3)
    assert [entry and entry.value for _start, entry in shown] == [1, None, 3]


@pytest.mark.parametrize("kind", ["week", "month", "quarter", "year"])
def test_a_written_period_leads_back_to_its_first_day(kind: str) -> None:
    for day in (date(2024, 12, 30), date(2025, 1, 1), date(2026, 2, 28), date(2026, 12, 31)):
        start = periods.start_of(kind, day)
        assert periods.first_day(periods.label(kind, start)) == start
