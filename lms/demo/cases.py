"""The demo's cases: one lost and one won, answered and discussed by the first team, scored by two, and an own deal that waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select

from assessments.cases import authoring, discussion, proposals, scoring, services
from assessments.cases import case as rules
from assessments.cases.models import CaseComment, CaseVersion, CaseWork, Goal
from assessments.roleplays import rubrics
from courses import authoring as courses
from courses.models import Course
from lms.authz import Actor
from lms.db import db
from lms.demo.case_content import (
    ANSWERS,
    CASES,
    FEEDBACK,
    LESSONS,
    PROPOSAL,
    RUBRIC,
    RUBRIC_TITLE,
    TALK,
)
from lms.demo.company import Company
from lms.people.models import Person
from lms.people.scope import load_actor


def fill(seed: int, company: Company, *, now: datetime) -> None:
    """Written by the trainer; the first six of the first team have finished the lost deal, some the won one."""
    rng = np.random.default_rng([seed, 11])
    trainer = company.actors["lu.siyuan"]
    lost, won = _library(trainer, now - timedelta(days=60))
    lin = company.actors["lin.xiaoyun"]
    team = [lin, *_colleagues(lin)]
    works = [_worked(person, lost, at, now - timedelta(days=40 - at)) for at, person in enumerate(team[:6])]
    talk = _talked(team, works, now - timedelta(days=30))
    for text, at in LESSONS:
        lesson = discussion.draw_lesson(trainer, lost.case_id, "zh_Hans", text["zh_Hans"], talk[at].id, now=now - timedelta(days=20))
        discussion.say_lesson(trainer, lesson.id, "en", text["en"])
    raters = (company.actors["zhou.mingzhe"], trainer)
    for at, work in enumerate(works[:4]):
        for place, rater in enumerate(raters[: 2 if at % 2 == 0 else 1]):
            _scored(rng, rater, work, at, FEEDBACK[(at + place) % len(FEEDBACK)], now - timedelta(days=18 - at))
    for at, person in enumerate(team[1:4]):
        _worked(person, won, at, now - timedelta(days=12 - at))
    services.start(lin, won.case_id, now=now - timedelta(days=1))
    _proposed(team[2], now - timedelta(days=3))
    _in_the_draft_course(trainer, won.case_id, now - timedelta(days=7))


def _colleagues(lin: Actor) -> list[Actor]:
    own = select(Person.team_id).where(Person.id == lin.person_id).scalar_subquery()
    query = select(Person).where(Person.team_id == own, Person.id != lin.person_id, Person.left_on.is_(None)).order_by(Person.id)
    actors = (load_actor(person) for person in db.session.scalars(query))
    return [each for each in actors if each.has_role("rep")][:7]


def _library(trainer: Actor, moment: datetime) -> list[CaseVersion]:
    rubric = rubrics.load(trainer, RUBRIC_TITLE, RUBRIC, now=moment)
    versions = []
    for code, title, content in CASES:
        case = authoring.load(trainer, code, title, content, rubric.id, now=moment)
        versions.append(authoring.publish(trainer, case.id, now=moment + timedelta(hours=1)))
    return versions


def _worked(person: Actor, version: CaseVersion, at: int, moment: datetime) -> CaseWork:
    work = services.start(person, version.case_id, now=moment)
    for step, key in enumerate(rules.keys_of(version.content)):
        then = moment + timedelta(minutes=12 * (step + 1))
        services.give(person, work.id, key, ANSWERS[key][at % len(ANSWERS[key])], now=then)
        services.reveal(person, work.id, key, now=then + timedelta(minutes=3))
    return work


def _talked(team: Sequence[Actor], works: Sequence[CaseWork], moment: datetime) -> list[CaseComment]:
    return [
        discussion.comment(team[place], works[place].id, key, text, now=moment + timedelta(hours=3 * at))
        for at, (key, text) in enumerate(TALK)
        for place in ((at + 1) % len(works),)
    ]


def _scored(rng: np.random.Generator, rater: Actor, work: CaseWork, at: int, said: tuple[str, str], moment: datetime) -> None:
    level = (3, 1, 3, 0)[at]
    points = {each["key"]: str(int(np.clip(level + rng.integers(-1, 1), 0, 3))) for each in RUBRIC["criteria"]}
    scoring.submit(rater, work.id, points, *said, f"demo-{rater.person_id}-{work.id}", now=moment)


def _proposed(person: Actor, moment: datetime) -> None:
    title, texts, settings, watch = PROPOSAL
    proposals.propose(person, "zh_Hans", title, texts, settings, watch, now=moment)


def _in_the_draft_course(trainer: Actor, case_id: int, moment: datetime) -> None:
    course = db.session.scalar(select(Course).where(Course.code == "KA-08"))
    if course is not None:
        module = courses.add_module(trainer, course.id, "case", {"en": "Case: a late alarm", "zh_Hans": "案例：一次迟到的报警"}, now=moment)
        authoring.configure_module(trainer, module.id, case_id, Goal.ANSWERED, now=moment)
