"""A course as a file: out, in again the same, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from courses import authoring, exchange, files, lesson
from courses.authoring import ModuleRule
from courses.completion import Need
from courses.models import Course, CourseFile, Module
from lms.db import db, transaction
from lms.errors import Refused
from tests.courses.factory import TUESDAY, WEDNESDAY, actor, make_course, make_draft
from tests.courses.test_authoring import picture
from tests.people import Cast


def exported(cast: Cast) -> dict[str, Any]:
    course = make_draft(cast, lessons=2)
    tess, modules = actor(cast.tess), authoring.modules_of(course.id)
    with transaction():
        file = files.add(tess, course, picture(), "map.png")
        lesson.write(tess, modules[0].id, "en", f"Look: ![Map](file:{file.id})", now=TUESDAY)
        rules = {modules[1].id: ModuleRule(False, Need.DONE, None)}
        authoring.set_rule(tess, course.id, rules, at_least=None, valid_months=24, now=TUESDAY)
    data: dict[str, Any] = json.loads(exchange.exported_text(course))
    return data


def load(cast: Cast, data: Any) -> Course:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    with transaction():
        return exchange.load(actor(cast.tess), content, now=WEDNESDAY)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_course_comes_in_as_it_went_out_with_its_pictures(cast: Cast) -> None:
    data = exported(cast)
    data["code"] = "KA-COPY"
    course = load(cast, data)
    first = authoring.modules_of(course.id)[0]
    body = lesson.content_of(first.id).body["en"]
    file = db.session.scalars(select(CourseFile).where(CourseFile.course_id == course.id)).one()
    assert body == f"Look: ![Map](file:{file.id})"
    again = exchange.exported(course)
    for each in (data, again):
        for module in each["modules"]:
            module["content"] = {**module["content"], "files": None, "body": None}
    assert again == data


def test_nothing_of_this_database_is_in_the_file(cast: Cast) -> None:
    data = exported(cast)
    assert not {"id", "owner_id", "course_id"} & set(data)
    assert not {"id", "course_id", "position"} & set(data["modules"][0])


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("title",), "Plain text", "title"),
        (("title",), {"fr": "Cours"}, "title"),
        (("area",), "sorcery", "area"),
        (("valid_months",), -1, "valid_months"),
        (("competencies",), [1], "competencies"),
        (("modules",), {"0": {}}, "modules"),
        (("modules", 1), 7, "modules[1]"),
        (("modules", 1, "need"), "luck", "modules[1].need"),
        (("modules", 1, "minimum"), True, "modules[1].minimum"),
        (("modules", 1, "content"), {"body": 5}, "modules[1].content.body"),
        (("modules", 0, "content", "files"), {"1": {"data": "not base64!"}}, "modules[0].content.files.1"),
    ],
)
def test_a_file_that_is_wrong_anywhere_leaves_nothing_behind(
    cast: Cast, path: tuple[Any, ...], value: Any, where: str
) -> None:
    data = exported(cast)
    data["code"] = "KA-COPY"
    target: Any = data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    before = count(Course), count(Module), count(CourseFile)
    with pytest.raises(Refused, match="course_file_unreadable") as refused:
        load(cast, data)
    assert refused.value.params["where"] == where
    assert (count(Course), count(Module), count(CourseFile)) == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe garbage", "course_file_not_json"),
        (b"[" * 100_000, "course_file_not_json"),
        (b"[]", "course_file_other_format"),
        (b'{"format": "needle-course", "version": 2}', "course_file_other_format"),
    ],
)
def test_what_is_no_course_file_is_refused(cast: Cast, content: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code):
        load(cast, content)


def test_a_kind_nobody_knows_is_refused(cast: Cast) -> None:
    data = exported(cast)
    data["code"] = "KA-COPY"
    data["modules"][0]["kind"] = "telepathy"
    with pytest.raises(Refused, match="module_kind_unknown"):
        load(cast, data)


def test_the_operator_exports_and_imports(app: Flask, cast: Cast, tmp_path: Path) -> None:
    make_course(cast, code="KA-9", lessons=1)
    runner, path = app.test_cli_runner(), tmp_path / "course.json"
    done = runner.invoke(args=["course", "export", "KA-9", "-o", str(path)])
    assert done.exit_code == 0, done.output
    taken = runner.invoke(args=["course", "import", str(path)])
    assert taken.exit_code == 2
    assert "KA-9" in taken.stderr and "Traceback" not in taken.stderr
    path.write_text(path.read_text().replace('"KA-9"', '"KA-10"'))
    loaded = runner.invoke(args=["course", "import", str(path), "--json"])
    assert loaded.exit_code == 0, loaded.output
    assert json.loads(loaded.stdout)["code"] == "KA-10"
    assert runner.invoke(args=["course", "export", "NONE"]).exit_code == 2
    assert runner.invoke(args=["course", "import", str(tmp_path / "none.json")]).exit_code == 2
