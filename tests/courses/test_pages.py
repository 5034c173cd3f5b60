"""The pages: who reaches them, how few queries they take, what they never show."""

from __future__ import annotations

import contextvars
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from courses import authoring, files, lesson
from courses.models import Chosen, Course, Enrolment
from lms import storage
from lms.authz import Role
from lms.clock import today
from lms.db import db, transaction
from lms.people.models import Person, RoleGrant
from lms.tables import open_table
from tests.courses.factory import (
    MONDAY,
    actor,
    enrol,
    enrolment_of,
    make_course,
    make_draft,
    publish,
    read_all,
)
from tests.courses.test_authoring import picture
from tests.people import LONG_AGO, Cast, make_person

SignIn = Callable[[Person], FlaskClient]
MOST_QUERIES = 12


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def crowd(cast: Cast, course: Course, size: int) -> None:
    with transaction():
        people = [make_person(f"Rep {number}", cast.east, Role.REP) for number in range(size)]
    enrol(cast, course, *people)


def queries_of(client: FlaskClient, path: str) -> int:
    db.session.expire_all()
    with counted() as statements:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return len(statements)


def test_pages_take_few_queries_that_do_not_grow(cast: Cast, sign_in: SignIn) -> None:
    course = make_course(cast, lessons=3)
    draft = make_draft(cast, code="DRAFT", lessons=3)
    enrol(cast, course, cast.ana)
    enrolment = enrolment_of(cast.ana, course)
    module = authoring.modules_of(course.id)[0]
    pages = {
        "ana": ["/", "/courses", "/courses?q=key", f"/courses/{course.id}", "/learning", f"/learning/{enrolment.id}",
                f"/learning/{enrolment.id}/lessons/{module.id}"],
        "tess": ["/", "/authoring", f"/authoring/{draft.id}/modules", f"/authoring/{draft.id}/check",
                 f"/authoring/{draft.id}/preview", f"/authoring/{draft.id}/rule", f"/progress/{course.id}"],
        "cleo": ["/", "/progress", f"/progress/{course.id}", "/progress/assign", f"/progress/enrolments/{enrolment.id}", "/certificates"],
        "hana": ["/", "/progress", f"/progress/{course.id}", "/certificates"],
    }  # fmt: skip

    ids = {name: getattr(cast, name).id for name in pages}

    def measured() -> dict[str, int]:
        return {
            f"{name} {path}": queries_of(sign_in(db.session.get_one(Person, ids[name])), path)
            for name, paths in pages.items()
            for path in paths
        }

    before = measured()
    crowd(cast, course, 15)
    for number in range(8):
        other = make_course(cast, code=f"MORE-{number}", lessons=1)
        enrol(cast, other, cast.ana, cast.dov)
        if number < 3:
            read_all(cast.ana, other)
    after = measured()
    assert {page: count for page, count in after.items() if count > MOST_QUERIES} == {}
    grown = {page: (before[page], count) for page, count in after.items() if count > before[page] + 1}
    assert grown == {}, "a query per row was added"


def test_each_role_reaches_its_pages_and_no_others(cast: Cast, sign_in: SignIn) -> None:
    course, draft = make_course(cast), make_draft(cast, code="DRAFT")
    enrol(cast, course, cast.ana)
    enrolment = enrolment_of(cast.ana, course)
    matrix = {
        f"/courses/{course.id}": {"ana": 200, "dov": 200, "cleo": 200, "hana": 200, "tess": 200},
        f"/courses/{draft.id}": {"ana": 404, "cleo": 404, "hana": 404},
        f"/learning/{enrolment.id}": {"ana": 200, "ben": 404, "cleo": 404, "tess": 404, "hana": 404},
        f"/authoring/{draft.id}/parts": {"tess": 200, "ana": 403, "cleo": 403, "hana": 403, "ada": 403},
        f"/progress/{course.id}": {"tess": 200, "cleo": 200, "hana": 200, "ana": 403, "ada": 403},
        f"/progress/{draft.id}": {"tess": 404, "hana": 404},
        "/progress/assign": {"cleo": 200, "hana": 200, "tess": 403, "ana": 403},
        "/certificates": {"cleo": 200, "hana": 200, "tess": 403, "ana": 403},
    }
    for path, expected in matrix.items():
        for name, status in expected.items():
            assert sign_in(getattr(cast, name)).get(path).status_code == status, (name, path)


