"""A question as an item, in the names of QTI 2; standard response processing wherever it says what is meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from lxml import etree

from assessments.grading.areas import AreaKey
from assessments.grading.formula import CalculatedKey
from assessments.grading.keys import Credit, MultipleKey, NumericKey, SingleKey, TextKey, TrueFalseKey
from assessments.grading.open_text import OpenKey
from assessments.grading.parts import OrderCredit, OrderKey, PartCredit, PartsKey
from assessments.grading.questions import GAP, Question
from assessments.grading.texts import Option
from assessments.quizzes.formats.entries import Left, Note, other_languages
from assessments.quizzes.formats.media import SHOWN
from assessments.quizzes.formats.qti import criteria, spots_out, templates_out
from assessments.quizzes.formats.qti.scoring import Mapped, Scoring, leaf
from assessments.quizzes.formats.qti.vocabulary import XML_LANG, Version
from assessments.quizzes.formats.qti.xhtml import UNIT, to_xhtml

TRUE_FALSE_WORDS = {"en": ("True", "False"), "zh_Hans": ("正确", "错误"), "zh_Hant": ("正確", "錯誤")}
TAGS = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}
RESPONSE = "RESPONSE"
KINDS = (
    *("single", "multiple", "true_false", "numeric", "short_text", "matching", "categorisation", "ordering"),
    *("cloze", "scenario", "calculated", "hotspot", "open_text", "file", "oral"),
)


class ItemWriter:
    """``pictures``: name in the text → (address, width, height) of those that come along."""

    def __init__(self, question: Question, language: str, number: int, version: Version, pictures: Mapping[str, spots_out.Shown]) -> None:
        self.question, self.language, self.at, self.version, self.pictures = question, language, number, version, pictures
        self.notes: list[Note] = []
        self.root = etree.Element("assessmentItem", identifier=f"item-{number}", adaptive="false", timeDependent="false", toolName="Needle")
        self.root.set(XML_LANG, TAGS[language])
        self.scoring = Scoring(self.root, version)
        self.body = etree.Element("itemBody")

    def note(self, code: str, detail: str = "") -> None:
        self.notes.append(Note(self.at, code, detail))

    def said(self, text: Mapping[str, str]) -> str:
        words = text.get(self.language, "")
        if not words:
            raise Left("file_language", detail=self.language)
        if any(ord(char) < 32 and char not in "\t\n\r" or char in "\ufffe\uffff" for char in words):
            raise Left("file_characters")
        return words

    def element(self) -> Any:
        """:raises Left: for a question that cannot be one of QTI, or has no words in the language."""
        question = self.question
        if question.kind not in KINDS:
            raise Left("file_kind", detail=question.kind)
        stem = self.said(question.stem)
        self.root.set("title", SHOWN.sub(r"\1", GAP.sub("…", stem)).split("\n")[0][:120])
        self.body.set("class", f"needle-{question.kind}")
        addresses = {ref: shown.address for ref, shown in self.pictures.items()}
        for ref in {match[2] for match in SHOWN.finditer(stem)} - set(addresses):
            self.note("file_picture_stays", ref)
        self.body.extend(to_xhtml(stem, addresses))
        self._answer(question.key)
        self._finish()
        return self.root

    def _finish(self) -> None:
        question = self.question
        general = question.feedback.get(self.language, "")
        self.scoring.declare(always=bool(general))
        if isinstance(question.key, CalculatedKey):
            templates_out.write(self.root, question.variables, question.key, RESPONSE)
        self.root.append(self.body)
        self.scoring.process()
        if general:
            feedback = etree.SubElement(self.root, "modalFeedback", outcomeIdentifier="SAID", identifier="always", showHide="show")
            body = etree.SubElement(feedback, "contentBody")
            for line in general.splitlines():
                etree.SubElement(body, "p").text = self.said({self.language: line or " "})
        if others := other_languages(question, self.language):
            self.note("file_other_languages", ", ".join(others))

    def _answer(self, key: Any) -> None:
        question = self.question
        if isinstance(key, SingleKey | MultipleKey | TrueFalseKey):
            self.body.append(self.choice(RESPONSE, question.options, key, feedback=True))
        elif isinstance(key, NumericKey | TextKey):
            self.body.append(self.field(RESPONSE, key))
        elif isinstance(key, CalculatedKey):
            self.calculated(key)
        elif isinstance(key, OrderKey):
            self.order(key)
        elif isinstance(key, PartsKey):
            {"cloze": self.cloze, "scenario": self.scenario}.get(question.kind, self.match)(key)
        elif isinstance(key, AreaKey):
            spots_out.write(self, key)
        elif isinstance(key, OpenKey):
            self.open(key)

    # --- simple kinds --------------------------------------------------------------------------

    def choice(self, name: str, options: Sequence[Option], key: Any, *, feedback: bool = False) -> Any:
        """A choice to be made; its response is declared."""
        element = etree.Element("choiceInteraction", responseIdentifier=name, shuffle="false", maxChoices="1")
        if isinstance(key, TrueFalseKey):
            words = TRUE_FALSE_WORDS[self.language]
            options = [Option("true", {self.language: words[0]}), Option("false", {self.language: words[1]})]
            right = ["true" if key.correct else "false"]
        else:
            right = [key.correct] if isinstance(key, SingleKey) else [each.id for each in options if each.id in key.correct]
        for option in options:
            made = etree.SubElement(element, "simpleChoice", identifier=identifier(option.id))
            made.text = self.said(option.text)
            if feedback and (remark := option.feedback.get(self.language, "")):
                self.scoring.chosen = True
                inline = etree.SubElement(made, "feedbackInline", outcomeIdentifier="FEEDBACK", identifier=identifier(option.id), showHide="show")
                inline.text = self.said({self.language: remark})
        right = [identifier(id_) for id_ in right]
        if isinstance(key, MultipleKey):
            self.multiple(element, name, [identifier(each.id) for each in options], right, key)
        else:
            self.scoring.matched(name, "single", "identifier", right)
        return element

    def multiple(self, element: Any, name: str, ids: Sequence[str], right: Sequence[str], key: MultipleKey) -> None:
        element.set("maxChoices", "0")
        element.set("class", f"needle-credit-{key.credit.value}")
        if key.credit is Credit.EXACT:
            self.scoring.matched(name, "multiple", "identifier", right)
            return
        gain = Fraction(1, len(right))
        loss = Fraction(-1, key.wrong) if key.wrong and key.credit is Credit.PENALTY else Fraction(0)
        if key.credit is Credit.PARTIAL:
            element.set("maxChoices", str(len(right)))
            self.note("file_qti_most", str(len(right)))
        mapped: list[Mapped] = [(id_, gain if id_ in right else loss, False) for id_ in ids]
        self.scoring.mapped(name, "multiple", "identifier", right, mapped)

    def field(self, name: str, key: Any) -> Any:
        """A field to type in, in a paragraph of its own."""
        paragraph = etree.Element("p")
        paragraph.append(self.entry(name, key))
        return paragraph

    def entry(self, name: str, key: Any) -> Any:
        element = etree.Element("textEntryInteraction", responseIdentifier=name)
        if isinstance(key, NumericKey | CalculatedKey):
            self.scoring.numbered(name, key)
            if key.unit:
                unit = etree.Element("span")
                unit.set("class", UNIT)
                unit.text = f" {key.unit}"
                holder = etree.Element("span")
                holder.extend((element, unit))
                return holder
            return element
        for pattern in key.patterns:
            self.note("file_qti_pattern", pattern)
        if not key.accepted:
            raise Left("file_qti_pattern", detail=", ".join(key.patterns))
        mapped = [(word, Fraction(1), key.match_case) for word in key.accepted]
        mapped += [(word, share, key.match_case) for word, share in key.partly]
        self.scoring.mapped(name, "single", "string", [key.accepted[0]], mapped)
        return element

    def calculated(self, key: CalculatedKey) -> None:
        """The numbers drawn stand in the text as printed variables."""
        shown = {each.name: each for each in self.question.variables}
        with_gaps(self.body, lambda name: templates_out.printed(shown[name]), templates_out.placed(self.question.variables))
        self.body.append(self.field(RESPONSE, key))

    def order(self, key: OrderKey) -> None:
        element = etree.SubElement(self.body, "orderInteraction", responseIdentifier=RESPONSE, shuffle="true")
        for option in self.question.options:
            etree.SubElement(element, "simpleChoice", identifier=identifier(option.id)).text = self.said(option.text)
        if key.credit is not OrderCredit.EXACT:
            self.note("file_qti_order")
            self.mark_credit(key.credit.value)
        self.scoring.matched(RESPONSE, "ordered", "identifier", [identifier(each) for each in key.order])

    def mark_credit(self, credit: str) -> None:
        self.body.set("class", f"{self.body.get('class')} needle-credit-{credit}")

    def open(self, key: OpenKey) -> None:
        self.scoring.by_hand = True
        if self.question.kind == "open_text":
            self.scoring.response(RESPONSE, "single", "string")
            etree.SubElement(self.body, "extendedTextInteraction", responseIdentifier=RESPONSE)
        else:
            self.scoring.response(RESPONSE, "single", "file")
            etree.SubElement(self.body, "uploadInteraction", responseIdentifier=RESPONSE)
            if self.question.kind == "oral":
                self.body[-1].set("type", "audio/webm")
            self.note("file_qti_upload")
        self.body.append(criteria.write(key, self.language))

    # --- parts ---------------------------------------------------------------------------------

    def match(self, key: PartsKey) -> None:
        question = self.question
        most = str(len(question.parts))
        element = etree.SubElement(self.body, "matchInteraction", responseIdentifier=RESPONSE, shuffle="true", maxAssociations=most)
        things = etree.SubElement(element, "simpleMatchSet")
        for part in question.parts:
            leaf(things, "simpleAssociableChoice", self.said(part.text), identifier=f"P_{part.id}", matchMax="1")
        targets = etree.SubElement(element, "simpleMatchSet")
        for option in question.options:
            leaf(targets, "simpleAssociableChoice", self.said(option.text), identifier=identifier(option.id), matchMax=most)
        pairs = [f"P_{id_} {identifier(own.correct)}" for id_, own in key.parts if isinstance(own, SingleKey)]
        if key.credit is PartCredit.EXACT:
            self.scoring.matched(RESPONSE, "multiple", "directedPair", pairs)
        else:
            self.scoring.mapped(RESPONSE, "multiple", "directedPair", pairs, [(pair, Fraction(1, len(pairs)), False) for pair in pairs])

    def cloze(self, key: PartsKey) -> None:
        keys, parts = dict(key.parts), {part.id: part for part in self.question.parts}
        self._credit_of_parts(key)

        def gap(id_: str) -> Any:
            part, own, name = parts[id_], keys[id_], f"{RESPONSE}_{id_}"
            if not isinstance(own, SingleKey):
                return self.entry(name, own)
            element = etree.Element("inlineChoiceInteraction", responseIdentifier=name, shuffle="false")
            for option in part.options:
                leaf(element, "inlineChoice", self.said(option.text), identifier=identifier(option.id))
            self.scoring.matched(name, "single", "identifier", [identifier(own.correct)])
            return element

        with_gaps(self.body, gap)

    def scenario(self, key: PartsKey) -> None:
        keys = dict(key.parts)
        self._credit_of_parts(key)
        for part in self.question.parts:
            own, name = keys[part.id], f"{RESPONSE}_{part.id}"
            if isinstance(own, NumericKey | TextKey):
                paragraph = leaf(self.body, "p", self.said(part.text) + " ")
                paragraph.append(self.entry(name, own))
                continue
            element = self.choice(name, part.options, own)
            prompt = etree.Element("prompt")
            prompt.text = self.said(part.text)
            element.insert(0, prompt)
            self.body.append(element)

    def _credit_of_parts(self, key: PartsKey) -> None:
        self.scoring.parts = len(key.parts)
        if key.credit is PartCredit.EXACT:
            self.scoring.together = True
            self.mark_credit(key.credit.value)


def identifier(id_: str) -> str:
    """A name as QTI has them: they begin with a letter."""
    return id_ if id_[0].isalpha() else f"_{id_}"


def with_gaps(body: Any, gap: Callable[[str], Any], place: re.Pattern[str] = GAP) -> None:
    """Put an interaction wherever ``[[id]]`` stands in the text of the body; or something else in another ``place``."""
    for element in list(body.iter()):
        if element.text and place.search(element.text):
            before, *rest = _cut(element.text, place)
            element.text = before
            for at, (id_, after) in enumerate(rest):
                made = gap(id_)
                made.tail = after
                element.insert(at, made)
        if element is not body and element.tail and place.search(element.tail):
            before, *rest = _cut(element.tail, place)
            element.tail = before
            parent = element.getparent()
            where = parent.index(element) + 1
            for at, (id_, after) in enumerate(rest):
                made = gap(id_)
                made.tail = after
                parent.insert(where + at, made)


def _cut(text: str, place: re.Pattern[str]) -> list[Any]:
    pieces = place.split(text)
    return [pieces[0], *zip(pieces[1::2], pieces[2::2], strict=True)]
