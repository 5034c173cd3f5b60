"""A quiz as a QTI package: an item for each question, a test with the sections, the pictures, the manifest. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lxml import etree
from PIL import Image, UnidentifiedImageError

from assessments.grading.questions import to_json
from assessments.quizzes.formats.entries import PICTURES, Entry, Left, Note, Written
from assessments.quizzes.formats.media import Media, names_in
from assessments.quizzes.formats.paper import Paper
from assessments.quizzes.formats.qti.items_out import TAGS, ItemWriter
from assessments.quizzes.formats.qti.package import packed
from assessments.quizzes.formats.qti.reading import DIFFICULTIES, MANIFEST
from assessments.quizzes.formats.qti.scoring import leaf
from assessments.quizzes.formats.qti.spots_out import Shown
from assessments.quizzes.formats.qti.vocabulary import Version, outward
from assessments.quizzes.formats.qti.xhtml import to_xhtml

LOM = "http://ltsc.ieee.org/xsd/LOM"
CARRIES = frozenset({"sections", "draws", "tags", "competency", "difficulty"})


class Made(NamedTuple):
    """An item that was written, and the pictures it shows."""

    number: int
    entry: Entry
    pictures: list[str]


def write(entries: Sequence[Entry], language: str, version: Version, paper: Paper | None = None, media: Media | None = None) -> Written:
    """A package of the questions; those beyond the sections' own numbers and the first part are asked in their order."""
    shown = _shown(media or {})
    files: dict[str, bytes] = {}
    notes: list[Note] = []
    made: list[Made] = []
    for number, entry in enumerate(entries, 1):
        writer = ItemWriter(entry.question, language, number, version, shown)
        try:
            files[f"items/item-{number}.xml"] = outward(writer.element(), version)
        except Left as left:
            notes.append(Note(number, left.code, left.detail, left_out=True))
            continue
        notes += writer.notes
        used = sorted(names_in(to_json(entry.question)) & set(shown))
        made.append(Made(number, entry, used))
        files |= {_path(ref, shown): (media or {})[ref].content for ref in used}
    paper = paper or Paper()
    test, said = _test(made, paper, language, version, shown)
    notes += said
    used_there = {name for each in paper.sections for name in names_in(each.introduction.get(language, ""))} & set(shown)
    files |= {_path(ref, shown): (media or {})[ref].content for ref in used_there}
    files["test.xml"] = outward(test, version)
    manifest = _manifest(made, language, version, shown, sorted(used_there))
    return Written(packed({MANIFEST: manifest, **files}), tuple(notes)) if made else Written(b"", tuple(notes))


def _shown(media: Media) -> dict[str, Shown]:
    """The pictures among the media, with their sizes, as items call them."""
    found = {}
    for ref, each in media.items():
        if each.media_type in PICTURES:
            try:
                with Image.open(io.BytesIO(each.content)) as picture:
                    suffix = each.media_type.rpartition("/")[2].replace("jpeg", "jpg")
                    found[ref] = Shown(f"../images/{ref}.{suffix}", each.media_type, picture.width, picture.height)
            except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
                continue
    return found


def _path(ref: str, shown: Mapping[str, Shown]) -> str:
    return shown[ref].address.removeprefix("../")


