"""Files of other systems: what is written is read again the same, what is lost is named, and no file does harm."""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.grading.questions import Question, parse, to_json
from assessments.quizzes.formats import aiken, gift, moodle_xml
from assessments.quizzes.formats.entries import BadFile, Entry, Found, Written
from assessments.quizzes.formats.xml_safely import parsed
from courses import markdown
from tests.assessments.grading.formulas import calculated
from tests.assessments.grading.kinds import NEW

Read = Callable[[bytes, str], Found]
Write = Callable[[Any, str], Written]

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cn"), exclude_characters="\\*")
WORDS = st.text(LETTERS, min_size=1, max_size=12)
TEXT = st.builds(" ".join, st.lists(WORDS, min_size=1, max_size=4)).filter(lambda text: "->" not in text and "[[" not in text)
STEM = TEXT.filter(lambda text: re.sub("<[^>]*>", "", str(markdown.render(text))).strip())
"""A text that shows something: the Markdown ``#`` is a heading without words."""
SPELLING = TEXT.filter(lambda text: "@@" not in text)


def localised(text: str) -> dict[str, str]:
    return {"en": text}


@st.composite
def options(draw: Any, fewest: int = 2) -> list[dict[str, Any]]:
    texts = draw(st.lists(TEXT, min_size=fewest, max_size=5, unique=True))
    said = [draw(st.one_of(st.just({}), TEXT.map(localised))) for _text in texts]
    return [{"id": f"k{at}", "text": {"en": text}, "feedback": each} for at, (text, each) in enumerate(zip(texts, said, strict=True), 1)]


DECIMAL = st.decimals(-10**6, 10**6, places=3, allow_nan=False).map(lambda each: f"{each.normalize():f}")


@st.composite
def questions(draw: Any, kind: str) -> Question:
    data: dict[str, Any] = {"kind": kind, "stem": {"en": draw(STEM)}, "feedback": draw(st.one_of(st.just({}), TEXT.map(localised)))}
    if kind in ("single", "multiple"):
        data["options"] = draw(options())
        ids = [each["id"] for each in data["options"]]
    if kind == "single":
        data["key"] = {"correct": draw(st.sampled_from(ids))}
    elif kind == "multiple":
        right = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
        data["key"] = {"correct": right, "credit": draw(st.sampled_from(["exact", "partial", "penalty"]))}
    elif kind == "true_false":
        data["key"] = {"correct": draw(st.booleans())}
    elif kind == "numeric":
        data["key"] = {"value": draw(DECIMAL), "tolerance": draw(DECIMAL).lstrip("-")}
    elif kind == "short_text":
        spellings = draw(st.lists(SPELLING, min_size=2, max_size=5, unique=True))
        data["key"] = {"accepted": spellings[:-1], "partly": [{"text": spellings[-1], "share": draw(st.sampled_from(["1/2", "1/3", "3/4"]))}]}
        if draw(st.booleans()):
            data["key"]["patterns"] = [f"{draw(WORDS)}*{draw(WORDS)}"]
    elif kind == "matching":
        data |= draw(pairs())
    elif kind == "ordering":
        data["options"] = [{**each, "feedback": {}} for each in draw(options())]
        data["key"] = {"order": [each["id"] for each in data["options"]], "credit": draw(st.sampled_from(["exact", "places", "pairs"]))}
    elif kind == "calculated":
        data |= draw(calculated()) | {"unit": draw(st.sampled_from(["", "k€", "%"]))}
        shown = [f"{{{each['name']}}}" for each in data["body"]["variables"]]
        data["stem"] = {"en": f"{data['stem']['en']} {' and '.join(shown)}"}
    return parse(data)


@st.composite
def pairs(draw: Any) -> dict[str, Any]:
    things = draw(st.lists(TEXT, min_size=2, max_size=4, unique=True))
    targets = draw(st.lists(TEXT, min_size=2, max_size=5, unique=True))
    order = list(dict.fromkeys([targets[at % len(targets)] for at in range(len(things))] + targets))
    made = [{"id": f"k{at}", "text": {"en": text}} for at, text in enumerate(order, 1)]
    parts = [{"id": f"p{at}", "text": {"en": text}} for at, text in enumerate(things, 1)]
    key = {f"p{at + 1}": f"k{order.index(targets[at % len(targets)]) + 1}" for at in range(len(things))}
    return {"options": made, "body": {"parts": parts}, "key": {"pairs": key}}


