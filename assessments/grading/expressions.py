"""Formulas as trees: read, worked out exactly, and written again. Pure.

A formula knows numbers, variables, ``+ - * / ^`` (whole powers), brackets, and ``abs min max round(x; digits)``. It is
read by a small parser of its own: nothing of it is ever run as a program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct

from assessments.grading.texts import decimal_text

LONGEST = 500
DEEPEST = 40
LARGEST_POWER = 20
_TOKEN = re.compile(r"\s*(?:(\d{1,18}(?:\.\d{1,18})?)|([A-Za-z][A-Za-z0-9_]{0,15})|([-+*/^(),;]))", re.ASCII)
FUNCTIONS = {"abs": (1, 1), "min": (1, 9), "max": (1, 9), "round": (1, 2)}
"""Name → the fewest and the most arguments."""
_LARGEST = Fraction(10) ** 30
_MOST_NESTED = 150
"""A sum of so many terms nests as deeply."""
_CHAINED = ("+", "-", "*", "/")


class BadFormula(ValueError):
    """It cannot be read, or has no value for these numbers: ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Expression(Struct, frozen=True):
    """``op``: ``number`` or ``name``; ``negative``, ``+ - * / ^`` or a function ``of`` others."""

    op: str
    of: tuple[Expression, ...] = ()
    number: Fraction = Fraction(0)
    name: str = ""


def rounded(value: Fraction, decimals: int) -> Fraction:
    """Half away from zero, as one learns it at school."""
    scale = 10**decimals
    whole = int(abs(value) * scale + Fraction(1, 2))
    return Fraction(-whole if value < 0 else whole, scale)


# --- reading --------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def read(formula: str) -> Expression:
    """:raises BadFormula: ``question_formula``."""
    if len(formula) > LONGEST:
        raise BadFormula("question_formula")
    found, at, formula = [], 0, formula.strip()
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        if match is None:
            raise BadFormula("question_formula")
        found.append(match[0].strip())
        at = match.end()
    return read_tokens(found)


