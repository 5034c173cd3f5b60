"""A workbook of questions: a row each, typed columns, a sheet of instructions. Pure.

Choices stand in columns of their own and what is right is named by their letters; the kinds of several parts are written as
lines in one cell, as in the editor (:mod:`assessments.grading.notation`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from msgspec import Struct

from assessments.grading import notation
from assessments.grading.answers import ungrouped
from assessments.grading.keys import Credit
from assessments.grading.notation import BadNotation
from assessments.grading.open_text import BY_HAND
from assessments.grading.parts import PARTED, OrderCredit, PartCredit
from assessments.grading.questions import BadQuestion
from assessments.grading.texts import decimal_text, written
from assessments.quizzes.formats.entries import OPEN_CRITERIA, BadFile, Collector, Found, Left, named
from assessments.quizzes.formats.weights import Weighted, spellings
from lms.tables import Limits, TableProblem, open_table

MOST_OPTIONS = 10
LETTERS = "ABCDEFGHIJ"
OPTIONS = tuple(f"option_{letter.lower()}" for letter in LETTERS)
KINDS = (
    *("single", "multiple", "true_false", "numeric", "short_text"),
    *("matching", "categorisation", "ordering", "cloze", "scenario", "calculated", "open_text"),
)
COLUMNS = (
    *("kind", "stem", "right", *OPTIONS, "lines", "tolerance", "unit", "decimals", "match_case", "credit"),
    *("marks", "competency", "difficulty", "tags", "feedback"),
)
LIMITS = Limits(max_bytes=30 * 2**20, max_rows=2_000, max_columns=100, max_cells=200_000, max_unpacked=100 * 2**20)
SHARE = re.compile(r"([1-9]\d{0,2}/[1-9]\d{0,2}|1)\s*[:：]\s+(.*)", re.S)
_BAR = re.compile(r"(?<!\\)\|")
_TRUE = {"true", "t", "1", "yes", "y", "是", "对", "對", "正确", "正確", "✓"}
_FALSE = {"false", "f", "0", "no", "n", "否", "错", "錯", "错误", "錯誤", "✗"}
CREDITS = tuple(dict.fromkeys([*(each.value for each in (*Credit, *PartCredit, *OrderCredit))]))


class Names(Struct, frozen=True):
    """What headings, kinds and ways to give marks may be called, in any language and small letters → their code."""

    columns: Mapping[str, str]
    kinds: Mapping[str, str]
    credits: Mapping[str, str]


def read(content: bytes, language: str, names: Names) -> Found:
    """The questions of the first sheet. :raises BadFile: ``table_…`` of a workbook that cannot be read, ``file_sheet_columns``."""
    out = Collector()
    try:
        with open_table(content, limits=LIMITS) as table:
            columns = [names.columns.get(heading.strip().casefold(), "") for heading in table.header]
            if "kind" not in columns or "stem" not in columns:
                raise BadFile("file_sheet_columns", table.header_row)
            for at, heading in enumerate(table.header):
                if heading and not columns[at]:
                    out.note(table.header_row, "file_sheet_column", heading)
            for number, cells in table.rows():
                row = {column: said(cell) for column, cell in zip(columns, cells, strict=False) if column}
                _row(row, number, language, names, out)
    except TableProblem as problem:
        raise BadFile(problem.code, problem.row or 0, row=problem.row, column=problem.column, value=problem.value) from problem
    return out.found()


def said(cell: Any) -> str:
    """What a cell says, numbers in the form in which keys are kept."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return decimal_text(Fraction(repr(cell)))
    return str(cell).replace("\r\n", "\n").strip()


def _row(row: Mapping[str, str], number: int, language: str, names: Names, out: Collector) -> None:
    if not any(row.values()):
        return
    try:
        data = question_of(row, number, language, names, out)
        difficulty, marks = _whole(row, "difficulty", number), _whole(row, "marks", number)
        tags = re.split("[,，、;；]", row.get("tags", ""))
    except Left as left:
        out.leave(number, left.code, left.detail)
        return
    if marks is not None and not 1 <= marks <= 100:
        out.leave(number, "marks_range", str(marks))
        return
    out.add(number, data, marks=marks or 1, competency=row.get("competency", ""), difficulty=difficulty, tags=tags)


def _whole(row: Mapping[str, str], column: str, number: int) -> int | None:
    text = row.get(column, "")
    if text and not (text.isascii() and text.isdigit()):
        raise Left("file_sheet_whole", number, f"{column}: {text}")
    return int(text) if text else None


