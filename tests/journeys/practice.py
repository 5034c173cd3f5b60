"""A team of its own for each journey of practice: a rep, their manager and a trainer, who all read one language."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from assessments.roleplays import rubrics, scenarios
from assessments.roleplays.models import Play
from assessments.roleplays.rating_models import RatingTask
from courses import exchange, publishing
from courses.competencies import profiles
from courses.competencies import services as competencies
from courses.competencies.services import Said
from lms.authz import SYSTEM, Actor, Role
from lms.clock import now
from lms.db import db
from lms.people.models import Person
from lms.people.scope import load_actor
from performance.skills import services as skills
from tests.assessments.roleplays.factory import RUBRIC, content
from tests.journeys.course import course_file
from tests.journeys.server import Needle, give_password
from tests.journeys.visitor import Visitor
from tests.people import make_person, make_team

WORD = {"en": "Finding out", "zh_Hans": "摸清需求"}
COURSE = {"en": "Asking before offering", "zh_Hans": "先问再报方案"}


def crew(needle: Needle, code: str, locale: str) -> tuple[str, str, str]:
    """The numbers of a rep, of the manager and of the trainer of a new team."""
    with needle.scene():
        team = make_team(code, code)
        parts = ((Role.REP, None), (Role.MANAGER, team), (Role.TRAINER, team))
        people = [make_person(f"{code} {role}", team, role, scope=scope, locale=locale) for role, scope in parts]
        for person in people:
            give_password(person)
        return people[0].number, people[1].number, people[2].number


def colleague(rep: str) -> Person:
    """Inside a scene: somebody else who sells in the team of ``rep``."""
    team = db.session.scalars(select(Person).where(Person.number == rep)).one().team
    return make_person(f"{rep} colleague", team, Role.REP)


def number_of(person: str) -> int:
    """Inside a scene: the id of the person of this number."""
    return db.session.scalars(select(Person.id).where(Person.number == person)).one()


def actor(number: str) -> Actor:
    """Inside a scene: the person of this number."""
    return load_actor(db.session.scalars(select(Person).where(Person.number == number)).one())


def tess() -> Actor:
    """Inside a scene: the trainer of the cast."""
    return actor("tess")


def scenario(code: str, **changes: Any) -> int:
    """Inside a scene: a published scenario, and the number under which it is found."""
    rubric = rubrics.load(tess(), {"en": "A talk"}, RUBRIC, now=now())
    row = scenarios.load(tess(), code, {"en": "First talk", "zh_Hans": "第一次面谈"}, content(**changes), rubric, now=now())
    return scenarios.publish(tess(), row.id, now=now()).scenario_id


def asked_for(rep: str, code: str) -> None:
    """Inside a scene: the job of ``rep`` asks for a competency of the word ``code`` at its highest level, and a course trains it."""
    names = {language: f"{word} {code}" for language, word in WORD.items()}
    made = competencies.create(SYSTEM, code, Said(names, aliases=(code,)), now=now())
    profile = profiles.create(SYSTEM, code, {"en": code}, now=now())
    profile.is_default = False  # the first one would be that of everybody else in the house, too
    profiles.require_levels(SYSTEM, profile.id, {made.id: 4}, now=now())
    profiles.give_to_people(SYSTEM, profile.id, [rep], now=now())
    written = course_file(code, COURSE["en"]) | {"title": COURSE, "competencies": [code]}
    publishing.publish(tess(), exchange.load(tess(), json.dumps(written).encode(), now=now()).id, now=now())
    skills.bring_up_to_date(SYSTEM, now=now())


def waiting(needle: Needle, scenario_id: int, reason: str) -> Sequence[tuple[str, int]]:
    """Who is to rate what was played of a scenario: number of the person and of the task. All of them can sign in."""
    with needle.scene():
        rows = db.session.execute(
            select(Person, RatingTask.id)
            .join(RatingTask, RatingTask.rater_id == Person.id)
            .join(Play, Play.id == RatingTask.play_id)
            .where(Play.scenario_id == scenario_id, RatingTask.reason == reason, RatingTask.closed_at.is_(None))
            .order_by(RatingTask.id)
        ).all()
        for person, _task in rows:
            give_password(person)
        return [(person.number, task) for person, task in rows]


def language_of(needle: Needle, person: str) -> str:
    with needle.scene():
        return db.session.scalars(select(Person.locale).where(Person.number == person)).one() or "en"


def mark(rater: Visitor, points: dict[str, str]) -> None:
    """Fill in the sheet that is open."""
    for key, value in points.items():
        rater.page.locator(f"#c-{key}-{value}").check()
    rater.field("Best moment").fill("She waited for the number.")
    rater.field("One thing to change").fill("Ask who else decides.")
