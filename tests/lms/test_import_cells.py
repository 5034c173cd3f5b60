"""What a cell means, as people in China and elsewhere write it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.imports import cells
from lms.imports.cells import CellProblem
from lms.imports.periods import Period, month, period
from lms.tables import Cell

MARCH = dt.date(2024, 3, 5)


def code(read: object, cell: Cell) -> str:
    with pytest.raises(CellProblem) as caught:
        read(cell)  # type: ignore[operator]
    assert caught.value.code in cells.CODES
    return caught.value.code


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-05",
        "2024/3/5",
        "2024.3.5",
        "2024年3月5日",
        "２０２４年３月５日",
        "2024年03月05号",
        "20240305",
        "2024-03-05 00:00:00",
        "2024-03-05T10:30:00+08:00",
        "5 Mar 2024",
        "5-March-2024",
        "March 5, 2024",
        "45356",
        45356.0,
        45356,
        20240305.0,
        MARCH,
        dt.datetime.fromisoformat("2024-03-05T10:30"),
    ],
)
def test_the_fifth_of_march_is_understood_however_it_is_written(cell: Cell) -> None:
    assert cells.date(cell) == MARCH


def test_a_day_that_can_only_be_one_is_taken_from_either_order() -> None:
    assert cells.date("25/12/2024") == cells.date("12/25/2024") == dt.date(2024, 12, 25)


@pytest.mark.parametrize("cell", ["03/05/2024", "3/5/24", "24-03-05"])
def test_a_date_that_may_be_two_is_not_guessed(cell: str) -> None:
    assert code(cells.date, cell) == "date_ambiguous"


@pytest.mark.parametrize("cell", ["2024-02-30", "soon", "2024", 12.5, True, "99999999", "5 Foo 2024"])
def test_what_is_no_date_is_said_to_be_none(cell: Cell) -> None:
    assert code(cells.date, cell) == "date_unreadable"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234.5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1 234 567", "1234567"),
        ("１２３．５", "123.5"),
        ("3.5万", "35000"),
        ("3.5 万元", "35000"),
        ("1.2亿", "120000000"),
        ("¥1,200", "1200"),
        ("-¥1,200", "-1200"),
        ("￥ 1200", "1200"),
        ("RMB 1200", "1200"),
        ("85%", "0.85"),
        ("８５％", "0.85"),
        ("(120)", "-120"),
        ("−5", "-5"),
        ("1e3", "1000"),
        (12.0, "12"),
        (12.25, "12.25"),
        (0.1, "0.1"),
    ],
)
def test_numbers_are_read_as_accountants_and_spreadsheets_write_them(cell: Cell, value: str) -> None:
    assert cells.number(cell) == Decimal(value)


@pytest.mark.parametrize("cell", ["12,5", "1,23,456", "1.234,56"])
def test_a_comma_that_may_be_either_mark_is_not_guessed(cell: str) -> None:
    assert code(cells.number, cell) == "number_ambiguous"


@pytest.mark.parametrize("cell", ["abc", "1２3x", "NaN", "Infinity", "1_000", True, MARCH, "万", "1-2"])
def test_what_is_no_number_is_said_to_be_none(cell: Cell) -> None:
    assert code(cells.number, cell) == "number_unreadable"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_every_number_survives_being_written_with_thousands_marks(value: Decimal) -> None:
    assert cells.number(f"{value:,f}") == value


def test_a_whole_number_is_whole() -> None:
    assert cells.integer("1,200") == 1200
    assert code(cells.integer, "1.5") == "number_not_whole"


def test_a_person_number_keeps_its_shape_but_not_its_width() -> None:
    assert cells.identifier(1001.0) == "1001"
    assert cells.identifier("００１７") == "0017"
    assert cells.identifier(" R 17 ") == "R 17"
    assert code(cells.identifier, 123456789012345678.0) == "number_lost_digits"
    assert code(cells.identifier, "x" * 65) == "cell_too_long"


@pytest.mark.parametrize("cell", ["", "  ", "-", "—", "N/A", "#N/A", "\u3000"])
def test_a_dash_is_no_figure(cell: str) -> None:
    assert cells.is_blank(cell)


@pytest.mark.parametrize("cell", ["0", 0.0, False, "Null", "Nan", "None"])
def test_a_zero_and_a_person_named_null_are_something(cell: Cell) -> None:
    assert not cells.is_blank(cell)


def test_yes_and_no_in_both_languages() -> None:
    for cell in ("是", "yes", "TRUE", "1", 1.0, True, "√", "在职"):
        assert cells.boolean(cell) is True
    for cell in ("否", "no", "FALSE", "0", 0.0, False, "×", "离职"):
        assert cells.boolean(cell) is False
    assert code(cells.boolean, "maybe") == "boolean_unreadable"


def test_a_choice_names_what_is_known() -> None:
    read = cells.choice({"rep": "rep", "销售代表": "rep", "经理": "manager"})
    assert read(" 销售代表 ") == "rep" and read("REP") == "rep"
    with pytest.raises(CellProblem) as caught:
        read("boss")
    assert caught.value.params == {"known": "rep, manager"}


def test_addresses_are_folded_and_nonsense_is_refused() -> None:
    assert cells.email(" Wang.Wei＠Example.COM ") == "wang.wei@example.com"
    for cell in ("wang", "a@b", "a b@c.d", "a@b@c.d"):
        assert code(cells.email, cell) == "email_unreadable"


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("2024-03", Period("month", dt.date(2024, 3, 1))),
        ("2024/3", Period("month", dt.date(2024, 3, 1))),
        ("2024年3月", Period("month", dt.date(2024, 3, 1))),
        ("2024年03月份", Period("month", dt.date(2024, 3, 1))),
        ("202403", Period("month", dt.date(2024, 3, 1))),
        (202403.0, Period("month", dt.date(2024, 3, 1))),
        ("03/2024", Period("month", dt.date(2024, 3, 1))),
        ("Mar 2024", Period("month", dt.date(2024, 3, 1))),
        ("2024 March", Period("month", dt.date(2024, 3, 1))),
        ("2024Q1", Period("quarter", dt.date(2024, 1, 1))),
        ("Q4 2024", Period("quarter", dt.date(2024, 10, 1))),
        ("2024年第一季度", Period("quarter", dt.date(2024, 1, 1))),
        ("2024年3季度", Period("quarter", dt.date(2024, 7, 1))),
        ("2024-W01", Period("week", dt.date(2024, 1, 1))),
        ("2024年第5周", Period("week", dt.date(2024, 1, 29))),
        ("2024", Period("year", dt.date(2024, 1, 1))),
        (2024.0, Period("year", dt.date(2024, 1, 1))),
        ("2024年度", Period("year", dt.date(2024, 1, 1))),
        ("2024-03-05", Period("day", MARCH)),
        (MARCH, Period("day", MARCH)),
    ],
)
def test_periods_are_understood_in_both_notations(cell: Cell, found: Period) -> None:
    assert period(cell) == found


@pytest.mark.parametrize("cell", ["2024-13", "2024-W60", "Q5 2024", "last month", "202413"])
def test_what_is_no_period_is_said_to_be_none(cell: str) -> None:
    assert code(period, cell) == "period_unreadable"


def test_a_month_may_be_named_by_any_of_its_days() -> None:
    assert month("2024-03-05") == month("2024年3月") == dt.date(2024, 3, 1)
    assert code(month, "2024Q1") == "period_unreadable"


@given(st.text(max_size=20) | st.floats() | st.integers())
def test_any_cell_is_a_value_or_a_named_problem(cell: Cell) -> None:
    for read in (cells.text, cells.identifier, cells.number, cells.date, cells.boolean, cells.email, period):
        try:
            read(cell)  # type: ignore[operator]
        except CellProblem as problem:
            assert problem.code in cells.CODES
