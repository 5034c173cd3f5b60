"""QTI: what goes out comes in again the same, in three versions; strangers' packages do no harm; what is lost is named."""

from __future__ import annotations

import copy
import io
import re
import zipfile
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from assessments.grading.questions import KINDS, Question, parse, to_json
from assessments.quizzes.formats.entries import BadFile, Entry, Found
from assessments.quizzes.formats.media import Medium
from assessments.quizzes.formats.paper import Paper, PaperSection
from assessments.quizzes.formats.qti import items_out
from assessments.quizzes.formats.qti.package import beside, inside, packed, unpacked
from assessments.quizzes.formats.qti.reading import read
from assessments.quizzes.formats.qti.vocabulary import V21, V22, V30, Version
from assessments.quizzes.formats.qti.writing import write
from courses import markdown
from tests.assessments.grading.kinds import NEW
from tests.assessments.quizzes.factory import question as example
from tests.assessments.quizzes.test_formats import BOMB, FILE_OF_OURS, TEXT, questions

VERSIONS = [V21, V22, V30]


def png(width: int = 1200, height: int = 1000) -> Medium:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "PNG")
    return Medium("map.png", "image/png", out.getvalue())


PICTURE = png()


def again(question: Question, version: Version) -> Found:
    written = write([Entry(question)], "en", version, media={"7": PICTURE, "12": PICTURE})
    assert not [note for note in written.notes if note.left_out], written.notes
    return read(written.content, "en")


def alike(data: Any) -> Any:
    """A question as its readers see it: the text of it by what Markdown makes of it, the picture by its being there, a range by its last number."""
    shown = copy.deepcopy(data)
    shown["stem"] = {key: re.sub("file:m?[0-9]+", "file:x", str(markdown.render(text))) for key, text in data["stem"].items()}
    if "image" in (shown.get("body") or {}):
        shown["body"]["image"] = "file:x"
    for each in (shown.get("body") or {}).get("variables", []):
        steps = (Fraction(each["high"]) - Fraction(each["low"])) / Fraction(each["step"])
        each["high"] = Fraction(each["low"]) + Fraction(each["step"]) * int(steps)
    return shown


def english(data: Any) -> Any:
    """The same in English alone: a file has one language."""
    if isinstance(data, dict):
        own = {key: english(value) for key, value in data.items()}
        return {"en": own["en"]} if "en" in own and set(own) <= {"en", "zh_Hans", "zh_Hant"} else own
    return [english(each) for each in data] if isinstance(data, list) else data


CARRIED = ["single", "multiple", "true_false", "numeric", "short_text", "matching", "ordering", "calculated"]


@pytest.mark.parametrize("kind", CARRIED)
def test_what_is_written_is_read_again_the_same(kind: str) -> None:
    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(questions(kind), st.sampled_from(VERSIONS))
    def check(question: Question, version: Version) -> None:
        data = to_json(question)
        data["key"].pop("patterns", None)
        found = again(parse(data), version)
        assert len(found.entries) == 1, found.notes
        assert alike(to_json(found.entries[0].question)) == alike(data)

    check()


EXAMPLES = [*(example(kind) for kind in ("single", "multiple", "true_false", "numeric", "short_text")), *NEW.values()]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("data", EXAMPLES, ids=lambda data: str(data["kind"]))
def test_every_kind_that_qti_can_hold_comes_back(data: dict[str, Any], version: Version) -> None:
    data = english(copy.deepcopy(data))
    data.pop("patterns", None)
    question = parse(data)
    wanted = to_json(question)
    if question.kind in ("file", "oral"):
        wanted["body"] = None
    for key in [wanted["key"], *wanted["key"].get("parts", {}).values()]:
        key.pop("patterns", None)
    found = again(question, version)
    got = to_json(found.entries[0].question)
    if question.kind in ("file", "oral"):
        got["body"] = None
    assert alike(got) == alike(wanted)


def test_every_kind_is_carried() -> None:
    assert set(KINDS) == set(items_out.KINDS)


@pytest.mark.parametrize("letters", ["\ue000", "\ue001", "\ue001 a \ue000"])
def test_letters_that_stand_for_a_gap_while_reading_stay_letters(letters: str) -> None:
    data = english(example("single")) | {"stem": {"en": f"Which {letters}?"}}
    assert again(parse(data), V30).entries[0].question.stem == {"en": f"Which {letters}?"}


@given(st.lists(TEXT, min_size=1, max_size=3), st.sampled_from(["{}", "**{}**", "*{}*", "- {}\n- b", "1. {}\n2. c", "> {}", "### {}", "a\n\n{}", "[{}](https://example.com)"]))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_text_with_marks_is_seen_the_same_after_the_way_there_and_back(words: list[str], shape: str) -> None:
    text = "\n\n".join(shape.format(" ".join(re.sub(r"[^\w ]", "", each).split()) or "x") for each in words)
    data = english(example("true_false")) | {"stem": {"en": text}}
    question = parse(data)
    got = again(question, V30).entries[0].question
    assert markdown.render(got.stem["en"]) == markdown.render(question.stem["en"])


