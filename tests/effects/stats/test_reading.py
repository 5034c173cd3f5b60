"""Rows into a panel: every way they can be wrong has its own word."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats.calendar import calendar_of, read
from effects.stats.panel import NEVER
from effects.stats.reading import PanelError, Reading, Rows, read_rows

INF = float("inf")


def rows(**changes: Any) -> Rows:
    """Ana trained from p3, Ben never; periods 1 to 4."""
    plain = Rows(
        unit=["ana"] * 4 + ["ben"] * 4,
        period=[1, 2, 3, 4] * 2,
        outcome=[10, 11, 15, 16, 20, 21, 22, 23],
        first_treated=[3] * 4 + [""] * 4,
    )
    return replace(plain, **changes)


def refused(r: Rows) -> PanelError:
    with pytest.raises(PanelError) as caught:
        read_rows(r)
    return caught.value


def test_rows_become_a_panel_whatever_their_order() -> None:
    found = read_rows(rows())
    assert found.panel.units == ("ana", "ben")
    assert found.panel.periods == ("1", "2", "3", "4")
    assert found.panel.start.tolist() == [2, NEVER]
    np.testing.assert_array_equal(found.panel.outcome, [[10, 11, 15, 16], [20, 21, 22, 23]])
    order = [5, 0, 3, 7, 2, 6, 1, 4]
    r = rows()
    shuffled = Rows(*([column[i] for i in order] for column in (r.unit, r.period, r.outcome, r.first_treated)))
    np.testing.assert_array_equal(read_rows(shuffled).panel.outcome, found.panel.outcome)


@pytest.mark.parametrize("never", ["", 0, "0", None, float("nan"), INF, "inf", "NA"])
def test_never_trained_is_written_in_many_ways(never: Any) -> None:
    assert read_rows(rows(first_treated=[3] * 4 + [never] * 4)).panel.start.tolist() == [2, NEVER]


def test_a_start_after_the_data_is_not_yet_within_it() -> None:
    assert read_rows(rows(first_treated=[3] * 4 + [9] * 4)).panel.start[1] == NEVER


@pytest.mark.parametrize(
    ("periods", "first", "labels", "cycle"),
    [
        (["2023-11", "2023-12", "2024-01", "2024-02"], "2024-01", ("2023-11", "2024-02"), 12),
        (["2023/11", "2023/12", "2024/1", "2024/2"], "2024-01-15", ("2023-11", "2024-02"), 12),
        ([202311, 202312, 202401, 202402], 202401, ("2023-11", "2024-02"), 12),
        (["2023-Q3", "2023-Q4", "2024-Q1", "2024-Q2"], "2024-Q1", ("2023-Q3", "2024-Q2"), 4),
        (["2020-W52", "2020-W53", "2021-W01", "2021-W02"], "2021-W01", ("2020-W52", "2021-W02"), 52),
        ([date(2024, m, 1) for m in (1, 2, 3, 4)], date(2024, 3, 1), ("2024-01", "2024-04"), 12),
        (["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"], "2024-01-15", ("2024-01-01", "2024-01-22"), None),
        ([2001, 2003, 2005, 2007], 2005, ("2001", "2007"), None),
        ([2001, 2003, 2005, 2007], 2004, ("2001", "2007"), None),
        ([2003.0, 2004.0, 2005.0, 2006.0], 2005.0, ("2003", "2006"), None),
    ],
)
def test_periods_are_read_as_people_write_them(
    periods: list[Any], first: Any, labels: tuple[str, str], cycle: int | None
) -> None:
    found = read_rows(rows(period=periods * 2, first_treated=[first] * 4 + [""] * 4))
    assert (found.panel.periods[0], found.panel.periods[-1]) == labels
    assert found.panel.start.tolist() == [2, NEVER]
    assert found.calendar.cycle == cycle


def test_shifting_the_calendar_changes_labels_only() -> None:
    early, late = read_rows(rows()), read_rows(rows(period=[11, 12, 13, 14] * 2, first_treated=[13] * 4 + [""] * 4))
    np.testing.assert_array_equal(early.panel.start, late.panel.start)
    np.testing.assert_array_equal(early.panel.outcome, late.panel.outcome)


def test_missing_is_missing_and_never_zero() -> None:
    found = read_rows(rows(outcome=[10, "", 15, 16, 20, None, 22, "NA"])).panel
    assert np.isnan(found.outcome[[0, 1, 1], [1, 1, 3]]).all()


def test_a_rate_is_numerator_over_denominator_and_an_empty_base_is_missing() -> None:
    found = read_rows(rows(outcome=[1, 2, 3, 4] * 2, denominator=[2, 4, 0, 8] + [10] * 4)).panel
    np.testing.assert_array_equal(found.outcome[0], [0.5, 0.5, np.nan, 0.5])
    assert found.weight is not None
    assert found.weight[0].tolist() == [2, 4, 0, 8]


def six(first: list[Any], outcome: list[list[Any]] | None = None, **changes: Any) -> Reading:
    n = len(first)
    return read_rows(
        Rows(
            unit=[f"r{i}" for i in range(n) for _ in range(3)],
            period=[1, 2, 3] * n,
            outcome=[v for row in (outcome or [[1, 2, 4]] * n) for v in row],
            first_treated=[f for f in first for _ in range(3)],
            **changes,
        )
    )


def test_every_rep_left_out_is_accounted_for() -> None:
    found = six([3, "", 1, -5, 3, ""], [[1, 2, 4], [1, 2, 3], [1, 2, 3], [1, 2, 3], ["", "", 4], ["", "", ""]])
    assert {d.unit: d.reason for d in found.dropped} == {
        "r2": "trained_from_first_period",
        "r3": "trained_before_data",
        "r4": "no_outcome_before_start",
        "r5": "no_outcome",
    }
    assert found.panel.units == ("r0", "r1")


def test_a_rep_without_a_covariate_is_left_out() -> None:
    found = six([3, "", ""], covariates={"size": [1, 1, 1, 2, 2, 2, "", "", ""]})
    assert [(d.unit, d.reason) for d in found.dropped] == [("r2", "covariate_missing")]


@pytest.mark.parametrize(
    ("bad", "code", "params"),
    [
        (rows(period=[1, 2, 2, 4, 1, 2, 3, 4]), "duplicate_rows", {"unit": "ana", "period": "2", "count": 1}),
        (
            rows(outcome=[10, 11, "a lot", 16, 20, 21, 22, 23]),
            "text_in_numbers",
            {"column": "outcome", "row": 3, "value": "a lot"},
        ),
        (rows(outcome=[10, 11, "1,500", 16, 20, 21, 22, 23]), "text_in_numbers", {"value": "1,500"}),
        (rows(outcome=[10, 11, INF, 16, 20, 21, 22, 23]), "infinite_value", {"column": "outcome", "row": 3}),
        (rows(outcome=[10, 11, "-inf", 16, 20, 21, 22, ""]), "infinite_value", {"row": 3}),
        (rows(period=[1, 2, 4, 5] * 2), "calendar_gap", {"missing": ["3"], "count": 1}),
        (rows(period=["2024-01", "2024-02", "2024-04", "2024-05"] * 2), "calendar_gap", {"missing": ["2024-03"]}),
        (rows(period=["spring", "summer", "autumn", "winter"] * 2), "period_unreadable", {"row": 1, "value": "spring"}),
        (rows(period=["2024-13", "2024-02", "2024-04", "2024-05"] * 2), "period_unreadable", {"value": "2024-13"}),
        (rows(period=[1, 2, 3, "2024-01"] * 2), "periods_mixed", {}),
        (rows(period=[1, 2, "", 4] * 2), "period_missing", {"row": 3}),
        (rows(unit=["ana"] * 4 + [""] + ["ben"] * 3), "unit_missing", {"row": 5}),
        (rows(first_treated=[3, 3, 4, 3] + [""] * 4), "first_treated_varies", {"unit": "ana"}),
        (rows(first_treated=["soon"] * 4 + [""] * 4), "first_treated_unreadable", {"value": "soon", "row": 1}),
        (rows(first_treated=["2024-01"] * 4 + [""] * 4), "first_treated_unreadable", {"value": "2024-01"}),
        (rows(first_treated=[""] * 8), "none_trained", {"units": 2}),
        (rows(first_treated=[9] * 8), "none_trained", {}),
        (rows(first_treated=[-3] * 8), "all_trained_before_data", {"units": 2}),
        (rows(first_treated=[1] * 4 + [""] * 4), "all_trained_before_data", {"units": 1}),
        (rows(cluster=["north"] * 3 + ["south"] * 5), "cluster_varies", {"unit": "ana"}),
        (rows(cluster=["north"] * 4 + [None] * 4), "cluster_missing", {"row": 5}),
        (rows(covariates={"age": [1, 2, 2, 2, 3, 3, 3, 3]}), "covariate_varies", {"column": "age", "unit": "ana"}),
        (rows(covariates={"age": ["old"] * 8}), "text_in_numbers", {"column": "age"}),
        (rows(denominator=[1, 1, 1, -1] * 2), "negative_denominator", {"count": 2, "row": 4}),
        (rows(outcome=[1, 2]), "columns_unequal", {}),
        (Rows([], [], [], []), "no_rows", {}),
        (Rows(["ana"] * 2, [1, 2], [1, 2], [2, 2]), "one_unit", {"unit": "ana"}),
        (Rows(["ana", "ben"], [1, 1], [1, 2], [1, ""]), "one_period", {"period": "1"}),
    ],
)
def test_every_bad_panel_has_its_own_word(bad: Rows, code: str, params: dict[str, Any]) -> None:
    error = refused(bad)
    assert error.code == code
    assert params.items() <= error.params.items()


def test_reps_and_teams_are_named_as_written() -> None:
    found = read_rows(rows(unit=[7.0] * 4 + ["12"] * 4, cluster=["北京"] * 4 + [" 上海 "] * 4)).panel
    assert found.units == ("7", "12")
    assert set(found.clusters) == {"北京", "上海"}


def test_a_calendar_writes_back_what_it_read() -> None:
    for labels in (["2023-12", "2024-01"], ["2023-Q4", "2024-Q1"], ["2020-W53", "2021-W01"], ["7", "8"]):
        calendar = calendar_of(read(label) for label in labels)
        assert [calendar.label(i) for i in range(calendar.length)] == labels
