"""Calculated questions in files of other systems: Moodle's wildcards and QTI's templates, and what neither side can say."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from assessments.grading.formula import drawn
from assessments.grading.questions import parse, to_json
from assessments.quizzes.exchange_words import NOTES
from assessments.quizzes.formats import moodle_xml
from assessments.quizzes.formats.entries import Entry, Found
from assessments.quizzes.refusals import MESSAGES
from tests.assessments.grading.kinds import NEW

Said = list[tuple[int, str, str, bool]]


def said(found: Found) -> Said:
    """The notes, in the order of the file. All of them have words."""
    assert all(note.code in NOTES or note.code in MESSAGES for note in found.notes)
    return [(note.line, note.code, note.detail, note.left_out) for note in found.notes]


# --- Moodle XML -----------------------------------------------------------------------------------


def wildcard(name: str, low: str = "1", high: str = "10", decimals: str = "0", items: str = "", more: str = "uniform", status: str = "private") -> str:
    listed = "".join(f"<dataset_item><number>{at}</number><value>{value}</value></dataset_item>" for at, value in enumerate(items.split(), 1))
    return (
        f"<dataset_definition><status><text>{status}</text></status><name><text>{name}</text></name><type>calculated</type>"
        f"<distribution><text>{more}</text></distribution><minimum><text>{low}</text></minimum><maximum><text>{high}</text></maximum>"
        f"<decimals><text>{decimals}</text></decimals><itemcount>{len(items.split())}</itemcount>"
        f"<dataset_items>{listed}</dataset_items><number_of_items>{len(items.split())}</number_of_items></dataset_definition>"
    )


def answer(formula: str, tolerance: str = "0.01", kind: str = "1", form: str = "1", length: str = "2", share: str = "100", feedback: str = "") -> str:
    return (
        f'<answer fraction="{share}">\n    <text>{formula}</text>\n    <tolerance>{tolerance}</tolerance>\n    <tolerancetype>{kind}</tolerancetype>\n'
        f"    <correctanswerformat>{form}</correctanswerformat>\n    <correctanswerlength>{length}</correctanswerlength>\n"
        f'    <feedback format="html">\n<text>{feedback}</text>\n    </feedback>\n</answer>'
    )


def asked(answers: str, wildcards: str, text: str = "How much?", more: str = "", kind: str = "calculated") -> bytes:
    """A question as Moodle writes it; its answers begin in line 8."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<quiz>
  <question type="{kind}">
    <name>
      <text>Margin</text>
    </name>
    <questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>
{answers}
    <unitgradingtype>0</unitgradingtype>
    {more}
<dataset_definitions>{wildcards}</dataset_definitions>
  </question>
