"""Moodle XML: what Moodle exports of its question bank, and can import again. One language. Pure.

Read: multichoice, truefalse, shortanswer, numerical, matching, essay, ordering, cloze (Embedded answers), and calculated. Written: the same.
Texts are Markdown on the way out; HTML on the way in becomes plain text with its paragraphs, and a note says so. Pictures of a
question travel in base64; competency and difficulty as tags, ``competency=…`` and ``difficulty=3``.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from fractions import Fraction
from typing import Any
from urllib.parse import unquote

from assessments.grading.keys import Credit
from assessments.grading.texts import decimal_text, written
from assessments.quizzes.formats import embedded, moodle_calculated
from assessments.quizzes.formats.entries import (
    LARGEST_WITH_PICTURES,
    OPEN_CRITERIA,
    BadFile,
    Collector,
    Found,
    Left,
    named,
    share_of,
)
from assessments.quizzes.formats.moodle_writing import write
from assessments.quizzes.formats.weights import Weighted, choice, spellings
from assessments.quizzes.formats.xml_safely import parsed

_BREAK = re.compile(r"\s*<\s*(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^>]*>\s*", re.I)
_TAG = re.compile(r"<[^>]*>")
_PICTURE = re.compile(r"<img\b|@@PLUGINFILE@@", re.I)
_IMG = re.compile(r"<img\b([^>]*)>", re.I)
_ATTRIBUTE = re.compile(r"""\b(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_MARKDOWN_IMG = re.compile(r"!\[([^\]]*)\]\(@@PLUGINFILE@@/([^)\s]+)\)")
__all__ = ["read", "write"]
NAMED = ("credit", "competency", "difficulty")
"""What stands in tags beside tags."""
CALCULATED = ("calculated", "calculatedsimple")
GRADING = {"ALL_OR_NOTHING": "exact", "ABSOLUTE_POSITION": "places"}


def read(content: bytes, language: str) -> Found:
    """The questions of a Moodle XML file. :raises BadFile: if it is none."""
    root = parsed(content, LARGEST_WITH_PICTURES)
    if root.tag != "quiz":
        raise BadFile("file_not_moodle", root.sourceline or 0)
    out = Collector()
    for element in root.findall("question"):
        line, kind = element.sourceline or 0, element.get("type", "")
        if kind == "category":
            out.note(line, "file_category", "".join(element.find("category").itertext()).strip() if element.find("category") is not None else "")
            continue
        try:
            data = _Reader(element, language, out).question(kind)
            out.add(line, data, marks=_marks(element, out), **_tagged(element))
        except Left as left:
            out.leave(left.line or line, left.code, left.detail)
    return out.found()


def _marks(element: Any, out: Collector) -> int:
    text = element.findtext("defaultgrade") or "1"
    try:
        value = written(text)
    except ValueError:
        value = Fraction(1)
    if value.denominator == 1 and 1 <= value <= 100:
        return int(value)
    out.note(element.sourceline or 0, "file_marks", text)
    return max(1, min(100, round(value)))


def _tagged(element: Any) -> dict[str, Any]:
    """Tags, and the competency and difficulty among them."""
    tags = _tags(element)
    if element.get("type", "") in CALCULATED:
        tags = [tag for tag in tags if not moodle_calculated.STEP.fullmatch(tag)]
    named = {name: value for name, mark, value in (tag.partition("=") for tag in tags) if mark and name in NAMED}
    difficulty = named.get("difficulty", "")
    return {
        "competency": named.get("competency", ""),
        "difficulty": int(difficulty) if difficulty.isascii() and difficulty.isdigit() else None,
        "tags": [tag for tag in tags if tag.partition("=")[0] not in NAMED or "=" not in tag],
    }


def _tags(element: Any) -> list[str]:
    return [each.strip() for each in element.xpath("tags/tag/text/text()")]


class _Reader:
    """One question element."""

    def __init__(self, element: Any, language: str, out: Collector) -> None:
        self.element, self.language, self.out = element, language, out
        self.line = element.sourceline or 0

    def question(self, kind: str) -> dict[str, Any]:
        kinds = {
            "multichoice": self.multichoice,
            "truefalse": self.truefalse,
            "shortanswer": self.shortanswer,
            "numerical": self.numerical,
            "matching": self.matching,
            "essay": self.essay,
            "ordering": self.ordering,
            "cloze": self.cloze,
            **dict.fromkeys(CALCULATED, self.calculated),
        }
        if kind not in kinds:
            raise Left("file_kind", self.line, kind)
        data = kinds[kind]()
        data.setdefault("stem", {self.language: self.text("questiontext", pictures=True)})
        if "feedback" not in data:
            general = self.text("generalfeedback")
            data["feedback"] = {self.language: general} if general else {}
        for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "hint"):
            if self.text(name) and not _usual(self.text(name)):
                self.out.note(self.line, "file_feedback", self.text(name))
        return data

    def text(self, name: str, within: Any = None, *, pictures: bool = False) -> str:
        element = (self.element if within is None else within).find(name)
        return self.words(element, pictures=pictures) if element is not None else ""

    def words(self, element: Any, *, pictures: bool = False) -> str:
        """The words of an element with ``<text>`` and a format; where pictures cannot stand they are noted."""
        inner = element.find("text")
        text = "".join(inner.itertext()) if inner is not None else ""
        line = element.sourceline or self.line
        if pictures:
            text = self.with_pictures(text, self.files(element), line)
        if _PICTURE.search(text) or (element.find("file") is not None and not pictures):
            self.out.note(line, "file_picture" if pictures else "file_picture_place")
        if element.get("format", "html") not in ("html", "moodle_auto_format"):
            return _MARKDOWN_IMG.sub(lambda match: match[1], text).strip()
        plain = html.unescape(_TAG.sub("", _BREAK.sub("\n\n", text))).strip()
        if re.sub(r"\s", "", plain) != re.sub(r"\s", "", html.unescape(text)) and not _only_paragraphs(text):
            self.out.note(line, "file_html")
        return re.sub(r"\n{3,}", "\n\n", plain)

    def files(self, element: Any) -> dict[str, bytes]:
        """The files that lie beside a text, by the path the text calls them by."""
        found = {}
        for each in element.findall("file"):
            path = f"{each.get('path', '/')}{each.get('name', '')}".lstrip("/")
            try:
                found[path] = base64.b64decode("".join((each.text or "").split()), validate=True)
            except (binascii.Error, ValueError):
                self.out.note(each.sourceline or self.line, "file_picture", path)
        return found

    def with_pictures(self, text: str, beside: dict[str, bytes], line: int) -> str:
        """The text with its pictures as Markdown names them; one that is not there, or is none, stays as it was."""
        said = {name: self.out.picture(name.rpartition("/")[2], content) for name, content in beside.items()}

        def shown(words: str, path: str, otherwise: str) -> str:
            ref = said.get(unquote(path))
            return f"![{words.replace('[', '(').replace(']', ')')}](file:{ref})" if ref else otherwise

        def tag(match: re.Match[str]) -> str:
            own = {name.lower(): html.unescape(a or b) for name, a, b in _ATTRIBUTE.findall(match[1])}
            path = own.get("src", "")
            inside = path.startswith("@@PLUGINFILE@@/")
            return shown(own.get("alt", ""), path.removeprefix("@@PLUGINFILE@@/"), match[0]) if inside else match[0]

        for name in {name for name, ref in said.items() if ref is None}:
            self.out.note(line, "file_picture", name)
        return _IMG.sub(tag, _MARKDOWN_IMG.sub(lambda match: shown(match[1], match[2], match[0]), text))

    def answers(self) -> list[Weighted]:
        found = []
        for answer in self.element.findall("answer"):
            line = answer.sourceline or self.line
            share = share_of(answer.get("fraction", "0"))
            if share is None:
                raise Left("file_weight", line, answer.get("fraction", ""))
            found.append(Weighted(self.words(_as_text(answer)), share, self.text("feedback", answer), line))
        return found

    def multichoice(self) -> dict[str, Any]:
        single = (self.element.findtext("single") or "true").strip() == "true"
        data = choice(self.answers(), single, self.language, self.out, self.line)
        credit = next((tag.partition("=")[2] for tag in _tags(self.element) if tag.startswith("credit=")), "")
        if not single and credit in {each.value for each in Credit}:
            data["key"]["credit"] = credit
        return data

    def truefalse(self) -> dict[str, Any]:
        right = [each.text.strip().lower() for each in self.answers() if each.share == 1]
        if right not in (["true"], ["false"]):
            raise Left("file_no_right", self.line)
        for each in self.answers():
            if each.feedback:
                self.out.note(each.line, "file_truth_feedback", each.feedback)
        return {"kind": "true_false", "key": {"correct": right == ["true"]}}

    def shortanswer(self) -> dict[str, Any]:
        match_case = (self.element.findtext("usecase") or "0").strip() == "1"
        return {"kind": "short_text", "key": spellings(self.answers(), match_case, self.out, self.line)}

    def numerical(self) -> dict[str, Any]:
        key: dict[str, Any] | None = None
        for element in self.element.findall("answer"):
            line, text = element.sourceline or self.line, (element.findtext("text") or "").strip()
            full = share_of(element.get("fraction", "0")) == 1
            if key is not None or not full:
                self.out.note(line, "file_more_numbers", text)
                continue
            self.remark(element)
            key = {"value": self.number(text, line), "tolerance": self.number(element.findtext("tolerance") or "0", line)}
        if key is None:
            raise Left("file_no_right", self.line)
        return {"kind": "numeric", "key": key | {"relative": False}, "unit": self.unit()}

    def remark(self, answer: Any) -> None:
        """What is said to one answer alone is not kept."""
        if self.text("feedback", answer):
            self.out.note(answer.sourceline or self.line, "file_spelling_feedback", self.text("feedback", answer))

    def unit(self) -> str:
        units = [each.strip() for each in self.element.xpath("units/unit/unit_name/text()")]
        for unit in units[1:]:
            self.out.note(self.line, "file_unit", unit)
        return units[0] if units else ""

    def calculated(self) -> dict[str, Any]:
        stem, general = self.text("questiontext", pictures=True), self.text("generalfeedback")
        if moodle_calculated.works_out(general):
            self.out.note(self.line, "file_feedback", general)
            general = ""
        data, stem, general = moodle_calculated.read(self.element, stem, general, _tags(self.element), self.out, self.line)
        for answer in self.element.findall("answer"):
            self.remark(answer)
        return {**data, "stem": {self.language: stem}, "feedback": {self.language: general} if general else {}, "unit": self.unit()}

    def number(self, text: str, line: int) -> str:
        try:
            return decimal_text(written(text))
        except ValueError:
            raise Left("file_number", line, text) from None

    def matching(self) -> dict[str, Any]:
        pairs = []
        for element in self.element.findall("subquestion"):
            target = (element.findtext("answer/text") or "").strip()
            if target:
                pairs.append((self.words(element), target))
        targets = list(dict.fromkeys(target for _thing, target in pairs))
        options = named("k", targets, self.language)
        ids = {target: option["id"] for target, option in zip(targets, options, strict=True)}
        things = [pair for pair in pairs if pair[0]]
        parts = named("p", (thing for thing, _target in things), self.language)
        key = {part["id"]: ids[target] for part, (_thing, target) in zip(parts, things, strict=True)}
        return {"kind": "matching", "options": options, "body": {"parts": parts}, "key": {"pairs": key}}

    def essay(self) -> dict[str, Any]:
        self.out.note(self.line, "file_open_criteria")
        return {"kind": "open_text", "key": OPEN_CRITERIA}

    def ordering(self) -> dict[str, Any]:
        answers = self.element.findall("answer")
        options = named("k", (self.words(_as_text(each)) for each in answers), self.language)
        how = (self.element.findtext("gradingtype") or "").strip()
        if how not in (*GRADING, "PAIRS"):
            self.out.note(self.line, "file_order_credit", how)
        key = {"order": [each["id"] for each in options], "credit": GRADING.get(how, "pairs")}
        return {"kind": "ordering", "options": options, "key": key}

    def cloze(self) -> dict[str, Any]:
        text = self.text("questiontext", pictures=True)
        return embedded.read(text, self.language, self.out, self.line)


def _as_text(answer: Any) -> Any:
    """An answer without a format is plain text."""
    if answer.get("format") is None:
        answer.set("format", "plain_text")
    return answer


def _only_paragraphs(text: str) -> bool:
    return not re.search(r"<(?!\s*/?\s*(?:p|br|div|span)\b)[a-zA-Z/]", text)


def _usual(text: str) -> bool:
    """The sentences that Moodle puts under every question unless somebody changes them."""
    return re.sub(r"\W", "", text.lower()) in {
        "youransweriscorrect", "youranswerispartiallycorrect", "youranswerisincorrect", "回答正确", "部分正确", "回答不正确",
    }  # fmt: skip
