"""Template variables and template processing as a calculated question: what is drawn, and the formula of the right number. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from lxml import etree

from assessments.grading.expressions import BadFormula, Expression, fits, names_in, text_of, value_of
from assessments.grading.formula import MOST_VARIABLES
from assessments.grading.texts import decimal_text
from assessments.quizzes.formats.drawn_numbers import (
    MOST_DECIMALS,
    PI,
    decimals_of,
    from_decimals,
    named,
    ranged,
    rounding_of,
    unrounded,
    values,
)
from assessments.quizzes.formats.entries import Collector, Left
from assessments.quizzes.formats.qti.responses import Processing, Response, number
from assessments.quizzes.formats.qti.templates_out import BINARY, NARY, RESERVED
from assessments.quizzes.formats.qti.vocabulary import MATHML

OPERATORS = {tag: op for op, tag in (NARY | BINARY).items()}
MOST_DECLARED = 200
"""Template variables, with those that are worked out from others."""
SINGLE = ("round", "roundTo", "integerToFloat", "mathOperator")
CONSTANTS = {"pi": PI, "e": "2.71828182845904524"}
_FORMAT = re.compile(r"%[-+ 0#]*\d*\.(\d)[fF]")
_SIGNS = ("mi", "mn", "mo", "mtext")
_LINEAR = frozenset({"number", "name", "negative", "+", "-", "*", "/"})


class Template:
    """What an item works out before it is shown. :raises Left: by the name of what has no counterpart here."""

    def __init__(self, root: Any, out: Collector) -> None:
        self.root, self.out = root, out
        self.variables: list[dict[str, str]] = []
        self.known: dict[str, Expression] = {}
        """Template variable → what stands for it in a formula."""
        self.right: dict[str, Expression] = {}
        self.line = root.sourceline or 0
        declared = root.findall("templateDeclaration")
        if len(declared) > MOST_DECLARED:
            raise Left("file_variables", self._at(declared[0]), str(len(declared)))
        self.names = named([_bare(each.get("identifier", "")) for each in declared], Collector(), self.line)
        for each in declared:
            if (value := number(each.findtext("defaultValue/value"))) is not None:
                self.known[each.get("identifier", "")] = _numbered(value)
        for rule in root.iterfind("templateProcessing/*"):
            self._rule(rule)
        if len(self.variables) > MOST_VARIABLES:
            raise Left("file_variables", self.line, str(len(self.variables)))

    def _at(self, element: Any) -> int:
        return element.sourceline or self.line

    def _left(self, element: Any, detail: str = "") -> Left:
        return Left("file_qti_template", self._at(element), detail or str(element.tag))

    def _rule(self, rule: Any) -> None:
        identifier = rule.get("identifier", "")
        if rule.tag == "setTemplateValue" and len(rule) == 1 and _bare(identifier) in self.names:
            self.known[identifier] = self._value(rule[0], self.names[_bare(identifier)])
        elif rule.tag == "setCorrectResponse" and len(rule) == 1:
            self.right[identifier] = self._whole(rule[0])
        else:
            raise self._left(rule)

    # --- what is drawn -------------------------------------------------------------------------

    def _value(self, element: Any, name: str) -> Expression:
        """A number that is drawn becomes a variable; anything else stays what it is worked out from."""
        drawn = [each for each in element.iter() if each.tag in ("randomInteger", "randomFloat", "random")]
        if not drawn:
            return self._whole(element)
        if element.tag in ("round", "roundTo") and element[0].tag == "randomFloat":
            return self._float(element[0], name, self._digits(element))
        if element.tag == "randomFloat":
            return self._float(element, name, self._printed_digits(element, name))
        if element.tag == "random":
            return self._listed(element, name)
        if len(drawn) > 1 or drawn[0].tag != "randomInteger":
            raise self._left(drawn[-1])
        return self._stepped(element, drawn[0], name)

    def _variable(self, name: str, low: Fraction, high: Fraction, step: Fraction, element: Any) -> Expression:
        if step <= 0 or high < low or any(10**18 % each.denominator for each in (low, high, step)):
            raise self._left(element)
        for there in (each for each, here in self.names.items() if here == name and each != name):
            self.out.note(self._at(element), "file_variable_name", f"{there} → {name}")
        self.variables.append(ranged(name, low, high, step, self.out, self._at(element)))
        return Expression("name", name=name)

    def _stepped(self, element: Any, drawn: Any, name: str) -> Expression:
        """Whole numbers, and what stands in a straight line to them: low + steps × step."""
        low, high, step = (number(drawn.get(key, "1" if key == "step" else "")) for key in ("min", "max", "step"))
        if low is None or high is None or not step or step < 0 or high < low:
            raise self._left(drawn)
        last = low + int((high - low) / step) * step
        found = self._whole(element, drawn, name)
        if not _straight(found, name):
            raise self._left(element)
        try:
            first, second, end = (value_of(found, {name: each}) for each in (low, low + step, last))
        except BadFormula:
            raise self._left(element) from None
        return self._variable(name, min(first, end), max(first, end), abs(second - first), drawn)

    def _float(self, element: Any, name: str, decimals: int | None) -> Expression:
        """Any number between two, as many decimals as are shown of it."""
        low, high = number(element.get("min", "0")), number(element.get("max"))
        if low is None or high is None or decimals is None:
            raise self._left(element)
        self.out.note(self._at(element), "file_qti_float", str(decimals))
        step = Fraction(1, 10**decimals)
        return self._variable(name, from_decimals(low, high, step), high, step, element)

    def _listed(self, element: Any, name: str) -> Expression:
        """One of several numbers, if they are equally far from each other."""
        found = sorted({number(each.text) or Fraction(0) for each in element.iter("baseValue")})
        gaps = {after - before for before, after in zip(found, found[1:], strict=False)}
        others = [each for each in element.iter() if each.tag not in ("random", "multiple", "ordered", "baseValue")]
        if others or len(gaps) != 1 or any(number(each.text) is None for each in element.iter("baseValue")):
            raise self._left(element)
        return self._variable(name, found[0], found[-1], gaps.pop(), element)

    def _printed_digits(self, element: Any, name: str) -> int | None:
        for each in self.root.iter("printedVariable"):
            match = _FORMAT.fullmatch(each.get("format", ""))
            if match and self.names.get(_bare(each.get("identifier", ""))) == name:
                return int(match[1])
        return None

    # --- formulas ------------------------------------------------------------------------------

    def _whole(self, element: Any, drawn: Any = None, name: str = "") -> Expression:
        """The formula of an expression, as long as it is one that could be kept."""
        found = self._expression(element, drawn, name)
        if not fits(found):
            raise Left("question_formula", self._at(element), str(element.tag))
        return found

    def _expression(self, element: Any, drawn: Any = None, name: str = "") -> Expression:
        """The operators that a formula has here; ``drawn`` is the one number drawn in it, under its name."""
        if element is drawn:
            return Expression("name", name=name)
        if element.tag == "baseValue":
            return self._number(element)
        if element.tag == "variable":
            if element.get("identifier", "") not in self.known:
                raise Left("file_variable", self._at(element), element.get("identifier", ""))
            return self.known[element.get("identifier", "")]
        if element.tag == "mathConstant" and element.get("name") in CONSTANTS:
            return Expression("number", number=Fraction(CONSTANTS[element.get("name")]))
        if element.tag not in OPERATORS and element.tag not in SINGLE:
            raise self._left(element)
        inner = [self._expression(each, drawn, name) for each in element]
        return self._operated(element, inner)

    def _operated(self, element: Any, inner: list[Expression]) -> Expression:
        tag = element.tag
        if tag in ("product", "sum", "max", "min") and inner or tag in OPERATORS and len(inner) == 2:
            return _chained(OPERATORS[tag], inner)
        if len(inner) != 1:
            raise self._left(element)
        if tag == "integerToFloat":
            return inner[0]
        if tag == "mathOperator" and element.get("name") == "abs":
            return Expression("abs", (inner[0],))
        if tag in ("round", "roundTo"):
            digits = self._digits(element)
            return Expression("round", (inner[0], Expression("number", number=Fraction(digits))) if digits else (inner[0],))
        raise self._left(element, element.get("name", "") if tag == "mathOperator" else "")

    def _number(self, element: Any) -> Expression:
        if element.get("baseType") not in ("float", "integer"):
            raise self._left(element)
        value = number(element.text)
        if value is None or 10**18 % value.denominator:
            raise Left("file_number", self._at(element), (element.text or "").strip())
        return _numbered(value)

    def _digits(self, element: Any) -> int:
        figures = element.get("figures", "")
        if element.tag == "round":
            return 0
        if element.get("roundingMode") != "decimalPlaces" or not re.fullmatch("[0-9]", figures):
            raise self._left(element)
        return int(figures)

    # --- the question --------------------------------------------------------------------------

    def show(self, body: Any) -> None:
        """Say in the text of the question which numbers it shows, for code and the like that is read as it stands."""
        for math in list(body.iter(f"{{{MATHML}}}math")):
            if _row(math) is not None or any(_bare(name) in self.names for name in _words(math, "mi")):
                self._plain(math)
        for each in body.iter("printedVariable"):
            each.text = self.shown(each)

    def _plain(self, math: Any) -> None:
        """A row of signs as text: in it, a template variable stands for its value. :raises Left: for what is built higher."""
        row = _row(math)
        if row is None:
            raise self._left(math, "math")
        tail = math.tail
        math.clear()
        math.tag, math.tail, math.text = "span", tail, ""
        for kind, word in row:
            if kind == "mi" and _bare(word) in self.names:
                etree.SubElement(math, "printedVariable", identifier=word)
            elif len(math):
                math[-1].tail = (math[-1].tail or "") + word
            else:
                math.text += word

    def shown(self, element: Any) -> str:
        """What stands in the text for a printed variable. :raises Left: for one that is worked out from others."""
        found = self.known.get(element.get("identifier", ""))
        if found is None or found.op not in ("name", "number"):
            raise Left("file_formula_in_text", self._at(element), element.get("identifier", ""))
        return f"{{{found.name}}}" if found.op == "name" else decimal_text(found.number)

    def key(self, response: Response, processing: Processing, tolerance: Mapping[str, Any]) -> dict[str, Any]:
        """``kind``, ``body`` and ``key``."""
        formula, body = self.right.get(response.identifier), {"variables": self.variables}
        if formula is None:
            raise Left("file_no_right", response.line)
        decimals = self._decimals(formula, body, response)
        for each in self._compared(response):
            decimals = self._digits(each)
            half = Fraction(1, 2 * 10**decimals)
            self.out.note(self._at(each), "file_qti_equal_rounded", str(decimals))
            tolerance = {"tolerance": decimal_text(half), "relative": False}
        formula = unrounded(formula, decimals, body, self.out, response.line)
        key = {"formula": text_of(formula), "decimals": decimals, **tolerance}
        return {"kind": "calculated", "body": body, "key": key}

    def _compared(self, response: Response) -> Iterator[Any]:
        """Where an answer is compared after rounding."""
        for each in self.root.iterfind("responseProcessing//equalRounded"):
            if any(inner.get("identifier") == response.identifier for inner in each):
                yield each

    def _decimals(self, formula: Expression, body: Mapping[str, Any], response: Response) -> int:
        """As many as it is rounded to, else as many as there may be."""
        said = rounding_of(formula)
        if said is not None and said.denominator == 1 and 0 <= said <= MOST_DECIMALS:
            return int(said)
        if response.base_type == "integer":
            return 0
        most = max((decimals_of(each) for each in values(formula, body)), default=0)
        return min(MOST_DECIMALS, most)


def _row(math: Any) -> list[tuple[str, str]] | None:
    """The signs of a formula in MathML one after the other, each with its kind; None if it has more than one line of them."""
    kinds = [(etree.QName(each).localname, each) for each in math.iter() if isinstance(each.tag, str)]
    if any(kind not in (*_SIGNS, "math", "mrow", "mstyle", "mspace") for kind, _each in kinds):
        return None
    signs = [(kind, " ".join((each.text or "").split())) for kind, each in kinds if kind in _SIGNS]
    return [(kind, f" {sign} " if kind == "mo" and sign not in "()" else sign) for kind, sign in signs]


def _words(math: Any, kind: str) -> list[str]:
    return [(each.text or "").strip() for each in math.iter(f"{{{MATHML}}}{kind}")]


def _bare(identifier: str) -> str:
    return identifier[1:] if identifier[:1] == "_" and identifier[1:] in RESERVED else identifier


def _numbered(value: Fraction) -> Expression:
    found = Expression("number", number=abs(value))
    return Expression("negative", (found,)) if value < 0 else found


def _chained(op: str, inner: list[Expression]) -> Expression:
    """Sums and products of several as the formulas here have them, of two each; −1 × a is −a."""
    if op in ("min", "max"):
        return Expression(op, tuple(inner))
    if op == "*" and len(inner) == 2 and inner[0] == _numbered(Fraction(-1)):
        return Expression("negative", (inner[1],))
    found = inner[0]
    for each in inner[1:]:
        found = Expression(op, (found, each))
    return found


def _straight(found: Expression, name: str) -> bool:
    """Whether it grows evenly with the one variable it holds. Rounding that changes nothing does no harm."""
    if found.op == "round":
        digits = rounding_of(found)
        return digits is not None and _straight(found.of[0], name) and _exact(found.of[0], name, digits)
    if found.op not in _LINEAR or names_in(found) - {name}:
        return False
    if found.op in ("number", "name"):
        return True
    if found.op == "*" and all(names_in(each) for each in found.of):
        return False
    if found.op == "/" and names_in(found.of[1]):
        return False
    return all(_straight(each, name) for each in found.of)


def _exact(found: Expression, name: str, digits: Fraction) -> bool:
    whole = (value_of(found, {name: Fraction(at)}) for at in (0, 1))
    return all(decimals_of(each) <= digits for each in whole)
