"""What is there before a journey begins: the cast with passwords, KPIs, a published course with a certificate earned."""

from __future__ import annotations

from dataclasses import dataclass

from courses import queries
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import db, transaction
from lms.people.models import Person
from performance.kpis import services as kpis
from tests.courses.factory import enrol, enrolment_of, make_course, read_all
from tests.journeys.server import Needle, give_password
from tests.people import make_cast


@dataclass(frozen=True, slots=True)
class House:
    """Numbers of what was furnished. Ana is enrolled in ``course``; Ben has completed it."""

    course: int
    enrolment: int
    certificate: int


def furnish(needle: Needle) -> House:
    with needle.app.app_context():
        try:
            return _furnish()
        finally:
            db.session.remove()


def _furnish() -> House:
    with transaction():
        cast = make_cast()
        for person in db.session.query(Person):
            give_password(person)
        kpis.seed(SYSTEM, now=now())
    course = make_course(cast)
    enrol(cast, course, cast.ana, cast.ben)
    done = read_all(cast.ben, course)
    certificate = queries.certificate_in_force(done)
    if certificate is None:
        raise RuntimeError("Ben's completion issued no certificate")
    return House(course.id, enrolment_of(cast.ana, course).id, certificate.id)
