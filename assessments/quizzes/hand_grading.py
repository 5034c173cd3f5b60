"""Grading open answers: blind, one after the other, by the criteria in force. What was given is only added."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app
from msgspec import Struct
from sqlalchemy import exists, or_, select

from assessments.grading.files import FILED
from assessments.grading.open_text import BY_HAND, OpenKey
from assessments.grading.texts import BadQuestion
from assessments.quizzes import answer_files, grading, hands, policies
from assessments.quizzes.answer_files import Handed
from assessments.quizzes.bank import KeyInForce, keys_in_force
from assessments.quizzes.models import (
    AnswerSave,
    Attempt,
    GradeEntry,
    HandGrade,
    QuestionVersion,
    Quiz,
    State,
)
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown

MOST = 500
"""Attempts looked at for one page; the oldest first."""
LONGEST_COMMENT = 4_000


class Waiting(NamedTuple):
    """An open answer as a grader meets it: no name, no number of the attempt."""

    code: str
    version_id: int
    stem: LocalText
    text: str
    marks: int
    key: OpenKey
    own: HandGrade | None
    """What this grader gave before."""
    handed: Handed | None = None
    """The file or recording, where the answer is one."""


class Desk(Struct, frozen=True):
    """What a grader has before them."""

    quiz: Quiz
    waiting: list[Waiting]
    done: list[Waiting]


def desk(actor: Actor, module_id: int) -> Desk:
    """The open answers that the actor may grade next, and those already graded by them, in an order that tells nothing.

    :raises Unknown: if the actor does not author the quiz's course.
    """
    quiz = policies.marked_quiz(actor, module_id)
    attempts = _attempts(actor, quiz)
    keys = keys_in_force({item["version"] for each in attempts for item in each.frozen["items"] if item["kind"] in BY_HAND})
    given = hands.current([each.id for each in attempts])
    answers = _answers([each.id for each in attempts])
    stems, files = _stems(keys), _files(attempts, answers)
    waiting: list[Waiting] = []
    done: list[Waiting] = []
    for attempt in attempts:
        for item in attempt.frozen["items"]:
            text = answers.get((attempt.id, item["question"]), "")
            if item["kind"] not in BY_HAND or not text:
                continue
            found = _waiting(actor, attempt, item, text, keys, given, stems)
            found = found._replace(handed=files.get((attempt.id, item["question"])))
            if found.own is not None:
                done.append(found)
            elif hands.further(attempt, found.key, given.get((attempt.id, item["question"]), [])):
                waiting.append(found)
    waiting.sort(key=lambda each: each.code)
    done.sort(key=lambda each: each.code)
    return Desk(quiz, waiting, done)


def grade(
    actor: Actor, module_id: int, code: str, points: Mapping[str, str], comment: str, *, now: datetime
) -> HandGrade:
    """Give an open answer its levels; the last open answer that was waited for settles the attempt and its outcome.

    :raises Unknown: if there is no such answer on the actor's desk.
    :raises Refused: ``grade_incomplete``, ``grade_no_such_level``, ``grade_comment_long``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    if len(comment) > LONGEST_COMMENT:
        raise Refused("grade_comment_long", field="comment")
    attempt_id, question_id = _find(actor, module_id, code)
    grading.lock_enrolments([attempt_id])
    attempt = db.session.get_one(Attempt, attempt_id)
    item = next(each for each in attempt.frozen["items"] if each["question"] == question_id)
    in_force = keys_in_force([item["version"]])[item["version"]]
    if not isinstance(in_force.key, OpenKey) or actor.person_id is None:
        raise Unknown()
    try:
        in_force.key.share(points)
    except BadQuestion as problem:
        raise Refused(problem.code, field="points") from problem
    before = _own(actor, hands.current([attempt_id]).get((attempt_id, question_id), []))
    given = HandGrade(
        attempt_id=attempt_id,
        question_id=question_id,
        key_version_id=in_force.version_id,
        points=dict(points),
        comment=comment.strip(),
        grader_id=actor.person_id,
        at=now,
        supersedes_id=before.id if before else None,
    )
    db.session.add(given)
    db.session.flush()
    grading.settle(actor, attempt, now=now)
    audit.record(actor, "attempt.grade_by_hand", "attempt", attempt_id, question=question_id)
    return given


