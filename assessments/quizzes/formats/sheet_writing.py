"""Questions as rows of a workbook, and the empty workbook to be filled in. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct

from assessments.grading import notation
from assessments.grading.formula import CalculatedKey
from assessments.grading.keys import MultipleKey, NumericKey, SingleKey, TextKey, TrueFalseKey
from assessments.grading.questions import CHOICES, BadQuestion, Question, parse, to_json
from assessments.grading.texts import decimal_text
from assessments.quizzes.formats.entries import Collector, Entry, Left, Note, Written, other_languages
from assessments.quizzes.formats.media import SHOWN, words_only
from assessments.quizzes.formats.sheet import (
    COLUMNS,
    CREDITS,
    KINDS,
    LETTERS,
    MOST_OPTIONS,
    OPTIONS,
    SHARE,
    Names,
    question_of,
)
from assessments.quizzes.formats.weights import spelt
from lms.tables import new_workbook

ROWS = 1_000
"""Down to which the template checks what is typed."""
WIDTHS = {"stem": 48, "lines": 36, "right": 18, "feedback": 36, "kind": 20, "credit": 22}
NUMBERED = ("marks", "difficulty", "decimals")
OWN_CODES = Names(
    {column: column for column in COLUMNS}, {kind: kind for kind in KINDS}, {credit: credit for credit in CREDITS}
)


class Words(Struct, frozen=True):
    """The workbook in the reader's language: code → word, and the instructions as (heading or "", text)."""

    sheet: str
    columns: Mapping[str, str]
    kinds: Mapping[str, str]
    credits: Mapping[str, str]
    instructions: str
    lines: Sequence[tuple[str, str]]


def write(entries: Iterable[Entry], language: str, words: Words) -> Written:
    """A workbook of the questions and what it cannot say of them; of none, the template."""
    rows: list[dict[str, str]] = []
    notes: list[Note] = []
    for number, entry in enumerate(entries, 1):
        writer = _Row(entry, language, number)
        try:
            rows.append(writer.row())
            notes += writer.notes
        except Left as left:
            notes.append(Note(number, left.code, left.detail, left_out=True))
    return Written(_workbook(rows, words), tuple(notes))


class _Row:
    def __init__(self, entry: Entry, language: str, number: int) -> None:
        self.entry, self.language, self.at = entry, language, number
        self.question: Question = entry.question
        self.notes: list[Note] = []

    def said(self, text: Mapping[str, str]) -> str:
        words = text.get(self.language, "")
        if not words:
            raise Left("file_language", detail=self.language)
        return words

    def note(self, code: str, detail: str = "") -> None:
        self.notes.append(Note(self.at, code, detail))

    def row(self) -> dict[str, str]:
        """:raises Left: for a question that cannot stand in a row."""
        question, entry = self.question, self.entry
        if question.kind not in KINDS:
            raise Left("file_kind", detail=question.kind)
        stem = self.said(question.stem)
        if SHOWN.search(stem):
            self.note("file_picture_stays")
            stem = words_only(stem)
        about = {
            "kind": question.kind, "stem": stem, "unit": question.unit, "marks": str(entry.marks), "competency": entry.competency,
            "difficulty": str(entry.difficulty or ""), "tags": ", ".join(entry.tags), "feedback": question.feedback.get(self.language, ""),
        }  # fmt: skip
        data = to_json(question)
        row = about | self._key(question.key, data)
        if "credit" in data["key"]:
            row["credit"] = data["key"]["credit"]
        self._check(row, data)
        if others := other_languages(question, self.language):
            self.note("file_other_languages", ", ".join(others))
        return row

    def _key(self, key: Any, data: dict[str, Any]) -> dict[str, str]:
        if isinstance(key, SingleKey | MultipleKey):
            return self._choice(key)
        if isinstance(key, TrueFalseKey):
            return {"right": "true" if key.correct else "false"}
        if isinstance(key, NumericKey):
            return {"right": decimal_text(key.value), "tolerance": _tolerance(key)}
        if isinstance(key, TextKey):
            return {"right": _spellings(key), "match_case": "true" if key.match_case else ""}
        lines = {"lines": notation.write(self.question.kind, data, self.language)}
        if isinstance(key, CalculatedKey):
            return lines | {"right": key.formula, "decimals": str(key.decimals), "tolerance": _tolerance(key)}
        return lines

    def _choice(self, key: SingleKey | MultipleKey) -> dict[str, str]:
        options = self.question.options
        if len(options) > MOST_OPTIONS:
            raise Left("file_sheet_options", detail=str(len(options)))
        if any(each.feedback.get(self.language) for each in options):
            self.note("file_feedback")
        right = {key.correct} if isinstance(key, SingleKey) else key.correct
        letters = [letter for letter, each in zip(LETTERS, options, strict=False) if each.id in right]
        return {column: self.said(each.text) for column, each in zip(OPTIONS, options, strict=False)} | {"right": ", ".join(letters)}

    def _check(self, row: Mapping[str, str], data: dict[str, Any]) -> None:
        """Read the row again: what does not come back the same is noted. :raises Left: if nothing does."""
        try:
            read = parse(question_of(row, self.at, self.language, OWN_CODES, Collector()))
        except (Left, BadQuestion) as problem:
            raise Left("file_sheet_row", detail=problem.code) from problem
        if _alike(to_json(read), self.language) != _alike(data, self.language):
            self.note("file_sheet_changed")


