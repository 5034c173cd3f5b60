"""What calculated questions of other systems have in common: names, ranges, and how the right number is rounded. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import chain, count, islice
from typing import Any

from assessments.grading.expressions import FUNCTIONS, BadFormula, Expression, names_in, rounded, value_of
from assessments.grading.formula import MOST_STEPS, NAME, Variable, tried, variables_of
from assessments.grading.questions import BadQuestion
from assessments.grading.texts import decimal_text, written
from assessments.quizzes.formats.entries import Collector

MOST_DECIMALS = 9
PI = "3.14159265358979324"


def number_of(text: str) -> Fraction | None:
    """A decimal number, exact; None if it is none, or endless."""
    try:
        value = written(text)
    except ValueError:
        return None
    return value if 10**18 % value.denominator == 0 else None


def decimals_of(value: Fraction) -> int:
    """How many decimals a number has."""
    return len(decimal_text(value).partition(".")[2])


def decimals_drawn(variable: Variable) -> int:
    """How many decimals the numbers drawn have at most."""
    return max(decimals_of(variable.low), decimals_of(variable.step))


def named(given: Sequence[str], out: Collector, line: int) -> dict[str, str]:
    """Names as they stand there → names that a variable may have here."""
    names: dict[str, str] = {}
    for at, name in enumerate(given, 1):
        short = re.sub(r"[^A-Za-z0-9_]", "_", name)[:16]
        others = (f"v{number}" for number in count(at))
        found = next(each for each in chain((name, short), others) if _free(each, names.values()))
        if found != name:
            out.note(line, "file_variable_name", f"{name} → {found}")
        names[name] = found
    return names


def _free(name: str, taken: Collection[str]) -> bool:
    return NAME.fullmatch(name) is not None and name not in FUNCTIONS and name not in taken


def ranged(name: str, low: Fraction, high: Fraction, step: Fraction, out: Collector, line: int) -> dict[str, str]:
    """A variable; steps so small that they would be too many grow, with a note."""
    while (high - low) / step >= MOST_STEPS:
        step *= 10
        out.note(line, "file_variable_step", name)
    return {"name": name, "low": decimal_text(low), "high": decimal_text(high), "step": decimal_text(step)}


def from_decimals(low: Fraction, high: Fraction, step: Fraction) -> Fraction:
    """The first number of a range that has so many decimals; the lowest itself if there is none."""
    first = math.ceil(low / step) * step
    return first if first <= high else low


# --- how the right number is rounded ---------------------------------------------------------------


def unrounded(formula: Expression, decimals: int, body: Mapping[str, Any], out: Collector, line: int) -> Expression:
    """What is rounded at the end anyway needs no rounding of its own; where there was none, a note says so if it matters."""
    if rounding_of(formula) == decimals:
        return formula.of[0]
    if any(value != rounded(value, decimals) for value in values(formula, body)):
        out.note(line, "file_formula_rounded", str(decimals))
    return formula


def rounding_of(formula: Expression) -> Fraction | None:
    """The decimals to which a formula is rounded as a whole, if they are a number."""
    if formula.op != "round":
        return None
    return constant(formula.of[1]) if len(formula.of) > 1 else Fraction(0)


def constant(formula: Expression) -> Fraction | None:
    """Its value if it holds no variables and has one."""
    try:
        return value_of(formula, {}) if not names_in(formula) else None
    except BadFormula:
        return None


def decimals_for(formula: Expression, body: Mapping[str, Any], figures: int) -> int:
    """Decimals that show so many significant figures of whatever may come out."""
    sizes = [math.floor(math.log10(abs(value))) for value in values(formula, body) if value]
    return max(0, min(MOST_DECIMALS, figures - 1 - min(sizes, default=0)))


def values(formula: Expression, body: Mapping[str, Any]) -> list[Fraction]:
    """What comes out for some of the numbers; nothing if it cannot be worked out: whoever keeps the question says so."""
    try:
        return [value_of(formula, each) for each in islice(tried(variables_of(body["variables"])), 100)]
    except (BadFormula, BadQuestion):
        return []
