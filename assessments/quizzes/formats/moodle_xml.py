"""Moodle XML: what Moodle exports of its question bank, and can import again. One language. Pure.

Read: multichoice, truefalse, shortanswer, numerical, matching, essay, ordering, and cloze (Embedded answers). Written: the same.
Texts are Markdown on the way out; HTML on the way in becomes plain text with its paragraphs, and a note says so.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from lxml import etree

from assessments.grading.keys import Credit, MultipleKey, NumericKey, SingleKey, TextKey, TrueFalseKey
from assessments.grading.parts import OrderCredit, OrderKey, PartCredit, PartsKey
from assessments.grading.questions import Question
from assessments.grading.texts import decimal_text
from assessments.quizzes.formats import embedded
from assessments.quizzes.formats.entries import (
    OPEN_CRITERIA,
    BadFile,
    Collector,
    Entry,
    Found,
    Left,
    Note,
    Written,
    named,
    other_languages,
    percent,
    share_of,
)
from assessments.quizzes.formats.weights import Weighted, choice, spellings, spelt, weights_of
from assessments.quizzes.formats.xml_safely import parsed

_BREAK = re.compile(r"\s*<\s*(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^>]*>\s*", re.I)
_TAG = re.compile(r"<[^>]*>")
_PICTURE = re.compile(r"<img\b|@@PLUGINFILE@@", re.I)
GRADING = {"ALL_OR_NOTHING": "exact", "ABSOLUTE_POSITION": "places"}


def read(content: bytes, language: str) -> Found:
    """The questions of a Moodle XML file. :raises BadFile: if it is none."""
    root = parsed(content)
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
            out.add(line, data, marks=_marks(element, out))
        except Left as left:
            out.leave(left.line or line, left.code, left.detail)
    return out.found()


def _marks(element: Any, out: Collector) -> int:
    text = element.findtext("defaultgrade") or "1"
    try:
        value = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        value = Fraction(1)
    if value.denominator == 1 and 1 <= value <= 100:
        return int(value)
    out.note(element.sourceline or 0, "file_marks", text)
    return max(1, min(100, round(value)))


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
        }
        if kind not in kinds:
            raise Left("file_kind", self.line, kind)
        data = kinds[kind]()
        data.setdefault("stem", {self.language: self.text("questiontext")})
        general = self.text("generalfeedback")
        data["feedback"] = {self.language: general} if general else {}
        for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "hint"):
            if self.text(name) and not _usual(self.text(name)):
                self.out.note(self.line, "file_feedback", self.text(name))
        return data

    def text(self, name: str, within: Any = None) -> str:
        element = (self.element if within is None else within).find(name)
        return self.words(element) if element is not None else ""

    def words(self, element: Any) -> str:
        """The words of an element with ``<text>`` and a format; pictures cannot come along and are noted."""
        inner = element.find("text")
        text = "".join(inner.itertext()) if inner is not None else ""
        line = element.sourceline or self.line
        if _PICTURE.search(text) or element.find("file") is not None:
            self.out.note(line, "file_picture")
        if element.get("format", "html") not in ("html", "moodle_auto_format"):
            return text.strip()
        plain = html.unescape(_TAG.sub("", _BREAK.sub("\n\n", text))).strip()
        if re.sub(r"\s", "", plain) != re.sub(r"\s", "", html.unescape(text)) and not _only_paragraphs(text):
            self.out.note(line, "file_html")
        return re.sub(r"\n{3,}", "\n\n", plain)

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
        tags = [each.strip() for each in self.element.xpath("tags/tag/text/text()")]
        credit = next((tag.partition("=")[2] for tag in tags if tag.startswith("credit=")), "")
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
            if self.text("feedback", element):
                self.out.note(line, "file_spelling_feedback", self.text("feedback", element))
            key = {"value": self.number(text, line), "tolerance": self.number(element.findtext("tolerance") or "0", line)}
        if key is None:
            raise Left("file_no_right", self.line)
        units = [each.strip() for each in self.element.xpath("units/unit/unit_name/text()")]
        for unit in units[1:]:
            self.out.note(self.line, "file_unit", unit)
        return {"kind": "numeric", "key": key | {"relative": False}, "unit": units[0] if units else ""}

    def number(self, text: str, line: int) -> str:
        try:
            return decimal_text(Fraction(text.strip()))
        except (ValueError, ZeroDivisionError):
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
        text = self.text("questiontext")
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


# --- writing --------------------------------------------------------------------------------------


def write(entries: Iterable[Entry], language: str) -> Written:
    """A Moodle XML file of the questions, and what it cannot say of them."""
    root = etree.Element("quiz")
    notes: list[Note] = []
    for number, entry in enumerate(entries, 1):
        writer = _Writer(entry, language, number)
        try:
            root.append(writer.element())
            notes += writer.notes
        except Left as left:
            notes.append(Note(number, left.code, left.detail, left_out=True))
    return Written(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True), tuple(notes))


class _Writer:
    def __init__(self, entry: Entry, language: str, number: int) -> None:
        self.entry, self.language, self.at = entry, language, number
        self.question: Question = entry.question
        self.notes: list[Note] = []

    def said(self, text: Any) -> str:
        words: str = text.get(self.language, "")
        if not words:
            raise Left("file_language", detail=self.language)
        return words

    def note(self, code: str, detail: str = "") -> None:
        self.notes.append(Note(self.at, code, detail))

    def element(self) -> Any:
        kinds = {
            "single": "multichoice", "multiple": "multichoice", "true_false": "truefalse", "short_text": "shortanswer",
            "numeric": "numerical", "matching": "matching", "open_text": "essay", "ordering": "ordering", "cloze": "cloze",
        }  # fmt: skip
        question = self.question
        if question.kind not in kinds:
            raise Left("file_kind", detail=question.kind)
        element = etree.Element("question", type=kinds[question.kind])
        stem = self.said(question.stem)
        _text(etree.SubElement(element, "name"), stem.split("\n")[0][:80])
        if isinstance(question.key, PartsKey) and question.kind == "cloze":
            stem = embedded.write(question, question.key, stem, self.language)
        _text(etree.SubElement(element, "questiontext", format="markdown"), stem)
        general = question.feedback.get(self.language, "")
        _text(etree.SubElement(element, "generalfeedback", format="markdown"), general)
        if question.kind != "cloze":
            _leaf(element, "defaultgrade", str(self.entry.marks))
        elif self.entry.marks != 1:
            self.note("file_marks", str(self.entry.marks))
        self.key(element, question.key)
        if others := other_languages(question, self.language):
            self.note("file_other_languages", ", ".join(others))
        return element

    def key(self, element: Any, key: Any) -> None:
        if isinstance(key, SingleKey | MultipleKey):
            self.choices(element, key)
        elif isinstance(key, TrueFalseKey):
            for word, right in (("true", key.correct), ("false", not key.correct)):
                self.answer(element, word, Fraction(right))
        elif isinstance(key, TextKey):
            _leaf(element, "usecase", str(int(key.match_case)))
            for each in spelt(key):
                self.answer(element, each.text, each.share)
        elif isinstance(key, NumericKey):
            self.number(element, key)
        elif isinstance(key, OrderKey):
            self.order(element, key)
        elif isinstance(key, PartsKey) and self.question.kind == "matching":
            self.pairs(element, key)
        elif self.question.kind == "open_text":
            self.note("file_open_criteria")
        if isinstance(key, PartsKey) and key.credit is PartCredit.EXACT:
            self.note("file_all_or_nothing")

    def answer(self, element: Any, text: str, share: Fraction, feedback: str = "", form: str = "") -> Any:
        answer = etree.SubElement(element, "answer", fraction=percent(share), **({"format": form} if form else {}))
        _text(answer, text)
        if feedback:
            _text(etree.SubElement(answer, "feedback", format="markdown"), feedback)
        return answer

    def choices(self, element: Any, key: SingleKey | MultipleKey) -> None:
        ids = [each.id for each in self.question.options]
        single = isinstance(key, SingleKey)
        _leaf(element, "single", "true" if single else "false")
        weights = [Fraction(id_ == key.correct) for id_ in ids] if isinstance(key, SingleKey) else weights_of(key, ids)
        for option, weight in zip(self.question.options, weights, strict=True):
            self.answer(element, self.said(option.text), weight, option.feedback.get(self.language, ""), "markdown")
        if isinstance(key, MultipleKey) and key.credit is not Credit.PENALTY:
            self.note("file_credit", key.credit.value)
            tags = etree.SubElement(element, "tags")
            _text(etree.SubElement(tags, "tag"), f"credit={key.credit.value}")

    def number(self, element: Any, key: NumericKey) -> None:
        if key.relative:
            self.note("file_relative")
        margin = key.tolerance * abs(key.value) if key.relative else key.tolerance
        _leaf(self.answer(element, decimal_text(key.value), Fraction(1)), "tolerance", decimal_text(margin))
        if key.unit:
            unit = etree.SubElement(etree.SubElement(element, "units"), "unit")
            _leaf(unit, "multiplier", "1")
            _leaf(unit, "unit_name", key.unit)

    def order(self, element: Any, key: OrderKey) -> None:
        words = {each.id: self.said(each.text) for each in self.question.options}
        how = {OrderCredit.EXACT: "ALL_OR_NOTHING", OrderCredit.PLACES: "ABSOLUTE_POSITION"}.get(key.credit, "PAIRS")
        if how == "PAIRS":
            self.note("file_order_credit", "pairs")
        _leaf(element, "gradingtype", how)
        for at, id_ in enumerate(key.order, 1):
            self.answer(element, words[id_], Fraction(at, 100), form="markdown")

    def pairs(self, element: Any, key: PartsKey) -> None:
        words = {each.id: self.said(each.text) for each in self.question.options}
        pairs: dict[str, str] = {id_: own.correct for id_, own in key.parts if isinstance(own, SingleKey)}
        rows: Sequence[tuple[str, str]] = [(self.said(part.text), words[pairs[part.id]]) for part in self.question.parts]
        for thing, target in [*rows, *(("", words[id_]) for id_ in words if id_ not in set(pairs.values()))]:
            sub = etree.SubElement(element, "subquestion", format="markdown")
            _text(sub, thing)
            _text(etree.SubElement(sub, "answer"), target)


def _text(element: Any, words: str) -> None:
    _leaf(element, "text", words)


def _leaf(element: Any, name: str, words: str) -> None:
    try:
        etree.SubElement(element, name).text = words
    except ValueError:
        raise Left("file_characters") from None
