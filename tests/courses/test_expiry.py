"""Who holds a certificate is told before it expires: once per term, in their language, unless they renewed it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from courses import certificates, expiry
from courses.models import Certificate, CertificateReminder
from lms.authz import SYSTEM
from lms.clock import now, today
from lms.db import db, transaction
from tests.courses.test_certificates import completed_by
from tests.people import Cast


@pytest.fixture
def certificate(cast: Cast) -> Certificate:
    """Ana's; it expires in forty days."""
    (found,) = completed_by(cast, cast.ana)
    _expires(found, 40)
    return found


def _expires(certificate: Certificate, days: int) -> None:
    with transaction():
        certificate.expires_on = today() + timedelta(days=days)


def _told(sent: list[dict[str, str]]) -> list[str]:
    return [mail["to"] for mail in sent if "expires on" in mail["subject"] or "到期" in mail["subject"]]


def test_ana_is_told_once_in_each_term(certificate: Certificate, sent: list[dict[str, str]]) -> None:
    expiry.plan(today())
    expiry.plan(today())
    assert _told(sent) == ["ana@example.com"]
    assert "Key accounts" in sent[-1]["subject"] and "take the course again" in sent[-1]["body"]
    _expires(certificate, 10)
    expiry.plan(today())
    expiry.plan(today())
    assert _told(sent) == ["ana@example.com"] * 2
    assert list(db.session.scalars(select(CertificateReminder.days).order_by(CertificateReminder.id))) == [60, 14]


def test_a_job_that_is_run_again_tells_nobody_twice(certificate: Certificate, sent: list[dict[str, str]]) -> None:
    for _ in range(2):
        expiry.remind([certificate.id], lambda done, total: None, now=now())
    assert len(_told(sent)) == 1


@pytest.mark.parametrize("days", [61, -1])
def test_before_the_term_and_after_the_end_nobody_is_told(certificate: Certificate, sent: list[dict[str, str]], days: int) -> None:
    _expires(certificate, days)
    assert expiry.plan(today()) == 0
    assert _told(sent) == []


def test_who_left_and_whose_certificate_was_revoked_is_not_told(cast: Cast, certificate: Certificate, sent: list[dict[str, str]]) -> None:
    with transaction():
        cast.ana.active = False
    assert expiry.plan(today()) == 0
    with transaction():
        cast.ana.active = True
        certificates.revoke(SYSTEM, certificate.id, "a mistake", now=now())
    assert expiry.plan(today()) == 0


def test_who_holds_a_later_one_for_the_same_course_is_not_told(certificate: Certificate, sent: list[dict[str, str]]) -> None:
    """The certificate is issued anew, without end, for another completion of the same course."""
    enrolment = certificate.completion.enrolment
    with transaction():
        again = type(enrolment)(
            person_id=enrolment.person_id, course_id=enrolment.course_id, version_id=enrolment.version_id, cycle=2,
            enrolled_at=now(), chosen=enrolment.chosen, reason="",
        )  # fmt: skip
        db.session.add(again)
        db.session.flush()
        done = type(certificate.completion)(enrolment_id=again.id, completed_on=today(), evidence={}, recorded_at=now())
        db.session.add(done)
        db.session.flush()
        db.session.add(
            Certificate(code="NEW", completion_id=done.id, values=certificate.values, issued_at=now(), issued_on=today(), expires_on=None)
        )
    assert expiry.plan(today()) == 0


def test_the_mail_speaks_the_language_of_its_reader(cast: Cast, certificate: Certificate, sent: list[dict[str, str]]) -> None:
    with transaction():
        cast.ana.locale = "zh_Hans"
    expiry.plan(today())
    assert "到期" in sent[-1]["subject"] and "大客户销售" in sent[-1]["subject"]
