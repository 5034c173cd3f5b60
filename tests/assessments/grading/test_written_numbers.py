"""Numbers as files write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from assessments.grading.texts import written


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", Fraction(12)), (" -0.5 ", Fraction(-1, 2)), ("1.5e3", Fraction(1500)), ("1/3", Fraction(1, 3)), (".25", Fraction(1, 4))],
)
def test_a_number_is_read_exactly(text: str, value: Fraction) -> None:
    assert written(text) == value


@pytest.mark.parametrize("text", ["1e30000000", "9" * 5000, "1/0", "1.2.3", "inf", "nan", "²", "", "1_000"])
def test_what_is_none_or_would_take_minutes_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError):
        written(text)
