"""Targets by hand: what is handed down adds up, seniority lowers and raises, attainment and forecast say no more than is known."""

from __future__ import annotations

import math
import random
from datetime import date

import pytest

from performance.kpis.measures import Entry
from performance.kpis.periods import shift
from performance.targets.attainment import attained, state
from performance.targets.cascade import Part, balance, split, split_rate, step_of
from performance.targets.forecast import LEVEL, Forecast, NotYet, forecast
from performance.targets.periods import Span, fits, records_in, span_of
from performance.targets.progress import progress
from performance.targets.seniority import STANDARD, Band, factor, months_between, problem
from performance.targets.smart import checks

YEAR = Span("year", date(2026, 1, 1))


class Sales:
    kind, over_time, period, direction = "amount", "sum", "month", "higher"


def months(values: list[float | None], first: date = date(2025, 1, 1)) -> list[Entry | None]:
    return [None if v is None else Entry(shift("month", first, at), v, None, None) for at, v in enumerate(values)]


# Handing down ------------------------------------------------------------------------------------


def test_shares_come_to_the_whole_by_largest_remainders() -> None:
    assert split(100, [1, 1, 1], 1) == [34, 33, 33]
    assert split(2_400_000, [1.1, 0.4, 1, 1], 100) == [754_300, 274_300, 685_700, 685_700]
    assert split(10, [0, 0], 1) == [5, 5]
    odd = split(1_000_003, [3, 2, 2], 100)
    assert math.fsum(odd) == 1_000_003
    assert [value % 100 for value in odd[1:]] == [0, 0]


def test_counts_are_whole_and_amounts_are_rounded_to_a_thousandth_of_a_share() -> None:
    assert step_of("count", 0, 50, 7) == 1
    assert step_of("amount", 0, 2_400_000, 10) == 100
    assert step_of("amount", 2, 0, 10) == 0.01


def test_what_is_missing_to_the_whole_is_unassigned_and_what_is_over_is_below_zero() -> None:
    found = balance("amount", 100, [Part(60), Part(30), Part(None)])
    assert (found.assigned, found.unassigned, found.counted, found.left_out) == (90, 10, 2, 1)
    assert balance("amount", 100, [Part(60), Part(60)]).unassigned == -20
    assert balance("amount", 0.3, [Part(0.1), Part(0.2)]).even
    assert balance("amount", 100, []).assigned is None


def test_rates_are_weighted_by_their_denominators_and_never_summed() -> None:
    """90 % of 100 and 60 % of 50 are 120 of 150: 80 %, not 75 % and not 150 %."""
    found = balance("rate", 0.8, [Part(0.9, 100), Part(0.6, 50), Part(0.7, None)])
    assert found.assigned == pytest.approx(0.8)
    assert (found.even, found.left_out) == (True, 1)


def test_rates_are_handed_down_so_that_they_come_to_the_whole_and_none_is_above_all() -> None:
    assert split_rate(0.8, [10, 20], [1, 1]) == [0.8, 0.8]
    rates = split_rate(0.95, [100, 100], [1.2, 0.8])
    assert rates == [1.0, 0.9], "the first is full; the second carries the rest"
    assert split_rate(0.5, [None, 10], [1, 1]) == [0.5, 0.5]


# Seniority ---------------------------------------------------------------------------------------


def test_a_new_rep_carries_less_and_an_experienced_one_more() -> None:
    """Joined on 10 March: nothing in January and February; 0.4 for March to May (under 3 months), 0.6 for June to August,
    0.8 for September to December: (3·0.4 + 3·0.6 + 4·0.8) / 12 = 0.5167."""
    assert factor(STANDARD, date(2026, 3, 10), None, YEAR.start, YEAR.end) == pytest.approx(0.5167)
    assert factor(STANDARD, date(2020, 1, 1), None, YEAR.start, YEAR.end) == 1.1
    assert factor(STANDARD, None, None, YEAR.start, YEAR.end) == 1.0
    assert factor(STANDARD, date(2020, 1, 1), date(2026, 6, 30), YEAR.start, YEAR.end) == pytest.approx(0.55)
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 0


def test_a_table_begins_at_zero_rises_and_keeps_to_sensible_factors() -> None:
    assert problem(STANDARD) is None
    assert problem([Band(3, 1.0)]) == problem([]) == "seniority_from_zero"
    assert problem([Band(0, 0.5), Band(0, 1.0)]) == "seniority_not_rising"
    assert problem([Band(0, 0.0)]) == problem([Band(0, 4.0)]) == "seniority_factor_range"


# Attainment --------------------------------------------------------------------------------------


def test_a_weeks_records_belong_to_the_month_in_which_their_monday_lies() -> None:
    assert records_in("week", Span("month", date(2026, 6, 1))) == 5
    assert records_in("week", Span("month", date(2026, 7, 1))) == 4
    assert records_in("month", YEAR) == 12
    assert not fits("quarter", "month")
    assert span_of("quarter", date(2026, 5, 3)).end == date(2026, 7, 1)


def test_a_rate_to_date_is_sums_over_sums_a_stock_its_last_and_nothing_is_missing() -> None:
    rate = [Entry(date(2026, 1, 1), 1.0, 10, 10), Entry(date(2026, 2, 1), 0.5, 50, 100)]
    assert attained("ratio", 0.6, rate, 12, last_recorded=False).value == pytest.approx(60 / 110)
    stock = [Entry(date(2026, 1, 1), 40, None, None), Entry(date(2026, 2, 1), 42, None, None)]
    assert attained("last", 84, stock, 12, last_recorded=False).share == 0.5
    none = attained("sum", 100, [], 12, last_recorded=False)
    assert (none.value, none.share, none.recorded) == (None, None, 0)


