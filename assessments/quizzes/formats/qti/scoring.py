"""Declarations and response processing of an item: a standard template where one says it, else written out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lxml import etree

from assessments.grading.formula import CalculatedKey
from assessments.grading.keys import NumericKey
from assessments.grading.texts import decimal_text
from assessments.quizzes.formats.qti.vocabulary import Version

SCORE = "SCORE"
Mapped = tuple[str, Fraction, bool]
"""Value, what it earns, whether capital letters count."""


def leaf(parent: Any, tag: str, text: str, **attributes: str) -> Any:
    element = etree.SubElement(parent, tag, **attributes)
    element.text = text
    return element


def ratio(value: Fraction) -> str:
    """A share as a decimal, long enough to be known again: 1/3 is 0.333333333333."""
    if 10**12 % value.denominator == 0:
        return decimal_text(value)
    return f"{float(value):.12f}"


class Scoring:
    """Gathers the responses of an item. Set ``parts`` for several that count together, ``together`` for all or nothing,
    ``chosen`` where an option has its own feedback, ``by_hand`` where a person scores."""

    def __init__(self, root: Any, version: Version) -> None:
        self.root, self.version = root, version
        self.parts, self.together, self.chosen, self.by_hand = 0, False, False, False
        self.template = ""
        self.rules: list[tuple[str, str, Any]] = []
        """Response, how it is judged (match, map, equal), the condition that holds when it is right."""

    def response(self, name: str, cardinality: str, base_type: str) -> Any:
        return etree.SubElement(self.root, "responseDeclaration", identifier=name, cardinality=cardinality, baseType=base_type)

    def _declared(self, name: str, cardinality: str, base_type: str, right: Sequence[str]) -> Any:
        element = self.response(name, cardinality, base_type)
        correct = etree.SubElement(element, "correctResponse")
        for each in right:
            leaf(correct, "value", each)
        return element

    def matched(self, name: str, cardinality: str, base_type: str, right: Sequence[str]) -> None:
        self._declared(name, cardinality, base_type, right)
        self.template = "match_correct"
        self.rules.append((name, "match", _condition("match", name)))

    def mapped(self, name: str, cardinality: str, base_type: str, right: Sequence[str], values: Sequence[Mapped]) -> None:
        element = self._declared(name, cardinality, base_type, right)
        mapping = etree.SubElement(element, "mapping", lowerBound="0", upperBound="1", defaultValue="0")
        for key, value, match_case in values:
            own = {"caseSensitive": "true" if match_case else "false"} if base_type == "string" else {}
            etree.SubElement(mapping, "mapEntry", mapKey=key, mappedValue=ratio(value), **own)
        self.template = "map_response"
        full = etree.Element("gte")
        etree.SubElement(full, "mapResponse", identifier=name)
        leaf(full, "baseValue", "0.999999", baseType="float")
        self.rules.append((name, "map", full))

    def numbered(self, name: str, key: NumericKey | CalculatedKey) -> None:
        """A number that is right within its tolerance; one that is worked out is not known yet."""
        if isinstance(key, NumericKey):
            self._declared(name, "single", "float", [decimal_text(key.value)])
        else:
            self.response(name, "single", "float")
        self.template = ""
        size = decimal_text(key.tolerance * 100 if key.relative else key.tolerance)
        mode = {"toleranceMode": "exact"}
        if key.tolerance or key.relative:
            mode = {"toleranceMode": "relative" if key.relative else "absolute", "tolerance": f"{size} {size}"}
        self.rules.append((name, "equal", _condition("equal", name, **mode)))

    def areas(self, name: str, centre: str, areas: Sequence[tuple[str, str]]) -> None:
        element = self._declared(name, "single", "point", [centre])
        mapping = etree.SubElement(element, "areaMapping", lowerBound="0", upperBound="1", defaultValue="0")
        for shape, coords in areas:
            etree.SubElement(mapping, "areaMapEntry", shape=shape, coords=coords, mappedValue="1")
        self.template = "map_response_point"

    def declare(self, *, always: bool) -> None:
        """The outcomes; ``always``: one that is there from the start, for what is said to everyone."""
        more = {"externalScored": "human"} if self.by_hand and self.version.name != "2.1" else {}
        score = etree.SubElement(self.root, "outcomeDeclaration", identifier=SCORE, cardinality="single", baseType="float", normalMaximum="1", **more)
        leaf(etree.SubElement(score, "defaultValue"), "value", "0")
        if self.chosen:
            cardinality = next(each.get("cardinality") for each in self.root.iter("responseDeclaration"))
            etree.SubElement(self.root, "outcomeDeclaration", identifier="FEEDBACK", cardinality=cardinality, baseType="identifier")
        if always:
            said = etree.SubElement(self.root, "outcomeDeclaration", identifier="SAID", cardinality="single", baseType="identifier")
            leaf(etree.SubElement(said, "defaultValue"), "value", "always")

    def process(self) -> None:
        """The response processing, after the body."""
        if self.by_hand:
            return
        element = etree.SubElement(self.root, "responseProcessing")
        if self.template and not self.parts and not self.chosen:
            element.set("template", self.version.template(self.template))
            return
        if self.together:
            both = etree.Element("and")
            both.extend(condition for _name, _how, condition in self.rules)
            _given(element, both if len(both) > 1 else self.rules[0][2], leafless("baseValue", "1", baseType="float"))
        elif self.parts:
            for name, how, condition in self.rules:
                self._part(element, name, how, condition)
        else:
            name, how, condition = self.rules[0]
            if how == "map":
                _set(element, SCORE, etree.Element("mapResponse", identifier=name))
            else:
                _given(element, condition, leafless("baseValue", "1", baseType="float"))
        if self.chosen:
            _set(element, "FEEDBACK", etree.Element("variable", identifier=self.rules[0][0]))

    def _part(self, element: Any, name: str, how: str, condition: Any) -> None:
        """One of several parts adds its share to the score."""
        share = leafless("baseValue", ratio(Fraction(1, self.parts)), baseType="float")
        total = etree.Element("sum")
        etree.SubElement(total, "variable", identifier=SCORE)
        if how == "map":
            product = etree.SubElement(total, "product")
            etree.SubElement(product, "mapResponse", identifier=name)
            product.append(share)
            _set(element, SCORE, total)
        else:
            total.append(share)
            _given(element, condition, total)


def leafless(tag: str, text: str, **attributes: str) -> Any:
    element = etree.Element(tag, **attributes)
    element.text = text
    return element


def _condition(tag: str, name: str, **attributes: str) -> Any:
    element = etree.Element(tag, **attributes)
    etree.SubElement(element, "variable", identifier=name)
    etree.SubElement(element, "correct", identifier=name)
    return element


def _set(parent: Any, outcome: str, value: Any) -> None:
    etree.SubElement(parent, "setOutcomeValue", identifier=outcome).append(value)


def _given(parent: Any, condition: Any, value: Any) -> None:
    """If the condition holds, the score is set."""
    if_ = etree.SubElement(etree.SubElement(parent, "responseCondition"), "responseIf")
    if_.append(condition)
    _set(if_, SCORE, value)
