"""A cycle as the tests need it: made through the services, by Hana, in few lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from assessments.feedback360 import authoring, cycles, nominating, services
from assessments.feedback360.cycles import Settings
from assessments.feedback360.models import (
    FeedbackCycle,
    FeedbackQuestionnaire,
    FeedbackRater,
    FeedbackSubject,
    Group,
    Purpose,
)
from lms.authz import Role
from lms.db import db, transaction
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.people import Cast, make_person

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
MONTH_END = datetime(2026, 4, 2, 1, 0, tzinfo=UTC)
ITEMS = tuple(f"i{at}" for at in range(1, 13))


def make_questionnaire(cast: Cast, code: str = "F-1") -> FeedbackQuestionnaire:
    with transaction():
        return authoring.create(load_actor(cast.hana), code, "key_accounts", {}, now=MONDAY)


def settings(questionnaire: FeedbackQuestionnaire, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "name": {"en": "Spring"}, "purpose": Purpose.DEVELOPMENT, "questionnaire_id": questionnaire.id,
        "least": {"peer": 3, "report": 3, "customer": 3}, "most": {"peer": 8, "report": 8, "customer": 8},
        "nominate_until": date(2026, 3, 12), "closes_on": date(2026, 3, 30), "remind_days": 5}  # fmt: skip
    return Settings(**(values | more))


def open_cycle(cast: Cast, *people: Person, by: Person | None = None, **more: Any) -> FeedbackCycle:
    questionnaire = db.session.scalar(select(FeedbackQuestionnaire)) or make_questionnaire(cast)
    moment = more.pop("now", MONDAY)
    with transaction():
        return cycles.open_cycle(load_actor(by or cast.hana), settings(questionnaire, **more), [p.id for p in people], now=moment)


def subject_of(person: Person) -> FeedbackSubject:
    return db.session.scalars(
        select(FeedbackSubject).where(FeedbackSubject.person_id == person.id).order_by(FeedbackSubject.id.desc())
    ).first()  # type: ignore[return-value]


def rater_of(subject: FeedbackSubject, person: Person) -> FeedbackRater:
    return db.session.scalars(
        select(FeedbackRater).where(FeedbackRater.subject_id == subject.id, FeedbackRater.person_id == person.id)
    ).one()


def crowd(cast: Cast, n: int, prefix: str = "peer") -> list[Person]:
    with transaction():
        return [make_person(f"{prefix} {at}", cast.east, Role.REP) for at in range(n)]


def choose(cast: Cast, subject: FeedbackSubject, people: Sequence[Person], relation: Group = Group.PEER) -> list[FeedbackRater]:
    """Raters chosen by Hana, who has them asked at once."""
    with transaction():
        return [nominating.propose(load_actor(cast.hana), subject.id, relation, each.id, now=MONDAY) for each in people]


def customers(cast: Cast, subject: FeedbackSubject, n: int) -> list[FeedbackRater]:
    with transaction():
        return [
            nominating.propose_customer(load_actor(cast.hana), subject.id, f"Firm {at}", f"c{at}.{subject.id}@firm.example", "en", now=MONDAY)
            for at in range(n)
        ]


def said(level: int = 4, comment: str = "", **levels: int) -> dict[str, list[str]]:
    """The fields of the form as a browser sends them; 0 is not observed."""
    raw = {item: [str(levels.get(item, level))] for item in ITEMS}
    return raw | ({"go_on": [comment]} if comment else {})


def answer(person: Person, subject: FeedbackSubject, raw: dict[str, list[str]] | None = None) -> None:
    with transaction():
        services.submit(load_actor(person), rater_of(subject, person).id, raw or said(), now=TUESDAY)


def answer_as_customer(rater: FeedbackRater, raw: dict[str, list[str]] | None = None) -> None:
    with transaction():
        services.submit_public(nominating.token_of(rater), raw or said(), now=TUESDAY)


def close(cast: Cast, cycle: FeedbackCycle, now: datetime = MONTH_END) -> None:
    with transaction():
        cycles.close(load_actor(cast.hana), cycle.id, now=now)
