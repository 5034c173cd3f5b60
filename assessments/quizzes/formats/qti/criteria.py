"""The criteria of an open question in an item: a rubric for scorers, readable by people and by us. Pure."""

from __future__ import annotations

from typing import Any

from lxml import etree

from assessments.grading.open_text import OpenKey
from assessments.grading.texts import decimal_text
from assessments.quizzes.formats.entries import Left
from assessments.quizzes.formats.qti.xhtml import plain

NAME = "needle-criteria"


def write(key: OpenKey, language: str) -> Any:
    """A ``rubricBlock`` for scorers. :raises Left: ``file_language``."""
    block = etree.Element("rubricBlock", view="scorer", use="scoring")
    body = etree.SubElement(block, "contentBody")
    for criterion in key.criteria:
        part = etree.SubElement(body, "div")
        part.set("class", f"{NAME} needle-id-{criterion.id}")
        etree.SubElement(part, "p").text = _said(criterion.text, language)
        levels = etree.SubElement(part, "ul")
        for level in criterion.levels:
            line = etree.SubElement(levels, "li")
            points = etree.SubElement(line, "strong")
            points.text = decimal_text(level.points)
            points.tail = f" {_said(level.text, language)}"
    return block


def _said(text: Any, language: str) -> str:
    words: str = text.get(language, "")
    if not words:
        raise Left("file_language", detail=language)
    return words


def read(root: Any, language: str, understood: set[Any]) -> dict[str, Any] | None:
    """The criteria that :func:`write` wrote, or None; the rubric they stand in is ``understood``."""
    found = []
    for block in root.iter("rubricBlock"):
        for part in block.iter("div"):
            name, _space, id_ = (part.get("class") or "").partition(" needle-id-")
            if name == NAME and part.find("p") is not None:
                levels = [_level(line, language) for line in part.iterfind("ul/li")]
                found.append({"id": id_, "text": {language: plain(part.find("p"))}, "levels": levels})
                understood.add(block)
    return {"criteria": found} if found else None


def _level(line: Any, language: str) -> dict[str, Any]:
    points = line.findtext("strong") or ""
    return {"points": points.strip(), "text": {language: plain(line).removeprefix(points).strip()}}


FAMILIES = {"application/pdf": "pdf", "image/": "image", "application/vnd.openxmlformats": "office"}
USUAL = {"accept": ["pdf", "image", "office"], "most_mb": 20}
"""What an upload may be where the item does not say."""


def upload(element: Any, own: dict[str, Any]) -> dict[str, Any]:
    """An ``uploadInteraction``: a file, or a recorded answer where a sound is asked for."""
    kinds = (element.get("type") or "").split()
    if any(kind.startswith("audio/") for kind in kinds):
        return {"kind": "oral", "body": {"seconds": 180}, **own}
    accept = [name for start, name in FAMILIES.items() if any(kind.startswith(start) for kind in kinds)]
    return {"kind": "file", "body": {**USUAL, "accept": accept} if accept else USUAL, **own}