def test_cleo_sees_her_team_in_the_matrix_and_its_export_but_not_dov(cast: Cast, sign_in: SignIn) -> None:
    course = make_course(cast)
    enrol(cast, course, cast.ana, cast.dov)
    client = sign_in(cast.cleo)
    page = client.get(f"/progress/{course.id}").text
    assert "Ana" in page and "Dov" not in page
    for kind in ("csv", "xlsx"):
        content = client.get(f"/progress/{course.id}/participants.{kind}").data
        with open_table(io.BytesIO(content)) as table:
            assert [cells[1] for _row, cells in table.rows()] == ["Ana"]
    assert "Dov" not in client.get(f"/progress/{course.id}?q=Dov").text.split("<tbody>")[1]


def test_a_trainer_of_one_course_reads_progress_there_alone(cast: Cast, sign_in: SignIn) -> None:
    course, other = make_course(cast), make_course(cast, code="KA-102")
    enrol(cast, course, cast.dov)
    with transaction():
        guest = make_person("Gus")
        db.session.add(
            RoleGrant(
                person_id=guest.id, role="trainer", scope="course", course_id=course.id, granted_at=LONG_AGO
            )
        )
    client = sign_in(guest)
    assert "Dov" in client.get(f"/progress/{course.id}").text
    assert client.get(f"/progress/{other.id}").status_code == 404
    assert "KA-102" not in client.get("/authoring").text


def test_titles_and_texts_cannot_carry_scripts(cast: Cast, sign_in: SignIn) -> None:
    evil = "<script>alert('x')</script>"
    course = make_course(cast, title={"en": evil}, texts={"background": evil, "audience": evil})
    enrol(cast, course, cast.ana)
    with transaction():
        db.session.get_one(Person, cast.ana.id).name = evil
        enrolment_of(cast.ana, course).reason = evil
    read_all(cast.ana, course)
    for person, path in (
        (cast.ana, "/courses"),
        (cast.ana, f"/courses/{course.id}"),
        (cast.ana, "/learning"),
        (cast.ana, "/"),
        (cast.tess, "/authoring"),
        (cast.tess, f"/authoring/{course.id}/preview"),
        (cast.hana, f"/progress/{course.id}"),
        (cast.hana, "/certificates"),
    ):
        answer = sign_in(person).get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text, path


def test_a_picture_is_open_to_those_who_may_see_the_course_alone(cast: Cast, sign_in: SignIn) -> None:
    draft = make_draft(cast, code="DRAFT")
    with transaction():
        file = files.add(actor(cast.tess), draft, picture(), "map.png")
    url = f"/courses/files/{file.id}"
    answer = sign_in(cast.tess).get(url)
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert sign_in(cast.ana).get(url).status_code == 404
    part = sign_in(cast.tess).get(url, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, answer.data[:4])


def test_assigning_through_the_form_asks_how_people_were_chosen(cast: Cast, sign_in: SignIn) -> None:
    course = make_course(cast)
    client = sign_in(cast.cleo)
    data: dict[str, Any] = {"course": course.id, "people": [cast.ana.id], "reason": "second wave"}
    page = client.post("/progress/assign", data=data)
    assert "Please say how they were chosen" in page.text
    assert "second wave" in page.text
    assert db.session.scalar(select(Enrolment.id)) is None
    done = client.post("/progress/assign", data=data | {"chosen": "waves", "numbers": "ＢＥＮ，ben"})
    assert done.status_code == 302
    rows = db.session.scalars(select(Enrolment).order_by(Enrolment.person_id)).all()
    assert [row.person_id for row in rows] == [cast.ana.id, cast.ben.id]
    assert {(row.chosen, row.reason, row.chosen_by_id) for row in rows} == {
        (Chosen.WAVES, "second wave", cast.cleo.id)
    }


def test_cleo_changes_a_due_date_and_ends_an_enrolment_from_the_list(cast: Cast, sign_in: SignIn) -> None:
    course = make_course(cast)
    enrol(cast, course, cast.ana)
    enrolment = enrolment_of(cast.ana, course)
    page = f"/progress/enrolments/{enrolment.id}"
    assert page not in sign_in(cast.tess).get(f"/progress/{course.id}").text
    client = sign_in(cast.cleo)
    assert page in client.get(f"/progress/{course.id}").text
    late = client.post(page, data={"due_on": "2020-01-01"}).text
    assert "This day is over." in late and 'value="2020-01-01"' in late
    client.post(page, data={"due_on": (today() + timedelta(days=9)).isoformat()})
    assert enrolment_of(cast.ana, course).due_on == today() + timedelta(days=9)
    assert "Please fill this in." in client.post(page, data={"act": "withdraw"}).text
    assert client.post(page, data={"act": "withdraw", "reason": "Changed to East"}, follow_redirects=True).status_code == 200
    assert "This enrolment is over" in client.get(page).text
    assert sign_in(cast.ana).get(f"/learning/{enrolment.id}").status_code == 404


