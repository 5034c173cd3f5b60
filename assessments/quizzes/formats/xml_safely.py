"""XML from strangers: no document type, no entity, no network, no deep or endless tree. Pure."""

from __future__ import annotations

from typing import Any

from lxml import etree

from assessments.quizzes.formats.entries import LARGEST, BadFile

MOST_ELEMENTS = 200_000


def parsed(content: bytes, largest: int = LARGEST) -> Any:
    """The root element. :raises BadFile: ``file_too_large``, ``file_not_xml`` (line), ``file_xml_refused``."""
    if len(content) > largest:
        raise BadFile("file_too_large")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as problem:
        raise BadFile("file_not_xml", problem.lineno or 0) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadFile("file_xml_refused", 1)
    if sum(1 for _each in root.iter()) > MOST_ELEMENTS:
        raise BadFile("file_too_large")
    return root
