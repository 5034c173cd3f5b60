"""Mails of this floor, each in its reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from courses.models import Certificate, Completion, Course, CourseVersion, Enrolment
from lms import mail
from lms.db import db, transaction
from lms.i18n import local
from lms.jobs import Report
from lms.people.links import absolute
from lms.people.models import Person

BATCH = 200


def tell_assigned(enrolment_ids: Sequence[int], report: Report) -> None:
    """Tell people what was assigned to them; a batch at a time, so that a restart repeats little."""
    for at in range(0, len(enrolment_ids), BATCH):
        with transaction():
            for enrolment, person, title in _assigned(enrolment_ids[at : at + BATCH]):
                mail.send(
                    person.email or "",
                    "courses/emails/assigned",
                    locale=person.locale,
                    name=person.name,
                    title=local(title, person.locale or "en"),
                    due_on=enrolment.due_on,
                    reason=enrolment.reason,
                    url=absolute("learning.course", enrolment_id=enrolment.id),
                )
            report(min(at + BATCH, len(enrolment_ids)), len(enrolment_ids))


def tell_certified(certificate: Certificate) -> None:
    """Tell the holder that a certificate was issued; part of the transaction that finished its PDF."""
    person = db.session.scalar(
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Completion, Completion.enrolment_id == Enrolment.id)
        .where(Completion.id == certificate.completion_id)
    )
    if person is None or not person.email or not person.active:
        return
    mail.send(
        person.email,
        "courses/emails/certified",
        locale=person.locale,
        name=person.name,
        title=local(certificate.values["course"]["title"], person.locale or "en"),
        expires_on=certificate.expires_on,
        url=absolute("learning.certificate_file", certificate_id=certificate.id),
        verify_url=absolute("verify.show", code=certificate.code),
    )


def _assigned(ids: Sequence[int]) -> list[tuple[Enrolment, Person, dict[str, str]]]:
    rows = db.session.execute(
        select(Enrolment, Person, CourseVersion.title)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Course, Course.id == Enrolment.course_id)
        .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .where(
            Enrolment.id.in_(ids), Person.email.is_not(None), Person.active, Enrolment.withdrawn_at.is_(None)
        )
    )
    return [(enrolment, person, title) for enrolment, person, title in rows]
