"""One item as a question: which interactions it has, and what they are here. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from assessments.grading.texts import ID
from assessments.quizzes.formats.entries import OPEN_CRITERIA, Collector, Left
from assessments.quizzes.formats.qti import criteria, keys_in, pictures_in
from assessments.quizzes.formats.qti.responses import Response, processing_of, responses_of
from assessments.quizzes.formats.qti.templates_in import Template
from assessments.quizzes.formats.qti.vocabulary import XML_LANG
from assessments.quizzes.formats.qti.xhtml import UNIT, Text, plain

INLINE = ("textEntryInteraction", "inlineChoiceInteraction")
SIMPLE = ("choiceInteraction", *INLINE)
TRUE_WORDS = ({"true", "t", "yes", "正确", "对", "是", "正確", "對"}, {"false", "f", "no", "错误", "错", "否", "錯誤", "錯"})
FIELD = "_____"
CREDIT = "needle-credit-"
GAP = "\ue000{}\ue001"
"""Where a gap stands until the text is read."""
_MARKED = re.compile(GAP.format("([^\ue000\ue001]+)"))


def language_of(root: Any, otherwise: str) -> str:
    """The language that the item says it is in, if it is one of ours."""
    said = (root.get(XML_LANG) or "").replace("_", "-").lower()
    if said.startswith("zh"):
        return "zh_Hant" if any(part in said.split("-") for part in ("hant", "tw", "hk", "mo")) else "zh_Hans"
    return "en" if said.split("-")[0] == "en" else otherwise


class Item:
    """An ``assessmentItem`` in the names of QTI 2. ``fetch(href)`` gives the bytes of a file beside it, or None."""

    def __init__(self, root: Any, language: str, out: Collector, fetch: Callable[[str], bytes | None]) -> None:
        self.root, self.out, self.fetch = root, out, fetch
        self.language = language_of(root, language)
        self.line = root.sourceline or 0
        self.responses, self.processing = responses_of(root), processing_of(root)
        self.body = root.find("itemBody")
        self.classes = (self.body.get("class") or "").split() if self.body is not None else []
        self.gaps: dict[str, Any] = {}
        self.pictures = pictures_in.Pictures(out, fetch)
        self.said_feedback: set[Any] = set()
        self.template: Template | None = None
        """What is drawn for each attempt."""

    def say(self, code: str, detail: str = "", element: Any = None) -> None:
        self.out.note((element.sourceline if element is not None else None) or self.line, code, detail)

    def question(self) -> dict[str, Any]:
        """The question as JSON. :raises Left: where there is none here."""
        if self.body is None:
            raise Left("file_no_answers", self.line)
        if self.root.find("templateProcessing") is not None or self.root.find("templateDeclaration") is not None:
            self.template = Template(self.root, self.out)
            self.template.show(self.body)
        if self.root.get("adaptive") == "true":
            self.say("file_qti_adaptive")
        found = [each for each in self.body.iter() if isinstance(each.tag, str) and each.tag.endswith("Interaction")]
        data = self._of(found)
        data.setdefault("stem", {self.language: self.stem([])})
        data["feedback"] = self.feedback()
        self._beside()
        return data

    def _of(self, found: list[Any]) -> dict[str, Any]:
        if not found:
            raise Left("file_no_answers", self.line)
        if self.template and (len(found) > 1 or found[0].tag != "textEntryInteraction"):
            raise Left("file_qti_template", found[-1].sourceline or self.line, found[-1].tag)
        if len(found) == 1 and found[0].tag == "textEntryInteraction" and "needle-cloze" not in self.classes:
            return self.entry(found[0])
        if all(each.tag in INLINE for each in found) and "needle-scenario" not in self.classes:
            return self.cloze(found)
        if len(found) == 1 and "needle-scenario" not in self.classes:
            return self.single(found[0])
        if all(each.tag in SIMPLE for each in found):
            return self.scenario(found)
        raise Left("file_qti_mixed", found[1].sourceline or self.line, ", ".join(sorted({each.tag for each in found})))

    def single(self, element: Any) -> dict[str, Any]:
        """The kinds that have one block to answer in."""
        kinds: dict[str, Callable[[Any], dict[str, Any]]] = {
            "choiceInteraction": self.choice,
            "orderInteraction": self.order,
            "matchInteraction": self.match,
            "associateInteraction": self.associate,
            "gapMatchInteraction": self.gap_match,
            "selectPointInteraction": self.spot,
            "hotspotInteraction": self.spot,
            "extendedTextInteraction": self.open,
            "uploadInteraction": self.open,
        }
        if element.tag not in kinds:
            raise Left("file_qti_interaction", element.sourceline or self.line, element.tag)
        data = kinds[element.tag](element)
        data.setdefault("stem", {self.language: self.stem([element])})
        return data

    # --- words --------------------------------------------------------------------------------

    def stem(self, interactions: list[Any]) -> str:
        """What stands around the interactions, and what they ask themselves."""
        inside = set(interactions)
        reader = Text(lambda each: "" if each in inside else self.special(each), self.pictures.name_of, self.unknown)
        prompts = [prompt for each in interactions for prompt in each.iterfind("prompt")]
        return _gapped(reader.of([self.body, *prompts]))

    def special(self, element: Any) -> str | None:
        if element.tag in (*INLINE, "gap"):
            return GAP.format(self.gaps[element]) if element in self.gaps else FIELD
        if element.tag == "printedVariable" and self.template:
            return self.template.shown(element)
        if element.tag in ("feedbackInline", "feedbackBlock", "rubricBlock", "printedVariable"):
            if element not in self.said_feedback and plain(element):
                self.say("file_qti_rubric" if element.tag == "rubricBlock" else "file_feedback", plain(element), element)
            return ""
        return "" if element.tag.endswith("Interaction") else None

    def unknown(self, element: Any) -> None:
        tag = element.tag.rpartition("}")[2]
        self.say("file_qti_element", tag, element)

    def words(self, element: Any) -> str:
        """The words of a choice: pictures cannot stand there."""
        for each in element.iter("img", "object"):
            self.say("file_picture_place", each.get("alt", ""), each)
        return plain(element)

    def choices(self, element: Any, tag: str, prefix: str = "") -> tuple[list[dict[str, Any]], dict[str, str]]:
        """The options, and the name of each here by its name there; ``prefix`` stands before names that are ours."""
        found = list(element.iter(tag))
        names = {each.get("identifier", ""): self.name(each.get("identifier", ""), at, prefix) for at, each in enumerate(found, 1)}
        options = []
        for each in found:
            feedback = [inner for inner in each.iter("feedbackInline") if inner.get("identifier") == each.get("identifier")]
            said = " ".join(map(plain, feedback))
            for inner in feedback:
                _emptied(inner)
            text = self.words(each)
            if not text:
                raise Left("question_option_empty", each.sourceline or self.line)
            own = {"id": names[each.get("identifier", "")], "text": {self.language: text}}
            options.append(own | {"feedback": {self.language: said} if said else {}})
        return options, names

    def name(self, identifier: str, at: int, prefix: str) -> str:
        if self.root.get("toolName") == "Needle":
            identifier = identifier.removeprefix(prefix)
            identifier = identifier[1:] if identifier[:1] == "_" and not identifier[1:2].isalpha() else identifier
        return identifier if ID.fullmatch(identifier) else f"k{at}"

    def response(self, element: Any) -> Response:
        found = self.responses.get(element.get("responseIdentifier", ""))
        if found is None:
            raise Left("file_no_right", element.sourceline or self.line)
        return found

    def feedback(self) -> dict[str, str]:
        """What is said to everyone: modal feedback that is always shown. Other feedback is noted."""
        defaults = {
            each.get("identifier"): (each.findtext("defaultValue/value") or "").strip() for each in self.root.iter("outcomeDeclaration")
        }
        said = []
        for each in self.root.iterfind("modalFeedback"):
            always = defaults.get(each.get("outcomeIdentifier")) == each.get("identifier") and each.get("showHide", "show") == "show"
            words = plain(each)
            if each.find(".//printedVariable") is not None:
                self.say("file_feedback", words, each)
            elif always:
                said += [plain(line) for line in each.iter("p")] or [words]
            elif words:
                self.say("file_feedback", words, each)
        return {self.language: "\n".join(said)} if said else {}

    def _beside(self) -> None:
        """What an item may have besides, and Needle has no place for."""
        for tag in ("stylesheet", "catalogInfo", "assessmentStimulusRef", "companionMaterialsInfo", "apipAccessibility"):
            for each in self.root.iterfind(tag):
                self.say("file_qti_element", tag, each)
        if self.processing.own and not self.processing.template and self.root.get("toolName") != "Needle":
            self.say("file_qti_processing", "", self.root.find("responseProcessing"))

    # --- kinds --------------------------------------------------------------------------------

    def choice(self, element: Any) -> dict[str, Any]:
        options, names = self.choices(element, "simpleChoice")
        data = keys_in.choice(*self._known(element, names), self.say)
        if data["kind"] == "multiple" and (element.get("class") or "").startswith(CREDIT):
            data["key"]["credit"] = element.get("class").removeprefix(CREDIT)
        if data["kind"] == "single" and self._is_truth(options):
            return {"kind": "true_false", "key": {"correct": data["key"]["correct"] == options[0]["id"]}}
        return data | {"options": options}

    def _known(self, element: Any, names: dict[str, str]) -> tuple[Response, list[str], int, Any]:
        """The response under the names of here, those names, how many choices are allowed, the processing."""
        response = self.response(element)
        mapped = None if response.mapped is None else {names.get(key, key): value for key, value in response.mapped.items()}
        correct = tuple(names[each] for each in response.correct if each in names)
        most = int(element.get("maxChoices", "1")) if element.get("maxChoices", "1").isdigit() else 1
        renamed = Response(response.identifier, response.cardinality, response.base_type, correct, mapped, response.otherwise, line=response.line)
        return renamed, list(names.values()), most, self.processing

    def _is_truth(self, options: list[dict[str, Any]]) -> bool:
        if len(options) != 2 or any(each["feedback"] for each in options):
            return False
        if self.root.get("toolName") == "Needle":
            return "needle-true_false" in self.classes or [each["id"] for each in options] == ["true", "false"]
        said = [each["text"][self.language].strip(" .。").lower() for each in options]
        return said[0] in TRUE_WORDS[0] and said[1] in TRUE_WORDS[1]

    def order(self, element: Any) -> dict[str, Any]:
        options, names = self.choices(element, "simpleChoice")
        order = [names[each] for each in self.response(element).correct if each in names]
        if sorted(order) != sorted(names.values()):
            raise Left("question_order", element.sourceline or self.line)
        return {"kind": "ordering", "options": _bare(options), "key": {"order": order, "credit": self.credit("exact")}}

    def credit(self, otherwise: str) -> str:
        said = [each.removeprefix(CREDIT) for each in self.classes if each.startswith(CREDIT)]
        return said[0] if said else otherwise

    def match(self, element: Any) -> dict[str, Any]:
        sets = element.findall("simpleMatchSet")
        if len(sets) != 2:
            raise Left("file_pair", element.sourceline or self.line)
        firsts, first_names = self.choices(sets[0], "simpleAssociableChoice", "P_")
        seconds, second_names = self.choices(sets[1], "simpleAssociableChoice")
        response = self.response(element)
        there = keys_in.pairs(response)
        key = {first_names[a]: [second_names[b] for b in bs if b in second_names] for a, bs in there.items() if a in first_names}
        if sorted(key) != sorted(first_names.values()):  # things on the right, choices on the left
            back: dict[str, list[str]] = {}
            for a, bs in key.items():
                for b in bs:
                    back.setdefault(b, []).append(a)
            firsts, seconds, key = seconds, firsts, back
        return self._paired(element, firsts, seconds, key, keys_in.credit_of_parts(response, self.processing, self.say))

    def _paired(
        self, element: Any, things: list[dict[str, Any]], options: list[dict[str, Any]], key: dict[str, list[str]], credit: str
    ) -> dict[str, Any]:
        if sorted(key) != sorted(each["id"] for each in things) or any(len(each) != 1 for each in key.values()):
            raise Left("file_qti_pairs", element.sourceline or self.line)
        kind = "categorisation" if "needle-categorisation" in self.classes else "matching"
        parts = [{"id": each["id"], "text": each["text"]} for each in things]
        pairs = {id_: found[0] for id_, found in key.items()}
        return {"kind": kind, "options": _bare(options), "body": {"parts": parts}, "key": {"pairs": pairs, "credit": credit}}

    def associate(self, element: Any) -> dict[str, Any]:
        """Pairs among equals: the first of each is the thing, the second where it belongs; who has no partner is a spare choice."""
        options, names = self.choices(element, "simpleAssociableChoice")
        response = self.response(element)
        key = {names[a]: [names[b] for b in bs if b in names] for a, bs in keys_in.pairs(response).items() if a in names}
        things = [each for each in options if each["id"] in key]
        rest = [each for each in options if each["id"] not in key]
        return self._paired(element, things, rest, key, keys_in.credit_of_parts(response, self.processing, self.say))

    def spot(self, element: Any) -> dict[str, Any]:
        return pictures_in.spot(element, self.response(element), self.pictures, self)

    def open(self, element: Any) -> dict[str, Any]:
        found = criteria.read(self.root, self.language, self.said_feedback)
        if found is None:
            self.say("file_open_criteria")
        own = {"key": found or OPEN_CRITERIA}
        if element.tag == "extendedTextInteraction":
            return {"kind": "open_text", **own}
        return criteria.upload(element, own)

    def entry(self, element: Any) -> dict[str, Any]:
        """A field to type in: a number or a short text. The field itself is not part of the text."""
        response = self.response(element)
        data = self._typed(element, response)
        self.gaps[element] = "field"
        stem = self.stem([]).replace("[[field]]", FIELD)
        stem = stem.removesuffix(FIELD).rstrip() if stem.endswith(FIELD) and stem != FIELD else stem
        return data | {"stem": {self.language: stem}}

    def _typed(self, element: Any, response: Response) -> dict[str, Any]:
        if response.base_type in ("float", "integer"):
            unit = next((plain(each) for each in element.itersiblings("span") if each.get("class") == UNIT), "")
            if self.template:
                return {"unit": unit, **self.template.key(response, self.processing, keys_in.tolerance(response, self.processing))}
            return {"kind": "numeric", "unit": unit, "key": keys_in.numeric(response, self.processing, self.say)}
        if self.template:
            raise Left("file_qti_template", response.line, response.base_type)
        return {"kind": "short_text", "key": keys_in.text(response, self.say)}

    def cloze(self, found: list[Any]) -> dict[str, Any]:
        parts, key = [], {}
        for at, element in enumerate(found, 1):
            id_ = self.part_name(element, at)
            self.gaps[element] = id_
            own, key[id_] = self._part(element)
            parts.append({"id": id_, **own})
        credit = self.credit("partial")
        return {"kind": "cloze", "stem": {self.language: self.stem([])}, "body": {"parts": parts}, "key": {"parts": key, "credit": credit}}

    def part_name(self, element: Any, at: int) -> str:
        said = element.get("responseIdentifier", "").removeprefix("RESPONSE_")
        return said if ID.fullmatch(said) and self.root.get("toolName") == "Needle" else str(at)

    def _part(self, element: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """A gap or a question of a case: itself and its key."""
        if element.tag == "textEntryInteraction":
            data = self._typed(element, self.response(element))
            return {"kind": data["kind"], **({"unit": data["unit"]} if data.get("unit") else {})}, data["key"]
        if element.tag == "inlineChoiceInteraction":
            options, names = self.choices(element, "inlineChoice")
            data = keys_in.choice(*self._known(element, names), self.say)
            return {"kind": data["kind"], "options": _bare(options)}, data["key"]
        data = self.choice(element)
        for each in data.get("options", []):
            if each.pop("feedback", None):
                self.say("file_feedback", each["text"][self.language], element)
        return {"kind": data["kind"], **({"options": data["options"]} if "options" in data else {})}, data["key"]

    def gap_match(self, element: Any) -> dict[str, Any]:
        """Words to be put into gaps: each gap chooses from all of them."""
        if element.find("gapImg") is not None:
            raise Left("file_qti_interaction", element.sourceline or self.line, "gapImg")
        options, names = self.choices(element, "gapText")
        right = {gap: word for word, gaps in keys_in.pairs(self.response(element)).items() for gap in gaps}
        parts, key = [], {}
        for at, gap in enumerate(element.iter("gap"), 1):
            if right.get(gap.get("identifier", "")) not in names:
                raise Left("file_no_right", gap.sourceline or self.line)
            id_ = self.gaps[gap] = str(at)
            parts.append({"id": id_, "kind": "single", "options": _bare(options)})
            key[id_] = {"correct": names[right[gap.get("identifier", "")]]}
        self.say("file_qti_words_once", "", element)
        for each in element.findall("gapText"):
            element.remove(each)
        reader = Text(self.special, self.pictures.name_of, self.unknown)
        around = [each for each in self.body if each is not element]
        inside = [each for each in element if isinstance(each.tag, str)]
        stem = _gapped("\n\n".join(filter(None, [reader.of(around), reader.of(inside)])))
        credit = keys_in.credit_of_parts(self.response(element), self.processing, self.say)
        return {"kind": "cloze", "stem": {self.language: stem}, "body": {"parts": parts}, "key": {"parts": key, "credit": credit}}

    def scenario(self, found: list[Any]) -> dict[str, Any]:
        """One case with several questions: each is asked by its prompt, or by what stands around its field."""
        parts, key = [], {}
        for at, element in enumerate(found, 1):
            id_ = self.part_name(element, at)
            own, key[id_] = self._part(element)
            asked = self._asked(element) or f"({at})"
            parts.append({"id": id_, "text": {self.language: asked}, **own})
        stem = self.stem([]).strip()
        return {
            "kind": "scenario",
            "stem": {self.language: stem or str(self.root.get("title", ""))},
            "body": {"parts": parts},
            "key": {"parts": key, "credit": self.credit("partial")},
        }

    def _asked(self, element: Any) -> str:
        prompt = element.find("prompt")
        if prompt is not None:
            return plain(prompt)
        if element.tag == "choiceInteraction":
            return ""
        around = element.getparent()
        while around is not None and around.tag == "span":
            around = around.getparent()
        if around is None or around is self.body:
            return ""
        for unit in [each for each in around.iter("span") if each.get("class") == UNIT]:
            _emptied(unit)
        said = plain(around)
        around.clear(keep_tail=True)
        return said


def _bare(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": each["id"], "text": each["text"]} for each in options]


def _emptied(element: Any) -> None:
    tail = element.tail
    element.clear()
    element.tail = tail


def _gapped(text: str) -> str:
    """Gaps as questions write them. One of their two letters alone is a letter of the file."""
    return _MARKED.sub(r"[[\1]]", text)

