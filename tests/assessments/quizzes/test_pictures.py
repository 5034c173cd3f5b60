"""Pictures come along with questions, both ways; what a file leaves behind of a quiz is named."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from assessments.grading.questions import parse, to_json
from assessments.quizzes import editing, exchange, policies, sections
from assessments.quizzes.formats import aiken, gift, moodle_xml
from assessments.quizzes.formats.entries import Entry
from assessments.quizzes.formats.media import Medium, names_in
from assessments.quizzes.models import QuestionVersion
from assessments.quizzes.sections import Section
from courses import files
from courses.models import CourseFile
from lms.db import db, transaction
from lms.people.models import Person
from tests.assessments.quizzes.factory import Made, draft_quiz, question
from tests.courses.factory import MONDAY, actor
from tests.courses.test_authoring import picture
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def moodle(text: str, files: str = "", answer: str = "Here") -> bytes:
    return f"""<?xml version="1.0"?><quiz><question type="multichoice">
<questiontext format="html"><text><![CDATA[{text}]]></text>{files}</questiontext>
<answer fraction="100" format="html"><text><![CDATA[{answer}]]></text></answer><answer fraction="0"><text>There</text></answer>
<tags><tag><text>maps</text></tag><tag><text>competency=Discovery</text></tag><tag><text>difficulty=4</text></tag></tags>
</question></quiz>""".encode()


def file(name: str, content: bytes, path: str = "/") -> str:
    return f'<file name="{name}" path="{path}" encoding="base64">{base64.b64encode(content).decode()}</file>'


def test_a_picture_in_moodle_xml_is_found_where_the_text_shows_it() -> None:
    text = '<p>Where is it? <img alt="The &amp; map" src="@@PLUGINFILE@@/my%20map.png" width="9"></p>'
    found = moodle_xml.read(moodle(text, file("my map.png", PIXEL)), "en")
    assert found.entries[0].question.stem == {"en": "Where is it? ![The & map](file:m1)"}
    assert found.media == {"m1": Medium("my map.png", "image/png", PIXEL)}
    entry = found.entries[0]
    assert (entry.tags, entry.competency, entry.difficulty) == (("maps",), "Discovery", 4)
    assert found.notes == ()


def test_a_picture_that_is_none_or_stands_where_none_can_is_named() -> None:
    none = moodle_xml.read(moodle('<img src="@@PLUGINFILE@@/x.png">', file("x.png", b"<svg onload=alert(1)>")), "en")
    assert {(note.code, note.left_out) for note in none.notes} == {("file_picture", False), ("file_html", False), ("question_stem_missing", True)}
    assert not none.media
    away = moodle_xml.read(moodle('Look <img src="http://example.com/x.png">'), "en")
    assert [note.code for note in away.notes] == ["file_picture", "file_html"]
    option = moodle_xml.read(moodle("Where?", "", 'At <img src="@@PLUGINFILE@@/x.png">'), "en")
    assert [(note.code, note.left_out) for note in option.notes] == [("file_picture_place", False), ("file_html", False)]


def test_a_picture_goes_to_moodle_and_comes_back_and_stays_behind_elsewhere() -> None:
    data = question("single", stem={"en": "![The map](file:7)\n\nWhere?"})
    entry = Entry(parse(data), tags=("one",), competency="Discovery", difficulty=2)
    written = moodle_xml.write([entry], "en", {"7": Medium("map & co.png", "image/png", PIXEL)})
    back = moodle_xml.read(written.content, "en")
    assert back.entries[0].question.stem == {"en": "![The map](file:m1)\n\nWhere?"}
    assert back.media["m1"].content == PIXEL
    assert (back.entries[0].tags, back.entries[0].competency, back.entries[0].difficulty) == (("one",), "Discovery", 2)
    for write in (gift.write, aiken.write):
        other = write([entry], "en")
        assert "file_picture_stays" in {note.code for note in other.notes}
        assert b"file:7" not in other.content
    missing = moodle_xml.write([entry], "en", {})
    assert "file_picture_stays" in {note.code for note in missing.notes}


def with_picture(cast: Cast) -> Made:
    made, tess = draft_quiz(cast, ["single"], certainty=True, time_limit=600), actor(cast.tess)
    with transaction():
        image = files.add(tess, made.course, picture(), "map.png")
        data = question("single", stem={"en": f"![The map](file:{image.id}) Where?"})
        item = editing.add_question(tess, made.module.id, data, marks=2, competency="Maps", now=MONDAY)
        part = sections.add(tess, made.module.id, Section({"en": "Held"}), now=MONDAY)
        sections.place(tess, made.module.id, item.question_id, part.id, now=MONDAY)
        sections.add(tess, made.module.id, Section({"en": "Drawn"}, draw=1, competency="Maps"), now=MONDAY)
    return made


def test_what_a_format_leaves_behind_of_a_quiz_is_listed(app: Flask, cast: Cast, sign_in: SignIn, tmp_path: Path) -> None:
    made = with_picture(cast)
    db.session.expire_all()
    quiz = policies.quiz_of(made.module.id)
    codes = {name: {note.code for note in exchange.written(quiz, exchange.FORMATS[name], "en").notes} for name in ("gift", "moodle")}
    of_the_quiz = {"file_sections", "file_draws", "file_certainty", "file_time_limit", "file_pass_mark", "file_other_languages"}
    assert codes["moodle"] == of_the_quiz
    assert codes["gift"] == of_the_quiz | {"file_competency_stays", "file_picture_stays", "file_marks"}
    page = sign_in(cast.tess).get(f"/authoring/quizzes/{made.module.id}/export").text
    assert "That certainty counts stays behind." in page
    out = app.test_cli_runner().invoke(args=["quiz", "export", "KA-201", "--format", "gift", "-o", str(tmp_path / "x.gift")])
    assert "the quiz: changed: The time limit stays behind. (600)" in out.stderr
    assert "question 2: changed: The competency stays behind. (Maps)" in out.stderr


def test_pictures_become_images_of_the_course_that_takes_the_questions(cast: Cast) -> None:
    made, other = with_picture(cast), draft_quiz(cast, ["single"], code="KA-202")
    db.session.expire_all()
    form = exchange.FORMATS["moodle"]
    content = exchange.written(policies.quiz_of(made.module.id), form, "en").content
    with transaction():
        assert exchange.load(actor(cast.tess), other.module.id, exchange.read(form, content, "en"), now=MONDAY) == 2
    new = db.session.scalars(select(CourseFile).where(CourseFile.course_id == other.course.id)).one()
    stems = [version.stem["en"] for version in db.session.scalars(select(QuestionVersion).order_by(QuestionVersion.id))]
    assert stems[-1] == f"![The map](file:{new.id}) Where?"
    assert names_in(to_json(parse(question("single")))) == set()
