"""Writing a quiz: settings, questions, versions; publishing freezes it; a file carries it elsewhere whole."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec.structs import asdict
from PIL import Image
from sqlalchemy import select

from assessments.grading.questions import KINDS
from assessments.quizzes import editing, policies, queries, quiz_file
from assessments.quizzes.models import QuestionVersion, Quiz
from courses import exchange, files, publishing
from courses.authoring import modules_of
from courses.models import Course, ModuleVersion
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from tests.assessments.quizzes.factory import (
    TUESDAY,
    Made,
    begin,
    draft_quiz,
    make_quiz,
    question,
)
from tests.courses.factory import MONDAY, actor, enrol, publish
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]


def edit(cast: Cast, made: Made, kind: str, data: dict[str, Any], marks: int = 1) -> None:
    with transaction():
        editing.edit_question(
            actor(cast.tess),
            made.module.id,
            made.questions[kind],
            data,
            marks=marks,
            competency="Discovery",
            now=TUESDAY,
        )


def order_of(made: Made) -> list[int]:
    quiz = db.session.scalar(select(Quiz).where(Quiz.module_id == made.module.id))
    assert quiz is not None
    db.session.refresh(quiz)
    return [item.question_id for item in quiz.items]


def versions_of(question_id: int) -> list[int]:
    rows = db.session.scalars(
        select(QuestionVersion.number)
        .where(QuestionVersion.question_id == question_id)
        .order_by(QuestionVersion.number)
    )
    return list(rows)


def test_a_changed_text_is_a_new_version_and_the_same_text_is_none(cast: Cast) -> None:
    made = draft_quiz(cast, ["single"])
    edit(cast, made, "single", question("single"))
    assert versions_of(made.questions["single"]) == [1]
    edit(cast, made, "single", question("single", stem={"en": "Another?"}))
    assert versions_of(made.questions["single"]) == [1, 2]


def test_an_attempt_keeps_the_text_it_met_and_a_new_publication_brings_the_new_one(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    attempt = begin(cast.ana, made)
    edit(cast, made, "single", question("single", stem={"en": "Another?"}))
    publish(cast, made.course, TUESDAY)
    enrol(cast, made.course, cast.ben, now=TUESDAY)
    stems = {
        person.name: queries.sheet(actor(person), found.id).questions[0].stem["en"]
        for person, found in ((cast.ana, attempt), (cast.ben, begin(cast.ben, made)))
    }
    assert stems == {"Ana": "About single?", "Ben": "Another?"}


def test_the_kind_of_a_question_stays(cast: Cast) -> None:
    made = draft_quiz(cast, ["single"])
    with pytest.raises(Refused) as refused:
        edit(cast, made, "single", question("numeric"))
    assert refused.value.code == "question_kind_stays"


@pytest.mark.parametrize(("other", "refused"), [("Option  s1 ", True), ("Ｏption s1", True), ("OPTION S1", False), ("Option s9", False)])
def test_options_that_nobody_could_tell_apart_are_refused(cast: Cast, other: str, refused: bool) -> None:
    made, asked = draft_quiz(cast, ["single"]), question("single")
    options = [dict(each) for each in asked["options"]]
    options[2]["text"] = {"en": other}
    options[0]["text"] = {"en": "Option s1"}
    try:
        edit(cast, made, "single", asked | {"options": options})
    except Refused as refusal:
        assert refused and refusal.code == "question_option_same"
    else:
        assert not refused


@pytest.mark.parametrize("marks", [0, -1, 101])
def test_marks_go_from_one_to_a_hundred(cast: Cast, marks: int) -> None:
    made = draft_quiz(cast, ["single"])
    with pytest.raises(Refused) as refused:
        edit(cast, made, "single", question("single"), marks)
    assert (refused.value.code, refused.value.field) == ("marks_range", "marks")


def test_questions_move_stay_at_the_ends_leave_and_come_back(cast: Cast) -> None:
    made = draft_quiz(cast, ["single", "multiple", "numeric"])
    first, second, third = made.questions.values()
    tess, module_id = actor(cast.tess), made.module.id
    with transaction():
        editing.move(tess, module_id, third, -1, now=TUESDAY)
        editing.move(tess, module_id, first, -1, now=TUESDAY)
    assert order_of(made) == [first, third, second]
    with transaction():
        editing.order(tess, module_id, [second, first, third], now=TUESDAY)
    assert order_of(made) == [second, first, third]
    with transaction():
        editing.take_out(tess, module_id, first, now=TUESDAY)
    assert order_of(made) == [second, third]
    with transaction():
        editing.take_in(tess, module_id, first, now=TUESDAY)
        editing.take_in(tess, module_id, first, now=TUESDAY)
    assert order_of(made) == [second, third, first]
    with pytest.raises(Refused), transaction():
        editing.order(tess, module_id, [second, third], now=TUESDAY)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("pass_mark", 101),
        ("pass_mark", -1),
        ("attempts", 0),
        ("time_limit", 0),
        ("wait_minutes", -1),
        ("review", "all"),
        ("layout", "three"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_at_its_field(cast: Cast, setting: str, value: Any) -> None:
    made = draft_quiz(cast, ["single"])
    with pytest.raises(Refused) as refused, transaction():
        editing.configure(actor(cast.tess), made.module.id, editing.Settings(**{setting: value}), now=TUESDAY)
    assert (refused.value.code, refused.value.field) == ("quiz_setting", setting)


def test_a_quiz_without_questions_cannot_be_published(cast: Cast) -> None:
    made = draft_quiz(cast, [])
    assert publishing.problems(made.course, modules_of(made.course.id)).modules[made.module.id]
    with pytest.raises(Refused):
        publish(cast, made.course)


def test_what_is_published_holds_no_key(cast: Cast) -> None:
    make_quiz(cast)
    frozen = json.dumps(db.session.scalars(select(ModuleVersion.content)).all())
    assert "correct" not in frozen
    assert "secret" not in frozen


def test_every_kind_goes_into_a_file_and_comes_out_the_same(cast: Cast) -> None:
    made = draft_quiz(cast, KINDS, time_limit=900, attempts=3, pass_mark=67, review="marks", layout="one")
    data = json.loads(exchange.exported_text(made.course)) | {"code": "KA-COPY"}
    with transaction():
        copy = exchange.load(actor(cast.tess), json.dumps(data).encode(), now=TUESDAY)
    again = json.loads(exchange.exported_text(copy)) | {"code": data["code"]}
    assert again == data


def test_the_pictures_of_a_question_come_along(cast: Cast) -> None:
    made = draft_quiz(cast, ["single"])
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    picture.seek(0)
    with transaction():
        kept = files.add(actor(cast.tess), made.course, picture, "chart.png")
    edit(cast, made, "single", question("single", stem={"en": f"![chart](file:{kept.id}) Which?"}))
    data = json.loads(exchange.exported_text(made.course)) | {"code": "KA-COPY"}
    held = data["modules"][0]["content"]["files"][str(kept.id)]
    assert base64.b64decode(held["data"]).startswith(b"\x89PNG") or held["media_type"] == "image/jpeg"
    with transaction():
        copy = exchange.load(actor(cast.tess), json.dumps(data).encode(), now=TUESDAY)
    new = files.files_of(copy.id)[0].id
    stem = db.session.scalars(select(QuestionVersion.stem).order_by(QuestionVersion.id.desc())).first()
    assert new != kept.id
    assert stem == {"en": f"![chart](file:{new}) Which?"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.update(settings={"pass_mark": "80"}),
        lambda content: content.update(settings={"bonus": 1}),
        lambda content: content.update(questions={}),
        lambda content: content["questions"].append("text"),
        lambda content: content["questions"][0].update(marks=True),
        lambda content: content["questions"][0].update(marks=500),
        lambda content: content["questions"][0].update(key={}),
        lambda content: content["questions"][0].update(competency=7),
        lambda content: content["questions"][0].update(kind="essay"),
    ],
)
def test_a_spoilt_file_is_refused_whole(cast: Cast, spoil: Any) -> None:
    made = draft_quiz(cast, ["single", "numeric"])
    data = json.loads(exchange.exported_text(made.course)) | {"code": "KA-COPY"}
    spoil(data["modules"][0]["content"])
    with pytest.raises(Refused), transaction():
        exchange.load(actor(cast.tess), json.dumps(data).encode(), now=TUESDAY)
    assert db.session.scalar(select(Course.id).where(Course.code == "KA-COPY")) is None


def test_a_file_without_settings_gets_the_usual_ones(cast: Cast) -> None:
    made = draft_quiz(cast, [])
    with transaction():
        quiz = quiz_file.load(actor(cast.tess), made.module.id, {"questions": [question("single")]}, now=MONDAY)
    assert asdict(editing.settings_of(quiz)) == asdict(editing.Settings())


def test_ana_writes_no_question_and_a_trainer_of_nothing_finds_no_quiz(cast: Cast) -> None:
    made = draft_quiz(cast, ["single"])
    with pytest.raises(Forbidden):
        editing.configure(actor(cast.ana), made.module.id, editing.Settings(), now=MONDAY)
    with pytest.raises(Unknown):
        policies.authored_quiz(actor(cast.ana), made.module.id)


def test_a_question_of_another_course_cannot_be_taken_in(cast: Cast) -> None:
    made, other = draft_quiz(cast, ["single"]), draft_quiz(cast, ["numeric"], code="KA-202")
    with pytest.raises(Unknown), transaction():
        editing.take_in(actor(cast.tess), made.module.id, other.questions["numeric"], now=TUESDAY)


def test_a_question_taken_out_can_be_put_back_on_the_page_that_follows(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single", "numeric"])
    client, address = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}"
    question = made.questions["single"]
    page = client.post(f"{address}/questions/{question}/take_out", follow_redirects=True)
    assert page.status_code == 200
    assert f'action="{address}/questions/{question}/take_in"' in page.text