</quiz>""".encode()


def only(content: bytes) -> tuple[dict[str, Any], Said]:
    found = moodle_xml.read(content, "en")
    assert len(found.entries) == 1, found.notes
    return to_json(found.entries[0].question), said(found)


def left(content: bytes) -> tuple[int, str, str, bool]:
    found = moodle_xml.read(content, "en")
    assert not found.entries
    return next(each for each in said(found) if each[3])


@pytest.mark.parametrize("kind", ["calculated", "calculatedsimple"])
def test_a_calculated_question_as_moodle_writes_it(kind: str) -> None:
    units = "<units>\n<unit>\n<multiplier>1</multiplier>\n<unit_name>k€</unit_name>\n</unit>\n<unit><multiplier>1000</multiplier><unit_name>€</unit_name></unit></units>"
    data, notes = only(asked(
        answer("{price}*(100-{rebate})/100", "0.005", feedback="Well done"),
        wildcard("price", "10", "50", "0", "12 49 33") + wildcard("rebate", "2.5", "10", "1", "2.5 3.1"),
        "<p>{price} k€ less {rebate} %?</p>", f"<generalfeedback><text>Take it off.</text></generalfeedback>{units}", kind,
    ))  # fmt: skip
    assert data["stem"] == {"en": "{price} k€ less {rebate} %?"}
    assert data["feedback"] == {"en": "Take it off."}
    assert data["unit"] == "k€"
    assert data["key"] == {"formula": "price * (100 - rebate) / 100", "decimals": 2, "tolerance": "0.005", "relative": True}
    assert data["body"]["variables"] == [
        {"name": "price", "low": "10", "high": "50", "step": "1"},
        {"name": "rebate", "low": "2.5", "high": "10", "step": "0.1"},
    ]
    assert notes == [(3, "file_unit", "€", False), (8, "file_formula_rounded", "2", False), (8, "file_spelling_feedback", "Well done", False)]


@pytest.mark.parametrize(
    ("formula", "ours"),
    [
        ("pow({a},2) + .5", "a ^ 2 + 0.5"),
        ("MAX( {a}, Min({a}, 3) )-ABS(-{a})", "max(a; min(a; 3)) - abs(-a)"),
        ("-2**2*1e3", "-2 ^ 2 * 1000"),
        ("round({a}/3,1)", "round(a / 3; 1)"),
        ("round({a}/3,2)", "a / 3"),
        ("2*pi()*{a}", "2 * 3.14159265358979324 * a"),
    ],
)
def test_what_moodle_can_say_and_needle_too(formula: str, ours: str) -> None:
    data, _notes = only(asked(answer(formula), wildcard("a")))
    assert data["key"]["formula"] == ours


@pytest.mark.parametrize(
    ("formula", "code", "detail"),
    [
        ("sqrt({a})", "file_formula_function", "sqrt"),
        ("1 + floor({a}/2)", "file_formula_function", "floor"),
        ("{a} % 2", "file_formula_sign", "%"),
        ("{a}^2", "file_formula_sign", "^"),
        ("{a} > 1 ? 2 : 3", "file_formula_sign", ">"),
        ("{a} + {c}", "file_variable", "c"),
        ("({a}", "question_formula", "({a}"),
        ("pow({a})", "question_formula", "pow({a})"),
        ("1/({a}-3)", "question_formula_fails", "formula"),
        ("pow({a},0.5)", "question_formula_fails", "formula"),
        ("", "question_formula", ""),
    ],
)
def test_what_needle_cannot_work_out_is_left_out_with_its_name_and_line(formula: str, code: str, detail: str) -> None:
    line, *rest = left(asked(answer(formula, "0.1"), wildcard("a")))
    assert rest == [code, detail, True]
    assert line == (3 if code == "question_formula_fails" else 8)


def test_tolerances_and_ways_to_show_a_number() -> None:
    data, notes = only(asked(answer("{a}", "0.5", "2", length="0"), wildcard("a")))
    assert (data["key"]["tolerance"], data["key"]["relative"], data["key"]["decimals"], notes) == ("0.5", False, 0, [])
    data, notes = only(asked(answer("{a}/1000", "0.05", "3", "2", "3"), wildcard("a")))
    assert (data["key"]["tolerance"], data["key"]["relative"], data["key"]["decimals"]) == ("0.05", True, 5)
    assert notes == [(8, "file_geometric", "0.05", False), (8, "file_significant", "3", False)]
    assert left(asked(answer("{a}", "five"), wildcard("a")))[1:] == ("file_number", "five", True)


def test_one_right_formula_is_kept_and_the_others_are_named() -> None:
    answers = answer("{a}*2", share="50") + answer("{a}", length="0") + answer("{a}+1") + answer("*", share="0")
    data, notes = only(asked(answers, wildcard("a")))
    assert data["key"]["formula"] == "a"
    assert [(code, detail) for _line, code, detail, _left in notes] == [("file_more_numbers", text) for text in ("{a}*2", "{a}+1", "*")]
    assert left(asked(answer("{a}", share="50") + answer("*"), wildcard("a")))[1] == "file_no_right"


@pytest.mark.parametrize(
    ("given", "low", "high", "step", "notes"),
    [
        (wildcard("a", "1.25", "3", "1"), "1.3", "3", "0.1", ["file_variable_step"]),
        (wildcard("a", "", "", "1", "4.5 2 9.25"), "2", "9.25", "0.01", ["file_variable_items"]),
        (wildcard("a", "9", "1", "0", "4 2"), "2", "4", "1", ["file_variable_items"]),
        (wildcard("a", "1", "10", "0", "4 99"), "1", "10", "1", ["file_variable_range"]),
        (wildcard("a", "0", "10", "9"), "0", "10", "0.0001", ["file_variable_step"]),
        (wildcard("a", more="loguniform", status="shared"), "1", "10", "1", ["file_variable_distribution", "file_variable_shared"]),
    ],
)
def test_the_numbers_are_drawn_from_the_range_else_from_what_the_list_spans(given: str, low: str, high: str, step: str, notes: list[str]) -> None:
    data, found = only(asked(answer("{a} * 2", length="9"), given))
    assert data["body"]["variables"] == [{"name": "a", "low": low, "high": high, "step": step}]
    assert [(line, code, detail) for line, code, detail, _left in found] == [(20, code, "a") for code in notes]


def test_a_wildcard_without_any_number_leaves_the_question_out() -> None:
    assert left(asked(answer("{a}"), wildcard("a", "", ""))) == (20, "file_variable", "a", True)


def test_names_that_needle_cannot_have_are_changed_everywhere() -> None:
    wildcards = "".join(map(wildcard, ("unit price", "max", "v2", "q-1")))
    data, notes = only(asked(answer("{unit price} * {max} + {q-1} - {v2}", length="0"), wildcards, "{unit price} € times {max}, {v2}, {q-1}?"))
    assert data["key"]["formula"] == "unit_price * v2 + q_1 - v3"
    assert data["stem"] == {"en": "{unit_price} € times {v2}, {v3}, {q_1}?"}
    assert [detail for _line, _code, detail, _left in notes] == ["unit price → unit_price", "max → v2", "v2 → v3", "q-1 → q_1"]


def test_texts_that_work_something_out_are_not_shown_half() -> None:
    assert left(asked(answer("{a}"), wildcard("a"), "Is {={a}+1} enough?")) == (3, "file_formula_in_text", "{={a}+1}", True)
    general = "<generalfeedback><text>It was {a}, so {={a}*2}.</text></generalfeedback>"
    data, notes = only(asked(answer("{a}", length="0"), wildcard("a"), more=general))
    assert data["feedback"] == {}
    assert notes == [(3, "file_feedback", "It was {a}, so {={a}*2}.", False)]


def test_a_calculated_choice_is_left_out() -> None:
    assert left(asked(answer("{a}"), wildcard("a"), kind="calculatedmulti")) == (3, "file_kind", "calculatedmulti", True)


def test_what_moodle_needs_is_written() -> None:
    question = parse(NEW["calculated"])
    written = moodle_xml.write([Entry(question)], "en")
    element = etree.fromstring(written.content).find("question")
    assert element.get("type") == "calculated"
    assert element.findtext("answer/text") == "round({a} * (100 - {b}) / 100, 2)"
    assert [element.findtext(f"answer/{name}") for name in ("tolerance", "tolerancetype", "correctanswerformat", "correctanswerlength")] == ["0.01", "2", "1", "2"]
    definition = element.findall("dataset_definitions/dataset_definition")[1]
    names = ("status", "name", "distribution", "minimum", "maximum", "decimals")
    assert [definition.findtext(f"{name}/text") for name in names] == ["private", "b", "uniform", "2.5", "10", "1"]
    values = [item.findtext("value") for item in definition.iterfind("dataset_items/dataset_item")]
    assert [float(each) for each in values] == [float(drawn(question.variables, seed)["b"]) for seed in range(1, 11)]
    assert (definition.findtext("itemcount"), definition.findtext("number_of_items")) == ("10", "10")
    assert element.xpath("tags/tag/text/text()") == ["step a=5", "step b=0.5"]
    assert [(note.code, note.detail) for note in written.notes if "variable" in note.code] == [("file_variable_step", "a"), ("file_variable_step", "b")]


def test_what_moodle_cannot_draw_or_would_work_out_is_left_out() -> None:
    text = {**NEW["calculated"], "stem": {"en": "Say {=a}"}}
    fine = {**NEW["calculated"], "body": {"variables": [{"name": "a", "low": "0", "high": "0.000000001", "step": "0.0000000001"}, NEW["calculated"]["body"]["variables"][1]]}}
    written = moodle_xml.write([Entry(parse(fine)), Entry(parse(text))], "en")
    assert [(note.line, note.code, note.detail, note.left_out) for note in written.notes] == [
        (1, "file_variable_decimals", "a", True), (2, "file_formula_in_text", "{=a}", True),
    ]  # fmt: skip
