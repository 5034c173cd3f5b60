"""Formulas and variables as hypothesis draws them: every one has a value for all numbers that may be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from assessments.grading.expressions import Expression, text_of

NUMBERS = st.integers(0, 100_000).map(lambda each: Expression("number", number=Fraction(each, 1000)))
DIVISORS = st.sampled_from(["2", "0.5", "100"]).map(lambda each: Expression("number", number=Fraction(each)))
DIGITS = st.integers(1, 4).map(lambda each: Expression("number", number=Fraction(each)))


def expressions(names: Sequence[str]) -> st.SearchStrategy[Expression]:
    """Trees of everything a formula may hold."""

    def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        return st.one_of(
            st.builds(lambda op, *of: Expression(op, of), st.sampled_from(["+", "-", "*", "min", "max"]), inner, inner),
            st.builds(lambda op, *of: Expression(op, of), st.sampled_from(["negative", "abs", "round"]), inner),
            st.builds(lambda *of: Expression("round", of), inner, DIGITS),
            st.builds(lambda *of: Expression("/", of), inner, DIVISORS),
            st.builds(lambda base: Expression("^", (base, Expression("number", number=Fraction(2)))), inner),
        )

    leaves = st.one_of(st.sampled_from(names).map(lambda name: Expression("name", name=name)), NUMBERS)
    return st.recursive(leaves, larger, max_leaves=5)


@st.composite
def calculated(draw: Any) -> dict[str, Any]:
    """``body`` and ``key`` of a calculated question."""
    names = draw(st.lists(st.sampled_from(["a", "b_1", "Price", "pow"]), min_size=1, max_size=3, unique=True))
    variables = []
    for name in names:
        low, step = draw(st.integers(-5_000, 5_000)), draw(st.sampled_from(["1", "5", "0.1", "0.25", "0.01", "3"]))
        high = Fraction(low, 100) + Fraction(step) * draw(st.integers(0, 40)) + draw(st.sampled_from([0, Fraction(1, 200)]))
        variables.append({"name": name, "low": f"{low / 100:.2f}", "high": f"{float(high):.3f}", "step": step})
    key = {
        "formula": text_of(draw(expressions(names))),
        "decimals": draw(st.integers(0, 9)),
        "tolerance": draw(st.sampled_from(["0", "0.01", "0.5", "3"])),
        "relative": draw(st.booleans()),
    }
    return {"body": {"variables": variables}, "key": key}
