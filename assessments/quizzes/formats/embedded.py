r"""Moodle's "Embedded answers": gaps written into the text, ``{1:SHORTANSWER:=Paris~%50%Pariis}``. Pure."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from assessments.grading.keys import NumericKey, SingleKey, TextKey
from assessments.grading.parts import Part, PartsKey
from assessments.grading.questions import GAP, Question
from assessments.grading.texts import decimal_text, written
from assessments.quizzes.formats.entries import Collector, Left, percent, share_of
from assessments.quizzes.formats.weights import Weighted, choice, spellings, spelt

KINDS = {
    "SHORTANSWER": "short_text", "SA": "short_text", "MW": "short_text", "SHORTANSWER_C": "short_text", "SAC": "short_text",
    "MWC": "short_text", "NUMERICAL": "numeric", "NM": "numeric", "MULTICHOICE": "single", "MC": "single",
    "MULTICHOICE_V": "single", "MCV": "single", "MULTICHOICE_H": "single", "MCH": "single", "MULTICHOICE_S": "single", "MCS": "single",
}  # fmt: skip
_GAP = re.compile(r"(?<!\\)\{(\d*):([A-Z_]+):((?:[^\\}]|\\.)*)\}", re.S)
_SPLIT = re.compile(r"(?<!\\)~")
_HEAD = re.compile(r"(=|%(-?[\d.]+)%)?(.*)", re.S)


def read(text: str, language: str, out: Collector, line: int) -> dict[str, Any]:
    """A cloze as JSON. :raises Left: for a gap that cannot be read, or none."""
    parts: list[dict[str, Any]] = []
    keys: dict[str, Any] = {}

    def gap(match: re.Match[str]) -> str:
        id_ = str(len(parts) + 1)
        where = line + text[: match.start()].count("\n")
        if match[1] not in ("", "1"):
            out.note(where, "file_gap_weight", match[1])
        if match[2] not in KINDS:
            raise Left("file_kind", where, match[2])
        answers = [_answer(each, where) for each in _SPLIT.split(match[3])]
        part, keys[id_] = _part(KINDS[match[2]], answers, match[2].endswith("C") and match[2] != "MC", language, out, where)
        parts.append({"id": id_, **part})
        return f"[[{id_}]]"

    stem = _GAP.sub(gap, text)
    if not parts:
        raise Left("file_no_answers", line)
    return {"kind": "cloze", "stem": {language: stem}, "body": {"parts": parts}, "key": {"parts": keys}}


def _answer(text: str, line: int) -> Weighted:
    match = _HEAD.fullmatch(text)
    if match is None:
        raise Left("file_answer", line, text)
    share = Fraction(1) if match[1] == "=" else share_of(match[2]) if match[2] else Fraction(0)
    if share is None:
        raise Left("file_weight", line, text)
    words, *feedback = re.split(r"(?<!\\)#", match[3], maxsplit=1)
    return Weighted(_plain(words), share, _plain(feedback[0]) if feedback else "", line)


def _part(
    kind: str, answers: list[Weighted], match_case: bool, language: str, out: Collector, line: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    if kind == "short_text":
        return {"kind": kind}, spellings(answers, match_case, out, line)
    if kind == "numeric":
        return {"kind": kind}, _number(answers, out, line)
    data = choice(answers, True, language, out, line)
    for option in data["options"]:
        if said := option.pop("feedback", None):
            out.note(line, "file_spelling_feedback", str(said.get(language, "")))
    return {"kind": "single", "options": data["options"]}, data["key"]


def _number(answers: list[Weighted], out: Collector, line: int) -> dict[str, Any]:
    full = [each for each in answers if each.share == 1]
    if not full:
        raise Left("file_no_right", line)
    for each in answers:
        if each is not full[0] and each.text != "*":
            out.note(line, "file_more_numbers", each.text)
    value, _colon, tolerance = full[0].text.partition(":")
    try:
        numbers = decimal_text(written(value)), decimal_text(written(tolerance.strip() or "0"))
    except ValueError:
        raise Left("file_number", line, full[0].text) from None
    return {"value": numbers[0], "tolerance": numbers[1], "relative": False}


def write(question: Question, key: PartsKey, stem: str, language: str) -> str:
    """The text with its gaps as Moodle reads them. :raises Left: for what it has no words for."""
    parts = {part.id: part for part in question.parts}
    keys = dict(key.parts)
    return GAP.sub(lambda match: _gap(parts[match[1]], keys[match[1]], language), stem)


def _gap(part: Part, key: Any, language: str) -> str:
    if isinstance(key, SingleKey):
        words = [(option.id == key.correct, option.text.get(language, "")) for option in part.options]
        if not all(text for _right, text in words):
            raise Left("file_language", detail=language)
        return "{1:MULTICHOICE:" + "~".join(f"{'=' if right else ''}{_escaped(text)}" for right, text in words) + "}"
    if isinstance(key, NumericKey):
        if key.relative or key.unit:
            raise Left("file_gap_unit")
        return f"{{1:NUMERICAL:={decimal_text(key.value)}:{decimal_text(key.tolerance)}}}"
    if not isinstance(key, TextKey):
        raise Left("file_kind", detail=part.kind)
    kind = "SHORTANSWER_C" if key.match_case else "SHORTANSWER"
    said = (f"{'=' if each.share == 1 else f'%{percent(each.share)}%'}{_escaped(each.text)}" for each in spelt(key))
    return f"{{1:{kind}:{'~'.join(said)}}}"


def _plain(text: str) -> str:
    return re.sub(r"\\([~=#{}%\"\\/])", r"\1", text).strip()


def _escaped(text: str) -> str:
    kept = text.replace("\\*", "\x00")
    return re.sub(r"([~=#{}%\"\\/])", r"\\\1", kept).replace("\x00", "\\*")