def read_tokens(tokens: Sequence[str], power: str = "") -> Expression:
    """The same from numbers, names and signs; ``power``: a function that says ``^``. :raises BadFormula: ``question_formula``."""
    reader = _Reader(tokens, power)
    found = reader.sum(0)
    if reader.at < len(reader.tokens):
        raise BadFormula("question_formula")
    return found


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: Sequence[str], power: str) -> None:
        self.tokens, self.power_word, self.at = tokens, power, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def sum(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise BadFormula("question_formula")
        found = self.product(depth)
        while self.peek() in ("+", "-"):
            found = Expression(self.take(), (found, self.product(depth)))
        return found

    def product(self, depth: int) -> Expression:
        found = self.signed(depth)
        while self.peek() in ("*", "/"):
            found = Expression(self.take(), (found, self.signed(depth)))
        return found

    def signed(self, depth: int) -> Expression:
        """A minus sign binds less than a power: −2^2 is −4."""
        if depth > DEEPEST:
            raise BadFormula("question_formula")
        if self.peek() not in ("+", "-"):
            return self.power(depth)
        sign, found = self.take(), self.signed(depth + 1)
        return Expression("negative", (found,)) if sign == "-" else found

    def power(self, depth: int) -> Expression:
        found = self.atom(depth)
        if self.peek() != "^":
            return found
        self.take()
        return Expression("^", (found, self.signed(depth + 1)))

    def atom(self, depth: int) -> Expression:
        token = self.take()
        if token == "(":
            found = self.sum(depth + 1)
            self.expect(")")
            return found
        if token in FUNCTIONS or (token == self.power_word and self.peek() == "("):
            return self.call(token, depth)
        if token[:1].isdigit():
            return Expression("number", number=Fraction(token))
        if token[:1].isalpha():
            return Expression("name", name=token)
        raise BadFormula("question_formula")

    def call(self, name: str, depth: int) -> Expression:
        self.expect("(")
        given = [self.sum(depth + 1)]
        while self.peek() in (",", ";"):
            self.take()
            given.append(self.sum(depth + 1))
        self.expect(")")
        fewest, most = FUNCTIONS.get(name, (2, 2))
        if not fewest <= len(given) <= most:
            raise BadFormula("question_formula")
        return Expression(name if name in FUNCTIONS else "^", tuple(given))

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise BadFormula("question_formula")


# --- working out ----------------------------------------------------------------------------------


def value_of(found: Expression, values: Mapping[str, Fraction]) -> Fraction:
    """Exact. :raises BadFormula: ``question_formula`` for an unknown name, ``question_formula_fails`` without a value."""
    chain = []
    while found.op in _CHAINED:
        chain.append(found)
        found = found.of[0]
    value = _single(found, values)
    for each in reversed(chain):
        value = _joined(each.op, value, value_of(each.of[1], values))
    return value


def _joined(op: str, left: Fraction, right: Fraction) -> Fraction:
    if op == "/":
        if not right:
            raise BadFormula("question_formula_fails")
        return _bounded(left / right)
    return _bounded(left + right if op == "+" else left - right if op == "-" else left * right)


def _single(found: Expression, values: Mapping[str, Fraction]) -> Fraction:
    if found.op == "number":
        return found.number
    if found.op == "name":
        if found.name not in values:
            raise BadFormula("question_formula")
        return values[found.name]
    given = [value_of(each, values) for each in found.of]
    if found.op == "negative":
        return -given[0]
    if found.op == "^":
        return _power(*given)
    if found.op == "round":
        return _rounded(given)
    return abs(given[0]) if found.op == "abs" else min(given) if found.op == "min" else max(given)


def _power(value: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > LARGEST_POWER or (exponent < 0 and not value):
        raise BadFormula("question_formula_fails")
    return _bounded(value ** int(exponent))


def _rounded(given: Sequence[Fraction]) -> Fraction:
    digits = given[1] if len(given) > 1 else Fraction(0)
    if digits.denominator != 1 or not 0 <= digits <= 9:
        raise BadFormula("question_formula_fails")
    return rounded(given[0], int(digits))


def _bounded(value: Fraction) -> Fraction:
    if abs(value) > _LARGEST or value.denominator > 10**60:
        raise BadFormula("question_formula_fails")
    return value


# --- writing --------------------------------------------------------------------------------------

_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 2, "^": 4}
"""How tightly: what binds less than its place asks for stands in brackets."""


def text_of(found: Expression, variable: Callable[[str], str] = str, between: str = "; ", power: str = "") -> str:
    """The formula with as few brackets as it needs; ``power``: the function that says ``^`` elsewhere."""

    def said(each: Expression, least: int, *, first: bool = True) -> str:
        """Two signs never follow each other: what begins with one stands in brackets unless it comes first."""
        words = _said(each)
        loose = _BINDS.get(each.op, 5) < least and not (power and each.op == "^")
        return f"({words})" if loose or (not first and words.startswith("-")) else words

    def _said(each: Expression) -> str:
        if each.op == "number":
            return decimal_text(each.number)
        if each.op == "name":
            return variable(each.name)
        if each.op in _CHAINED:
            least = _BINDS[each.op]
            return f"{said(each.of[0], least)} {each.op} {said(each.of[1], least + 1, first=False)}"
        if each.op == "negative":
            return f"-{said(each.of[0], 4)}"
        if each.op == "^" and not power:
            return f"{said(each.of[0], 5)} ^ {said(each.of[1], 4, first=False)}"
        return f"{power if each.op == '^' else each.op}({between.join(said(inner, 0) for inner in each.of)})"

    return said(found, 0)


def names_in(found: Expression) -> set[str]:
    """The variables it holds."""
    names, left = set(), [found]
    while left:
        each = left.pop()
        left += each.of
        if each.op == "name":
            names.add(each.name)
    return names


def fits(found: Expression) -> bool:
    """Whether it may be short enough to be kept, and safe to walk through. Names may stand for much: it is counted, not walked."""
    left, seen = [(found, 0)], 0
    while left:
        each, depth = left.pop()
        seen += 1
        if seen > LONGEST or depth > _MOST_NESTED:
            return False
        left += [(inner, depth + 1) for inner in each.of]
    return True