SIMPLE = ["single", "multiple", "true_false", "numeric", "short_text", "matching"]
CAN: list[tuple[str, Read, Write, list[str]]] = [
    ("gift", gift.read, gift.write, SIMPLE),
    ("moodle", moodle_xml.read, moodle_xml.write, [*SIMPLE, "ordering", "calculated"]),
    ("aiken", aiken.read, aiken.write, ["single"]),
]


@pytest.mark.parametrize(("read", "write", "kind"), [(read, write, kind) for _name, read, write, kinds in CAN for kind in kinds])
def test_what_is_written_is_read_again_the_same(read: Read, write: Write, kind: str) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(questions(kind))
    def check(question: Question) -> None:
        written = write([Entry(question)], "en")
        found = read(written.content, "en")
        assert len(found.entries) == 1, (written.content.decode(), found.notes)
        wanted, got = to_json(question), to_json(found.entries[0].question)
        if read is aiken.read:
            wanted |= {"feedback": {}, "options": [{**each, "feedback": {}} for each in wanted["options"]]}
        assert got == wanted, written.content.decode()

    check()


def test_a_cloze_goes_to_moodle_and_comes_back() -> None:
    data: dict[str, Any] = copy.deepcopy(NEW["cloze"])
    data["body"]["parts"][2].pop("unit")
    for at, option in enumerate(data["body"]["parts"][0]["options"], 1):
        option["id"] = f"k{at}"
    data["key"] = {**data["key"], "parts": {**data["key"]["parts"], "1": {"correct": "k2"}}}
    question = parse(data)
    written = moodle_xml.write([Entry(question)], "en")
    assert to_json(moodle_xml.read(written.content, "en").entries[0].question) == to_json(question)


@pytest.mark.parametrize("write", [gift.write, moodle_xml.write, aiken.write])
def test_what_cannot_be_written_is_named_and_nothing_is_dropped_silently(write: Write) -> None:
    every = [Entry(parse(data)) for data in NEW.values()]
    written = write(every, "en")
    left = {note.line for note in written.notes if note.left_out}
    count = written.content.count(b"<question ") + written.content.count(b"[markdown]") + written.content.count(b"ANSWER:")
    assert len(left) + count == len(every)
    assert not {number for number in range(1, len(every) + 1) if number not in left and count == 0}


GIFT = b"""// a comment
$CATEGORY: Sales/Discovery

::Q1:: Who decides? {
  =The buyer # Well seen
  ~The porter
}

Two plus two {#4:0.5}

Capital of France {=Paris =%50%Pariss =P*s}

Kinds {~%50%a ~%50%b ~%-50%c ~%-50%d}

Pair {=Budget -> Situation =Pain -> Problem}

[html]<p>Write <img src="x"> something</p> {}

No answers here

Broken {=a
"""


def test_gift_as_moodle_users_write_it() -> None:
    found = gift.read(GIFT, "en")
    kinds = [(each.question.kind, each.line) for each in found.entries]
    assert kinds == [("single", 4), ("numeric", 9), ("short_text", 11), ("multiple", 13), ("matching", 15), ("open_text", 17)]
    key = to_json(found.entries[2].question)["key"]
    assert key == {"accepted": ["Paris"], "match_case": False, "patterns": ["P*s"], "partly": [{"text": "Pariss", "share": "1/2"}]}
    assert {(note.line, note.code, note.left_out) for note in found.notes} == {
        (2, "file_category", False),
        (17, "file_open_criteria", False),
        (17, "file_html", False),
        (19, "file_no_answers", True),
        (21, "file_brace", True),
    }


def test_an_answer_may_end_with_the_sign_that_opens_feedback() -> None:
    found = gift.read(rb"Which key? {=\#####Below the 3} ", "en")
    data = to_json(found.entries[0].question)
    assert (data["key"]["accepted"], data["feedback"]) == (["#"], {"en": "Below the 3"})


MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="category"><category><text>$course$/top/Sales</text></category></question>
<question type="multichoice"><name><text>Q</text></name>
 <questiontext format="html"><text><![CDATA[<p>Who <b>decides</b>?</p>]]></text></questiontext>
 <defaultgrade>2.0000000</defaultgrade><single>true</single>
 <correctfeedback format="html"><text>Your answer is correct.</text></correctfeedback>
 <answer fraction="100" format="html"><text><![CDATA[<p>The buyer</p>]]></text><feedback format="html"><text>Yes</text></feedback></answer>
 <answer fraction="0" format="html"><text>The porter</text></answer>
</question>
<question type="cloze"><questiontext format="moodle_auto_format"><text>Paris is in {1:SHORTANSWER:=France#yes~%50%Europe} since {2:NUMERICAL:=987:5}.</text></questiontext></question>
<question type="ddmarker"><name><text>Where</text></name></question>
<question type="numerical"><questiontext format="html"><text>2 kg?</text></questiontext>
 <answer fraction="100"><text>2</text><tolerance>0.1</tolerance></answer>
 <answer fraction="50"><text>3</text><tolerance>0</tolerance></answer>
 <units><unit><multiplier>1</multiplier><unit_name>kg</unit_name></unit></units></question>
</quiz>"""


def test_moodle_xml_as_moodle_writes_it() -> None:
    found = moodle_xml.read(MOODLE.encode(), "en")
    single, cloze, number = (to_json(each.question) for each in found.entries)
    assert single["stem"] == {"en": "Who decides?"}
    assert single["options"][0] == {"id": "k1", "text": {"en": "The buyer"}, "feedback": {"en": "Yes"}}
    assert found.entries[0].marks == 2
    assert cloze["stem"] == {"en": "Paris is in [[1]] since [[2]]."}
    assert cloze["key"]["parts"]["2"] == {"value": "987", "tolerance": "5", "relative": False}
    assert number["unit"] == "kg"
    said = {(note.line, note.code, note.left_out) for note in found.notes}
    assert said == {
        (3, "file_category", False),
        (5, "file_html", False),
        (11, "file_spelling_feedback", False),
        (11, "file_gap_weight", False),
        (12, "file_kind", True),
        (15, "file_more_numbers", False),
    }


BOMB = b"""<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><quiz>&d;&d;&d;&d;</quiz>"""
FILE_OF_OURS = b'<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>'


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        FILE_OF_OURS,
        FILE_OF_OURS.decode().replace("<?xml version=\"1.0\"?>", "").encode("utf-16"),
        b'<!DOCTYPE quiz SYSTEM "http://127.0.0.1:9/x.dtd"><quiz/>',
        b"<quiz>",
        b"\x00\x01",
        b"<a>" * 100_000,
        b"<quiz>" + b" " * (6 * 1024 * 1024) + b"</quiz>",
        b"<quiz>" + b"<q/>" * 300_000 + b"</quiz>",
    ],
    ids=["bomb", "file", "file in UTF-16", "network", "cut", "noise", "deep", "large", "many"],
)
def test_xml_that_would_do_harm_is_refused(content: bytes) -> None:
    before = time.process_time()
    with pytest.raises(BadFile) as caught:
        parsed(content)
    assert "root:" not in str(caught.value)
    assert time.process_time() - before < 10


@pytest.mark.parametrize("read", [gift.read, aiken.read])
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.sampled_from(list("ab ={}~#%:>-\n\\\\.A)NSWER1")), max_size=120))
def test_no_text_breaks_the_reader(read: Read, text: str) -> None:
    found = read(text.encode(), "en")
    assert all(note.line > 0 for note in found.notes)


def test_aiken_names_the_line() -> None:
    found = aiken.read(b"Who?\nA. One\nB. Two\nANSWER: B\n\nWhat?\nA) One\nC) Three\nANSWER: A\n", "en")
    assert [to_json(each.question)["key"] for each in found.entries] == [{"correct": "k2"}]
    assert [(note.line, note.code, note.left_out) for note in found.notes] == [(8, "file_answer", True), (9, "file_no_right", True)]


