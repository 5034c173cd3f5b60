"""Reminding people before their certificates expire: once per certificate and term, in the holder's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from courses.dates import day_of
from courses.models import Certificate, CertificateReminder, Completion, Enrolment
from lms import jobs, mail
from lms.authz import SYSTEM
from lms.db import db, in_parts, transaction
from lms.i18n import local
from lms.people.links import absolute
from lms.people.models import Person

TERMS = (60, 14)
"""Days before the last day on which a certificate is valid."""


def plan(today: date) -> int:
    """Promise the day's reminders to the worker; how many."""
    ids = list(db.session.scalars(_due(today)))
    with transaction():
        for some in in_parts(ids, 200):
            jobs.promise(SYSTEM, "certificate.remind", certificates=some)
    return len(ids)


def remind(ids: Sequence[int], report: jobs.Report, *, now: datetime) -> None:
    """Tell these holders; who was told in the meantime, or needs it no more, is left out. Run twice, it tells nobody twice."""
    today = day_of(now)
    with transaction():
        rows = db.session.execute(
            select(Certificate, Person, Enrolment.course_id)
            .join(Completion, Completion.id == Certificate.completion_id)
            .join(Enrolment, Enrolment.id == Completion.enrolment_id)
            .join(Person, Person.id == Enrolment.person_id)
            .where(Certificate.id.in_(ids), Certificate.id.in_(_due(today)))
            .with_for_update(of=Certificate)
        ).all()
        for certificate, person, course_id in rows:
            db.session.add(CertificateReminder(certificate_id=certificate.id, days=term(certificate.expires_on or today, today), sent_at=now))
            _tell(certificate, person, course_id)
        report(len(rows), len(rows))


def term(expires_on: date, today: date) -> int:
    """The shortest term that has begun."""
    left = (expires_on - today).days
    return min(days for days in TERMS if left <= days)


def _due(today: date) -> Any:
    """The certificates in force whose holders have not been told of the term that runs and have not taken the course again."""
    begun = or_(*(_runs(days, today) & ~_told(days) for days in TERMS))
    renewed, again = aliased(Certificate), aliased(Enrolment)
    later = (
        select(renewed.id)
        .join(Completion, Completion.id == renewed.completion_id)
        .join(again, again.id == Completion.enrolment_id)
        .where(again.person_id == Enrolment.person_id, again.course_id == Enrolment.course_id, renewed.revoked_at.is_(None))
        .where(or_(renewed.expires_on.is_(None), renewed.expires_on > Certificate.expires_on))
        .correlate(Enrolment, Certificate)
    )
    return (
        select(Certificate.id)
        .join(Completion, Completion.id == Certificate.completion_id)
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Certificate.revoked_at.is_(None), begun, ~exists(later))
        .where(Person.email.is_not(None), Person.active, or_(Person.left_on.is_(None), Person.left_on >= today))
        .order_by(Certificate.id)
    )


def _runs(days: int, today: date) -> Any:
    shorter = max((other for other in TERMS if other < days), default=-1)
    return and_(Certificate.expires_on > today + timedelta(days=shorter), Certificate.expires_on <= today + timedelta(days=days))


def _told(days: int) -> Any:
    return exists().where(CertificateReminder.certificate_id == Certificate.id, CertificateReminder.days == days)


def _tell(certificate: Certificate, person: Person, course_id: int) -> None:
    mail.send(
        person.email or "",
        "courses/emails/expiring",
        locale=person.locale,
        name=person.name,
        title=local(certificate.values["course"]["title"], person.locale or "en"),
        expires_on=certificate.expires_on,
        url=absolute("courses.course", course_id=course_id),
    )