def test_a_whole_team_is_assigned_with_all_teams_below_and_without_those_who_left(cast: Cast, sign_in: SignIn) -> None:
    course = make_course(cast)
    with transaction():
        cast.ben.left_on = today() - timedelta(days=1)
    client = sign_in(cast.hana)
    offered = re.search(rf'<label for="team-{cast.company.id}">.*?(\d+) people', client.get("/progress/assign").text)
    client.post("/progress/assign", data={"course": course.id, "chosen": "everyone", "teams": [cast.company.id]})
    enrolled = set(db.session.scalars(select(Enrolment.person_id)))
    assert {cast.ana.id, cast.dov.id} <= enrolled and cast.ben.id not in enrolled
    assert offered is not None and int(offered[1]) == len(enrolled)


def test_a_number_that_no_row_can_have_is_unreadable_and_no_failure(cast: Cast, sign_in: SignIn) -> None:
    course = make_course(cast)
    client = sign_in(cast.cleo)
    answer = client.post("/progress/assign", data={"course": course.id, "chosen": "everyone", "teams": ["9" * 20]})
    assert answer.status_code == 400 and "number_beyond" in answer.text
    assert client.get(f"/progress/{'9' * 20}").status_code == 404


@pytest.mark.parametrize("number", ["dov", "nobody"])
def test_numbers_out_of_scope_and_unknown_ones_look_alike(cast: Cast, sign_in: SignIn, number: str) -> None:
    course = make_course(cast)
    data = {"course": course.id, "chosen": "everyone", "numbers": f"ana {number}"}
    page = sign_in(cast.cleo).post("/progress/assign", data=data)
    assert f"Nobody in your care has these numbers: {number}." in page.text
    assert db.session.scalar(select(Enrolment.id)) is None


def test_ana_enrols_starts_and_reads_to_the_end_with_double_clicks(cast: Cast, sign_in: SignIn) -> None:
    course = make_course(cast)
    client = sign_in(cast.ana)
    for _click in range(2):
        answer = client.post(f"/courses/{course.id}/enrol")
    path = answer.headers["Location"]
    assert client.post(f"{path}/start").status_code == 302
    for module in authoring.modules_of(course.id):
        for _click in range(2):
            client.post(f"{path}/lessons/{module.id}/read")
    page = client.get(path).text
    assert "You completed this course on" in page
    assert page.count("Download the certificate") == 1
    assert enrolment_of(cast.ana, course).started_on is not None


def test_the_picture_of_a_lesson_reaches_its_reader(cast: Cast, sign_in: SignIn) -> None:
    draft = make_draft(cast, lessons=1)
    module = authoring.modules_of(draft.id)[0]
    with transaction():
        file = files.add(actor(cast.tess), draft, picture(), "map.png")
        lesson.write(actor(cast.tess), module.id, "en", f"![Map](file:{file.id})", now=MONDAY)
    publish(cast, draft)
    enrol(cast, draft, cast.ana)
    page = sign_in(cast.ana).get(f"/learning/{enrolment_of(cast.ana, draft).id}/lessons/{module.id}").text
    assert f'src="/courses/files/{file.id}"' in page


def test_each_reader_finds_the_page_in_their_own_language_one_after_the_other(
    cast: Cast, sign_in: SignIn
) -> None:
    course = make_course(cast)
    for locale, heading in (("zh_Hant", "授課對象"), ("zh_Hans", "授课对象"), ("en", "Audience")):
        with transaction():
            db.session.get_one(Person, cast.ana.id).locale = locale
        assert heading in sign_in(cast.ana).get(f"/courses/{course.id}").text


def test_a_file_is_sent_after_the_request_is_over(cast: Cast) -> None:
    course = make_draft(cast)
    with transaction():
        stored = files.add(actor(cast.tess), course, picture(), "map.png").file
    pieces = storage.stream(stored)
    read = contextvars.Context().run(lambda: b"".join(pieces))
    assert len(read) == stored.size
