"""Calculated questions of Moodle: a formula in PHP's spelling, and for each wildcard a range with a list drawn from it. Pure.

Moodle draws when the question is written and asks what stands in its lists; here each attempt draws from the range itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from lxml import etree

from assessments.grading.expressions import FUNCTIONS, BadFormula, Expression, fits, read_tokens, text_of
from assessments.grading.expressions import read as read_formula
from assessments.grading.formula import MOST_VARIABLES, CalculatedKey, Variable, drawn
from assessments.grading.questions import Question
from assessments.grading.texts import decimal_text
from assessments.quizzes.formats.drawn_numbers import (
    MOST_DECIMALS,
    PI,
    decimals_drawn,
    decimals_for,
    decimals_of,
    from_decimals,
    named,
    number_of,
    ranged,
    unrounded,
)
from assessments.quizzes.formats.entries import Collector, Left, share_of

STEP = re.compile(r"step ([A-Za-z][A-Za-z0-9_]{0,15})=(\d{1,18}(?:\.\d{1,18})?)", re.ASCII)
"""A tag that keeps a step between numbers that Moodle has no word for: ``step a=5``."""
LONGEST_THERE = 4_000
"""Characters of a formula that are looked at: names may be far longer there."""
ITEMS = 10
"""How many sets of numbers are written."""
_TOKEN = re.compile(r"\s*(?:\{([^{}]*)\}|((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/(),])|(\S))", re.ASCII)
_INSIDE = re.compile(r"\{=[^{}]*(?:\{[^{}]+\}[^{}]*)*\}")
"""A formula in a text, ``{={a}+1}``: Moodle writes its value there."""


def works_out(text: str) -> bool:
    """Whether a text shows something worked out from the numbers drawn: here texts show the numbers alone."""
    return _INSIDE.search(text) is not None


def read(
    element: Any, stem: str, feedback: str, tags: Sequence[str], out: Collector, line: int
) -> tuple[dict[str, Any], str, str]:
    """``kind``, ``body`` and ``key``, and both texts under the names here. :raises Left: for what has no counterpart here."""
    if (inside := _INSIDE.search(stem)) is not None:
        raise Left("file_formula_in_text", line, inside[0])
    answer = _right(element, out, line)
    at = answer.sourceline or line
    definitions = element.findall("dataset_definitions/dataset_definition")
    if len(definitions) > MOST_VARIABLES:
        raise Left("file_variables", line, str(len(definitions)))
    names = named([_text(each, "name") for each in definitions], out, line)
    steps = {match[1]: Fraction(match[2]) for match in map(STEP.fullmatch, tags) if match}
    variables = [_variable(each, names, steps, out, each.sourceline or line) for each in definitions]
    formula = _formula(" ".join((answer.findtext("text") or "").split()), names, at)
    body = {"variables": variables}
    stem, feedback = (re.sub(r"\{([^{}]*)\}", lambda match: f"{{{names.get(match[1], match[1])}}}", each) for each in (stem, feedback))
    return {"kind": "calculated", "body": body, "key": _key(answer, formula, body, out, at)}, stem, feedback


def _text(element: Any, name: str) -> str:
    return (element.findtext(f"{name}/text") or element.findtext(name) or "").strip()


def _right(element: Any, out: Collector, line: int) -> Any:
    """The answer that earns all; others are noted."""
    right = None
    for each in element.findall("answer"):
        text = (each.findtext("text") or "").strip()
        if right is None and share_of(each.get("fraction", "0")) == 1 and text != "*":
            right = each
        else:
            out.note(each.sourceline or line, "file_more_numbers", text)
    if right is None:
        raise Left("file_no_right", line)
    return right


# --- the numbers drawn ----------------------------------------------------------------------------


def _variable(
    element: Any, names: Mapping[str, str], steps: Mapping[str, Fraction], out: Collector, line: int
) -> dict[str, str]:
    """A variable from its range, or from its list where the range cannot be used. :raises Left: if neither can."""
    said = _text(element, "name")
    name = names[said]
    if _text(element, "distribution") == "loguniform":
        out.note(line, "file_variable_distribution", said)
    if _text(element, "status") == "shared":
        out.note(line, "file_variable_shared", said)
    items = [value for value in map(number_of, element.xpath("dataset_items/dataset_item/value/text()")) if value is not None]
    low, high, decimals = number_of(_text(element, "minimum")), number_of(_text(element, "maximum")), _text(element, "decimals")
    step = steps.get(name) or (Fraction(1, 10 ** int(decimals)) if re.fullmatch("[0-9]", decimals) else None)
    if low is None or high is None or not step or low > high:
        if not items:
            raise Left("file_variable", line, said)
        out.note(line, "file_variable_items", said)
        return ranged(name, min(items), max(items), min(Fraction(1, 10 ** decimals_of(each)) for each in items), out, line)
    first = low if name in steps else from_decimals(low, high, step)
    if first != low:
        out.note(line, "file_variable_step", said)
    if any(not low - step < each < high + step for each in items):
        out.note(line, "file_variable_range", said)
    return ranged(name, first, high, step, out, line)


# --- the formula ----------------------------------------------------------------------------------


def _formula(text: str, names: Mapping[str, str], line: int) -> Expression:
    """The tree of a formula as Moodle writes it. :raises Left: with the function, sign or wildcard that is not known here."""
    tokens: list[str] = []
    for match in _TOKEN.finditer(text[:LONGEST_THERE]):
        wildcard, number, word, sign, other = match.groups()
        if wildcard is not None:
            if wildcard not in names:
                raise Left("file_variable", line, wildcard)
            tokens.append(names[wildcard])
        elif number:
            tokens.append(_digits(number, line))
        elif word:
            if word.lower() not in (*FUNCTIONS, "pow", "pi"):
                raise Left("file_formula_function", line, word)
            tokens.append(word.lower())
        elif other:
            raise Left("file_formula_sign", line, other)
        else:
            tokens.append("^" if sign == "**" else sign)
    try:
        found = read_tokens(_without_pi(tokens), "pow")
    except BadFormula as problem:
        raise Left(problem.code, line, text) from None
    if len(text) > LONGEST_THERE or not fits(found):
        raise Left("question_formula", line, text)
    return found


def _digits(text: str, line: int) -> str:
    value = number_of(text)
    if value is None:
        raise Left("file_number", line, text)
    return decimal_text(value)


def _without_pi(tokens: Sequence[str]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        found.append(token)
        if found[-3:] == ["pi", "(", ")"]:
            found[-3:] = [PI]
    return found


def _key(answer: Any, formula: Expression, body: Mapping[str, Any], out: Collector, line: int) -> dict[str, Any]:
    kind, tolerance = (answer.findtext("tolerancetype") or "1").strip(), (answer.findtext("tolerance") or "0").strip()
    size = number_of(tolerance)
    if size is None:
        raise Left("file_number", line, tolerance)
    if kind == "3":
        out.note(line, "file_geometric", tolerance)
    length = (answer.findtext("correctanswerlength") or "").strip()
    figures = int(length) if re.fullmatch("[0-9]", length) else 2
    if (answer.findtext("correctanswerformat") or "1").strip() == "2":
        decimals = decimals_for(formula, body, figures)
        out.note(line, "file_significant", str(figures))
    else:
        decimals = figures
    key = {"decimals": decimals, "tolerance": decimal_text(abs(size)), "relative": kind != "2"}
    return {"formula": text_of(unrounded(formula, decimals, body, out, line)), **key}


# --- writing --------------------------------------------------------------------------------------


def write(element: Any, question: Question, key: CalculatedKey, note: Callable[[str, str], None]) -> None:
    """The formula, and the range of each variable with a list drawn from it.

    :raises Left: for a text that Moodle would read as a formula, or numbers it cannot draw.
    """
    if any((inside := _INSIDE.search(text)) is not None for text in question.stem.values()):
        raise Left("file_formula_in_text", detail=inside[0] if inside else "")
    _leaf(element, "synchronize", "0")
    answer = etree.SubElement(element, "answer", fraction="100")
    whole = Expression("round", (_of_two(read_formula(key.formula)), Expression("number", number=Fraction(key.decimals))))
    _leaf(answer, "text", text_of(whole, "{{{}}}".format, ", ", "pow"))
    _leaf(answer, "tolerance", decimal_text(key.tolerance))
    _leaf(answer, "tolerancetype", "1" if key.relative else "2")
    _leaf(answer, "correctanswerformat", "1")
    _leaf(answer, "correctanswerlength", str(key.decimals))
    for name, words in (("unitgradingtype", "0"), ("unitpenalty", "0.1"), ("showunits", "0" if key.unit else "3"), ("unitsleft", "0")):
        _leaf(element, name, words)
    draws = [drawn(question.variables, seed) for seed in range(1, ITEMS + 1)]
    definitions = etree.SubElement(element, "dataset_definitions")
    for each in question.variables:
        _define(etree.SubElement(definitions, "dataset_definition"), each, [values[each.name] for values in draws])
        if step_tag(each):
            note("file_variable_step", each.name)


def step_tag(variable: Variable) -> str:
    """What keeps a step that is none of 1, 0.1, 0.01 … or another one than the decimals say; "" if nothing has to."""
    same = variable.step == Fraction(1, 10 ** decimals_drawn(variable))
    return "" if same else f"step {variable.name}={decimal_text(variable.step)}"


def _define(element: Any, variable: Variable, values: Sequence[Fraction]) -> None:
    if decimals_drawn(variable) > MOST_DECIMALS:
        raise Left("file_variable_decimals", detail=variable.name)
    said = {"status": "private", "name": variable.name, "distribution": "uniform", "minimum": decimal_text(variable.low)}
    said |= {"maximum": decimal_text(variable.high), "decimals": str(decimals_drawn(variable))}
    for name, words in said.items():
        _leaf(etree.SubElement(element, name), "text", words)
    _leaf(element, "type", "calculated")
    _leaf(element, "itemcount", str(len(values)))
    items = etree.SubElement(element, "dataset_items")
    for number, value in enumerate(values, 1):
        item = etree.SubElement(items, "dataset_item")
        _leaf(item, "number", str(number))
        _leaf(item, "value", decimal_text(value))
    _leaf(element, "number_of_items", str(len(values)))


def _leaf(element: Any, name: str, words: str) -> None:
    etree.SubElement(element, name).text = words


def _of_two(found: Expression) -> Expression:
    """The same without the least and the largest of a single thing: there they take two."""
    if found.op in ("min", "max") and len(found.of) == 1:
        return _of_two(found.of[0])
    return Expression(found.op, tuple(map(_of_two, found.of)), found.number, found.name)
