"""Units that jumped and figures far from the rest, in a file seen once. Pure."""

from __future__ import annotations

import random

from performance.kpis.plausibility import Watch

MONTHS = [f"2026-{month:02d}-01" for month in range(1, 7)]


def see_all(watch: Watch, scale: dict[str, float] | None = None, usual: float | None = 100.0, kind: str = "amount") -> None:
    """Thirty reps over six months, some 100 each, times the scale of the month."""
    chance = random.Random(7)
    for row, (month, rep) in enumerate(((m, r) for m in MONTHS for r in range(30)), 2):
        value = chance.lognormvariate(4.6, 0.2) * (scale or {}).get(month, 1.0)
        watch.see(row, "sales", kind, f"rep {rep}", month, value, usual)


def test_ordinary_figures_draw_no_remark() -> None:
    watch = Watch()
    see_all(watch)
    assert watch.findings() == []


def test_a_file_in_yuan_where_the_history_is_in_ten_thousands_is_one_jump() -> None:
    watch = Watch()
    see_all(watch, dict.fromkeys(MONTHS, 10_000.0))
    (found,) = watch.findings()
    assert (found.code, found.factor, found.period, found.row) == ("kpi_unit_jump", 10_000.0, "", 2)


def test_one_month_in_another_unit_is_named() -> None:
    watch = Watch()
    see_all(watch, {"2026-03-01": 0.0001})
    (found,) = watch.findings()
    assert (found.code, found.period, found.factor) == ("kpi_unit_jump_period", "2026-03-01", 0.0001)


def test_without_a_history_a_month_is_compared_with_the_others_of_the_file() -> None:
    watch = Watch()
    see_all(watch, {"2026-03-01": 10_000.0}, usual=None)
    (found,) = [f for f in watch.findings() if f.code != "kpi_outlier"]
    assert (found.code, found.period, found.factor) == ("kpi_unit_jump_period", "2026-03-01", 10_000.0)


def test_one_rep_in_another_unit_is_named_and_not_called_an_outlier_too() -> None:
    watch = Watch()
    see_all(watch)
    for row, month in enumerate(MONTHS, 500):
        watch.see(row, "sales", "amount", "ben", month, 0.011, 100.0)
    (found,) = watch.findings()
    assert (found.code, found.row, found.factor) == ("kpi_unit_jump_rep", 500, 0.0001)


def test_a_single_figure_far_away_is_an_outlier_with_its_row() -> None:
    watch = Watch()
    see_all(watch)
    watch.see(999, "sales", "amount", "ana", "2026-06-01", 2500.0, 100.0)
    (found,) = watch.findings()
    assert (found.code, found.row, found.value) == ("kpi_outlier", 999, 2500.0)
    assert found.factor > 5


def test_doubling_is_growth_and_no_jump() -> None:
    watch = Watch()
    see_all(watch, dict.fromkeys(MONTHS, 2.0))
    assert watch.findings() == []


def test_nothing_depends_on_chance() -> None:
    first, second = Watch(), Watch()
    for watch in (first, second):
        see_all(watch, {"2026-03-01": 10.0})
    assert first.findings() == second.findings()


def test_equal_figures_have_no_spread_and_no_outlier() -> None:
    watch = Watch()
    for row in range(2, 60):
        watch.see(row, "count", "count", f"rep {row}", "2026-01-01", 4.0, 4.0)
    assert watch.findings() == []


def test_in_a_small_file_a_figure_a_thousandth_of_the_usual_is_told_by_itself() -> None:
    watch = Watch()
    watch.see(2, "sales", "amount", "ana", "2026-06-01", 110.0, 100.0)
    watch.see(3, "sales", "amount", "ben", "2026-06-01", 0.1, 100.0)
    (found,) = watch.findings()
    assert (found.code, found.row, round(found.factor, 6)) == ("kpi_far_from_usual", 3, 0.001)
