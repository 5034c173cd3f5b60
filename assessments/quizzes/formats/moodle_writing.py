"""Questions as Moodle XML; texts are Markdown. See :mod:`assessments.quizzes.formats.moodle_xml`. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any
from urllib.parse import quote

from lxml import etree

from assessments.grading.formula import CalculatedKey
from assessments.grading.keys import Credit, MultipleKey, NumericKey, SingleKey, TextKey, TrueFalseKey
from assessments.grading.parts import OrderCredit, OrderKey, PartCredit, PartsKey
from assessments.grading.questions import Question
from assessments.grading.texts import decimal_text
from assessments.quizzes.formats import embedded, moodle_calculated
from assessments.quizzes.formats.entries import PICTURES, Entry, Left, Note, Written, other_languages, percent
from assessments.quizzes.formats.media import SHOWN, Media, words_only
from assessments.quizzes.formats.weights import spelt, weights_of


def write(entries: Iterable[Entry], language: str, media: Media | None = None) -> Written:
    """A Moodle XML file of the questions with their pictures, and what it cannot say of them."""
    root = etree.Element("quiz")
    notes: list[Note] = []
    for number, entry in enumerate(entries, 1):
        writer = _Writer(entry, language, number, media or {})
        try:
            root.append(writer.element())
            notes += writer.notes
        except Left as left:
            notes.append(Note(number, left.code, left.detail, left_out=True))
    return Written(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True), tuple(notes))


class _Writer:
    def __init__(self, entry: Entry, language: str, number: int, media: Media) -> None:
        self.entry, self.language, self.at, self.media = entry, language, number, media
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
            "calculated": "calculated",
        }  # fmt: skip
        question = self.question
        if question.kind not in kinds:
            raise Left("file_kind", detail=question.kind)
        element = etree.Element("question", type=kinds[question.kind])
        stem = self.said(question.stem)
        _text(etree.SubElement(element, "name"), words_only(stem).split("\n")[0][:80])
        if isinstance(question.key, PartsKey) and question.kind == "cloze":
            stem = embedded.write(question, question.key, stem, self.language)
        self.stem(etree.SubElement(element, "questiontext", format="markdown"), stem)
        general = question.feedback.get(self.language, "")
        _text(etree.SubElement(element, "generalfeedback", format="markdown"), general)
        if question.kind != "cloze":
            _leaf(element, "defaultgrade", str(self.entry.marks))
        elif self.entry.marks != 1:
            self.note("file_marks", str(self.entry.marks))
        self.key(element, question.key)
        self.tags(element)
        if others := other_languages(question, self.language):
            self.note("file_other_languages", ", ".join(others))
        return element

    def stem(self, element: Any, stem: str) -> None:
        """The text, and beside it the pictures it shows."""
        shown: dict[str, str] = {}

        def named(match: re.Match[str]) -> str:
            medium = self.media.get(match[2])
            if medium is None or medium.media_type not in PICTURES:
                self.note("file_picture_stays", match[1])
                return match[1]
            shown[match[2]] = f"{match[2]}-{medium.name}"
            return f"![{match[1]}](@@PLUGINFILE@@/{quote(shown[match[2]])})"

        _text(element, SHOWN.sub(named, stem))
        for ref, name in shown.items():
            file = etree.SubElement(element, "file", name=name, path="/", encoding="base64")
            file.text = base64.b64encode(self.media[ref].content).decode()

    def tags(self, element: Any) -> None:
        said = list(self.entry.tags)
        if self.entry.competency:
            said.append(f"competency={self.entry.competency}")
        if self.entry.difficulty:
            said.append(f"difficulty={self.entry.difficulty}")
        if self.question.kind == "multiple" and isinstance(self.question.key, MultipleKey):
            credit = self.question.key.credit
            said += [f"credit={credit.value}"] if credit is not Credit.PENALTY else []
        said += filter(None, map(moodle_calculated.step_tag, self.question.variables))
        if said:
            tags = etree.SubElement(element, "tags")
            for each in said:
                _text(etree.SubElement(tags, "tag"), each)

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
        elif isinstance(key, CalculatedKey):
            moodle_calculated.write(element, self.question, key, self.note)
            self.unit(element, key.unit)
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

    def number(self, element: Any, key: NumericKey) -> None:
        if key.relative:
            self.note("file_relative")
        margin = key.tolerance * abs(key.value) if key.relative else key.tolerance
        _leaf(self.answer(element, decimal_text(key.value), Fraction(1)), "tolerance", decimal_text(margin))
        self.unit(element, key.unit)

    def unit(self, element: Any, name: str) -> None:
        if name:
            unit = etree.SubElement(etree.SubElement(element, "units"), "unit")
            _leaf(unit, "multiplier", "1")
            _leaf(unit, "unit_name", name)

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
