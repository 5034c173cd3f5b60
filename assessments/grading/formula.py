"""Calculated questions: variables drawn from a stored seed, and a formula worked out exactly. Pure."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct

from assessments.grading.expressions import FUNCTIONS, BadFormula, read, rounded, value_of
from assessments.grading.keys import NumericKey
from assessments.grading.texts import BadQuestion, decimal_of, decimal_text

MOST_VARIABLES = 10
MOST_STEPS = 1_000_000
_EVERY = 2_000
"""Combinations up to which every single one is worked out when a question is written."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}", re.ASCII)
_PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9_]{0,15})\}", re.ASCII)


class Variable(Struct, frozen=True):
    """From ``low`` to ``high`` in steps, each equally likely."""

    name: str
    low: Fraction
    high: Fraction
    step: Fraction

    @property
    def steps(self) -> int:
        """How many values it can have."""
        return int((self.high - self.low) / self.step) + 1

    def value(self, at: int) -> Fraction:
        return self.low + self.step * at


class CalculatedKey(Struct, frozen=True):
    """The right number is the formula's, rounded half up to ``decimals``, within the tolerance."""

    formula: str
    decimals: int
    tolerance: Fraction = Fraction(0)
    relative: bool = False
    unit: str = ""

    def resolved(self, values: Mapping[str, Fraction]) -> NumericKey:
        """The key for these numbers. :raises BadFormula: if it has no value for them."""
        value = rounded(evaluate(self.formula, values), self.decimals)
        return NumericKey(value, self.tolerance, self.relative, self.unit)


def variables_of(data: object) -> tuple[Variable, ...]:
    """:raises BadQuestion: ``question_variable``."""
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_VARIABLES:
        raise BadQuestion("question_variable", "variables")
    found = tuple(_variable(each, f"variables.{at}") for at, each in enumerate(data))
    if len({each.name for each in found}) < len(found):
        raise BadQuestion("question_variable", "variables")
    return found


def _variable(data: object, where: str) -> Variable:
    if not isinstance(data, dict) or not isinstance(data.get("name"), str) or not NAME.fullmatch(data["name"]):
        raise BadQuestion("question_variable", where)
    if data["name"] in FUNCTIONS:
        raise BadQuestion("question_variable", where)
    low, high, step = (decimal_of(data.get(name), "question_variable", where) for name in ("low", "high", "step"))
    if high < low or step <= 0 or (high - low) / step >= MOST_STEPS:
        raise BadQuestion("question_variable", where)
    return Variable(data["name"], low, high, step)


def variable_to_json(variable: Variable) -> dict[str, str]:
    return {
        "name": variable.name,
        "low": decimal_text(variable.low),
        "high": decimal_text(variable.high),
        "step": decimal_text(variable.step),
    }


def drawn(variables: Sequence[Variable], seed: int) -> dict[str, Fraction]:
    """The numbers of one attempt. The same seed always draws the same: SHA-256 of seed and name, modulo the steps."""
    found = {}
    for variable in variables:
        digest = hashlib.sha256(f"{seed}:{variable.name}".encode()).digest()
        found[variable.name] = variable.value(int.from_bytes(digest) % variable.steps)
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with ``{a}`` as the number drawn for a; other braces stay."""
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), text)


def parse_key(data: object, variables: Sequence[Variable], unit: str) -> CalculatedKey:
    """:raises BadQuestion: ``question_formula``, ``question_formula_fails``, ``question_tolerance``, ``question_decimals``."""
    if not isinstance(data, dict) or not isinstance(data.get("formula"), str):
        raise BadQuestion("question_formula", "formula")
    tolerance = decimal_of(data.get("tolerance", "0"), "question_tolerance", "tolerance")
    relative, decimals = data.get("relative", False), data.get("decimals", 2)
    if tolerance < 0 or not isinstance(relative, bool):
        raise BadQuestion("question_tolerance", "tolerance")
    if not isinstance(decimals, int) or isinstance(decimals, bool) or not 0 <= decimals <= 9:
        raise BadQuestion("question_decimals", "decimals")
    key = CalculatedKey(" ".join(data["formula"].split()), decimals, tolerance, relative, unit)
    _check(key.formula, variables)
    return key


def key_to_json(key: CalculatedKey) -> dict[str, Any]:
    return {
        "formula": key.formula,
        "decimals": key.decimals,
        "tolerance": decimal_text(key.tolerance),
        "relative": key.relative,
    }


def _check(formula: str, variables: Sequence[Variable]) -> None:
    """Work the formula out for what may be drawn: all of it if that is little, else the ends and many draws."""
    try:
        for values in tried(variables):
            evaluate(formula, values)
    except BadFormula as problem:
        raise BadQuestion(problem.code, "formula") from problem


def tried(variables: Sequence[Variable]) -> Iterator[dict[str, Fraction]]:
    """Numbers to try a formula with: all that may be drawn if they are few."""
    names = [each.name for each in variables]
    total = 1
    for each in variables:
        total *= each.steps
    if total <= _EVERY:
        choices = [[each.value(at) for at in range(each.steps)] for each in variables]
    else:
        choices = [sorted({each.low, each.value(each.steps - 1), each.value(each.steps // 2)}) for each in variables]
        yield from (drawn(variables, seed) for seed in range(500))
    for values in itertools.islice(itertools.product(*choices), _EVERY):
        yield dict(zip(names, values, strict=True))


def evaluate(formula: str, values: Mapping[str, Fraction]) -> Fraction:
    """The value, exact. :raises BadFormula: ``question_formula`` unreadable, ``question_formula_fails`` without a value."""
    return value_of(read(formula), values)
