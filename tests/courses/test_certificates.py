"""Certificates: frozen, checkable by anyone with the code, revocable, downloadable by those in scope."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from courses import certificates, documents, queries, reports
from courses.dates import months_after
from courses.models import Certificate, Course
from lms import storage
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.jobs import Job
from lms.people.models import Person
from lms.tables import open_table
from tests.courses.factory import WEDNESDAY, actor, enrol, make_course, make_draft, publish, read_all
from tests.people import Cast

pytestmark = pytest.mark.usefixtures("promptly")

SignIn = Callable[[Person], FlaskClient]


def completed_by(cast: Cast, *people: Person, code: str = "KA-101") -> list[Certificate]:
    course = make_course(cast, code=code, lessons=1)
    enrol(cast, course, *people)
    for person in people:
        read_all(person, course)
    return list(db.session.scalars(select(Certificate).order_by(Certificate.id)))


def test_a_certificate_keeps_the_names_of_its_day(cast: Cast, client: FlaskClient) -> None:
    (certificate,) = completed_by(cast, cast.ana)
    with transaction():
        db.session.get_one(Person, cast.ana.id).name = "Ana Newname"
    page = client.get(f"/verify/{certificate.code}").text
    assert "Ana" in page
    assert "Newname" not in page
    assert certificate.values["course"]["title"] == {
        "en": "Key accounts",
        "zh_Hans": "大客户销售",
        "zh_Hant": "大客戶銷售",
    }


def test_its_pdf_is_kept_with_its_hash_and_is_the_same_when_drawn_again(cast: Cast) -> None:
    (certificate,) = completed_by(cast, cast.ana)
    assert certificate.file is not None
    content = storage.read(certificate.file)
    assert content.startswith(b"%PDF")
    assert hashlib.sha256(content).hexdigest() == certificate.pdf_sha256
    assert documents.drawn(certificate) == content
    assert documents.finish(certificate.id, now=WEDNESDAY).id == certificate.file_id


def test_the_public_page_says_valid_and_then_revoked(cast: Cast, client: FlaskClient) -> None:
    (certificate,) = completed_by(cast, cast.ana)
    assert "valid" in client.get(f"/verify/{certificate.code}").text
    with transaction():
        certificates.revoke(actor(cast.hana), certificate.id, "shared the answers", now=WEDNESDAY)
    page = client.get(f"/verify/{certificate.code.lower().replace('-', ' ')}").text
    assert "revoked" in page
    assert "shared the answers" not in page


def test_a_wrong_code_is_not_found_and_named_safely(app: object, client: FlaskClient) -> None:
    answer = client.get("/verify/<script>alert(1)</script>")
    assert answer.status_code == 404
    answer = client.get("/verify/AAAAA-AAAAA-AAAAA-AAAAA")
    assert answer.status_code == 404
    assert "AAAAA-AAAAA-AAAAA-AAAAA" in answer.text


def test_codes_cannot_be_guessed_and_can_be_read_aloud() -> None:
    codes = {certificates.new_code() for _number in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 23 and not set(code) & set("ILOU") for code in codes)
    code = codes.pop()
    assert certificates.normal_code(code.lower().replace("0", "o").replace("1", "l").replace("-", "")) == code


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_last(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


def test_a_certificate_is_valid_on_its_last_day_and_expired_after(cast: Cast) -> None:
    course = make_draft(cast, lessons=1)
    with transaction():
        course.valid_months = 12
    publish(cast, course)
    enrol(cast, course, cast.ana)
    read_all(cast.ana, course)
    (certificate,) = db.session.scalars(select(Certificate))
    assert certificate.expires_on == date(2027, 3, 3)
    assert certificates.state(certificate, date(2027, 3, 3)) == "valid"
    assert certificates.state(certificate, date(2027, 3, 4)) == "expired"
    assert reports.certificates(actor(cast.hana), date(2027, 2, 1), state="expiring").total == 1
    assert reports.compliance(actor(cast.hana), date(2027, 4, 1)).expired == 1


def test_revoking_asks_for_a_reason_happens_once_and_is_not_undone_by_a_later_act(cast: Cast) -> None:
    (certificate,) = completed_by(cast, cast.ana)
    hana = actor(cast.hana)
    with pytest.raises(Refused, match="reason_missing"), transaction():
        certificates.revoke(hana, certificate.id, "  ", now=WEDNESDAY)
    with transaction():
        certificates.revoke(hana, certificate.id, "mistake", now=WEDNESDAY)
    with pytest.raises(Refused, match="already_revoked"), transaction():
        certificates.revoke(hana, certificate.id, "again", now=WEDNESDAY)
    read_all(cast.ana, db.session.scalars(select(Course)).one(), now=WEDNESDAY)
    assert len(db.session.scalars(select(Certificate)).all()) == 1


def test_cleo_does_not_revoke_and_ana_neither(cast: Cast) -> None:
    (certificate,) = completed_by(cast, cast.ana)
    for person in (cast.cleo, cast.ana, cast.tess):
        with pytest.raises(Forbidden), transaction():
            certificates.revoke(actor(person), certificate.id, "no", now=WEDNESDAY)


def test_ana_and_those_responsible_for_her_get_the_file_and_others_are_told_nothing(
    cast: Cast, sign_in: SignIn
) -> None:
    (certificate,) = completed_by(cast, cast.ana)
    url = f"/learning/certificates/{certificate.id}.pdf"
    for person, status in (
        (cast.ana, 200),
        (cast.cleo, 200),
        (cast.hana, 200),
        (cast.ben, 404),
        (cast.dov, 404),
        (cast.tess, 404),
        (cast.ada, 404),
    ):
        assert sign_in(person).get(url).status_code == status, person.name


def test_cleo_lists_her_team_alone(cast: Cast) -> None:
    completed_by(cast, cast.ana, cast.dov)
    today = date(2026, 3, 5)
    names = [row.person.name for row in reports.certificates(actor(cast.cleo), today).rows]
    assert names == ["Ana"]
    assert reports.certificates(actor(cast.hana), today).total == 2
    with pytest.raises(Unknown):
        reports.certificate_row(actor(cast.cleo), _of(cast.dov).id)


def _of(person: Person) -> Certificate:
    return next(
        each
        for each in db.session.scalars(select(Certificate))
        if each.values["person"]["number"] == person.number
    )


def test_hana_gets_all_as_a_zip_with_an_index(cast: Cast, sign_in: SignIn) -> None:
    issued = completed_by(cast, cast.ana, cast.dov)
    client = sign_in(cast.hana)
    answer = client.post("/certificates/bundles", data={"state": "valid"})
    assert answer.status_code == 302
    job = db.session.scalars(select(Job).where(Job.kind == "certificate.bundle")).one()
    assert job.state == "done"
    assert client.get(f"/certificates/bundles/{job.id}/state").json["state"] == "done"
    content = client.get(f"/certificates/bundles/{job.id}.zip").data
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert len(names) == 3
        assert all("/" not in name and ".." not in name for name in names)
        with open_table(io.BytesIO(archive.read("index.xlsx"))) as table:
            rows = [cells for _row, cells in table.rows()]
    assert {row[8] for row in rows} == {certificate.code for certificate in issued}
    assert {row[9] for row in rows} == set(names) - {"index.xlsx"}
    page = f'href="/certificates/bundles/{job.id}"'
    assert page in client.get("/jobs").text, "whoever ordered it finds it again"
    assert page not in sign_in(cast.ada).get("/jobs?all=1").text
    assert sign_in(cast.cleo).get(f"/certificates/bundles/{job.id}.zip").status_code == 404


def test_a_bundle_of_nothing_says_so(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    client.post("/certificates/bundles", data={"q": "nobody"})
    job = db.session.scalars(select(Job).where(Job.kind == "certificate.bundle")).one()
    assert "There are no certificates that fit." in client.get(f"/certificates/bundles/{job.id}").text


def test_the_certificate_is_found_by_its_whole_code_alone(cast: Cast) -> None:
    (certificate,) = completed_by(cast, cast.ana)
    assert queries.certificate_by_code(certificate.code) is not None
    assert queries.certificate_by_code(certificate.code[:-1]) is None
    assert queries.certificate_by_code("%") is None


def test_a_holder_is_told_when_a_certificate_is_issued_and_not_when_it_is_drawn_later(
    cast: Cast, sent: list[dict[str, str]]
) -> None:
    def told() -> int:
        return sum("certificate" in mail["subject"].casefold() for mail in sent)

    (certificate,) = completed_by(cast, cast.ana)
    assert told() == 1
    with transaction():
        certificate.file = certificate.pdf_sha256 = None
    documents.finish(certificate.id, now=WEDNESDAY + timedelta(days=40))
    assert told() == 1
    with transaction():
        certificate.file = certificate.pdf_sha256 = None
        certificates.revoke(actor(cast.hana), certificate.id, "mistake", now=WEDNESDAY)
    documents.finish(certificate.id, now=WEDNESDAY, issuing=True)
    assert told() == 1
