"""A crowd of takers, written at once as the services would have left it: enough of them for what needs many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from sqlalchemy import insert, select

from assessments.grading.grade import Item, grade
from assessments.quizzes import bank, policies
from assessments.quizzes.layout import of_attempt
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, State
from courses.models import Chosen, Enrolment, ModuleVersion
from lms.db import db, transaction
from lms.people.models import Person, Team
from tests.assessments.quizzes.factory import Made
from tests.courses.factory import MONDAY, TUESDAY
from tests.people import LONG_AGO, Cast

Answers = Sequence[Mapping[int, Sequence[str]]]


def make_crowd(cast: Cast, size: int, team: Team | None = None, label: str = "crowd") -> list[int]:
    """So many people in a team; their ids."""
    rows = [
        {
            "number": f"{label}-{at}",
            "name": f"{label} {at}",
            "team_id": (team or cast.east).id,
            "created_at": LONG_AGO,
            "active": True,
            "fs_uniquifier": f"{label}-{at}",
            "locale": "en" if at % 2 else "zh_Hans",
        }
        for at in range(size)
    ]
    with transaction():
        db.session.execute(insert(Person), rows)
    return list(db.session.scalars(select(Person.id).where(Person.number.like(f"{label}-%")).order_by(Person.id)))


def took(made: Made, people: Sequence[int], answers: Answers, *, now: datetime = TUESDAY, gap: int = 30) -> list[int]:
    """Each person took the quiz with these answers by question, one every ``gap`` seconds; the ids of the attempts."""
    content, version_id = db.session.execute(
        select(ModuleVersion.content, ModuleVersion.course_version_id)
        .where(ModuleVersion.module_id == made.module.id)
        .order_by(ModuleVersion.id.desc())
        .limit(1)
    ).one()
    quiz_id = policies.quiz_id_of(made.module.id)
    with transaction():
        enrolments = _enrolled(made, people, version_id)
        frozen = [of_attempt(content) for _person in people]
        ids = _inserted(Attempt, [_attempt(*each, quiz_id, made, now) for each in zip(people, enrolments, frozen, strict=True)])
        saves, grades = [], []
        for id_, layout, given in zip(ids, frozen, answers, strict=True):
            saves += _saves(id_, layout, given, now, gap)
            grades.append(_grade(id_, layout, given, now))
        db.session.execute(insert(AnswerSave), saves)
        db.session.execute(insert(GradeEntry), grades)
    return ids


def by_ability(rng: np.random.Generator, made: Made, size: int, key: str, others: Sequence[str], spread: float = 1.2) -> list[dict[int, list[str]]]:
    """Answers of people whose chance of ``key`` grows with ability; else one of ``others``. Questions get harder one by one."""
    questions = list(made.questions.values())
    hard = np.linspace(-1.5, 1.0, len(questions))
    ability = rng.normal(size=size) * spread
    right = rng.random((size, len(questions))) < 1 / (1 + np.exp(hard - ability[:, None]))
    wrong = rng.integers(0, len(others), (size, len(questions)))
    return [
        {id_: [key if right[row, at] else others[wrong[row, at]]] for at, id_ in enumerate(questions)} for row in range(size)
    ]


def _enrolled(made: Made, people: Sequence[int], version_id: int) -> list[int]:
    there = dict(
        db.session.execute(
            select(Enrolment.person_id, Enrolment.id).where(Enrolment.course_id == made.course.id, Enrolment.person_id.in_(people))
        ).all()
    )
    rows = [
        {"person_id": id_, "course_id": made.course.id, "version_id": version_id, "cycle": 1, "enrolled_at": MONDAY,
         "started_on": MONDAY.date(), "chosen": Chosen.EVERYONE.value, "reason": "all", "source": "internal"}
        for id_ in people if id_ not in there
    ]  # fmt: skip
    found = _inserted(Enrolment, rows) if rows else []
    there |= dict(zip([row["person_id"] for row in rows], found, strict=True))
    return [there[id_] for id_ in people]


def _attempt(person: int, enrolment: int, frozen: dict[str, Any], quiz: int, made: Made, now: datetime) -> dict[str, Any]:
    own = {"quiz_id": quiz, "enrolment_id": enrolment, "person_id": person, "module_id": made.module.id}
    ended = {"state": State.SUBMITTED.value, "started_at": now, "ended_at": now + timedelta(minutes=20)}
    return own | ended | {"number": 1, "frozen": frozen, "marked": []}


def _saves(id_: int, layout: dict[str, Any], given: Mapping[int, Sequence[str]], now: datetime, gap: int) -> list[dict[str, Any]]:
    rows = []
    for at, item in enumerate(layout["items"], 1):
        if item["question"] in given:
            moment = now + timedelta(seconds=gap * at)
            rows.append({"attempt_id": id_, "question_id": item["question"], "answer": list(given[item["question"]]), "sequence": at, "given_at": moment, "received_at": moment})
    return rows


def _grade(id_: int, layout: dict[str, Any], given: Mapping[int, Sequence[str]], now: datetime) -> dict[str, Any]:
    keys = bank.keys_in_force(item["version"] for item in layout["items"])
    items = [Item(item["question"], keys[item["version"]].key, item["marks"]) for item in layout["items"]]
    pass_mark, penalty = Fraction(layout["pass_mark"], 100), Fraction(layout.get("penalty", 0), 100)
    said = {question: tuple(answer) for question, answer in given.items()}
    judged = grade(items, said, pass_mark, fold=bank.fold, penalty=penalty)
    versions = {item["question"]: item["version"] for item in layout["items"]}
    marks = [
        {"question": each.question, "version": versions[each.question], "share": str(each.share), "marks": each.marks, "answered": each.answered}
        for each in judged.marks
    ]
    return {
        "attempt_id": id_, "marks": marks, "earned": str(judged.earned), "possible": judged.possible, "score": float(judged.score),
        "passed": judged.passed, "key_fingerprint": "0" * 64, "grader": "exact-2", "at": now + timedelta(minutes=20),
    }  # fmt: skip


def _inserted(model: Any, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    found = db.session.execute(insert(model).returning(model.id, sort_by_parameter_order=True), list(rows))
    return list(found.scalars())
