"""What a row of a KPI file means, in each layout. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lms.imports.diff import Incoming, Rejection
from performance.kpis.rows import Catalogue, KpiFacts, layout, parser, scale_of

SALES = KpiFacts("sales_amount", "amount", "month", ("Sales amount", "销售额"))
COUNT = KpiFacts("new_customers", "count", "month", ("New customers", "新客户数"))
RATE = KpiFacts(
    "collection_rate", "rate", "month", ("Collection rate", "回款率"), ("Collected", "已回款"), ("Due", "应收款")
)
YEARLY = KpiFacts("share_of_market", "amount", "year", ("Market share", "市场份额"))
OLD = KpiFacts("visits", "count", "month", ("Visits",), retired=True)
KNOWN = Catalogue([SALES, COUNT, RATE, YEARLY, OLD])
TODAY = date(2026, 11, 22)
LONG = ("no", "kpi", "period", "value", "num", "den")
LONG_MAP = {"number": 0, "kpi": 1, "period": 2, "value": 3, "numerator": 4, "denominator": 5}


def read(header: tuple[str, ...], mapping: dict[str, int], *cells: Any) -> list[Incoming | Rejection]:
    found = layout(header, mapping, KNOWN)
    assert found is not None
    return list(parser(found, header, KNOWN, TODAY)(2, cells))


def long(*cells: Any) -> list[Incoming | Rejection]:
    return read(LONG, LONG_MAP, *cells)


def code(found: list[Incoming | Rejection]) -> tuple[str, str]:
    (rejection,) = found
    assert isinstance(rejection, Rejection)
    return rejection.code, rejection.column


def test_a_plain_value_is_read_with_the_kpi_named_in_chinese() -> None:
    assert long("ana", "销售额", "2026年3月", "18.6万", "", "") == [
        Incoming(2, ("ana", "sales_amount", "2026-03-01"), {"value": 186000.0})
    ]


def test_a_rate_is_its_numerator_over_its_denominator() -> None:
    assert long("ana", "Collection Rate", "2026-03", "", "80", "100") == [
        Incoming(2, ("ana", "collection_rate", "2026-03-01"), {"value": 0.8, "numerator": 80.0, "denominator": 100.0})
    ]


def test_a_rounded_share_beside_its_parts_is_no_contradiction_but_another_one_is() -> None:
    assert len(long("ana", "回款率", "2026-03", "66.7%", "2", "3")) == 1
    assert isinstance(long("ana", "回款率", "2026-03", "66.7", "2", "3")[0], Incoming)
    assert code(long("ana", "回款率", "2026-03", "0.9", "2", "3")) == ("kpi_share_contradicts_parts", "value")


@pytest.mark.parametrize("blank", ["", " ", "-", "n/a", "—"])
def test_a_blank_is_no_record_and_never_a_zero(blank: str) -> None:
    assert long("ana", "销售额", "2026-03", blank, "", "") == []
    assert long("ana", "回款率", "2026-03", "", blank, blank) == []


def test_a_zero_is_a_record() -> None:
    (record,) = long("ana", "new_customers", "2026-03", "0", "", "")
    assert isinstance(record, Incoming)
    assert record.values == {"value": 0.0}


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (("", "销售额", "2026-03", "1", "", ""), ("cell_empty", "no")),
        (("ana", "利润", "2026-03", "1", "", ""), ("kpi_unknown", "kpi")),
        (("ana", "Visits", "2026-03", "1", "", ""), ("kpi_retired", "kpi")),
        (("ana", "销售额", "2026-Q1", "1", "", ""), ("kpi_period_not_month", "period")),
        (("ana", "市场份额", "2026-03", "1", "", ""), ("kpi_period_not_year", "period")),
        (("ana", "销售额", "2026-12", "1", "", ""), ("kpi_period_future", "period")),
        (("ana", "销售额", "soon", "1", "", ""), ("period_unreadable", "period")),
        (("ana", "销售额", "", "1", "", ""), ("cell_empty", "period")),
        (("ana", "销售额", "2026-03", "many", "", ""), ("number_unreadable", "value")),
        (("ana", "销售额", "2026-03", "12,5", "", ""), ("number_ambiguous", "value")),
        (("ana", "销售额", "2026-03", "1e30", "", ""), ("kpi_figure_too_large", "value")),
        (("ana", "销售额", "2026-03", "", "1", "2"), ("kpi_value_needed", "value")),
        (("ana", "回款率", "2026-03", "0.8", "", ""), ("kpi_parts_needed", "den")),
        (("ana", "回款率", "2026-03", "", "80", ""), ("kpi_parts_needed", "den")),
        (("ana", "回款率", "2026-03", "", "80", "0"), ("kpi_denominator_not_positive", "den")),
        (("ana", "回款率", "2026-03", "", "80", "-1"), ("kpi_denominator_not_positive", "den")),
        (("ana", "new_customers", "2026-03", "-2", "", ""), ("kpi_count_negative", "value")),
    ],
)
def test_what_cannot_be_taken_is_said_with_its_column(cells: tuple[str, ...], wanted: tuple[str, str]) -> None:
    assert code(long(*cells)) == wanted


def test_a_day_stands_for_the_period_it_lies_in() -> None:
    (record,) = long("ana", "销售额", date(2026, 3, 31), 5.0, "", "")
    assert isinstance(record, Incoming)
    assert record.key[2] == "2026-03-01"


def test_the_running_month_is_taken() -> None:
    assert isinstance(long("ana", "销售额", "2026-11", "5", "", "")[0], Incoming)


def test_a_column_for_each_period() -> None:
    header = ("no", "name", "kpi", "2026年1月", "Feb 2026", "2026-03")
    found = read(header, {"number": 0, "kpi": 2}, "ana", "Ana", "销售额", "10", "", "12")
    assert found == [
        Incoming(2, ("ana", "sales_amount", "2026-01-01"), {"value": 10.0}),
        Incoming(2, ("ana", "sales_amount", "2026-03-01"), {"value": 12.0}),
    ]


def test_a_column_for_each_period_and_part() -> None:
    header = ("no", "kpi", "2026-01 分子", "2026-01 分母")
    found = read(header, {"number": 0, "kpi": 1}, "ana", "回款率", "1", "4")
    assert found == [
        Incoming(2, ("ana", "collection_rate", "2026-01-01"), {"value": 0.25, "numerator": 1.0, "denominator": 4.0})
    ]


def test_a_column_for_each_kpi_with_a_rate_by_the_names_of_its_parts() -> None:
    header = ("no", "period", "销售额（万元）", "New customers", "已回款", "应收款", "remark")
    found = read(header, {"number": 0, "period": 1}, "ana", "2026-03", "18.6", "", "80", "100", "fine")
    assert found == [
        Incoming(2, ("ana", "sales_amount", "2026-03-01"), {"value": 186000.0}),
        Incoming(2, ("ana", "collection_rate", "2026-03-01"), {"value": 0.8, "numerator": 80.0, "denominator": 100.0}),
    ]


def test_one_bad_cell_keeps_the_whole_wide_row_out() -> None:
    header = ("no", "period", "销售额", "新客户数")
    assert code(read(header, {"number": 0, "period": 1}, "ana", "2026-03", "10", "two")) == ("number_unreadable", "新客户数")


def reasons(found: list[Incoming | Rejection]) -> list[tuple[str, str]]:
    return [(each.column, each.code) for each in found if isinstance(each, Rejection)]


def test_a_row_says_all_that_is_wrong_with_it_at_once() -> None:
    assert reasons(long("", "Sails", "2026-03", "many", "", "")) == [
        ("no", "cell_empty"), ("kpi", "kpi_unknown"), ("value", "number_unreadable"),
    ]  # fmt: skip
    assert reasons(long("", "销售额", "2026-W05", "x", "y", "")) == [
        ("no", "cell_empty"), ("period", "kpi_period_not_month"), ("value", "number_unreadable"), ("num", "number_unreadable"),
    ]  # fmt: skip


def test_every_bad_month_of_a_wide_row_is_named() -> None:
    header, mapping = ("no", "kpi", "2026-01", "2026-02", "2026-03"), {"number": 0, "kpi": 1}
    found = read(header, mapping, "", "销售额", "a lot", "5", "1e30")
    assert reasons(found) == [("no", "cell_empty"), ("2026-01", "number_unreadable"), ("2026-03", "kpi_figure_too_large")]
    assert len(found) == 3


@pytest.mark.parametrize("again", ["2026年3月", "2026-03-01"])
def test_two_columns_of_one_period_keep_a_row_out_that_fills_both_and_both_are_named(again: str) -> None:
    header, mapping = ("no", "kpi", "2026-02", "2026-03", again), {"number": 0, "kpi": 1}
    (rejected,) = read(header, mapping, "ana", "销售额", "9", "10", "12")
    assert rejected == Rejection(2, again, "12", "kpi_figure_twice", {"column": "2026-03"})
    for cells in (("9", "10", ""), ("9", "", "10")):
        found = [record for record in read(header, mapping, "ana", "销售额", *cells) if isinstance(record, Incoming)]
        assert [(record.key[2], record.values["value"]) for record in found] == [("2026-02-01", 9.0), ("2026-03-01", 10.0)]


def test_two_columns_of_one_kpi_keep_a_row_out_that_fills_both() -> None:
    header, mapping = ("no", "period", "Sales amount", "销售额（万元）"), {"number": 0, "period": 1}
    (rejected,) = read(header, mapping, "ana", "2026-03", "10", "12")
    assert rejected == Rejection(2, "销售额（万元）", "12", "kpi_figure_twice", {"column": "Sales amount"})


def test_a_file_whose_columns_say_too_little_has_no_layout() -> None:
    assert layout(("no", "kpi", "remark"), {"number": 0, "kpi": 1}, KNOWN) is None
    assert layout(("no", "period", "remark"), {"number": 0, "period": 1}, KNOWN) is None
    assert layout(("kpi", "period", "value"), {"kpi": 0, "period": 1, "value": 2}, KNOWN) is None


@pytest.mark.parametrize(
    ("heading", "scale"),
    [("销售额", 1), ("销售额（万元）", 10_000), ("Sales (thousand)", 1000), ("金额[亿元]", 10**8), ("额(单位：千元)", 1000), ("回款率(%)", 1)],
)
def test_the_unit_in_a_heading_scales_its_figures(heading: str, scale: int) -> None:
    assert scale_of(heading) == Decimal(scale)


def test_a_cell_that_names_its_own_unit_is_not_scaled_twice() -> None:
    header = ("no", "period", "销售额（万元）")
    (record,) = read(header, {"number": 0, "period": 1}, "ana", "2026-03", "18.6万")
    assert isinstance(record, Incoming)
    assert record.values == {"value": 186000.0}


def test_a_name_that_two_kpis_have_is_not_guessed() -> None:
    twins = Catalogue([KpiFacts("a", "amount", "month", ("Sales",)), KpiFacts("b", "amount", "month", ("Sales",))])
    found = layout(LONG, LONG_MAP, twins)
    assert found is not None
    parse = parser(found, LONG, twins, TODAY)
    assert code(list(parse(2, ("ana", "Sales", "2026-03", "1", "", "")))) == ("kpi_ambiguous", "kpi")
    assert isinstance(next(iter(parse(2, ("ana", "b", "2026-03", "1", "", "")))), Incoming)