def question_of(row: Mapping[str, str], number: int, language: str, names: Names, out: Collector) -> dict[str, Any]:
    """The question of a row as JSON. :raises Left: for what is wrong with it."""
    kind = names.kinds.get(row.get("kind", "").casefold(), "")
    if kind not in KINDS:
        raise Left("question_kind_unknown", number, row.get("kind", ""))
    if not row.get("stem"):
        raise Left("question_stem_missing", number)
    simple = {"single": _choice, "multiple": _choice, "true_false": _truth, "numeric": _number, "short_text": _spelt}
    data = simple[kind](kind, row, number, language, out) if kind in simple else _noted(kind, row, number, language, out)
    credit = names.credits.get(row.get("credit", "").casefold(), "")
    if row.get("credit") and not credit:
        raise Left("question_credit_unknown", number, row["credit"])
    if credit and kind in ("multiple", "ordering", *PARTED):
        data["key"]["credit"] = credit
    feedback = row.get("feedback", "")
    return {"kind": kind, "stem": {language: row["stem"]}, "feedback": {language: feedback} if feedback else {}, **data}


def _choice(kind: str, row: Mapping[str, str], number: int, language: str, out: Collector) -> dict[str, Any]:
    there = {column: row[column] for column in OPTIONS if row.get(column)}
    options = named("k", there.values(), language)
    ids = {column[-1].upper(): option["id"] for column, option in zip(there, options, strict=True)}
    letters = list(re.sub(r"[^A-Za-z]", "", row.get("right", "")).upper())
    if not letters or any(letter not in ids for letter in letters):
        raise Left("file_sheet_right", number, row.get("right", ""))
    right = [ids[letter] for letter in dict.fromkeys(letters)]
    if kind == "single" and len(right) != 1:
        raise Left("question_one_right", number, row.get("right", ""))
    return {"options": options, "key": {"correct": right[0] if kind == "single" else right}}


def _truth(kind: str, row: Mapping[str, str], number: int, language: str, out: Collector) -> dict[str, Any]:
    word = row.get("right", "").casefold()
    if word not in _TRUE | _FALSE:
        raise Left("question_key_missing", number, row.get("right", ""))
    return {"key": {"correct": word in _TRUE}}


def _number(kind: str, row: Mapping[str, str], number: int, language: str, out: Collector) -> dict[str, Any]:
    return {"unit": row.get("unit", ""), "key": {"value": ungrouped(row.get("right", "")), **_tolerance(row, number)}}


def _tolerance(row: Mapping[str, str], number: int) -> dict[str, Any]:
    text = row.get("tolerance", "") or "0"
    if not text.endswith(("%", "％")):
        return {"tolerance": text, "relative": False}
    share = share_exact(text[:-1])
    if share is None:
        raise Left("question_tolerance", number, text)
    return {"tolerance": decimal_text(share), "relative": True}


def share_exact(text: str) -> Fraction | None:
    try:
        return written(text) / 100
    except ValueError:
        return None


def _spelt(kind: str, row: Mapping[str, str], number: int, language: str, out: Collector) -> dict[str, Any]:
    answers = []
    for each in _BAR.split(row.get("right", "")):
        text = each.replace("\\|", "|").strip()
        if part := SHARE.fullmatch(text):
            answers.append(Weighted(part[2].strip(), written(part[1]), line=number))
        elif text:
            answers.append(Weighted(text, Fraction(1), line=number))
    return {"key": spellings(answers, row.get("match_case", "").casefold() in _TRUE, out, number)}


def _noted(kind: str, row: Mapping[str, str], number: int, language: str, out: Collector) -> dict[str, Any]:
    if kind in BY_HAND and not row.get("lines"):
        out.note(number, "file_open_criteria")
        return {"key": OPEN_CRITERIA}
    try:
        found = notation.read(kind, row.get("lines", ""), language, None)
    except BadNotation as problem:
        raise Left(problem.code, number, str(problem.line)) from problem
    except BadQuestion as problem:
        raise Left(problem.code, number, problem.where) from problem
    key = dict(found["key"])
    if kind == "calculated":
        decimals = _whole(row, "decimals", number)
        key |= {"formula": row.get("right", ""), "decimals": 2 if decimals is None else decimals, **_tolerance(row, number)}
    own = {"body": found["body"]} if found.get("body") else {}
    return {"options": found.get("options", []), "unit": row.get("unit", ""), "key": key, **own}


