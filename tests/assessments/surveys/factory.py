"""Surveys as the tests need them: made through the services, by Tess, in few lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from assessments.surveys import authoring, sending, services
from assessments.surveys.models import Survey, SurveyInvitation, SurveySending
from lms.authz import Role
from lms.db import db, transaction
from lms.people.models import Person, Team
from lms.people.scope import load_actor
from tests.people import Cast, make_person

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
FRIDAY = date(2026, 3, 6)
NEXT_MONTH = datetime(2026, 4, 2, 1, 0, tzinfo=UTC)


def crowd(cast: Cast, n: int, team: Team | None = None) -> list[Person]:
    """So many reps of East, or of another team."""
    place = team or cast.east
    with transaction():
        return [make_person(f"{place.code} {at}", place, Role.REP) for at in range(n)]


def make_survey(cast: Cast, template: str = "reaction", code: str = "S-1", *, publish: bool = True) -> Survey:
    tess = load_actor(cast.tess)
    with transaction():
        survey = authoring.create(tess, code, template, {}, now=MONDAY)
        if publish:
            authoring.publish(tess, survey.id, now=MONDAY)
    return survey


def send(cast: Cast, survey: Survey, people: Sequence[Person], **more: Any) -> SurveySending:
    with transaction():
        return sending.send(load_actor(cast.tess), survey.id, [each.id for each in people], FRIDAY, now=MONDAY, **more)


def invitation_of(person: Person) -> SurveyInvitation:
    found = db.session.scalars(select(SurveyInvitation).where(SurveyInvitation.person_id == person.id)
                               .order_by(SurveyInvitation.id.desc())).first()  # fmt: skip
    if found is None:
        raise LookupError(person.name)
    return found


def reaction(points: str = "eeee", nps: int = 9, text: str = "") -> dict[str, list[str]]:
    """The fields of the reaction template as a browser sends them."""
    raw = {f"q1.r{at}": [point] for at, point in enumerate(points, 1)} | {"q2": [str(nps)]}
    return raw | ({"q5": [text]} if text else {})


def answer(person: Person, raw: dict[str, list[str]], now: datetime = TUESDAY) -> None:
    with transaction():
        services.submit(load_actor(person), invitation_of(person).id, raw, now=now)


def close(cast: Cast, sent: SurveySending, now: datetime = TUESDAY) -> None:
    with transaction():
        sending.close(load_actor(cast.tess), sent.id, now=now)