def _spellings(key: TextKey) -> str:
    """Spellings with bars between, a part of the marks before its own."""
    found = []
    for each in spelt(key):
        text = each.text.replace("|", "\\|")
        plain = each.share == 1 and not SHARE.fullmatch(each.text)
        found.append(text if plain else f"{each.share}: {text}")
    return " | ".join(found)


def _tolerance(key: NumericKey | CalculatedKey) -> str:
    if not key.tolerance:
        return ""
    return f"{decimal_text(key.tolerance * 100)}%" if key.relative else decimal_text(key.tolerance)


def _alike(data: Any, language: str) -> Any:
    """What a question is judged by, whatever its things are called and without what has no column."""
    names = {each["id"]: str(each["text"].get(language)) for each in data["options"]}
    body = data.get("body") or {}
    options, parts = list(names.values()), []
    if data["kind"] not in CHOICES:  # learners see them in another order anyway
        options.sort()
    for at, part in enumerate(body.get("parts", []), 1):
        names[part["id"]] = part["id"] if data["kind"] == "cloze" else f"p{at}"
        own = {each["id"]: f"{at}.{number}" for number, each in enumerate(part.get("options", []), 1)}
        texts = [each["text"].get(language) for each in part.get("options", [])]
        key = data["key"].get("parts", {}).get(part["id"])
        parts.append([part.get("text", {}).get(language), part.get("kind"), part.get("unit", ""), texts, _renamed(key, own)])
    rest = _renamed({name: value for name, value in data["key"].items() if name not in ("parts", "criteria")}, names)
    if isinstance(rest.get("correct"), list):
        rest["correct"].sort()
    criteria = [
        [each["text"].get(language), [[level["points"], level["text"].get(language)] for level in each["levels"]]]
        for each in data["key"].get("criteria", [])
    ]
    return [data["kind"], data["unit"], options, parts, body.get("variables"), rest, criteria]


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def _workbook(rows: Sequence[Mapping[str, str]], words: Words) -> bytes:
    out = io.BytesIO()
    with new_workbook(out) as book:
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        heading = book.add_format({"bold": True, "bottom": 1, "valign": "top", "text_wrap": True})
        page = book.add_worksheet(words.sheet[:31])
        for at, column in enumerate(COLUMNS):
            page.set_column(at, at, WIDTHS.get(column, 14), wrapped)
            page.write_string(0, at, words.columns[column], heading)
        page.freeze_panes(1, 2)
        _checks(page, words)
        for number, row in enumerate(rows, 1):
            for at, column in enumerate(COLUMNS):
                _cell(page, number, at, column, row.get(column, ""), words)
        _instructions(book, words, heading, wrapped)
    return out.getvalue()


def _cell(page: Any, number: int, at: int, column: str, text: str, words: Words) -> None:
    said = {"kind": words.kinds, "credit": words.credits}.get(column, {}).get(text, text)
    if column in NUMBERED and text or (column in ("right", "tolerance") and _exact(text)):
        page.write_number(number, at, float(text))
    elif said:
        page.write_string(number, at, said)


def _exact(text: str) -> bool:
    """Whether a spreadsheet's number is exactly this one."""
    try:
        return Fraction(repr(float(text))) == Fraction(text) and decimal_text(Fraction(text)) == text
    except (ValueError, OverflowError, ZeroDivisionError):
        return False


def _checks(page: Any, words: Words) -> None:
    """What the spreadsheet itself says no to."""
    place = {column: at for at, column in enumerate(COLUMNS)}
    for column, choices in (("kind", words.kinds), ("credit", words.credits)):
        source = list(dict.fromkeys(choices.values()))
        if len(",".join(source)) <= 255:
            page.data_validation(1, place[column], ROWS, place[column], {"validate": "list", "source": source})
    for column, low, high in (("marks", 1, 100), ("difficulty", 1, 5), ("decimals", 0, 9)):
        rule = {"validate": "integer", "criteria": "between", "minimum": low, "maximum": high}
        page.data_validation(1, place[column], ROWS, place[column], rule)


def _instructions(book: Any, words: Words, heading: Any, wrapped: Any) -> None:
    page = book.add_worksheet(words.instructions[:31])
    page.set_column(0, 0, 28, wrapped)
    page.set_column(1, 1, 90, wrapped)
    for at, (name, text) in enumerate(words.lines):
        page.write_string(at, 0, name, heading if not text else wrapped)
        page.write_string(at, 1, text, wrapped)
    bold = book.add_format({"bold": True, "font_size": 14})
    page.write_string(0, 0, words.lines[0][0] if words.lines else "", bold)
