"""Who learned what and when, written in bulk as the services would have left it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from assessments.grading.grade import GRADER
from assessments.quizzes.bank import fingerprint
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, State
from courses import certificates
from courses.completion import Judgement, Outcome, judge
from courses.dates import day_of, months_after
from courses.models import Certificate, Chosen, Completion, CourseVersion, Enrolment, ModuleOutcome
from courses.services import evidence_of
from lms.db import db
from lms.demo.catalogue import Published
from lms.demo.company import Company
from lms.demo.learners import Attempted, Passage, go_through
from lms.demo.truths import month, truth_of
from lms.demo.world import NEVER, World

BATCH = 2000
NEWCOMERS = "新同事入职培训 · Every newcomer takes it"
DUE_AFTER = timedelta(days=45)
Courses = dict[str, Published]


def passages(seed: int, company: Company, worlds: Sequence[World], courses: Courses) -> list[Passage]:
    """Every start in the two worlds as a way through a course, in the order of the starts.

    The rep whom the demo introduces has completed the first steps as well, as newcomers of all teams do.
    """
    rng = np.random.default_rng([seed, 4])
    ability = dict.fromkeys([*company.key_accounts, *company.channel], 0.0)
    ability = {person: float(rng.normal(0.6, 1.0)) for person in ability}
    found = []
    for people, world in zip((company.key_accounts, company.channel), worlds, strict=True):
        for code, starts in world.starts.items():
            for i in np.flatnonzero(starts < NEVER):
                found.append(_begun(rng, company, code, people[int(i)], int(starts[i])))
    newcomers = [
        company.key_accounts[0],
        *(p for p, j in zip(company.key_accounts, company.roster.joined, strict=True) if j),
    ]
    for person, joined in zip(newcomers, [1, *company.roster.joined[company.roster.joined > 0]], strict=True):
        found.append(_begun(rng, company, "KA-01", person, int(joined) + 1, newcomer=True))
    for passage in found:
        go_through(rng, passage, courses[passage.code], ability[passage.person_id])
    return sorted(found, key=lambda passage: (passage.started_on, passage.person_id, passage.code))


def _begun(
    rng: np.random.Generator, company: Company, code: str, person: int, start: int, *, newcomer: bool = False
) -> Passage:
    truth = truth_of(code)
    day = month(start) + timedelta(days=int(rng.integers(1, 9)))
    enrolled = datetime.combine(day - timedelta(days=int(rng.integers(4, 15))), time(3), UTC)
    own_choice = truth.chosen is Chosen.VOLUNTEERS
    by = person if own_choice else company.actors["hr"].person_id
    if newcomer:
        return Passage(person, code, day, enrolled, Chosen.EVERYONE.value, NEWCOMERS, by)
    return Passage(person, code, day, enrolled, truth.chosen.value, truth.why, by)


def write(found: Sequence[Passage], courses: Courses) -> list[int]:
    """Enrolments, attempts, outcomes, completions and certificates; the ids of the enrolments."""
    ids = inserted(Enrolment, [_enrolment(passage, courses[passage.code]) for passage in found])
    outcomes = _outcomes(found, ids, courses, _attempts(found, ids, courses))
    _insert(ModuleOutcome, (row for of_one in outcomes for row in of_one[1]))
    judged = [judge(courses[p.code].rule, of_one[0]) for p, of_one in zip(found, outcomes, strict=True)]
    done = [(i, p, j) for i, p, j in zip(ids, found, judged, strict=True) if j.met and j.at is not None]
    _insert(Completion, (_completion(id_, courses[p.code], j) for id_, p, j in done))
    _certify({id_: j for id_, _p, j in done})
    return ids


def _enrolment(passage: Passage, course: Published) -> dict[str, Any]:
    return {
        "person_id": passage.person_id,
        "course_id": course.course.id,
        "version_id": course.version.id,
        "cycle": 1,
        "enrolled_at": passage.enrolled_at,
        "started_on": passage.started_on,
        "due_on": passage.started_on + DUE_AFTER,
        "chosen": passage.chosen,
        "reason": passage.reason,
        "chosen_by_id": passage.chosen_by_id,
        "source": "internal",
        "withdrawn_at": passage.withdrawn_at,
    }


def _attempts(found: Sequence[Passage], ids: Sequence[int], courses: Courses) -> dict[tuple[int, int], int]:
    """Write the attempts with answers and grades; (enrolment, number) → id."""
    made = [(id_, p, a) for id_, p in zip(ids, found, strict=True) for a in p.attempts]
    made.sort(key=lambda each: each[2].began)
    rows = [_attempt(id_, p, a, courses[p.code]) for id_, p, a in made]
    attempt_ids = inserted(Attempt, rows)
    answers, grades = [], []
    for attempt_id, (_id, p, a) in zip(attempt_ids, made, strict=True):
        answers += _answers(attempt_id, a)
        grades.append(_grade(attempt_id, p, a, courses[p.code]))
    _insert(AnswerSave, answers)
    _insert(GradeEntry, grades)
    return {(id_, a.number): attempt_id for attempt_id, (id_, _p, a) in zip(attempt_ids, made, strict=True)}


def _attempt(enrolment_id: int, passage: Passage, attempt: Attempted, course: Published) -> dict[str, Any]:
    settings = course.content["settings"]
    limit = settings["time_limit"]
    return {
        "quiz_id": course.quiz_id,
        "enrolment_id": enrolment_id,
        "person_id": passage.person_id,
        "module_id": course.quiz,
        "number": attempt.number,
        "allowed": settings["attempts"],
        "state": State.SUBMITTED.value,
        "started_at": attempt.began,
        "deadline_at": attempt.began + timedelta(seconds=limit) if limit else None,
        "ended_at": attempt.ended,
        "frozen": {name: settings[name] for name in ("pass_mark", "review", "layout")}
        | {"items": attempt.layout},
        "marked": [],
    }


def _answers(attempt_id: int, attempt: Attempted) -> list[dict[str, Any]]:
    step = (attempt.ended - attempt.began) / (len(attempt.layout) + 1)
    return [
        {
            "attempt_id": attempt_id,
            "question_id": item["question"],
            "answer": list(attempt.answers[item["question"]]),
            "sequence": at,
            "given_at": attempt.began + at * step,
            "received_at": attempt.began + at * step,
        }
        for at, item in enumerate(attempt.layout, 1)
        if attempt.answers[item["question"]]
    ]


def _grade(attempt_id: int, passage: Passage, attempt: Attempted, course: Published) -> dict[str, Any]:
    versions = {item["question"]: item["version"] for item in attempt.layout}
    judged = attempt.graded
    return {
        "attempt_id": attempt_id,
        "marks": [
            {
                "question": mark.question,
                "version": versions[mark.question],
                "share": str(mark.share),
                "marks": mark.marks,
                "answered": mark.answered,
            }
            for mark in judged.marks
        ],
        "earned": str(judged.earned),
        "possible": judged.possible,
        "score": float(judged.score),
        "passed": judged.passed,
        "key_fingerprint": fingerprint({version: course.keys[version] for version in versions.values()}),
        "grader": GRADER,
        "at": attempt.ended,
        "by_id": passage.person_id,
    }


def _outcomes(
    found: Sequence[Passage], ids: Sequence[int], courses: Courses, attempts: dict[tuple[int, int], int]
) -> list[tuple[dict[int, list[Outcome]], list[dict[str, Any]]]]:
    """For each passage its outcomes by module, and the same as rows."""
    result = []
    for enrolment_id, passage in zip(ids, found, strict=True):
        course = courses[passage.code]
        known = {
            module: [Outcome(True, None, at, "read")]
            for module, at in zip(course.lessons, passage.read_at, strict=False)
        }
        tries = [
            Outcome(
                a.graded.passed, float(a.graded.score), a.ended, f"attempt:{attempts[enrolment_id, a.number]}"
            )
            for a in passage.attempts
        ]
        known |= {course.quiz: tries} if tries else {}
        rows = [
            _outcome(enrolment_id, module, outcome, passage.person_id)
            for module, outcomes in known.items()
            for outcome in outcomes
        ]
        result.append((known, rows))
    return result


def _outcome(enrolment_id: int, module: int, outcome: Outcome, person_id: int) -> dict[str, Any]:
    return {
        "enrolment_id": enrolment_id,
        "module_id": module,
        "passed": outcome.passed,
        "score": outcome.score,
        "at": outcome.at,
        "source": outcome.source,
        "recorded_at": outcome.at,
        "recorded_by_id": person_id,
    }


def _completion(enrolment_id: int, course: Published, judgement: Judgement) -> dict[str, Any]:
    if judgement.at is None:
        raise ValueError("a completion without a moment")
    return {
        "enrolment_id": enrolment_id,
        "completed_on": day_of(judgement.at),
        "rule_id": course.version.rule_id,
        "evidence": evidence_of(judgement),
        "recorded_at": judgement.at,
    }


def _certify(judged: dict[int, Judgement]) -> None:
    """A certificate for each completion, in the order of their days; the PDF is made when it is first fetched."""
    completions = db.session.scalars(
        select(Completion)
        .options(
            joinedload(Completion.enrolment).joinedload(Enrolment.course),
            joinedload(Completion.enrolment).joinedload(Enrolment.version).joinedload(CourseVersion.rule),
        )
        .where(Completion.enrolment_id.in_(judged))
        .order_by(Completion.recorded_at)
    ).all()
    _insert(Certificate, (_certificate(each, judged[each.enrolment_id]) for each in completions))


def _certificate(completion: Completion, judgement: Judgement) -> dict[str, Any]:
    enrolment = completion.enrolment
    months = (enrolment.version or enrolment.course).valid_months
    issued_on = day_of(completion.recorded_at)
    expires_on = months_after(completion.completed_on, months) if months else None
    return {
        "code": certificates.new_code(),
        "completion_id": completion.id,
        "values": certificates.frozen_values(enrolment, completion, judgement, issued_on, expires_on),
        "issued_at": completion.recorded_at,
        "issued_on": issued_on,
        "expires_on": expires_on,
    }


def inserted(model: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Write rows of one table; their ids in the same order."""
    ids: list[int] = []
    statement = insert(model).returning(model.id, sort_by_parameter_order=True)
    for at in range(0, len(rows), BATCH):
        ids += db.session.scalars(statement, rows[at : at + BATCH])
    return ids


def _insert(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    every = list(rows)
    for at in range(0, len(every), BATCH):
        db.session.execute(insert(model), every[at : at + BATCH])
