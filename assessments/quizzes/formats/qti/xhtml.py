"""Between Markdown, in which questions are written, and the XHTML of an item. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from courses import markdown

_BLOCKS = "p div h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre table hr section article figure figcaption itemBody prompt contentBody"
BLOCKS = frozenset(_BLOCKS.split())
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*"}
INLINE = BLOCKS | frozenset(["a", "span", "small", "u", "abbr", "cite", "q", "bdo", "dfn", "label", "li", "tr", "td", "th", "dt", "dd", *MARKS])
_SPECIAL = re.compile(r"([\\`*_\[\]<>~|&])")
_LINE = re.compile(r"^(\s*)(?:([-+#=])|(\d{1,9})([.)]))", re.M)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_STRUCK = "needle-struck"
UNIT = "needle-unit"
"""A unit beside its field: it is not part of the text."""
_START = "needle-start-"


def to_xhtml(text: str, pictures: Mapping[str, str]) -> list[Any]:
    """A Markdown text as block elements; ``pictures``: name in the text → address."""
    media = {ref: markdown.Media(path, False) for ref, path in pictures.items()}
    fragments = lxml_html.fragments_fromstring(str(markdown.render(text, media, under=3)).strip(), no_leading_text=False)
    blocks = []
    for each in fragments:
        if isinstance(each, str):
            if each.strip():
                blocks.append(_paragraph(each))
        else:
            each.tail = None
            blocks.append(_lawful(each))
    return blocks or [_paragraph("")]


def _paragraph(text: str) -> Any:
    element = etree.Element("p")
    element.text = text.strip()
    return element


def _lawful(element: Any) -> Any:
    """The same with what QTI knows: no lazy loading, no struck text but a class for it."""
    made = etree.Element(str(element.tag))
    for key, value in element.attrib.items():
        if key == "start":
            made.set("class", f"{_START}{value}")
        elif key not in ("loading", "rel"):
            made.set(key, value)
    if element.tag == "s":
        made.tag = "span"
        made.set("class", _STRUCK)
    made.text, made.tail = element.text, element.tail
    made.extend(_lawful(child) for child in element)
    return made


class Text:
    """Reads XHTML as Markdown. ``special(element)`` gives the words of an element that is not HTML, or None to leave it out;
    ``picture(src)`` the name by which a text calls an image, or None."""

    def __init__(
        self, special: Callable[[Any], str | None], picture: Callable[[Any], str | None], unknown: Callable[[Any], None]
    ) -> None:
        self.special, self.picture, self.unknown = special, picture, unknown

    def of(self, elements: list[Any]) -> str:
        """Plain where that says the same, else with its special characters escaped."""
        plain = self._joined(elements, str)
        careful = self._joined(elements, escaped)
        return plain if markdown.render(plain) == markdown.render(careful) else careful

    def _joined(self, elements: list[Any], escape: Callable[[str], str]) -> str:
        return "\n\n".join(filter(None, (each for element in elements for each in self._blocks(element, escape))))

    def _blocks(self, element: Any, escape: Callable[[str], str]) -> list[str]:
        tag = element.tag
        if tag == "pre":
            return ["```\n" + "".join(element.itertext()).strip("\n") + "\n```"]
        if tag in ("ul", "ol"):
            return [self._list(element, escape)]
        if tag == "hr":
            return ["---"]
        if tag == "table":
            return [self._table(element, escape)]
        if tag not in BLOCKS:
            return [self._inline_of(element, escape).strip()]
        inner = self._mixed(element, escape)
        if tag == "blockquote":
            return ["\n".join(f"> {line}" if line else ">" for line in "\n\n".join(inner).split("\n"))] if inner else []
        if re.fullmatch(r"h[1-6]", str(tag)) and inner:
            return [f"{'#' * max(1, int(tag[1]) - 3)} {' '.join(inner)}"]
        return inner

    def _mixed(self, element: Any, escape: Callable[[str], str]) -> list[str]:
        """Runs of inline text and the blocks between them, in their order."""
        found: list[str] = []
        run = self._words(element.text, escape)
        for child in element:
            if not isinstance(child.tag, str):
                run += self._words(child.tail, escape)
                continue
            if child.tag in BLOCKS:
                found += [_lined(run, escape)]
                found += self._blocks(child, escape)
                run = ""
            else:
                run += self._inline_of(child, escape)
            run += self._words(child.tail, escape)
        return [each for each in [*found, _lined(run, escape)] if each]

    def _words(self, text: str | None, escape: Callable[[str], str]) -> str:
        return escape(_SPACE.sub(" ", text or ""))

    def _inline(self, element: Any, escape: Callable[[str], str]) -> str:
        said = self._words(element.text, escape)
        for child in element:
            if isinstance(child.tag, str):
                said += self._inline_of(child, escape)
            said += self._words(child.tail, escape)
        return said

    def _inline_of(self, element: Any, escape: Callable[[str], str]) -> str:
        tag = element.tag
        if tag.startswith("{"):  # MathML
            self.unknown(element)
            return self._words("".join(element.itertext()), escape)
        if tag == "br":
            return "\\\n"
        if tag in ("img", "object"):
            return self._picture(element, escape)
        if tag == "code":
            return f"`{''.join(element.itertext())}`"
        if tag in INLINE:
            return self._marked(element, self._inline(element, escape))
        said = self.special(element)
        if said is None:
            self.unknown(element)
            return self._inline(element, escape)
        return said

    def _marked(self, element: Any, inner: str) -> str:
        """The words of an inline element with the signs that Markdown has for it."""
        tag, name = element.tag, element.get("class")
        if name == UNIT:
            return ""
        if tag in MARKS:
            return f"{MARKS[tag]}{inner.strip()}{MARKS[tag]}" if inner.strip() else inner
        if tag == "a" and element.get("href", "").startswith(("http://", "https://", "mailto:")):
            return f"[{inner}]({element.get('href')})"
        return f"~~{inner}~~" if name == _STRUCK else inner

    def _picture(self, element: Any, escape: Callable[[str], str]) -> str:
        words = element.get("alt") or _SPACE.sub(" ", "".join(element.itertext())).strip()
        ref = self.picture(element)
        return f"![{words.replace('[', '(').replace(']', ')')}](file:{ref})" if ref else escape(words)

    def _list(self, element: Any, escape: Callable[[str], str]) -> str:
        start = element.get("class", "").removeprefix(_START)
        first = int(start) if element.tag == "ol" and re.fullmatch("[0-9]{1,9}", start) else 1
        lines = []
        for at, child in enumerate(child for child in element if child.tag == "li"):
            mark = f"{first + at}. " if element.tag == "ol" else "- "
            body = "\n\n".join(self._mixed(child, escape)) if len(child) else _lined(self._words(child.text, escape), escape)
            nested = re.sub(r"\n\n(?=\s*(?:- |\d+\. ))", "\n", body)
            lines.append(mark + nested.replace("\n", "\n" + " " * len(mark)))
        loose = any(child.find("p") is not None for child in element if child.tag == "li")
        return ("\n\n" if loose else "\n").join(lines)

    def _table(self, element: Any, escape: Callable[[str], str]) -> str:
        rows = [[self._cell(cell, escape) for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]
        rows = [row for row in rows if row]
        if not rows:
            return ""
        width = max(map(len, rows))
        lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
        return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])

    def _cell(self, cell: Any, escape: Callable[[str], str]) -> str:
        return " ".join(self._mixed(cell, escape)).replace("\n", " ")


def _lined(run: str, escape: Callable[[str], str]) -> str:
    """A run of text as a paragraph: no mark of a list or a heading at the start of a line that nobody meant."""
    said = run.strip().strip("\\").strip() if not run.strip(" \\\n") else run.strip()
    return _LINE.sub(_no_mark, said) if escape is escaped else said


def _no_mark(match: re.Match[str]) -> str:
    return match[1] + (f"\\{match[2]}" if match[2] else f"{match[3]}\\{match[4]}")


def escaped(text: str) -> str:
    """The text with what Markdown would read as a sign written out."""
    return _SPECIAL.sub(r"\\\1", text)


def plain(element: Any) -> str:
    """The words of an element on one line; of a picture, what it is said to show."""
    words = []
    for each in element.iter():
        if each.tag in ("img", "object") and each.get("alt"):
            words.append(each.get("alt"))
        words.append(each.text if isinstance(each.tag, str) else "")
        if each is not element:
            words.append(each.tail)
    return _SPACE.sub(" ", "".join(filter(None, words))).strip()
