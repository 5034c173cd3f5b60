"""Quizzes as the tests need them: written by Tess, published with their course, taken by the cast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from assessments.quizzes import editing, grading, services
from assessments.quizzes.models import Attempt, GradeEntry, Question, QuestionVersion
from courses import authoring
from courses.authoring import ModuleRule
from courses.completion import Need
from courses.models import Area, Chosen, Course, Enrolment, Module
from lms.db import db, transaction
from lms.people.models import Person
from tests.assessments.grading.kinds import NEW
from tests.courses.factory import MONDAY, TUESDAY, actor, enrol, enrolment_of, publish
from tests.people import Cast

RIGHT: dict[str, Any] = {
    "single": "s2",
    "multiple": ["m1", "m3"],
    "true_false": "false",
    "numeric": "12.5",
    "short_text": "Key Account",
}
WRONG: dict[str, Any] = {
    "single": "s1",
    "multiple": ["m2"],
    "true_false": "true",
    "numeric": "99",
    "short_text": "nobody",
}


def options(*ids: str) -> list[dict[str, Any]]:
    return [{"id": id_, "text": {"en": f"Option {id_}", "zh_Hans": f"选项 {id_}"}} for id_ in ids]


QUESTIONS: dict[str, dict[str, Any]] = {
    "single": {"options": options("s1", "s2", "s3"), "key": {"correct": "s2"}},
    "multiple": {
        "options": options("m1", "m2", "m3", "m4"),
        "key": {"correct": ["m1", "m3"], "credit": "partial"},
    },
    "true_false": {"key": {"correct": False}},
    "numeric": {"unit": "%", "key": {"value": "12.5", "tolerance": "0.5"}},
    "short_text": {"key": {"accepted": ["key account", "secret-spelling"]}},
}
"""One question of each kind; the words “secret” stand where no learner may see them before the release."""


def question(kind: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "stem": {"en": f"About {kind}?", "zh_Hans": f"关于{kind}？"},
        "feedback": {"en": f"secret-feedback on {kind}"},
        **(QUESTIONS[kind] if kind in QUESTIONS else NEW[kind]),
        **changes,
    }


class Made(NamedTuple):
    """A published course with one quiz; question ids by kind in the order of the quiz."""

    course: Course
    module: Module
    questions: dict[str, int]


def draft_quiz(
    cast: Cast, kinds: Sequence[str] = tuple(QUESTIONS), code: str = "KA-201", **settings: Any
) -> Made:
    tess = actor(cast.tess)
    with transaction():
        course = authoring.create(tess, code, {"en": "Key accounts"}, Area.SKILLS, now=MONDAY)
        texts = dict.fromkeys(
            ("background", "benefits", "features", "audience", "duration", "outline"), "About it."
        )
        authoring.edit_parts(tess, course.id, "en", texts, area=Area.SKILLS, competencies=[], now=MONDAY)
        module = authoring.add_module(tess, course.id, "quiz", {"en": "Final quiz"}, now=MONDAY)
        editing.configure(tess, module.id, editing.Settings(**settings), now=MONDAY)
        items = [
            editing.add_question(tess, module.id, question(kind), marks=1, competency="Discovery", now=MONDAY)
            for kind in kinds
        ]
        rules = {module.id: ModuleRule(True, Need.PASSED, None)}
        authoring.set_rule(tess, course.id, rules, at_least=None, valid_months=None, now=MONDAY)
    return Made(course, module, {kind: item.question_id for kind, item in zip(kinds, items, strict=True)})


def make_quiz(cast: Cast, kinds: Sequence[str] = tuple(QUESTIONS), **settings: Any) -> Made:
    """A published quiz in which Ana and Dov are enrolled."""
    made = draft_quiz(cast, kinds, **settings)
    publish(cast, made.course)
    enrol(cast, made.course, cast.ana, cast.dov, chosen=Chosen.WAVES)
    return made


def begin(person: Person, made: Made, now: datetime = TUESDAY) -> Attempt:
    with transaction():
        return services.start(actor(person), enrolled(person, made).id, made.module.id, now=now)


def enrolled(person: Person, made: Made) -> Enrolment:
    return enrolment_of(person, made.course)


def give(
    person: Person,
    attempt: Attempt,
    question_id: int,
    answer: object,
    *,
    sequence: int = 1,
    now: datetime = TUESDAY,
    given_at: datetime | None = None,
) -> services.Saved:
    with transaction():
        return services.save_answer(
            actor(person), attempt.id, question_id, answer, sequence, given_at or now, now=now
        )


def hand_in(person: Person, attempt: Attempt, now: datetime = TUESDAY) -> Attempt:
    with transaction():
        return services.submit(actor(person), attempt.id, now=now)


def take(person: Person, made: Made, answers: Mapping[str, Any] = RIGHT, now: datetime = TUESDAY) -> Attempt:
    """A whole attempt: begin, answer by kind, hand in."""
    attempt = begin(person, made, now)
    for sequence, (kind, id_) in enumerate(made.questions.items(), 1):
        if kind in answers:
            give(person, attempt, id_, answers[kind], sequence=sequence, now=now)
    return hand_in(person, attempt, now)


def entry_of(attempt: Attempt) -> GradeEntry:
    """The grade that counts."""
    return grading.current_entries([attempt.id])[attempt.id]


def version_of(question_id: int) -> int:
    """The version of a question as it was first written."""
    found = db.session.scalars(
        select(QuestionVersion.id)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(Question.id == question_id)
        .order_by(QuestionVersion.number)
    )
    return found.first() or 0