def on_desk(found: Desk, code: str) -> Waiting:
    """:raises Unknown: if there is no such answer on the desk."""
    return policies.found(next((each for each in [*found.waiting, *found.done] if each.code == code), None))


def code_of(attempt_id: int, question_id: int) -> str:
    """The name under which a grader meets an answer. Made with the installation's secret: it tells nobody whose it is."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"open:{attempt_id}:{question_id}".encode(), hashlib.sha256).hexdigest()[:16]


def _find(actor: Actor, module_id: int, code: str) -> tuple[int, int]:
    quiz = policies.marked_quiz(actor, module_id)
    for attempt in _attempts(actor, quiz):
        for question_id in hands.open_items(attempt):
            if hmac.compare_digest(code_of(attempt.id, question_id), code):
                found = on_desk(desk(actor, module_id), code)
                return attempt.id, question_id if found else 0
    raise Unknown()


def _attempts(actor: Actor, quiz: Quiz) -> list[Attempt]:
    """Finished attempts of others that wait for a grade, or that the actor has graded."""
    mine = exists().where(HandGrade.attempt_id == Attempt.id, HandGrade.grader_id == actor.person_id)
    graded = exists().where(GradeEntry.attempt_id == Attempt.id)
    rows = db.session.scalars(
        select(Attempt)
        .where(
            Attempt.quiz_id == quiz.id,
            Attempt.state != State.OPEN,
            Attempt.person_id != (actor.person_id or 0),
            or_(~graded, mine),
        )
        .order_by(graded, Attempt.ended_at)
        .limit(MOST)
    )
    return list(rows)


def _answers(attempt_ids: list[int]) -> dict[tuple[int, int], str]:
    rows = db.session.execute(
        select(AnswerSave.attempt_id, AnswerSave.question_id, AnswerSave.answer).where(
            AnswerSave.attempt_id.in_(attempt_ids)
        )
    )
    return {(attempt, question): answer[0] for attempt, question, answer in rows if answer}


def _files(attempts: Sequence[Attempt], answers: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], Handed]:
    """(attempt, question) → what was given there; no statement where nothing asks for a file."""
    asked = {
        (attempt.id, item["question"]): (attempt, item)
        for attempt in attempts
        for item in attempt.frozen["items"]
        if item["kind"] in FILED
    }
    if not asked:
        return {}
    rules = answer_files.rules_of(item["version"] for _attempt, item in asked.values())
    rows = answer_files.by_id([answers[where]] for where in asked if answers.get(where))
    return {
        where: Handed(attempt.id, attempt.person_id, rules[item["version"]], rows.get(int(answers[where])))
        for where, (attempt, item) in asked.items()
        if answers.get(where)
    }


def _stems(keys: Mapping[int, KeyInForce]) -> dict[int, LocalText]:
    rows = db.session.execute(
        select(QuestionVersion.id, QuestionVersion.stem).where(QuestionVersion.id.in_(list(keys)))
    )
    return dict(rows.all())


def _waiting(
    actor: Actor,
    attempt: Attempt,
    item: Mapping[str, Any],
    text: str,
    keys: Mapping[int, KeyInForce],
    given: Mapping[tuple[int, int], list[HandGrade]],
    stems: Mapping[int, LocalText],
) -> Waiting:
    key = keys[item["version"]].key
    if not isinstance(key, OpenKey):
        raise Unknown()
    own = _own(actor, given.get((attempt.id, item["question"]), []))
    code = code_of(attempt.id, item["question"])
    return Waiting(code, item["version"], stems[item["version"]], text, item["marks"], key, own)


def _own(actor: Actor, grades: list[HandGrade]) -> HandGrade | None:
    return next((each for each in grades if each.grader_id == actor.person_id), None)
