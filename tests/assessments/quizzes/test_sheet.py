"""The workbook: what goes out comes in again, each row that cannot be read says why, headings in any language."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.grading.questions import KINDS, Question, parse, to_json
from assessments.quizzes import sheet_words
from assessments.quizzes.exchange_words import note_words
from assessments.quizzes.formats import sheet, sheet_writing
from assessments.quizzes.formats.entries import BadFile, Entry, Found
from assessments.quizzes.formats.sheet_writing import OWN_CODES, Words
from lms.i18n import LOCALES, speaking
from lms.people.models import Person
from tests.assessments.grading.kinds import NEW
from tests.assessments.quizzes.factory import draft_quiz
from tests.assessments.quizzes.factory import question as example
from tests.assessments.quizzes.test_formats import questions
from tests.assessments.quizzes.test_qti import english
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
CODES = Words(
    "Questions",
    {code: code for code in sheet.COLUMNS},
    {code: code for code in sheet.KINDS},
    {code: code for code in sheet.CREDITS},
    "Help",
    [("Help", "")],
)


def again(question: Question, **about: Any) -> Found:
    written = sheet_writing.write([Entry(question, **about)], "en", CODES)
    assert not [note for note in written.notes if note.left_out], written.notes
    return sheet.read(written.content, "en", OWN_CODES)


def bare(data: Any) -> Any:
    """Without what is said to those who chose an option: it has no column."""
    return data | {"options": [{**each, "feedback": {}} for each in data["options"]]}


@pytest.mark.parametrize("kind", ["single", "multiple", "true_false", "numeric", "short_text"])
def test_what_is_written_is_read_again_the_same(kind: str) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(questions(kind), st.integers(1, 100))
    def check(question: Question, marks: int) -> None:
        found = again(question, marks=marks, competency="C", difficulty=3, tags=("a", "b c"))
        assert len(found.entries) == 1, found.notes
        entry = found.entries[0]
        assert bare(to_json(entry.question)) == bare(to_json(question))
        assert (entry.marks, entry.competency, entry.difficulty, entry.tags) == (marks, "C", 3, ("a", "b c"))

    check()


@pytest.mark.parametrize("kind", [kind for kind in NEW if kind in sheet.KINDS])
def test_the_kinds_of_several_parts_come_back_as_they_were(kind: str) -> None:
    question = parse(english(NEW[kind]))
    found = again(question)
    assert sheet_writing._alike(to_json(found.entries[0].question), "en") == sheet_writing._alike(to_json(question), "en")


def test_every_kind_is_either_carried_or_named() -> None:
    assert set(KINDS) - set(sheet.KINDS) == {"hotspot", "file", "oral"}
    written = sheet_writing.write([Entry(parse(english(NEW["hotspot"])))], "en", CODES)
    assert [(note.code, note.left_out) for note in written.notes] == [("file_kind", True)]
    data = english(example("single", stem={"en": "![A map](file:7) Where?"}))
    data["options"] = [{"id": f"o{at}", "text": {"en": f"Word {at}"}, "feedback": {"en": "Hm"}} for at in range(11)]
    data["key"] = {"correct": "o1"}
    assert [note.code for note in sheet_writing.write([Entry(parse(data))], "en", CODES).notes] == ["file_sheet_options"]
    data["options"] = data["options"][:3]
    assert [note.code for note in sheet_writing.write([Entry(parse(data))], "en", CODES).notes] == ["file_picture_stays", "file_feedback"]


def filled(*rows: dict[str, Any]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    heads = list(dict.fromkeys(key for row in rows for key in row))
    page.append(heads)
    for row in rows:
        page.append([row.get(head) for head in heads])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_each_row_that_cannot_be_read_says_why_by_its_number(app: Flask) -> None:
    content = filled(
        {"Kind": "One right option", "Question": "Who?", "Option A": "Ana", "Option B": 12, "What is right": "B", "Marks": 2, "Colour": "red"},
        {"Kind": "Several right options", "Question": "Which?", "Option A": "x", "Option B": "y", "What is right": "A, D"},
        {"Kind": "Riddle", "Question": "?"},
        {"Kind": "Number", "Question": "How much?", "What is right": 12.5, "Tolerance": "5%", "Unit": "kg"},
        {"Kind": "number", "Question": "How much?", "What is right": "many"},
        {"Kind": "True or false", "Question": "So?", "What is right": True, "Difficulty": 9},
        {"Kind": "Putting in order", "Question": "Order", "Parts, as lines": "one\ntwo", "Marks": "many"},
        {"Kind": "Matching", "Question": "Pair", "Parts, as lines": "one -> 1\ntwo"},
        {"Kind": "Short text", "Question": None},
        {"Kind": "Number", "Question": "How much?", "What is right": "1,5"},
    )
    with app.test_request_context(), speaking("en"):
        found = sheet.read(content, "en", sheet_words.names())
        left = {note.line: note_words(note) for note in found.notes if note.left_out}
        said = {(note.line, note.code) for note in found.notes if not note.left_out}
    assert [(each.line, each.question.kind, each.marks) for each in found.entries] == [(2, "single", 2), (5, "numeric", 1), (7, "true_false", 1)]
    assert to_json(found.entries[0].question)["options"][1]["text"] == {"en": "12"}
    assert to_json(found.entries[1].question)["key"] == {"value": "12.5", "tolerance": "0.05", "relative": True}
    assert said == {(1, "file_sheet_column"), (7, "file_difficulty")}
    assert left == {
        3: "Say what is right by the letters of the options, like A or A, C. (A, D)",
        4: "There is no such kind of question. (Riddle)",
        6: "Give the right number in digits, like 12.5. (value)",
        8: "Here stands a whole number. (marks: many)",
        9: "Line 2: write a thing, an arrow -> and where it belongs.",
        10: "Write the question.",
        11: "Give the right number in digits, like 12.5. (value)",
    }


def test_a_workbook_of_another_shape_is_refused(app: Flask) -> None:
    with pytest.raises(BadFile, match="file_sheet_columns"):
        sheet.read(filled({"a": 1}), "en", OWN_CODES)
    with pytest.raises(BadFile, match="table_"):
        sheet.read(b"PK\x03\x04 no", "en", OWN_CODES)


def test_the_template_speaks_the_readers_language_and_is_understood_in_every_one(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.test_request_context():
        for locale in LOCALES:
            with speaking(locale):
                words = sheet_words.words()
                written = sheet_writing.write([Entry(parse(english(example("multiple"))))], "en", words)
            found = sheet.read(written.content, "en", sheet_words.names())
            assert [entry.question.kind for entry in found.entries] == ["multiple"], locale
            assert found.notes == ()
    made, client = draft_quiz(cast, ["single"]), sign_in(cast.tess)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/authoring/quizzes/questions.xlsx").data))
    assert book.sheetnames == ["Questions", "Instructions"]
    assert [cell.value for cell in book["Questions"][1]][:4] == ["Kind", "Question", "What is right", "Option A"]
    assert "questions.xlsx" in client.get(f"/authoring/quizzes/{made.module.id}/import").text
    assert client.get(f"/authoring/quizzes/{made.module.id}/export/xlsx").data.startswith(b"PK")
