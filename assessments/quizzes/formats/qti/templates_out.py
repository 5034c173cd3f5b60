"""Calculated questions as template variables and template processing. Pure.

Numbers that are whole are drawn by ``randomInteger``; others are so many steps from the lowest one, rounded to their decimals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lxml import etree

from assessments.grading.expressions import Expression, read
from assessments.grading.formula import CalculatedKey, Variable
from assessments.grading.texts import decimal_text
from assessments.quizzes.formats.drawn_numbers import constant, decimals_drawn
from assessments.quizzes.formats.entries import Left
from assessments.quizzes.formats.qti.scoring import leafless

RESERVED = ("RESPONSE", "SCORE", "SAID", "FEEDBACK", "completionStatus", "numAttempts", "duration")
"""Names that an item has for something else: a variable of such a name begins with a line there."""
NARY = {"+": "sum", "*": "product", "min": "min", "max": "max"}
BINARY = {"-": "subtract", "/": "divide", "^": "power"}


def name_of(variable: str) -> str:
    return f"_{variable}" if variable in RESERVED else variable


def placed(variables: Sequence[Variable]) -> re.Pattern[str]:
    """Where a text shows a number drawn."""
    return re.compile(r"\{(" + "|".join(re.escape(each.name) for each in variables) + r")\}")


def printed(variable: Variable) -> Any:
    element = etree.Element("printedVariable", identifier=name_of(variable.name))
    if not _whole(variable):
        element.set("format", f"%.{decimals_drawn(variable)}f")
    return element


def write(root: Any, variables: Sequence[Variable], key: CalculatedKey, response: str) -> None:
    """The declarations, after those of outcomes, and what is worked out before the item is shown.

    :raises Left: for rounding to digits that are drawn themselves.
    """
    for each in variables:
        kind = "integer" if _whole(each) else "float"
        etree.SubElement(root, "templateDeclaration", identifier=name_of(each.name), cardinality="single", baseType=kind)
    processing = etree.SubElement(root, "templateProcessing")
    for each in variables:
        etree.SubElement(processing, "setTemplateValue", identifier=name_of(each.name)).append(_drawn(each))
    right = etree.SubElement(processing, "setCorrectResponse", identifier=response)
    right.append(_rounded(_tree(read(key.formula)), key.decimals))


def _whole(variable: Variable) -> bool:
    return variable.low.denominator == variable.step.denominator == 1


def _drawn(variable: Variable) -> Any:
    if _whole(variable):
        last = variable.value(variable.steps - 1)
        return _random(decimal_text(variable.low), decimal_text(last), decimal_text(variable.step))
    steps = _of("product", _number(variable.step), _random("0", str(variable.steps - 1), "1"))
    return _rounded(_of("sum", _number(variable.low), steps), decimals_drawn(variable))


def _random(low: str, high: str, step: str) -> Any:
    return etree.Element("randomInteger", min=low, max=high, step=step)


def _rounded(inner: Any, decimals: int) -> Any:
    element = etree.Element("roundTo", roundingMode="decimalPlaces", figures=str(decimals))
    element.append(inner)
    return element


def _tree(found: Expression) -> Any:
    """A formula as QTI's operators."""
    if found.op == "number":
        return _number(found.number)
    if found.op == "name":
        return etree.Element("variable", identifier=name_of(found.name))
    if found.op == "negative":
        return _of("product", _number(Fraction(-1)), _tree(found.of[0]))
    if found.op == "round":
        digits = constant(found.of[1]) if len(found.of) > 1 else Fraction(0)
        if digits is None:
            raise Left("file_qti_round")
        return _rounded(_tree(found.of[0]), int(digits))
    inner = [_tree(each) for each in _chained(found)]
    if found.op == "abs":
        element = _of("mathOperator", *inner)
        element.set("name", "abs")
        return element
    return _of(NARY.get(found.op) or BINARY[found.op], *inner)


def _chained(found: Expression) -> list[Expression]:
    """a + b + c as three terms rather than two sums."""
    terms = [*found.of[1:]]
    first = found.of[0]
    while found.op in "+*" and first.op == found.op:
        terms, first = [*first.of[1:], *terms], first.of[0]
    return [first, *terms]


def _of(tag: str, *inner: Any) -> Any:
    element = etree.Element(tag)
    element.extend(inner)
    return element


def _number(value: Fraction) -> Any:
    return leafless("baseValue", decimal_text(value), baseType="integer" if value.denominator == 1 else "float")
