"""Calculated questions: variables drawn from a stored seed, and a formula worked out exactly. Pure.

A formula knows numbers, the variables, ``+ - * / ^`` (whole powers), brackets, and ``abs min max round(x; digits)``. It is
read by a small parser of its own: nothing of it is ever run as a program.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from assessments.grading.keys import NumericKey
from assessments.grading.texts import BadQuestion, decimal_of, decimal_text

LONGEST = 500
DEEPEST = 40
LARGEST_POWER = 20
MOST_VARIABLES = 10
MOST_STEPS = 1_000_000
_EVERY = 2_000
"""Combinations up to which every single one is worked out when a question is written."""
_TOKEN = re.compile(r"\s*(?:(\d{1,18}(?:\.\d{1,18})?)|([A-Za-z][A-Za-z0-9_]{0,15})|([-+*/^(),;]))", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}", re.ASCII)
_PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9_]{0,15})\}", re.ASCII)
FUNCTIONS = {"abs": (1, 1), "min": (1, 9), "max": (1, 9), "round": (1, 2)}
_LARGEST = Fraction(10) ** 30


class BadFormula(ValueError):
    """It cannot be read, or has no value for these numbers: ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Variable:
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


@dataclass(frozen=True, slots=True)
class CalculatedKey:
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
    if not isinstance(data, dict) or not isinstance(data.get("name"), str) or not _NAME.fullmatch(data["name"]):
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
        for values in _tried(variables):
            evaluate(formula, values)
    except BadFormula as problem:
        raise BadQuestion(problem.code, "formula") from problem


def _tried(variables: Sequence[Variable]) -> Iterator[dict[str, Fraction]]:
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


def rounded(value: Fraction, decimals: int) -> Fraction:
    """Half away from zero, as one learns it at school."""
    scale = 10**decimals
    whole = int(abs(value) * scale + Fraction(1, 2))
    return Fraction(-whole if value < 0 else whole, scale)


def evaluate(formula: str, values: Mapping[str, Fraction]) -> Fraction:
    """The value, exact. :raises BadFormula: ``question_formula`` unreadable, ``question_formula_fails`` without a value."""
    reader = _Reader(_tokens(formula), values)
    value = reader.sum(0)
    if reader.at < len(reader.tokens):
        raise BadFormula("question_formula")
    return value


def _tokens(formula: str) -> list[str]:
    if len(formula) > LONGEST:
        raise BadFormula("question_formula")
    found, at, formula = [], 0, formula.strip()
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        if match is None:
            raise BadFormula("question_formula")
        found.append(match[0].strip())
        at = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens; values are worked out on the way."""

    def __init__(self, tokens: Sequence[str], values: Mapping[str, Fraction]) -> None:
        self.tokens, self.values, self.at = tokens, values, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def sum(self, depth: int) -> Fraction:
        if depth > DEEPEST:
            raise BadFormula("question_formula")
        value = self.product(depth)
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            value = _bounded(value + sign * self.product(depth))
        return value

    def product(self, depth: int) -> Fraction:
        value = self.signed(depth)
        while self.peek() in ("*", "/"):
            if self.take() == "*":
                value = _bounded(value * self.signed(depth))
                continue
            divisor = self.signed(depth)
            if not divisor:
                raise BadFormula("question_formula_fails")
            value = _bounded(value / divisor)
        return value

    def signed(self, depth: int) -> Fraction:
        """A minus sign binds less than a power: −2^2 is −4."""
        if depth > DEEPEST:
            raise BadFormula("question_formula")
        if self.peek() in ("+", "-"):
            return (1 if self.take() == "+" else -1) * self.signed(depth + 1)
        return self.power(depth)

    def power(self, depth: int) -> Fraction:
        value = self.atom(depth)
        if self.peek() != "^":
            return value
        self.take()
        exponent = self.signed(depth + 1)
        if exponent.denominator != 1 or abs(exponent) > LARGEST_POWER or (exponent < 0 and not value):
            raise BadFormula("question_formula_fails")
        return _bounded(value ** int(exponent))

    def atom(self, depth: int) -> Fraction:
        token = self.take()
        if token == "(":
            value = self.sum(depth + 1)
            self.expect(")")
            return value
        if token in FUNCTIONS:
            return self.call(token, depth)
        if token in self.values:
            return self.values[token]
        if token[:1].isdigit():
            return Fraction(token)
        raise BadFormula("question_formula")

    def call(self, name: str, depth: int) -> Fraction:
        self.expect("(")
        given = [self.sum(depth + 1)]
        while self.peek() in (",", ";"):
            self.take()
            given.append(self.sum(depth + 1))
        self.expect(")")
        fewest, most = FUNCTIONS[name]
        if not fewest <= len(given) <= most:
            raise BadFormula("question_formula")
        if name == "round":
            return _rounded(given)
        return abs(given[0]) if name == "abs" else min(given) if name == "min" else max(given)

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise BadFormula("question_formula")


def _rounded(given: Sequence[Fraction]) -> Fraction:
    digits = given[1] if len(given) > 1 else Fraction(0)
    if digits.denominator != 1 or not 0 <= digits <= 9:
        raise BadFormula("question_formula_fails")
    return rounded(given[0], int(digits))


def _bounded(value: Fraction) -> Fraction:
    if abs(value) > _LARGEST or value.denominator > 10**60:
        raise BadFormula("question_formula_fails")
    return value