@pytest.mark.parametrize(
    ("direction", "value", "over", "interval", "expected"),
    [
        ("higher", 100, False, None, "reached"),
        ("higher", 90, False, (95, 99), "behind"),
        ("higher", 90, False, (95, 105), "open"),
        ("higher", 90, False, (101, 105), "ahead"),
        ("higher", 90, False, None, "cannot_tell"),
        ("higher", 90, True, None, "missed"),
        ("lower", 101, False, (102, 110), "missed"),
        ("lower", 90, False, (95, 99), "ahead"),
        ("lower", 90, False, (101, 105), "behind"),
        ("lower", 100, True, None, "reached"),
        ("higher", None, False, (101, 105), "ahead"),
        ("higher", None, False, None, "nothing"),
    ],
)
def test_where_a_target_of_100_stands(
    direction: str, value: float | None, over: bool, interval: tuple[float, float] | None, expected: str
) -> None:
    entries = [] if value is None else [Entry(date(2026, 1, 1), value, None, None)]
    found = attained("sum", 100, entries, 12, last_recorded=over)
    assert state(direction, "sum", 100, found, interval) == expected


# Forecast ----------------------------------------------------------------------------------------


def test_a_forecast_by_hand() -> None:
    """Fourteen months of 100: two are to come and ten of the year are in. Run rate and season agree, nothing was ever wrong."""
    found = forecast("sum", "month", months([100.0] * 22), 10, 2)
    assert isinstance(found, Forecast)
    assert (found.value, found.low, found.high, found.method) == (1200, 1200, 1200, "season")


def test_the_season_of_the_year_before_and_the_growth_since_lay_out_the_rest() -> None:
    """Years of 100 a month but 300 in December; this year a tenth more. The last twelve months are 1,510 against 1,400
    before: December is 300 · 1,510 / 1,400 = 323.57, and the year 11 · 110 + 323.57."""
    year = [100.0] * 11 + [300.0]
    found = forecast("sum", "month", months([*year, *year, *(v * 1.1 for v in year[:11])], date(2024, 1, 1)), 11, 1)
    assert isinstance(found, Forecast)
    assert found.value == pytest.approx(1210 + 300 * 1510 / 1400)


def test_a_short_history_and_too_few_earlier_forecasts_cannot_tell() -> None:
    assert forecast("sum", "month", months([100.0] * 5), 5, 7) == NotYet("too_short", 5)
    assert forecast("sum", "month", months([100.0] * 10), 10, 2) == NotYet("too_few_errors", 10)
    assert isinstance(forecast("sum", "month", months([100.0] * 13), 10, 2), Forecast)


def test_what_is_in_already_cannot_be_lost_and_a_rate_stays_below_one() -> None:
    wild = [10.0, 500.0] * 12
    found = forecast("sum", "month", months(wild), 10, 2)
    assert isinstance(found, Forecast)
    assert found.low >= sum(wild[-10:])
    rate = [Entry(shift("month", date(2024, 1, 1), at), 0.98, 98, 100) for at in range(24)]
    ratio = forecast("ratio", "month", rate, 6, 6)
    assert isinstance(ratio, Forecast)
    assert ratio.value == pytest.approx(0.98)
    assert ratio.high <= 1


def test_the_range_holds_as_often_as_it_says() -> None:
    """Reps with a season and noise of 15 %: about eight of ten ranges hold the outcome, and never far fewer."""
    rng, held, n = random.Random(7), 0, 250
    for _rep in range(n):
        values = [100 * math.exp(0.2 * math.sin(2 * math.pi * t / 12) + rng.gauss(0, 0.15)) for t in range(35)]
        found = forecast("sum", "month", months(list(values[:33])), 9, 2)
        assert isinstance(found, Forecast)
        held += found.low <= math.fsum(values[24:35]) <= found.high
    assert LEVEL - 0.08 < held / n < LEVEL + 0.12


def test_a_gap_is_not_filled_and_a_period_far_ahead_is_not_forecast() -> None:
    entries = [entry for entry in months([100.0] * 20 + [None, 100.0]) if entry]
    found = progress(Sales(), YEAR, 1200, entries)
    assert (found.found.value, found.found.recorded, found.found.periods) == (900, 9, 12)
    assert progress(Sales(), Span("year", date(2028, 1, 1)), 1200, entries).forecast is None


# SMART -------------------------------------------------------------------------------------------


def test_a_target_is_compared_with_what_was_reached_before() -> None:
    def achievable(target: float, earlier: list[float], direction: str = "higher") -> str:
        return checks(direction, target, earlier, 12, reason="", from_above=False)[2].code

    assert achievable(95, [90, 100, 110]) == "below_usual"
    assert achievable(105, [90, 100, 110]) == "within_own_history"
    assert achievable(120, [90, 100, 110]) == "beyond_best"
    assert achievable(140, [90, 100, 110]) == "far_beyond_best"
    assert achievable(105, [90, 100, 110], "lower") == "below_usual"
    assert achievable(100, [90, 100]) == "too_little_history"
    assert [check.verdict for check in checks("higher", 1, [], 0, reason="", from_above=False)] == ["ok", "warn", "none", "warn", "ok"]
