"""The pages of cases: who reaches them, what they hide, how many statements they cost, without any script."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from assessments.cases import discussion, documents, proposals
from assessments.cases.models import Case, CaseFile
from courses import authoring as courses
from lms.db import db, transaction
from lms.people.models import Person
from tests.assessments.cases.factory import (
    answer_all,
    begin,
    begin_in,
    course_of,
    give,
    make_case,
    make_draft_case,
    score,
)
from tests.assessments.cases.test_services import DEAL, SETTINGS
from tests.assessments.roleplays.factory import GOOD
from tests.assessments.roleplays.test_pages import statements
from tests.courses.factory import MONDAY, actor, enrolment_of
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
MOST = 12


def with_document(cast: Cast, case_id: int) -> CaseFile:
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    picture.seek(0)
    with transaction():
        return documents.add(actor(cast.tess), case_id, picture, "offer.png", now=MONDAY)


def test_ana_answers_without_a_script_and_then_reads_on(cast: Cast, sign_in: SignIn) -> None:
    version = make_case(cast)
    give(cast.ben, begin(cast.ben, version), "k1", "Ben asks for the cost")
    client = sign_in(cast.ana)
    page = client.post(f"/cases/{version.case_id}/start", follow_redirects=True)
    url = page.request.path
    assert "Ben asks" not in page.text and "Model of k1" not in page.text and "What now at k1?" in page.text
    empty = client.post(f"{url}/k1", data={"answer": " "})
    assert empty.status_code == 409 and "Write something first." in empty.text
    page = client.post(f"{url}/k1", data={"answer": "I wait"}, follow_redirects=True)
    assert "Ben asks" in page.text and "Model of k1" not in page.text and "What now at k2?" not in page.text
    page = client.post(f"{url}/k1/comments", data={"text": "Why the cost?"}, follow_redirects=True)
    assert "Why the cost?" in page.text
    page = client.post(f"{url}/k1/reveal", follow_redirects=True)
    assert "Model of k1" in page.text and "Truth of k1" in page.text and "What now at k2?" in page.text


def test_an_answer_is_kept_by_the_pages_script(cast: Cast, sign_in: SignIn) -> None:
    work = begin(cast.ana, make_case(cast))
    client = sign_in(cast.ana)
    said = client.post(f"/cases/work/{work.id}/draft", json={"question": "k1", "answer": "Half a", "sequence": 1})
    assert said.json["saved"] is True
    assert "Half a</textarea>" in client.get(f"/cases/work/{work.id}").text
    for wrong in ([], {"question": 1, "answer": "a", "sequence": 1}, {"question": "k1", "answer": None, "sequence": True}):
        assert client.post(f"/cases/work/{work.id}/draft", json=wrong).status_code == 409
    assert sign_in(cast.ben).get(f"/cases/work/{work.id}").status_code == 404


def test_a_raters_page_holds_no_name(cast: Cast, sign_in: SignIn) -> None:
    work = begin(cast.ana, make_case(cast))
    for key in ("k1", "k2"):
        give(cast.ana, work, key)
    client = sign_in(cast.cleo)
    for path in ("/cases/scores/", f"/cases/scores/{work.id}"):
        page = client.get(path)
        assert page.status_code == 200 and work.alias in page.text and "Ana" not in page.text
    sent = {f"c:{key}": points for key, points in GOOD.items()} | {"best": "Good", "change": "Reckon", "key": "sheet-0001"}
    page = client.post(f"/cases/scores/{work.id}", data=sent | {"c:needs": ""})
    assert page.status_code == 409 and "Reckon" in page.text
    page = client.post(f"/cases/scores/{work.id}", data=sent, follow_redirects=True)
    assert "Your score is kept." in page.text and "Ana" not in page.text
    assert "did not see your name" in sign_in(cast.ana).get(f"/cases/work/{work.id}").text
    assert sign_in(cast.ben).get(f"/cases/scores/{work.id}").status_code == 403


def test_documents_open_for_those_who_have_begun(cast: Cast, sign_in: SignIn) -> None:
    version = make_case(cast)
    document = with_document(cast, version.case_id)
    url = f"/cases/documents/{document.id}"
    assert sign_in(cast.ana).get(url).status_code == 404
    begin(cast.ana, version)
    answer = sign_in(cast.ana).get(url)
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    refused = sign_in(cast.tess).post(
        f"/authoring/cases/{version.case_id}/documents",
        data={"file": (io.BytesIO(b"<html><script>alert(1)</script>"), "offer.pdf")},
        follow_redirects=True,
    )
    assert "Give a PDF, a picture" in refused.text


def test_a_trainer_meets_the_flags_when_publishing_an_own_deal(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.ana)
    form = DEAL | SETTINGS | {"title": "A deal", "watch": "王总"}
    assert "A trainer looks at it" in client.post("/cases/proposals/new", data=form, follow_redirects=True).text
    tess = sign_in(cast.tess)
    page = tess.get("/authoring/cases/")
    assert "Proposed by reps" in page.text
    case_id = db.session.scalars(select(Case.id)).one()
    assert "苏州景澜精密有限公司" in tess.post(f"/authoring/cases/{case_id}/accept", follow_redirects=True).text
    texts = {"title": "Price", "ask": "What now?", "model": "Hold", "happened": "Gave in"}
    tess.post(f"/authoring/cases/{case_id}/questions/new", data=texts)
    page = tess.post(f"/authoring/cases/{case_id}/publish", follow_redirects=True)
    assert "The anonymity check has open flags: 5." in page.text
    flag = {"place": "aftermath.en", "kind": "person", "text": "Ben", "reason": "Another Ben"}
    assert "Another Ben" in tess.post(f"/authoring/cases/{case_id}/check", data=flag, follow_redirects=True).text
    assert sign_in(cast.ben).get(f"/cases/proposals/{case_id}").status_code == 404


@pytest.mark.parametrize("who", ["ana", "cleo", "hana", "ada"])
def test_nobody_but_a_trainer_writes_cases(cast: Cast, sign_in: SignIn, who: str) -> None:
    case = make_draft_case(cast)
    client = sign_in(getattr(cast, who))
    for path in ("", f"{case.id}", f"{case.id}/check", f"{case.id}/discussion", f"{case.id}/preview"):
        assert client.get(f"/authoring/cases/{path}").status_code == 403
    assert client.post(f"/authoring/cases/{case.id}/publish").status_code == 403


def test_a_page_costs_few_statements_however_many_answer(cast: Cast, sign_in: SignIn) -> None:
    version = make_case(cast)
    course = course_of(cast, version, cast.ana, cast.ben, cast.dov)
    works = {person.name: begin_in(person, course) for person in (cast.ana, cast.ben, cast.dov)}
    for person in (cast.ana, cast.ben, cast.dov):
        answer_all(person, works[person.name])
        with transaction():
            discussion.comment(actor(person), works[person.name].id, "k1", f"{person.name} speaks", now=MONDAY)
    score(cast.cleo, works["Ana"])
    score(cast.tess, works["Ana"], key="sheet-0002")
    with transaction():
        discussion.draw_lesson(actor(cast.tess), version.case_id, "en", "Ask", now=MONDAY)
        proposals.propose(actor(cast.ana), "en", "A deal", DEAL, SETTINGS, [], now=MONDAY)
    module = courses.modules_of(course.id)[0]
    case, work = version.case_id, works["Ana"].id
    pages = {
        "ana": ["/cases/", f"/cases/{case}", f"/cases/work/{work}", f"/cases/{case}/lessons", "/cases/proposals/",
                f"/cases/modules/{enrolment_of(cast.ana, course).id}/{module.id}"],
        "cleo": ["/cases/", "/cases/scores/", f"/cases/scores/{work}"],
        "tess": ["/cases/", "/authoring/cases/", f"/authoring/cases/{case}", f"/authoring/cases/{case + 1}/check",
                 f"/authoring/cases/{case}/discussion", f"/authoring/cases/{case}/preview", f"/cases/{case}/lessons",
                 f"/authoring/cases/{case}/questions/k1", f"/authoring/cases/modules/{module.id}", f"/authoring/cases/modules/{module.id}/preview"],
    }  # fmt: skip
    for who, paths in pages.items():
        client = sign_in(getattr(cast, who))
        for path in paths:
            with statements() as seen:
                assert client.get(path).status_code == 200, path
            assert len(seen) <= MOST, f"{path}: {len(seen)}"
