"""Questions from files of other systems: a preview first, then all or none; and nobody else's file."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from assessments.quizzes.models import Question
from courses import authoring
from courses.models import Module
from lms.authz import SYSTEM, Role
from lms.db import db, transaction
from lms.people.models import Person, RoleGrant
from tests.assessments.quizzes.factory import draft_quiz
from tests.assessments.quizzes.test_formats import FILE_OF_OURS, GIFT, MOODLE
from tests.courses.factory import MONDAY
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]


def sent(content: bytes, name: str) -> dict[str, object]:
    return {"file": (io.BytesIO(content), name), "format": "", "language": "en"}


def fields_of(page: str) -> dict[str, str]:
    inputs = page.partition("/import/accept")[2].split("</form>")[0]
    names = ("file", "format", "language")
    return {name: inputs.partition(f'name="{name}" value="')[2].partition('"')[0] for name in names}


def test_tess_moves_in_from_moodle(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    client, address = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}/import"
    assert client.get(address).status_code == 200
    page = client.post(address, data=sent(GIFT, "bank.gift")).text
    assert "6 questions can be added." in page
    assert "2 have to stay behind." in page
    assert "A question has one pair of braces" in page
    assert db.session.scalar(select(func.count(Question.id))) == 1, "a preview keeps nothing"
    done = client.post(address + "/accept", data=fields_of(page))
    assert done.status_code == 302
    assert db.session.scalar(select(func.count(Question.id))) == 7
    given = client.get(f"/authoring/quizzes/{made.module.id}/export")
    assert "Holds 7 questions" in given.text
    xml = client.get(f"/authoring/quizzes/{made.module.id}/export/moodle?language=en")
    assert xml.data.count(b"<question ") == 7


def test_a_file_that_would_do_harm_is_refused_with_a_word(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    client, address = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}/import"
    assert "entities are not accepted" in client.post(address, data=sent(FILE_OF_OURS, "x.xml")).text
    assert "Line 2 is not UTF-8" in client.post(address, data=sent("a\n题目".encode("gb18030"), "x.gift")).text
    assert "Choose the format" in client.post(address, data=sent(b"x", "x.docx")).text


def test_nobody_accepts_the_file_of_another(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    address = f"/authoring/quizzes/{made.module.id}/import"
    fields = fields_of(sign_in(cast.tess).post(address, data=sent(MOODLE.encode(), "x.xml")).text)
    with transaction():
        other = make_person("Uma", cast.company)
        grant = RoleGrant(person_id=other.id, role=Role.TRAINER, scope="course", course_id=made.course.id, granted_at=MONDAY)
        db.session.add(grant)
    assert sign_in(other).get(address).status_code == 200, "she may edit the quiz as well"
    assert sign_in(other).post(address + "/accept", data=fields).status_code == 404
    assert sign_in(cast.ana).get(address).status_code in (403, 404)
    assert sign_in(cast.tess).post(address + "/accept", data=fields | {"format": "zip"}).status_code == 404


def test_the_command_line_takes_and_gives_moodle_files(app: Flask, cast: Cast, tmp_path: Path) -> None:
    draft_quiz(cast, ["single"])
    file = tmp_path / "bank.xml"
    file.write_text(MOODLE, encoding="utf-8")
    run = app.test_cli_runner().invoke
    result = run(args=["quiz", "import", str(file), "--course", "KA-201", "--json"])
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    assert data["questions"] == 3
    assert {"line": 12, "code": "file_kind", "left_out": True}.items() <= data["notes"][4].items()
    out = tmp_path / "out.gift"
    back = run(args=["quiz", "export", "KA-201", "--module", str(data["module"]), "-o", str(out)])
    assert back.exit_code == 0, back.stderr
    assert "question 2: left out" in back.stderr
    assert out.read_text(encoding="utf-8").count("[markdown]") == 2


def test_the_command_line_takes_and_gives_qti_packages(app: Flask, cast: Cast, tmp_path: Path) -> None:
    draft_quiz(cast)
    run, file = app.test_cli_runner().invoke, tmp_path / "bank.zip"
    for version in ("qti21", "qti22", "qti30"):
        out = run(args=["quiz", "export", "KA-201", "--format", version, "-o", str(file)])
        assert out.exit_code == 0, out.stderr
        assert "the quiz: changed: The pass mark stays behind." in out.stderr
        back = run(args=["quiz", "import", str(file), "--course", "KA-201", "--json"])
        assert json.loads(back.stdout)["questions"] == 5
        module = json.loads(back.stdout)["module"]
        with transaction():
            authoring.remove_module(SYSTEM, db.session.get_one(Module, module).id, now=MONDAY)


def test_a_single_qti_item_is_known_by_what_it_begins_with(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    xml = b"""<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="one" title="x">
    <itemBody><p>Why?</p><extendedTextInteraction responseIdentifier="RESPONSE"/></itemBody></assessmentItem>"""
    page = sign_in(cast.tess).post(f"/authoring/quizzes/{made.module.id}/import", data=sent(xml, "one.xml")).text
    assert "1 question can be added." in page
    assert "Criteria of an open question do not come along" in page
    assert "does not lead" not in sign_in(cast.tess).post(f"/authoring/quizzes/{made.module.id}/import", data=sent(b"PK\x03\x04", "x.zip")).text
