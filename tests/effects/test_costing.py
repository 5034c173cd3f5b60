"""The return on the cost: worked out by hand where a hand can, and never said where it cannot be known."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from effects.money import Basis
from effects.roi.costing import Costing, Costs, problem_of, roi_of
from effects.stats.returns import Decay, Range, Return
from lms.values import NotEstimable


def sure(value: float, source: str = "Account 4711") -> Range:
    return Range(value, value, value, source)


CERTAIN = Costing(
    {"development": sure(30_000), "travel": sure(10_000), "hours": sure(400), "hourly": sure(100)}, margin=sure(0.25)
)
BASIS = Basis(reps=50, periods=4.0, effect=2_000.0, se=500.0, df=11, level=100_000.0)


def known(basis: Basis, costing: Costing, grade: str = "B") -> Return:
    found = roi_of(basis, costing, grade=grade, seed=1).found
    assert isinstance(found, Return)
    return found


def test_a_certain_case_by_hand() -> None:
    # cost 30,000 + 10,000 + 400 x 100 = 80,000; benefit 2,000 x 50 x 4 x 25 % = 100,000; return 25 %
    sharp = replace(BASIS, se=1e-9)
    found = known(sharp, CERTAIN)
    assert found.cost == pytest.approx(80_000)
    assert found.benefit == pytest.approx(100_000, rel=1e-6)
    assert found.roi == pytest.approx(0.25, abs=1e-6)
    assert found.probability == 1.0


def test_the_break_even_effect_pays_exactly_the_cost() -> None:
    roi = roi_of(BASIS, CERTAIN, grade="B", seed=1)
    assert roi.break_even == pytest.approx(80_000 / (50 * 4 * 0.25))
    assert roi.share == pytest.approx(0.016)
    assert known(replace(BASIS, effect=roi.break_even, se=1e-9), CERTAIN).roi == pytest.approx(0, abs=1e-6)


def test_ten_thousand_draws_give_the_interval_of_the_t_distribution() -> None:
    # With certain costs the return is linear in the effect: its 90 % interval is that of t(11).
    found = known(BASIS, CERTAIN)
    slope = 50 * 4 * 0.25 / 80_000
    assert found.draws == 10_000
    assert found.interval.low == pytest.approx((2_000 - 1.7959 * 500) * slope - 1, abs=0.03)
    assert found.interval.high == pytest.approx((2_000 + 1.7959 * 500) * slope - 1, abs=0.03)


def test_the_same_seed_gives_the_same_digits() -> None:
    assert known(BASIS, CERTAIN) == known(BASIS, CERTAIN)


def test_uncertain_parts_do_not_simply_add_up() -> None:
    parts = {name: Range(80, 100, 120, "x") for name in ("development", "delivery", "travel")}
    drawn = Costs(parts).draw(np.random.default_rng(3), 20_000)
    assert drawn.mean() == pytest.approx(300, abs=1)
    assert drawn.std() == pytest.approx(np.sqrt(3) * 40 / np.sqrt(24), rel=0.03), "a triangle's sd is its width / sqrt(24)"


def test_grade_d_says_what_would_pay_and_no_return() -> None:
    roi = roi_of(BASIS, CERTAIN, grade="D", seed=1)
    assert roi.found == NotEstimable("unknown_effect")
    assert roi.break_even == pytest.approx(1_600)
    assert "roi" not in roi.as_json()


def test_a_method_without_a_standard_error_has_no_return() -> None:
    roi = roi_of(replace(BASIS, se=None), CERTAIN, grade="C", seed=1)
    assert roi.found == NotEstimable("no_standard_error")


def test_nothing_is_counted_beyond_what_was_observed_unless_asked_for() -> None:
    lasting = replace(CERTAIN, decay=Decay(2, sure(0.5)))
    sharp = replace(BASIS, se=1e-9)
    assert known(sharp, lasting).benefit == pytest.approx(100_000 * (4 + 0.5 + 0.25) / 4, rel=1e-6)


def test_a_statement_survives_being_stored() -> None:
    stated = replace(CERTAIN, decay=Decay(3, Range(0.5, 0.7, 0.9, "Two earlier courses")))
    assert Costing.from_json(stated.as_json()) == stated


@pytest.mark.parametrize(
    ("change", "code", "part"),
    [
        ({"development": Range(5, 4, 6, "x")}, "roi_range_order", "development"),
        ({"development": Range(-1, 4, 6, "x")}, "roi_range_order", "development"),
        ({"development": sure(5, " ")}, "roi_source_missing", "development"),
        ({"hours": sure(5)}, "roi_hours_without_rate", "hourly"),
        ({"hourly": sure(5)}, "roi_hours_without_rate", "hours"),
        ({}, "roi_no_cost", "development"),
    ],
)
def test_what_is_wrong_with_a_statement_is_named_with_its_part(change: dict[str, Range], code: str, part: str) -> None:
    problem = problem_of(Costing(change, sure(0.3)))
    assert problem is not None and (problem.code, problem.part) == (code, part)


def test_a_margin_above_all_of_it_is_refused() -> None:
    problem = problem_of(replace(CERTAIN, margin=sure(1.2)))
    assert problem is not None and problem.code == "roi_margin_range"
