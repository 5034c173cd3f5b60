"""One vocabulary for all versions: the names of QTI 2. Version 3 writes ``qti-choice-interaction`` for ``choiceInteraction``. Pure."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from msgspec import Struct

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_KEBAB = re.compile(r"-([a-z0-9])")
MATHML = "http://www.w3.org/1998/Math/MathML"


class Version(Struct, frozen=True):
    """``dashed``: names are written qti-with-dashes; ``templates`` is where the standard response processing lives."""

    name: str
    namespace: str
    manifest: str
    schema: str
    schema_version: str
    templates: str
    template_suffix: str
    resource: str
    """``imsqti_{item|test}_…`` of the manifest."""
    dashed: bool = False

    def template(self, name: str) -> str:
        return f"{self.templates}{name}{self.template_suffix}"


V21 = Version(
    "2.1", "http://www.imsglobal.org/xsd/imsqti_v2p1", "http://www.imsglobal.org/xsd/imscp_v1p1", "QTIv2.1 Package", "1.0.0",
    "http://www.imsglobal.org/question/qti_v2p1/rptemplates/", "", "imsqti_{}_xmlv2p1",
)  # fmt: skip
V22 = Version(
    "2.2", "http://www.imsglobal.org/xsd/imsqti_v2p2", "http://www.imsglobal.org/xsd/imscp_v1p1", "QTIv2.2 Package", "1.0.0",
    "http://www.imsglobal.org/question/qti_v2p2/rptemplates/", "", "imsqti_{}_xmlv2p2",
)  # fmt: skip
V30 = Version(
    "3.0", "http://www.imsglobal.org/xsd/imsqtiasi_v3p0", "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1", "QTI Package", "3.0.0",
    "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/", ".xml", "imsqti_{}_xmlv3p0", dashed=True,
)  # fmt: skip

_HTML = (
    "a abbr acronym address article aside audio b bdi bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em "
    "figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img kbd label li main nav object ol p param picture pre q rb rp rt rtc ruby "
    "samp section small source span strong sub sup table tbody td tfoot th thead time tr track tt u ul var video"
)
HTML = frozenset(_HTML.split())
"""Elements that are the same in every version."""


def inward(root: Any) -> Any:
    """The tree with the names of QTI 2 and no namespaces, lines kept; MathML stays what it is."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = etree.QName(element)
        if name.namespace == MATHML:
            continue
        local = name.localname
        if local.startswith("qti-"):
            element.tag = _camel(local[4:])
            for key in [key for key in element.attrib if "-" in key and not key.startswith(("data-", "aria-", "{"))]:
                element.set(_camel(key), element.attrib.pop(key))
        else:
            element.tag = local
    return root


def outward(root: Any, version: Version) -> bytes:
    """The document in the names and the namespace of a version."""

    def named(element: Any) -> Any:
        dashed = version.dashed and element.tag not in HTML
        tag = f"qti-{_kebab(element.tag)}" if dashed else element.tag
        made = etree.Element(f"{{{version.namespace}}}{tag}", nsmap={None: version.namespace})
        for key, value in element.attrib.items():
            made.set(_kebab(key) if dashed and not key.startswith("{") else key, value)
        made.text, made.tail = element.text, element.tail
        children = [named(child) for child in element]
        if not version.dashed and len(element) == 1 and element[0].tag == "contentBody":
            made.text, children = children[0].text, list(children[0])  # only version 3 has this wrapper
        made.extend(children)
        return made

    return etree.tostring(named(root), xml_declaration=True, encoding="UTF-8")


def _camel(name: str) -> str:
    return _KEBAB.sub(lambda match: match[1].upper(), name)


def _kebab(name: str) -> str:
    return _CAMEL.sub(lambda match: "-" + match[1], name).lower()
