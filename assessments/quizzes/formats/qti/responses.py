"""What an item declares as right: correct responses, mappings, tolerances, and how they are processed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from msgspec import Struct, field

from assessments.grading.texts import written

STANDARD = ("match_correct", "map_response", "map_response_point")


class Response(Struct, frozen=True):
    """A response variable: ``correct`` its right values in their order, ``mapped`` value → score (None: no mapping)."""

    identifier: str
    cardinality: str
    base_type: str
    correct: tuple[str, ...] = ()
    mapped: Mapping[str, Fraction] | None = None
    otherwise: Fraction = Fraction(0)
    """What a value that is not mapped earns."""
    match_case: bool = False
    areas: tuple[Any, ...] = ()
    """``areaMapEntry`` elements."""
    line: int = 0


class Processing(Struct, frozen=True):
    """How responses earn: the standard ``template`` or "", and what own processing was found to say."""

    template: str
    own: bool
    mapping: bool
    tolerances: Mapping[str, tuple[str, Fraction]] = field(default_factory=dict)
    """Response → mode (absolute, relative, exact) and size."""


def number(text: str | None) -> Fraction | None:
    """A number as XML writes it, exact; None if it is none."""
    try:
        return written(text or "")
    except ValueError:
        return None


def responses_of(root: Any) -> dict[str, Response]:
    return {each.get("identifier", ""): _response(each) for each in root.iter("responseDeclaration")}


def _response(element: Any) -> Response:
    mapping = element.find("mapping")
    mapped: dict[str, Fraction] | None = None
    cases: list[bool] = []
    if mapping is not None:
        mapped = {}
        for each in mapping.iter("mapEntry"):
            cases.append(each.get("caseSensitive", "false") == "true")
            mapped.setdefault(" ".join(each.get("mapKey", "").split()), number(each.get("mappedValue")) or Fraction(0))
    correct = [" ".join("".join(value.itertext()).split()) for value in element.iterfind("correctResponse/value")]
    return Response(
        element.get("identifier", ""),
        element.get("cardinality", "single"),
        element.get("baseType", ""),
        tuple(correct),
        mapped,
        (number(mapping.get("defaultValue")) or Fraction(0)) if mapping is not None else Fraction(0),
        any(cases),
        tuple(element.iterfind("areaMapping/areaMapEntry")),
        element.sourceline or 0,
    )


def processing_of(root: Any) -> Processing:
    element = root.find("responseProcessing")
    if element is None:
        return Processing("", own=False, mapping=False)
    name = element.get("template", "").rpartition("/")[2].removesuffix(".xml").lower()
    template = next((each for each in reversed(STANDARD) if name.startswith(each)), "")
    mapping = template.startswith("map") or any(True for _each in element.iter("mapResponse", "mapResponsePoint"))
    return Processing(template, len(element) > 0, mapping, _tolerances(element))


def _tolerances(element: Any) -> dict[str, tuple[str, Fraction]]:
    found = {}
    for each in element.iter("equal"):
        names = [variable.get("identifier", "") for variable in each.iter("variable")]
        sizes = [number(size) for size in each.get("tolerance", "0").split()]
        mode = each.get("toleranceMode", "exact")
        if names and sizes and all(size is not None and size >= 0 for size in sizes):
            found[names[0]] = (mode, max(size for size in sizes if size is not None))
    return found
