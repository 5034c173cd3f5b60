"""A QTI package or a single item: the items in the order of the test, each as a question or with the reason why not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from assessments.quizzes.formats.entries import LARGEST_WITH_PICTURES, BadFile, Collector, Found, Left
from assessments.quizzes.formats.qti.items_in import Item
from assessments.quizzes.formats.qti.package import ZIP, beside, unpacked
from assessments.quizzes.formats.qti.responses import number
from assessments.quizzes.formats.qti.vocabulary import inward
from assessments.quizzes.formats.xml_safely import parsed

MANIFEST = "imsmanifest.xml"
DIFFICULTIES = ("very easy", "easy", "medium", "difficult", "very difficult")
"""LOM's words for 1 to 5."""
RULES = ("timeLimits", "preCondition", "branchRule", "outcomeProcessing", "testFeedback", "rubricBlock")
"""What a test may say beside which items it asks."""


class Place(NamedTuple):
    """An item of a test: its path, its weight, its categories."""

    path: str
    marks: int = 1
    categories: tuple[str, ...] = ()


class Package(NamedTuple):
    """What the manifest names: paths of items and tests, and what it says about an item."""

    items: list[str]
    tests: list[str]
    about: dict[str, dict[str, Any]]


def read(content: bytes, language: str) -> Found:
    """The questions of a package (zip) or of one item (XML), version 2.0 to 3.0.

    :raises BadFile: ``file_zip_…``, ``file_not_xml``, ``file_xml_refused``, ``file_not_qti``.
    """
    out = Collector()
    files = unpacked(content) if content.startswith(ZIP) else {"item.xml": content}
    if MANIFEST not in files and len(files) == 1:
        _item(Place(next(iter(files))), files, language, out, alone=True)
        return out.found()
    package = _listed(files)
    places = list(_places(package, files, out))
    if not places:
        raise BadFile("file_not_qti")
    for place in places:
        _item(place, files, language, out, package.about.get(place.path))
    return out.found()


def _places(package: Package, files: Mapping[str, bytes], out: Collector) -> Iterator[Place]:
    """The items of the tests in their order, then those that no test asks."""
    seen: set[str] = set()
    for path in package.tests:
        for place in _of_test(path, files, out):
            if place.path not in seen:
                seen.add(place.path)
                yield place
    out.item = ""
    yield from (Place(path) for path in package.items if path not in seen)


def _listed(files: Mapping[str, bytes]) -> Package:
    """Items and tests by the manifest; without one, by what the documents are."""
    package = Package([], [], {})
    items, tests, about = package
    if MANIFEST in files:
        for each in inward(parsed(files[MANIFEST], LARGEST_WITH_PICTURES)).iter("resource"):
            kind, path = each.get("type", ""), beside(MANIFEST, each.get("href", ""))
            if path is not None and kind.startswith("imsqti_item"):
                items.append(path)
                about[path] = _about(each)
            elif path is not None and kind.startswith(("imsqti_test", "imsqti_assessment")):
                tests.append(path)
        return package
    for path, content in sorted(files.items()):
        if path.endswith(".xml") and b"ssessment" in content[:4000]:
            start = content[:4000]
            (tests if b"assessmentTest" in start or b"qti-assessment-test" in start else items).append(path)
    return package


def _of_test(path: str, files: Mapping[str, bytes], out: Collector) -> Iterator[Place]:
    out.item = path
    try:
        root = inward(parsed(files[path], LARGEST_WITH_PICTURES)) if path in files else None
    except BadFile as problem:
        out.note(problem.line, problem.code)
        return
    if root is None:
        out.note(0, "file_qti_missing", path)
        return
    sections = [each for each in root.iter("assessmentSection") if each.get("title")]
    if len(sections) > 1:
        out.note(sections[0].sourceline or 0, "file_sections", str(len(sections)))
    for each in root.iter("selection", "assessmentSectionRef", *RULES):
        code = {"selection": "file_draws", "assessmentSectionRef": "file_qti_section"}.get(each.tag, "file_qti_rule")
        out.note(each.sourceline or 0, code, each.get("select") or each.get("href") or each.tag)
    for each in root.iter("assessmentItemRef"):
        place = beside(path, each.get("href", ""))
        if place is None:
            out.leave(each.sourceline or 0, "file_qti_missing", each.get("href", ""))
            continue
        yield Place(place, _marks(each, out), tuple((each.get("category") or "").split()))


def _marks(element: Any, out: Collector) -> int:
    weights = [number(each.get("value")) for each in element.iterfind("weight")]
    value = next((each for each in weights if each is not None), Fraction(1))
    if value.denominator == 1 and 1 <= value <= 100:
        return int(value)
    out.note(element.sourceline or 0, "file_marks", str(float(value)))
    return max(1, min(100, round(value)))


def _item(
    place: Place,
    files: Mapping[str, bytes],
    language: str,
    out: Collector,
    about: Mapping[str, Any] | None = None,
    *,
    alone: bool = False,
) -> None:
    out.item = place.path
    if place.path not in files:
        out.leave(0, "file_qti_missing", place.path)
        return
    try:
        root = inward(parsed(files[place.path], LARGEST_WITH_PICTURES))
    except BadFile as problem:
        if alone:
            raise
        out.leave(problem.line, problem.code)
        return
    if root.tag != "assessmentItem":
        if alone:
            raise BadFile("file_not_qti", root.sourceline or 0)
        out.leave(root.sourceline or 0, "file_not_qti", str(root.tag))
        return
    out.item = root.get("identifier") or place.path

    def fetch(href: str) -> bytes | None:
        path = beside(place.path, href)
        return files.get(path) if path is not None else None

    line = root.sourceline or 0
    try:
        data = Item(root, language, out, fetch).question()
        known = dict(about or {})
        tags = [*known.pop("tags", ()), *place.categories]
        out.add(line, data, marks=place.marks, tags=tags, **known)
    except Left as left:
        out.leave(left.line or line, left.code, left.detail)


def _about(resource: Any) -> dict[str, Any]:
    """Tags, competency and difficulty of an item, from the metadata (LOM) beside it."""
    words = [" ".join("".join(each.itertext()).split()) for each in resource.iter("keyword")]
    named = {name: value for name, mark, value in (word.partition("=") for word in words) if mark}
    levels = [" ".join("".join(each.itertext()).split()) for each in resource.iterfind(".//difficulty/value")]
    return {
        "competency": named.get("competency", ""),
        "difficulty": next((DIFFICULTIES.index(each) + 1 for each in levels if each in DIFFICULTIES), None),
        "tags": [word for word in words if not word.startswith("competency=")],
    }
