"""From saved answers to a grade entry and the course's outcome; and the back road after a mended key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import joinedload, undefer

from assessments.grading.answers import Answer
from assessments.grading.grade import GRADER, Grade, Item, grade
from assessments.grading.questions import BadQuestion, Key, key_to_json, parse_key
from assessments.quizzes import counting, hands, policies
from assessments.quizzes.bank import KeyInForce, fingerprint, fold, keys_in_force
from assessments.quizzes.layout import values_of
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, QuestionVersion, State
from courses.completion import Outcome
from courses.models import Enrolment, Module
from courses.services import record_outcome
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db, fetch
from lms.errors import Refused, Unknown
from lms.people.models import Person
from lms.people.scope import called_in_sql
from lms.prepared import Prepared, adding

BATCH = 200


class Said(NamedTuple):
    """An answer, and how sure its giver is where that is asked."""

    answer: Answer
    sure: int | None = None


NOTHING: Mapping[int, Said] = {}


class Change(Struct, frozen=True):
    """What a mended key does to one attempt: its score (0 to 1) and verdict before and after."""

    attempt_id: int
    name: str
    before: float
    after: float
    passed_before: bool
    passed_after: bool

    @property
    def turned(self) -> bool:
        """Whether it goes from fail to pass or back."""
        return self.passed_before != self.passed_after


class Preview(Struct, frozen=True):
    """What a mended key would do: the changes, those that turn first, out of ``graded`` attempts looked at."""

    graded: int
    changes: tuple[Change, ...]

    @property
    def to_pass(self) -> list[Change]:
        return [change for change in self.changes if change.turned and change.passed_after]

    @property
    def to_fail(self) -> list[Change]:
        return [change for change in self.changes if change.turned and not change.passed_after]


def grade_first(actor: Actor, attempt: Attempt, *, now: datetime) -> None:
    """Grade an attempt that has just ended and tell the course, in the caller's transaction."""
    require(actor, Permission.QUIZ_ATTEMPT)
    keys = keys_in_force(item["version"] for item in attempt.frozen["items"])
    judged = judged_with(attempt, keys, _answers([attempt.id]).get(attempt.id, NOTHING), {})
    if not judged.pending:
        _enter(actor, attempt, judged, keys, None, now)


def settle(actor: Actor, attempt: Attempt, *, now: datetime) -> None:
    """Grade an attempt whose open answers have been graded by hand, as far as that is all; a changed grade supersedes."""
    require(actor, Permission.QUIZ_AUTHOR)
    keys = keys_in_force(item["version"] for item in attempt.frozen["items"])
    given = hands.shares([attempt], keys).get(attempt.id, {})
    judged = judged_with(attempt, keys, _answers([attempt.id]).get(attempt.id, NOTHING), given)
    before = current_entries([attempt.id]).get(attempt.id)
    if judged.pending or (before is not None and before.marks == _marks(attempt, judged)):
        return
    _enter(actor, attempt, judged, keys, before.id if before else None, now)


def judged_with(
    attempt: Attempt,
    keys: Mapping[int, KeyInForce],
    answers: Mapping[int, Said],
    given: Mapping[int, Fraction],
) -> Grade:
    """The grade of an attempt under ``keys`` (by version), with the shares ``given`` by hand; nothing is stored."""
    items = [
        Item(
            item["question"],
            keys[item["version"]].key,
            item["marks"],
            values_of(item),
            given.get(item["question"]),
            answers[item["question"]].sure if item["question"] in answers else None,
        )
        for item in attempt.frozen["items"]
    ]
    pass_mark, penalty = (Fraction(attempt.frozen.get(name, 0), 100) for name in ("pass_mark", "penalty"))
    said = {question: each.answer for question, each in answers.items()}
    by_certainty = attempt.frozen.get("certainty", False)
    return grade(items, said, pass_mark, fold=fold, penalty=penalty, by_certainty=by_certainty)


def proposed_key(version: QuestionVersion, data: object) -> Key:
    """The key that a trainer proposes for a version. :raises Refused: with the word for what is wrong."""
    try:
        ids = [each["id"] for each in version.options]
        return parse_key(version.question.kind, data, ids, version.unit, version.body)
    except BadQuestion as problem:
        raise Refused(problem.code, field=problem.where) from problem