def _test(
    made: Sequence[Made], paper: Paper, language: str, version: Version, shown: Mapping[str, Shown]
) -> tuple[Any, list[Note]]:
    notes: list[Note] = []
    there = {each.number: each for each in made}
    title = paper.title.get(language) or next(iter(paper.title.values()), "Quiz")
    root = etree.Element("assessmentTest", identifier="test", title=title, toolName="Needle")
    part = etree.SubElement(root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="simultaneous")
    held = {number for each in paper.sections for number in each.numbers}
    loose = [each for each in made if each.number not in held]
    if loose or not paper.sections:
        _asked(_section(part, "section-0", title), loose, version)
    for at, section in enumerate(paper.sections, 1):
        words = section.title.get(language) or next(iter(section.title.values()), "")
        element = _section(part, f"section-{at}", words)
        own = [there[number] for number in section.numbers if number in there]
        if section.draw:
            etree.SubElement(element, "selection", select=str(min(section.draw, len(own)) or 1))
            etree.SubElement(element, "ordering", shuffle="true")
        if introduction := section.introduction.get(language):
            rubric = etree.SubElement(element, "rubricBlock", view="candidate", use="instructions")
            addresses = {ref: each.address.removeprefix("../") for ref, each in shown.items()}
            etree.SubElement(rubric, "contentBody").extend(to_xhtml(introduction, addresses))
        _asked(element, own, version, section.marks if section.draw else None)
    return root, notes


def _section(part: Any, identifier: str, title: str) -> Any:
    return etree.SubElement(part, "assessmentSection", identifier=identifier, title=title, visible="true")


def _asked(section: Any, items: Sequence[Made], version: Version, marks: int | None = None) -> None:
    for each in items:
        where = section.get("identifier")
        reference = etree.SubElement(section, "assessmentItemRef", identifier=f"{where}-{each.number}", href=f"items/item-{each.number}.xml")
        etree.SubElement(reference, "weight", identifier="WEIGHT", value=str(marks or each.entry.marks))


def _manifest(
    made: Sequence[Made], language: str, version: Version, shown: Mapping[str, Shown], of_test: Sequence[str]
) -> bytes:
    def child(parent: Any, tag: str, text: str = "", **attributes: str) -> Any:
        element = etree.SubElement(parent, f"{{{version.manifest}}}{tag}", **attributes)
        element.text = text or None
        return element

    root = etree.Element(f"{{{version.manifest}}}manifest", nsmap={None: version.manifest, "lom": LOM}, identifier="manifest")
    about = child(root, "metadata")
    child(about, "schema", version.schema)
    child(about, "schemaversion", version.schema_version)
    child(root, "organizations")
    resources = child(root, "resources")
    test = child(resources, "resource", identifier="test", type=version.resource.format("test"), href="test.xml")
    child(test, "file", href="test.xml")
    for each in made:
        child(test, "dependency", identifierref=f"item-{each.number}")
    for ref in of_test:
        child(test, "dependency", identifierref=f"image-{ref}")
    for each in made:
        path = f"items/item-{each.number}.xml"
        item = child(resources, "resource", identifier=f"item-{each.number}", type=version.resource.format("item"), href=path)
        _about(item, each.entry, language, version)
        child(item, "file", href=path)
        for ref in each.pictures:
            child(item, "dependency", identifierref=f"image-{ref}")
    for ref in sorted({ref for each in made for ref in each.pictures} | set(of_test)):
        image = child(resources, "resource", identifier=f"image-{ref}", type="webcontent", href=_path(ref, shown))
        child(image, "file", href=_path(ref, shown))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _about(item: Any, entry: Entry, language: str, version: Version) -> None:
    """Tags and competency as keywords, difficulty in LOM's own words."""
    words = [*entry.tags, *([f"competency={entry.competency}"] if entry.competency else [])]
    if not words and not entry.difficulty:
        return
    lom = etree.SubElement(etree.SubElement(item, f"{{{version.manifest}}}metadata"), f"{{{LOM}}}lom")
    general = etree.SubElement(lom, f"{{{LOM}}}general")
    for each in words:
        leaf(etree.SubElement(general, f"{{{LOM}}}keyword"), f"{{{LOM}}}string", each, language=TAGS[language])
    if entry.difficulty:
        level = etree.SubElement(etree.SubElement(lom, f"{{{LOM}}}educational"), f"{{{LOM}}}difficulty")
        leaf(level, f"{{{LOM}}}source", "LOMv1.0")
        leaf(level, f"{{{LOM}}}value", DIFFICULTIES[entry.difficulty - 1])