def test_pictures_marks_tags_competency_and_sections_come_along() -> None:
    data = english(example("single", stem={"en": "![The map](file:12) Where?"}))
    entry = Entry(parse(data), marks=3, competency="Discovery", difficulty=4, tags=("contract", "价格"))
    other = Entry(parse(english(example("numeric"))), marks=1)
    paper = Paper({"en": "Final"}, [PaperSection({"en": "Held"}, {"en": "![x](file:12) Read."}, [1]), PaperSection({"en": "Drawn"}, {}, [2], 1, 2)])
    written = write([entry, other], "en", V30, paper, {"12": PICTURE})
    files = unpacked(written.content)
    assert {"imsmanifest.xml", "test.xml", "items/item-1.xml", "items/item-2.xml", "images/12.png"} == set(files)
    assert b'<qti-selection select="1"/>' in files["test.xml"]
    found = read(written.content, "en")
    first, second = found.entries
    assert (first.marks, first.competency, first.difficulty, first.tags) == (3, "Discovery", 4, ("contract", "价格"))
    assert (second.marks, second.difficulty) == (2, None)
    assert first.question.stem == {"en": "![The map](file:m1) Where?"}
    assert found.media["m1"].content == PICTURE.content
    assert {note.code for note in found.notes} == {"file_sections", "file_draws", "file_qti_rule"}


def test_standard_response_processing_is_used_where_it_says_what_is_meant() -> None:
    plain = [english(each) for each in (example("true_false"), example("multiple"), NEW["ordering"], NEW["matching"], NEW["hotspot"])]
    written = write([Entry(parse(each)) for each in plain], "en", V30, media={"7": PICTURE})
    files = unpacked(written.content)
    said = [re.search(rb'qti-response-processing template="([^"]*)"', files[f"items/item-{at}.xml"]) for at in range(1, 6)]
    base = b"https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"
    assert [match[1].removeprefix(base) for match in said if match] == [
        b"match_correct.xml", b"map_response.xml", b"match_correct.xml", b"map_response.xml", b"map_response_point.xml",
    ]  # fmt: skip


def item(body: str, before: str = "", after: str = "", attributes: str = "") -> bytes:
    return f"""<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="strange" title="T" {attributes}>
{before}<itemBody>{body}</itemBody>{after}</assessmentItem>""".encode()


def declared(base: str, values: list[str], cardinality: str = "single", more: str = "", name: str = "RESPONSE") -> str:
    correct = "".join(f"<value>{each}</value>" for each in values)
    return f'<responseDeclaration identifier="{name}" cardinality="{cardinality}" baseType="{base}"><correctResponse>{correct}</correctResponse>{more}</responseDeclaration>'


def only(content: bytes) -> tuple[dict[str, Any], set[str]]:
    found = read(content, "en")
    assert len(found.entries) == 1, found.notes
    return to_json(found.entries[0].question), {note.code for note in found.notes}


def test_pairs_among_equals_become_matching() -> None:
    body = '<associateInteraction responseIdentifier="RESPONSE" maxAssociations="2"><prompt>Pair them</prompt>' + "".join(
        f'<simpleAssociableChoice identifier="{id_}" matchMax="1">Word {id_}</simpleAssociableChoice>' for id_ in "ABCD") + "</associateInteraction>"
    data, _codes = only(item(body, declared("pair", ["A D", "C B"], "multiple")))
    assert (data["kind"], data["stem"]) == ("matching", {"en": "Pair them"})
    assert data["key"] == {"pairs": {"A": "D", "C": "B"}, "credit": "exact"}


def test_words_for_gaps_become_a_cloze() -> None:
    body = ('<gapMatchInteraction responseIdentifier="RESPONSE"><prompt>Fill in</prompt><gapText identifier="W" matchMax="1">winter</gapText>'
            '<gapText identifier="S" matchMax="1">summer</gapText><p>Now is the <gap identifier="G1"/> of *our* discontent.</p></gapMatchInteraction>')
    data, codes = only(item(body, declared("directedPair", ["W G1"], "multiple")))
    assert data["stem"] == {"en": r"Fill in" "\n\n" r"Now is the [[1]] of \*our\* discontent."}
    assert data["key"]["parts"] == {"1": {"correct": "W"}}
    assert codes == {"file_qti_words_once"}


def test_a_choice_with_weights_is_told_apart() -> None:
    def asked(mapping: str, most: int) -> tuple[dict[str, Any], set[str]]:
        entries = "".join(f'<mapEntry mapKey="{pair.split("=")[0]}" mappedValue="{pair.split("=")[1]}"/>' for pair in mapping.split())
        body = f'<choiceInteraction responseIdentifier="RESPONSE" maxChoices="{most}">' + "".join(f'<simpleChoice identifier="{id_}">Word {id_}</simpleChoice>' for id_ in "ABCD") + "</choiceInteraction>"
        before = declared("identifier", ["A", "C"], "multiple", f"<mapping>{entries}</mapping>")
        return only(item("<p>Which?</p>" + body, before, '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/>'))

    assert asked("A=1 C=1 B=-1 D=-1", 0)[0]["key"] == {"correct": ["A", "C"], "credit": "penalty"}
    assert asked("A=1 C=1", 2) [0]["key"] == {"correct": ["A", "C"], "credit": "partial"}
    assert asked("A=1 C=1", 0)[1] == {"file_weights_changed"}
    assert asked("A=2 C=1 B=-1 D=-1", 0)[1] == {"file_weights_changed"}