def preview(actor: Actor, module_id: int, version_id: int, key_data: object) -> Preview:
    """Who would change, and how, if the key of a version were mended. Nothing is stored.

    :raises Refused: for a key that cannot be, or ``key_unchanged``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    root = mendable(actor, module_id, version_id)
    key = proposed_key(root, key_data)
    if key_to_json(keys_in_force([root.id])[root.id].key) == key_to_json(key):
        raise Refused("key_unchanged")
    ids = _graded_attempts(root)
    changes: list[Change] = []
    for at in range(0, len(ids), BATCH):
        changes += _changes(ids[at : at + BATCH], {root.id: KeyInForce(root.id, key)})
    changes.sort(key=lambda change: (not change.turned, change.name))
    return Preview(len(ids), tuple(changes))


def mend(
    actor: Actor, module_id: int, version_id: int, key_data: object, *, now: datetime
) -> QuestionVersion:
    """Keep a mended key as a version of its own. From now on it grades; :func:`regrade` takes up what is graded.

    :raises Refused: for a key that cannot be, or ``key_unchanged``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    root = mendable(actor, module_id, version_id)
    key = proposed_key(root, key_data)
    if key_to_json(keys_in_force([root.id])[root.id].key) == key_to_json(key):
        raise Refused("key_unchanged")
    number = db.session.scalar(
        select(func.max(QuestionVersion.number)).where(QuestionVersion.question_id == root.question_id)
    )
    mended = QuestionVersion(
        question_id=root.question_id,
        number=(number or 0) + 1,
        mends_id=root.id,
        stem=dict(root.stem),
        options=list(root.options),
        unit=root.unit,
        body=root.body,
        key=key_to_json(key, root.question.kind),
        feedback=dict(root.feedback),
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(mended)
    db.session.flush()
    audit.record(actor, "question.mend_key", "question", root.question_id, version=root.id, mended=mended.id)
    return mended


def to_regrade(actor: Actor, root_id: int) -> list[int]:
    """The graded attempts that met a version, oldest first."""
    require(actor, Permission.QUIZ_AUTHOR)
    root = db.session.get(QuestionVersion, root_id)
    if root is None:
        raise Unknown()
    return _graded_attempts(root)


def regrade(actor: Actor, attempt_ids: Sequence[int], *, now: datetime) -> int:
    """Grade attempts again with the keys in force; a changed grade supersedes the old one and the course follows.

    Done twice it changes nothing more. Returns how many grades changed.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    lock_enrolments(attempt_ids)
    attempts = _attempts(attempt_ids, lock=True)
    keys = keys_in_force(_versions(attempts))
    answers, entries = _answers(attempt_ids), current_entries(attempt_ids)
    given = hands.shares(attempts, keys)
    changed = 0
    for attempt in attempts:
        judged = judged_with(attempt, keys, answers.get(attempt.id, NOTHING), given.get(attempt.id, {}))
        before = entries.get(attempt.id)
        if before is None:  # it waits for a grader, and gets its first grade from them
            continue
        if judged.pending or before.marks == _marks(attempt, judged):
            continue
        _enter(actor, attempt, judged, keys, before.id, now)
        changed += 1
    return changed


def current_entries(attempt_ids: Sequence[int]) -> dict[int, GradeEntry]:
    """Attempt → the grade that counts: the last of its chain."""
    later = GradeEntry.__table__.alias("later")
    rows = db.session.scalars(
        select(GradeEntry).where(
            GradeEntry.attempt_id.in_(attempt_ids),
            ~exists().where(later.c.supersedes_id == GradeEntry.id),
        )
    )
    return {entry.attempt_id: entry for entry in rows}


def mendable(actor: Actor, module_id: int, version_id: int) -> QuestionVersion:
    """The version of text whose key may be mended. :raises Unknown: if it is not one of this quiz's course."""
    quiz = policies.marked_quiz(actor, module_id)
    version = db.session.scalar(
        select(QuestionVersion)
        .options(
            joinedload(QuestionVersion.question),
            undefer(QuestionVersion.key),
            undefer(QuestionVersion.feedback),
        )
        .where(QuestionVersion.id == version_id)
    )
    if version is None or version.question.course_id != quiz.module.course_id:
        raise Unknown()
    return version if version.mends_id is None else mendable(actor, module_id, version.mends_id)


def _enter(
    actor: Actor,
    attempt: Attempt,
    judged: Grade,
    keys: Mapping[int, KeyInForce],
    supersedes: int | None,
    now: datetime,
) -> None:
    _ENTER.do(
        {
            "attempt_id": attempt.id,
            "marks": _marks(attempt, judged),
            "earned": str(judged.earned),
            "possible": judged.possible,
            "score": float(judged.score),
            "passed": judged.passed,
            "key_fingerprint": fingerprint(
                {item["version"]: keys[item["version"]].key for item in attempt.frozen["items"]}
            ),
            "grader": GRADER,
            "at": now,
            "by_id": actor.person_id,
            "supersedes_id": supersedes,
        }
    )
    at = attempt.ended_at or now
    own = Outcome(judged.passed, float(judged.score), at, f"attempt:{attempt.id}")
    outcome = counting.outcome(attempt, own)
    if outcome is not None:
        record_outcome(actor, attempt.enrolment_id, attempt.module_id, outcome, now=now)


def _marks(attempt: Attempt, judged: Grade) -> list[dict[str, Any]]:
    versions = {item["question"]: item["version"] for item in attempt.frozen["items"]}
    return [
        {
            "question": mark.question,
            "version": versions[mark.question],
            "share": str(mark.share),
            "marks": mark.marks,
            "answered": mark.answered,
            **({"correct": str(mark.correct), "sure": mark.sure} if mark.correct is not None else {}),
        }
        for mark in judged.marks
    ]


# Built once each: every attempt that is handed in asks them while others wait for the lock.
_ENTER = Prepared(adding(GradeEntry))
_SAVED = select(AnswerSave.attempt_id, AnswerSave.question_id, AnswerSave.answer, AnswerSave.certainty)
_ANSWERS = _SAVED.where(AnswerSave.attempt_id.in_(bindparam("attempt_ids", expanding=True)))
_ANSWERS_OF_ONE = Prepared(_SAVED.where(AnswerSave.attempt_id == bindparam("attempt_id")))
_ENROLMENTS = select(Enrolment.id).join(Attempt, Attempt.enrolment_id == Enrolment.id).order_by(Enrolment.id).with_for_update(of=Enrolment)
_ENROLMENTS_LOCKED = _ENROLMENTS.where(Attempt.id.in_(bindparam("attempt_ids", expanding=True)))
_ENROLMENT_LOCKED = Prepared(_ENROLMENTS.where(Attempt.id == bindparam("attempt_id")))


def _answers(attempt_ids: Sequence[int]) -> dict[int, dict[int, Said]]:
    one = len(attempt_ids) == 1
    rows = _ANSWERS_OF_ONE.rows({"attempt_id": attempt_ids[0]}) if one else fetch(_ANSWERS, {"attempt_ids": list(attempt_ids)}).all()
    found: dict[int, dict[int, Said]] = {}
    for attempt_id, question_id, answer, sure in rows:
        found.setdefault(attempt_id, {})[question_id] = Said(tuple(answer), sure)
    return found


def lock_enrolments(attempt_ids: Sequence[int]) -> None:
    """Lock the enrolments of attempts, before the attempts themselves: everyone takes these locks in this order."""
    if len(attempt_ids) == 1:
        _ENROLMENT_LOCKED.rows({"attempt_id": attempt_ids[0]})
    else:
        fetch(_ENROLMENTS_LOCKED, {"attempt_ids": list(attempt_ids)})


def _attempts(attempt_ids: Sequence[int], *, lock: bool = False) -> list[Attempt]:
    query = (
        select(Attempt).where(Attempt.id.in_(attempt_ids), Attempt.state != State.OPEN).order_by(Attempt.id)
    )
    return list(db.session.scalars(query.with_for_update() if lock else query))


def _versions(attempts: Iterable[Attempt]) -> set[int]:
    return {item["version"] for attempt in attempts for item in attempt.frozen["items"]}


def _graded_attempts(root: QuestionVersion) -> list[int]:
    """Graded attempts that met this version: those of the quizzes of its question's course."""
    rows = db.session.execute(
        select(Attempt.id, Attempt.frozen)
        .join(Module, Module.id == Attempt.module_id)
        .where(
            Module.course_id == root.question.course_id,
            Attempt.state != State.OPEN,
            exists().where(GradeEntry.attempt_id == Attempt.id),
        )
        .order_by(Attempt.id)
    )
    return [id_ for id_, frozen in rows if any(item["version"] == root.id for item in frozen["items"])]


def _changes(attempt_ids: Sequence[int], override: Mapping[int, KeyInForce]) -> list[Change]:
    attempts = _attempts(attempt_ids)
    keys = {**keys_in_force(_versions(attempts)), **override}
    answers, entries = _answers(attempt_ids), current_entries(attempt_ids)
    given = hands.shares(attempts, keys)
    names = dict(
        db.session.execute(
            select(Attempt.id, called_in_sql())
            .join(Person, Person.id == Attempt.person_id)
            .where(Attempt.id.in_(attempt_ids))
        ).all()
    )
    found = []
    for attempt in attempts:
        judged = judged_with(attempt, keys, answers.get(attempt.id, NOTHING), given.get(attempt.id, {}))
        before = entries[attempt.id]
        if not judged.pending and before.marks != _marks(attempt, judged):
            change = (before.score, float(judged.score), before.passed, judged.passed)
            found.append(Change(attempt.id, names[attempt.id], *change))
    return found
