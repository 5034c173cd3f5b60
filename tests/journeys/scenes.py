"""What is there before a journey begins: the cast with passwords, KPIs, courses, a certificate earned."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

from PIL import Image
from sqlalchemy import select

from assessments.quizzes import editing
from courses import exchange, files, publishing, queries, services
from courses.models import Chosen, Course, Module
from lms.authz import SYSTEM, Role
from lms.clock import now
from lms.db import db, transaction
from lms.people.models import Person, Team
from lms.people.scope import load_actor
from performance.kpis import services as kpis
from tests.assessments.quizzes.factory import question
from tests.courses.factory import enrol, enrolment_of, make_course, read_all
from tests.journeys.course import course_file
from tests.journeys.server import Needle, give_password
from tests.people import make_cast, make_person


@dataclass(frozen=True, slots=True)
class House:
    """Numbers of what was furnished.

    Ana is enrolled in ``course``, two lessons; Ben has completed it and holds ``certificate``. ``quiz_course`` has a
    lesson and a quiz.
    """

    course: int
    enrolment: int
    certificate: int
    quiz_course: int


def furnish(needle: Needle) -> House:
    with needle.app.app_context():
        try:
            return _furnish()
        finally:
            db.session.remove()


def _furnish() -> House:
    with transaction():
        cast = make_cast()
        for person in db.session.scalars(select(Person)):
            give_password(person)
        kpis.seed(SYSTEM, now=now())
    course = make_course(cast)
    enrol(cast, course, cast.ana, cast.ben)
    certificate = queries.certificate_in_force(read_all(cast.ben, course))
    if certificate is None:
        raise RuntimeError("completing a course issued no certificate")
    with transaction():
        tess = load_actor(cast.tess)
        written = exchange.load(tess, json.dumps(course_file("KA-Q", "Asking first")).encode(), now=now())
        publishing.publish(tess, written.id, now=now())
    return House(course.id, enrolment_of(cast.ana, course).id, certificate.id, written.id)


def spot_course(needle: Needle, code: str) -> int:
    """A published course whose quiz asks for a place on an image, too."""
    with needle.scene():
        tess = load_actor(db.session.scalars(select(Person).where(Person.email == "tess@example.com")).one())
        course = exchange.load(tess, json.dumps(course_file(code, "Read the chart")).encode(), now=now())
        picture = io.BytesIO()
        Image.new("RGB", (320, 200), "teal").save(picture, "PNG")
        picture.seek(0)
        kept = files.add(tess, course, picture, "chart.png")
        spot = question("hotspot", body={"image": f"file:{kept.id}", "alt": {"en": "An organisation chart"}})
        quiz = db.session.scalars(select(Module).where(Module.course_id == course.id, Module.kind == "quiz")).one()
        editing.add_question(tess, quiz.id, spot, marks=1, competency="", now=now())
        publishing.publish(tess, course.id, now=now())
        return course.id


def rep_in_course(needle: Needle, course_id: int, number: str, *, locale: str = "en") -> int:
    """A new rep of the team East who is to take the course; the number of the enrolment."""
    with needle.scene():
        east = db.session.scalar(select(Team).where(Team.code == "east"))
        rep = make_person(number.capitalize(), east, Role.REP, number=number, locale=locale)
        give_password(rep)
        services.assign(
            SYSTEM, course_id, [rep.id], chosen=Chosen.WAVES, reason="second wave", due_on=None, now=now()
        )
        return enrolment_of(rep, db.session.get_one(Course, course_id)).id