def test_what_needle_cannot_hold_is_listed_with_item_and_line() -> None:
    slider = read(item('<p>How\nmuch?</p><sliderInteraction responseIdentifier="RESPONSE"/>', declared("float", ["3"])), "en")
    assert [(n.item, n.line, n.code, n.detail, n.left_out) for n in slider.notes] == [("strange", 3, "file_qti_interaction", "sliderInteraction", True)]
    feedback = item('<p>x</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><simpleChoice identifier="A">a</simpleChoice><simpleChoice identifier="B">b <img src="x.png" alt="pic"/></simpleChoice></choiceInteraction>',
                    declared("identifier", ["A"]), '<modalFeedback outcomeIdentifier="F" identifier="ok" showHide="show">Well done</modalFeedback>', 'adaptive="true"')
    data, codes = only(feedback)
    assert codes == {"file_feedback", "file_picture_place", "file_qti_adaptive"}
    assert data["options"][1]["text"] == {"en": "b pic"}
    with pytest.raises(BadFile, match="file_not_qti"):
        read(b"<questestinterop/>", "en")


def test_an_item_says_its_own_language() -> None:
    body = '<choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>对吗？</prompt><simpleChoice identifier="A">对</simpleChoice><simpleChoice identifier="B">错</simpleChoice></choiceInteraction>'
    data, _codes = only(item(body, declared("identifier", ["B"]), attributes='xml:lang="zh-CN"'))
    assert (data["kind"], data["stem"], data["key"]) == ("true_false", {"zh_Hans": "对吗？"}, {"correct": False})


def test_areas_in_pixels_become_thousandths() -> None:
    area = '<areaMapping><areaMapEntry shape="circle" coords="600,500,60" mappedValue="1"/><areaMapEntry shape="poly" coords="0,0,1200,0,1200,1000" mappedValue="1"/></areaMapping>'
    body = '<selectPointInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Where?</prompt><object type="image/png" data="img/map.png">A map</object></selectPointInteraction>'
    content = packed({"item.xml": item(body, declared("point", ["600 500"], more=area)), "img/map.png": PICTURE.content})
    data, codes = only(content)
    assert data["body"] == {"image": "file:m1", "alt": {"en": "A map"}}
    assert data["key"]["areas"] == [{"shape": "ellipse", "points": [500, 500, 50, 60]}, {"shape": "polygon", "points": [0, 0, 1000, 0, 1000, 1000]}]
    assert codes == set()


@pytest.mark.parametrize("content", [BOMB, FILE_OF_OURS, b"<a>" * 50_000, b"\x00\x01"], ids=["bomb", "file", "deep", "noise"])
def test_xml_that_would_do_harm_is_refused_in_a_package_too(content: bytes) -> None:
    good = item('<p>x</p><extendedTextInteraction responseIdentifier="RESPONSE"/>', declared("string", []))
    found = read(packed({"a.xml": b"<!-- assessmentItem -->" + content, "b.xml": good}), "en")
    assert [(note.item, note.left_out) for note in found.notes][0] == ("a.xml", True)
    assert len(found.entries) == 1


def zipped(*names: str, content: bytes = b"x", link: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16 if link else 0
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped("../x.xml"), "file_zip_path"),
        (zipped("/etc/passwd"), "file_zip_path"),
        (zipped("a\\..\\x"), "file_zip_path"),
        (zipped("C:/x"), "file_zip_path"),
        (zipped("a/../a.xml", "a.xml"), "file_zip_path"),
        (zipped("x", link=True), "file_zip_path"),
        (zipped("x.xml", content=b"\0" * 8_000_000), "file_zip_bomb"),
        (zipped(*(f"{at}.xml" for at in range(5_001))), "file_zip_bomb"),
        (b"PK\x03\x04 broken", "file_zip_broken"),
        (zipped("x.txt"), "file_not_qti"),
    ],
    ids=["up", "root", "backslash", "drive", "twice", "link", "bomb", "many", "broken", "nothing"],
)
def test_a_zip_that_would_do_harm_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(BadFile) as caught:
        read(content, "en")
    assert caught.value.code in (code, "file_not_xml" if code == "file_not_qti" else code)


def test_a_picture_is_looked_for_inside_the_package_alone() -> None:
    assert beside("items/a.xml", "../images/x%20y.png") == "images/x y.png"
    for href in ("../../x.png", "/etc/passwd", "http://example.com/x.png", "data:image/png;base64,xx", ""):
        assert beside("items/a.xml", href) is None
    assert inside("a/./b.xml") == "a/b.xml"
