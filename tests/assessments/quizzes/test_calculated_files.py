"""Calculated questions in files of other systems: Moodle's wildcards and QTI's templates, and what neither side can say."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import pytest
from lxml import etree

from assessments.grading.formula import drawn
from assessments.grading.questions import parse, to_json
from assessments.quizzes.exchange_words import NOTES
from assessments.quizzes.formats import moodle_xml
from assessments.quizzes.formats.entries import Entry, Found
from assessments.quizzes.formats.qti.reading import read as read_qti
from assessments.quizzes.formats.qti.vocabulary import V21, V22, V30, Version, inward
from assessments.quizzes.formats.qti.writing import write as write_qti
from assessments.quizzes.refusals import MESSAGES
from tests.assessments.grading.kinds import NEW
from tests.assessments.quizzes.test_qti import alike, item

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


def test_names_that_are_all_taken_find_another() -> None:
    data, _notes = only(asked(answer("{max}", length="0"), "".join(map(wildcard, ("v4", "v5", "v6", "max")))))
    assert data["key"]["formula"] == "v7"


@pytest.mark.parametrize("formula", ["+".join(["{a}"] * 100_000), "(" * 3_000 + "{a}" + ")" * 3_000, "-" * 2_000 + "1", "{a}+" * 900 + "1"])
def test_a_formula_that_would_do_harm_is_left_out(formula: str) -> None:
    before = time.process_time()
    assert left(asked(answer(formula), wildcard("a")))[:2] == (8, "question_formula")
    assert time.process_time() - before < 5


def test_a_question_has_ten_variables_at_most() -> None:
    eleven = [f"a{at}" for at in range(11)]
    assert left(asked(answer("{a1}"), "".join(map(wildcard, eleven)))) == (3, "file_variables", "11", True)
    drawn = "".join(drawn_as('<randomInteger min="1" max="9"/>', name) for name in eleven)
    found = read_qti(template(drawn, '<variable identifier="a1"/>', " ".join(eleven), ""), "en")
    assert [(note.code, note.detail) for note in found.notes if note.left_out] == [("file_variables", "11")]


def test_texts_that_work_something_out_are_not_shown_half() -> None:
    assert left(asked(answer("{a}"), wildcard("a"), "Is {={a}+1} enough?")) == (3, "file_formula_in_text", "{={a}+1}", True)
    general = "<generalfeedback><text>It was {a}, so {={a}*2}.</text></generalfeedback>"
    data, notes = only(asked(answer("{a}", length="0"), wildcard("a"), more=general))
    assert data["feedback"] == {}
    assert notes == [(3, "file_feedback", "It was {a}, so {={a}*2}.", False)]


def test_feedback_with_the_numbers_drawn_comes_along_under_their_names_here() -> None:
    general = "<generalfeedback><text>It was {base price}.</text></generalfeedback>"
    data, _notes = only(asked(answer("{base price}", length="0"), wildcard("base price"), more=general))
    assert data["feedback"] == {"en": "It was {base_price}."}


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


# --- QTI ------------------------------------------------------------------------------------------


def template(values: str, right: str, names: str = "A B", text: str = '<printedVariable identifier="A"/>', base: str = "float", how: str = "") -> bytes:
    """An item as others write it; what is drawn begins in line 2."""
    declarations = "".join(f'<templateDeclaration identifier="{name}" cardinality="single" baseType="integer" mathVariable="true"/>' for name in names.split())
    before = (
        f'<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="{base}"/>{declarations}\n'
        f'<templateProcessing>{values}<setCorrectResponse identifier="RESPONSE">{right}</setCorrectResponse></templateProcessing>'
    )
    return item(f'<p>{text}, how much? <textEntryInteraction responseIdentifier="RESPONSE"/></p>', before, how)


def drawn_as(inner: str, name: str = "A") -> str:
    return f'<setTemplateValue identifier="{name}">{inner}</setTemplateValue>'


def base(value: str) -> str:
    return f'<baseValue baseType="float">{value}</baseValue>'


A, B = '<variable identifier="A"/>', '<variable identifier="B"/>'
FROM_1_TO_9 = drawn_as('<randomInteger min="1" max="9"/>')


def taken(content: bytes) -> tuple[dict[str, Any], Said]:
    found = read_qti(content, "en")
    assert len(found.entries) == 1, found.notes
    return to_json(found.entries[0].question), said(found)


def test_a_template_of_another_system_becomes_a_calculated_question() -> None:
    how = ('<responseProcessing><responseCondition><responseIf><equal toleranceMode="relative" tolerance="2 2"><variable identifier="RESPONSE"/>'
           '<correct identifier="RESPONSE"/></equal><setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>')  # fmt: skip
    values = drawn_as('<randomInteger min="10" max="51" step="5"/>') + drawn_as(f"<sum>{A}{base('2')}{A}</sum>", "B")
    right = f'<roundTo roundingMode="decimalPlaces" figures="1"><divide><product>{A}{B}</product>{base("3")}</divide></roundTo>'
    data, notes = taken(template(values, right, text='Of <strong><printedVariable identifier="A"/></strong> k€', how=how))
    assert data["kind"] == "calculated"
    assert data["stem"] == {"en": "Of **{A}** k€, how much?"}
    assert data["body"]["variables"] == [{"name": "A", "low": "10", "high": "50", "step": "5"}]
    assert data["key"] == {"formula": "A * (A + 2 + A) / 3", "decimals": 1, "tolerance": "0.02", "relative": True}
    assert [code for _line, code, _detail, _left in notes] == ["file_qti_processing"]


@pytest.mark.parametrize(
    ("inner", "low", "high", "step", "notes"),
    [
        ('<randomInteger min="-3" max="3"/>', "-3", "3", "1", []),
        (f'<product><randomInteger min="2" max="9"/>{base("10")}</product>', "20", "90", "10", []),
        (f'<divide><integerToFloat><randomInteger min="5" max="11" step="2"/></integerToFloat>{base("10")}</divide>', "0.5", "1.1", "0.2", []),
        (f'<subtract>{base("8")}<randomInteger min="1" max="3"/></subtract>', "5", "7", "1", []),
        (f'<random><multiple>{base("6")}{base("2")}{base("4")}</multiple></random>', "2", "6", "2", []),
        ('<roundTo roundingMode="decimalPlaces" figures="1"><randomFloat min="0.25" max="2"/></roundTo>', "0.3", "2", "0.1", ["file_qti_float"]),
        ('<randomFloat min="1.5" max="2.5"/>', "1.50", "2.5", "0.01", ["file_qti_float"]),
    ],
)
def test_what_is_drawn_evenly_becomes_a_variable(inner: str, low: str, high: str, step: str, notes: list[str]) -> None:
    data, found = taken(template(drawn_as(inner), A, text='<printedVariable identifier="A" format="%.2f"/>'))
    assert data["body"]["variables"] == [{"name": "A", "low": low.rstrip("0") if "." in low else low, "high": high, "step": step}]
    assert [code for _line, code, _detail, _left in found] == notes


@pytest.mark.parametrize(
    ("tag", "ours"),
    [
        (f"<power>{A}{base('2')}</power>", "A ^ 2"),
        (f"<max>{A}{base('3')}<min>{A}{base('-2')}</min></max>", "max(A; 3; min(A; -2))"),
        (f'<mathOperator name="abs"><subtract>{base("5")}{A}</subtract></mathOperator>', "abs(5 - A)"),
        (f"<subtract><subtract>{A}{base('1')}</subtract><subtract>{A}{base('2')}</subtract></subtract>", "A - 1 - (A - 2)"),
        (f'<product><mathConstant name="pi"/><round>{A}</round></product>', "3.14159265358979324 * round(A)"),
    ],
)
def test_what_qti_can_say_and_needle_too(tag: str, ours: str) -> None:
    data, _notes = taken(template(FROM_1_TO_9, tag))
    assert data["key"]["formula"] == ours


@pytest.mark.parametrize(
    ("values", "right", "code", "detail"),
    [
        (FROM_1_TO_9, f'<mathOperator name="sin">{A}</mathOperator>', "file_qti_template", "sin"),
        (FROM_1_TO_9, f"<integerDivide>{A}{base('2')}</integerDivide>", "file_qti_template", "integerDivide"),
        (FROM_1_TO_9, f'<roundTo roundingMode="significantFigures" figures="2">{A}</roundTo>', "file_qti_template", "roundTo"),
        (FROM_1_TO_9 + "<templateConstraint/>", A, "file_qti_template", "templateConstraint"),
        (FROM_1_TO_9 + f"<templateCondition><templateIf>{base('1')}</templateIf></templateCondition>", A, "file_qti_template", "templateCondition"),
        (drawn_as('<randomInteger min="{B}" max="9"/>'), A, "file_qti_template", "randomInteger"),
        (drawn_as(f'<random><multiple>{base("1")}{base("2")}{base("4")}</multiple></random>'), A, "file_qti_template", "random"),
        (drawn_as('<randomFloat min="1" max="9"/>'), A, "file_qti_template", "randomFloat"),
        (drawn_as(f'<power><randomInteger min="1" max="3"/>{base("2")}</power>'), A, "file_qti_template", "power"),
        (drawn_as(f'<divide><randomInteger min="1" max="3"/>{base("3")}</divide>'), A, "file_qti_template", "randomInteger"),
        (FROM_1_TO_9, B, "file_variable", "B"),
        (FROM_1_TO_9, base("much"), "file_number", "much"),
        (FROM_1_TO_9, '<baseValue baseType="string">much</baseValue>', "file_qti_template", "baseValue"),
        (FROM_1_TO_9, f'<customOperator class="x">{base("sum(1)")}</customOperator>', "file_qti_template", "customOperator"),
    ],
)  # fmt: skip
def test_what_a_calculated_question_has_no_word_for_leaves_the_item_out_by_its_name(values: str, right: str, code: str, detail: str) -> None:
    found = read_qti(template(values, right), "en")
    assert not found.entries
    assert [(note.item, note.line, note.code, note.detail) for note in found.notes if note.left_out] == [("strange", 3, code, detail)]


def test_a_text_shows_what_is_drawn_and_nothing_worked_out() -> None:
    values = FROM_1_TO_9 + drawn_as(f"<product>{A}{base('2')}</product>", "B")
    worked = read_qti(template(values, B, text='<printedVariable identifier="B"/>'), "en")
    assert [(note.code, note.detail, note.left_out) for note in worked.notes] == [("file_formula_in_text", "B", True)]
    data, _notes = taken(template(values, B, text='<code>x = <printedVariable identifier="A"/></code>'))
    assert data["stem"] == {"en": "`x = {A}`, how much?"}


@pytest.mark.parametrize(
    ("math", "stem"),
    [
        ("<m:mrow><m:mi>A</m:mi><m:mo>+</m:mo><m:mi>B</m:mi></m:mrow><m:mo>=</m:mo>", "What is {A} + {B} = , how much?"),
        ("<m:mn>2</m:mn><m:mo>×</m:mo><m:mo>(</m:mo><m:mi>A</m:mi><m:mo>)</m:mo>", "What is 2 × ({A}), how much?"),
        ("", "What is , how much?"),
    ],
)
def test_a_row_of_mathml_is_read_as_text_that_shows_what_is_drawn(math: str, stem: str) -> None:
    values = FROM_1_TO_9 + drawn_as('<randomInteger min="1" max="9"/>', "B")
    data, _notes = taken(template(values, B, text=f'What is <m:math xmlns:m="http://www.w3.org/1998/Math/MathML">{math}</m:math>'))
    assert data["stem"] == {"en": stem}


def test_mathml_in_which_a_drawn_number_stands_higher_leaves_the_item_out() -> None:
    def shown(name: str) -> bytes:
        power = f'<math xmlns="http://www.w3.org/1998/Math/MathML"><msup><mi>{name}</mi><mn>2</mn></msup></math>'
        return template(FROM_1_TO_9, A, text=power)

    assert [(note.code, note.detail) for note in read_qti(shown("A"), "en").notes if note.left_out] == [("file_qti_template", "math")]
    assert said(read_qti(shown("x"), "en")) == [(3, "file_qti_element", "math", False)]


def test_answers_compared_after_rounding_may_be_half_a_step_away() -> None:
    how = '<responseProcessing><responseCondition><responseIf><equalRounded roundingMode="decimalPlaces" figures="1"><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equalRounded></responseIf></responseCondition></responseProcessing>'
    data, notes = taken(template(FROM_1_TO_9, f"<divide>{A}{base('8')}</divide>", how=how))
    assert data["key"] == {"formula": "A / 8", "decimals": 1, "tolerance": "0.05", "relative": False}
    assert {code for _line, code, _detail, _left in notes} == {"file_qti_equal_rounded", "file_formula_rounded", "file_qti_processing"}


@pytest.mark.parametrize(
    "values",
    [
        "".join(drawn_as(f'<sum><variable identifier="A{at}"/><variable identifier="A{at}"/></sum>', f"A{at + 1}") for at in range(60)),
        "".join(drawn_as(f'<subtract><baseValue baseType="float">1</baseValue><variable identifier="A{at}"/></subtract>', f"A{at + 1}") for at in range(190)),
        drawn_as(f"<sum>{base('1') * 50_000}</sum>", "A60"),
    ],
    ids=["doubled", "nested", "long"],
)
def test_a_template_that_would_do_harm_is_left_out(values: str) -> None:
    before = time.process_time()
    names = " ".join(f"A{at}" for at in range(200))
    found = read_qti(template(drawn_as('<randomInteger min="1" max="9"/>', "A0") + values, '<variable identifier="A60"/>', names, ""), "en")
    assert [note.code for note in found.notes if note.left_out] == ["question_formula"]
    assert time.process_time() - before < 5


def test_only_a_field_for_a_number_can_ask_what_is_drawn() -> None:
    content = template(FROM_1_TO_9, A).replace(b"textEntryInteraction", b"sliderInteraction")
    assert [(note.code, note.detail) for note in read_qti(content, "en").notes if note.left_out] == [("file_qti_template", "sliderInteraction")]
    words = template(FROM_1_TO_9, A, base="string")
    assert [(note.code, note.detail) for note in read_qti(words, "en").notes if note.left_out] == [("file_qti_template", "string")]


@pytest.mark.parametrize("version", [V21, V22, V30], ids=lambda each: each.name)
def test_templates_are_written_where_the_schema_wants_them(version: Version) -> None:
    question = parse({**NEW["calculated"], "feedback": {}, "stem": {"en": "`{a}` minus {SCORE}?"}, "body": {"variables": [
        {"name": "a", "low": "10", "high": "50", "step": "5"}, {"name": "SCORE", "low": "2.5", "high": "10", "step": "0.5"},
    ]}, "key": {**NEW["calculated"]["key"], "formula": "a + 2 + SCORE - abs(-a)"}})  # fmt: skip
    package = zipfile.ZipFile(io.BytesIO(write_qti([Entry(question)], "en", version).content))
    name = next(each for each in package.namelist() if each.startswith("items/"))
    root = inward(etree.fromstring(package.read(name)))
    assert [each.tag for each in root] == [
        "responseDeclaration", "outcomeDeclaration", "templateDeclaration", "templateDeclaration", "templateProcessing", "itemBody", "responseProcessing",
    ]  # fmt: skip
    assert root.find("responseDeclaration/correctResponse") is None
    assert [(each.get("identifier"), each.get("baseType")) for each in root.iterfind("templateDeclaration")] == [("a", "integer"), ("_SCORE", "float")]
    assert [dict(each.attrib) for each in root.iter("printedVariable")] == [{"identifier": "a"}, {"identifier": "_SCORE", "format": "%.1f"}]
    assert dict(root.find("templateProcessing/setTemplateValue/randomInteger").attrib) == {"min": "10", "max": "50", "step": "5"}
    right = root.find("templateProcessing/setCorrectResponse")
    assert [each.tag for each in right.iter()][1:] == ["roundTo", "subtract", "sum", "variable", "baseValue", "variable", "mathOperator", "product", "baseValue", "variable"]
    assert alike(to_json(read_qti(write_qti([Entry(question)], "en", version).content, "en").entries[0].question)) == alike(to_json(question))


def test_rounding_to_digits_that_are_drawn_stays_behind() -> None:
    question = parse({**NEW["calculated"], "key": {**NEW["calculated"]["key"], "formula": "round(a / 3; round(b) / round(b))"}})
    assert [(note.code, note.left_out) for note in write_qti([Entry(question)], "en", V22).notes] == [("file_qti_round", True)]
