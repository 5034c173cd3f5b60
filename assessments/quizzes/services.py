"""Taking a quiz: start, save an answer, hand in, be closed at the deadline. The server alone decides time and grade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import aliased

from assessments.grading.files import FILED
from assessments.quizzes import accommodations, answering, grading
from assessments.quizzes.answering import item_of
from assessments.quizzes.layout import of_attempt
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, Quiz, State
from assessments.quizzes.windows import check_wait, check_window
from courses.models import Enrolment, ModuleVersion
from lms import audit
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.prepared import Prepared

GRACE = timedelta(seconds=15)
"""How long after the deadline an answer that was on its way is still taken."""
MOST_AT_ONCE = 200
"""Attempts closed in one transaction."""
LARGEST_SEQUENCE = 2**31 - 2


class Saved(Struct, frozen=True):
    """An answer is kept, since ``at``; ``remaining_seconds`` until the deadline, None without one."""

    at: datetime
    remaining_seconds: float | None


def start(actor: Actor, enrolment_id: int, module_id: int, *, now: datetime) -> Attempt:
    """Begin an attempt of one's own, or go on with the one that is open: a double click is one attempt.

    Questions, their order and that of their options, the marks and the deadline are fixed here. The limit is
    held by the database: attempts are numbered, and no number above the limit can be stored.

    :raises Unknown: if the enrolment is not the actor's, or its course has no such quiz.
    :raises Refused: ``attempts_used_up``, ``wait_before_next`` (minutes).
    """
    require(actor, Permission.QUIZ_ATTEMPT)
    content, quiz_id = _offered(actor, enrolment_id, module_id)
    close_if_over(enrolment_id, quiz_id, now=now)
    last = last_attempt(enrolment_id, quiz_id)
    if last is not None and last.state == State.OPEN:
        return last
    settings = content["settings"]
    closes_at = check_window(settings, now)
    number = last.number + 1 if last else 1
    extra = accommodations.at_start(actor.person_id, quiz_id, settings, now)
    allowed = extra.attempts(settings["attempts"])
    if allowed is not None and number > allowed:
        raise Refused("attempts_used_up")
    check_wait(last, settings["wait_minutes"], now)
    limit = extra.seconds(settings["time_limit"])
    attempt = Attempt(
        quiz_id=quiz_id,
        enrolment_id=enrolment_id,
        person_id=actor.person_id,
        module_id=module_id,
        number=number,
        allowed=allowed,
        started_at=now,
        deadline_at=min((each for each in (now + timedelta(seconds=limit) if limit else None, closes_at) if each), default=None),
        frozen=of_attempt(content),
        marked=[],
    )
    attempt.state = State.OPEN.value
    db.session.add(attempt)
    db.session.flush()
    audit.record(actor, "attempt.start", "attempt", attempt.id, number=number)
    return attempt


_OWN_STATE = Prepared(
    select(Attempt.state, Attempt.started_at, Attempt.deadline_at, Attempt.frozen, Attempt.reached)
    .where(Attempt.id == bindparam("attempt_id"), Attempt.person_id == bindparam("person_id"))
    .with_for_update(of=Attempt)
)
"""Asked at every answer."""


def save_answer(
    actor: Actor,
    attempt_id: int,
    question_id: int,
    data: object,
    sequence: int,
    given_at: datetime,
    *,
    now: datetime,
) -> Saved:
    """Keep an answer; once the caller's transaction is committed it is durable and may be acknowledged.

    ``data`` is untrusted and only its answer is read. Of two answers the one with the higher ``sequence`` stays.
    An older one that arrives late is acknowledged, for the newer one has replaced it; one that was given later
    in a page that had not seen the newer one is refused.

    :raises Unknown: if it is not the actor's attempt, or has no such question.
    :raises Refused: ``attempt_closed``, ``deadline_passed``, ``answered_elsewhere``, ``answer_…``,
        ``question_left`` and ``question_not_reached`` where there is no going back.
    """
    require(actor, Permission.QUIZ_ATTEMPT)
    own = _OWN_STATE.rows({"attempt_id": attempt_id, "person_id": actor.person_id})
    if not own:
        raise Unknown()
    state, started_at, deadline_at, frozen, reached = own[0]
    item = item_of(frozen, question_id)
    if item is None:
        raise Unknown()
    check_open(state, deadline_at, now)
    answering.check_turn(frozen, reached, question_id)
    answer, sure = answering.parsed(frozen, item, data)
    given = min(max(given_at, started_at), now)
    if not 0 < sequence <= LARGEST_SEQUENCE:
        raise Refused("answer_unreadable")
    if not upsert(attempt_id, question_id, answer, sequence, given, now, sure):
        _check_superseded(attempt_id, question_id, answer, sequence, given)
    return Saved(now, remaining(deadline_at, now))


def save_form(
    actor: Actor,
    attempt_id: int,
    values: Mapping[int, object],
    held: int,
    unsent: Iterable[int] | None,
    *,
    now: datetime,
    onwards: int | None = None,
) -> tuple[Attempt, dict[int, Refused]]:
    """Keep the answers of a page that was sent as an ordinary form; question → why its answer cannot be kept, beside them.

    ``held`` is the highest sequence the server held when the page was made: an answer saved after that was
    given in a newer page and stays. With the script, ``unsent`` names the questions it had not yet been able to
    save, and only these are taken; None without the script. ``onwards`` is the number of the question to be asked
    next: where there is no going back, that leaves this one for good, unless an answer could not be kept.

    :raises Unknown: if it is not the actor's attempt.
    :raises Refused: as :func:`save_answer`, but for ``answer_…``, which are handed back: the other answers are kept.
    """
    require(actor, Permission.QUIZ_ATTEMPT)
    attempt = own_attempt(actor, attempt_id)
    check_open(attempt.state, attempt.deadline_at, now)
    saved = {
        row.question_id: row
        for row in db.session.execute(
            select(AnswerSave.question_id, AnswerSave.answer, AnswerSave.sequence, AnswerSave.certainty).where(
                AnswerSave.attempt_id == attempt_id
            )
        )
    }
    highest = max((row.sequence for row in saved.values()), default=0)
    wanted = set(values) if unsent is None else set(values) & set(unsent)
    refused: dict[int, Refused] = {}
    for item in attempt.frozen["items"]:
        question_id = item["question"]
        if question_id not in wanted or item["kind"] in FILED:
            continue
        try:
            answer, sure = answering.parsed(attempt.frozen, item, values[question_id])
        except Refused as refusal:
            refused[question_id] = refusal
            continue
        before = saved.get(question_id)
        if (list(answer), sure) == ((before.answer, before.certainty) if before else ([], None)):
            continue
        answering.check_turn(attempt.frozen, attempt.reached, question_id)
        if unsent is None and before is not None and before.sequence > held:
            continue
        highest += 1
        upsert(attempt_id, question_id, answer, highest, now, now, sure)
    if not refused and onwards and onwards == answering.turn(attempt.frozen, attempt.reached) + 1 and onwards <= len(attempt.frozen["items"]):
        attempt.reached = onwards if attempt.frozen.get("one_way") else None
    return attempt, refused


def mark(actor: Actor, attempt_id: int, question_id: int, *, now: datetime) -> Attempt:
    """Mark a question to be looked at again, or take the mark back."""
    require(actor, Permission.QUIZ_ATTEMPT)
    attempt = own_attempt(actor, attempt_id)
    check_open(attempt.state, attempt.deadline_at, now)
    if question_id not in {item["question"] for item in attempt.frozen["items"]}:
        raise Unknown()
    kept = [each for each in attempt.marked if each != question_id]
    attempt.marked = kept if question_id in attempt.marked else [*kept, question_id]
    db.session.flush()
    return attempt


def submit(actor: Actor, attempt_id: int, *, now: datetime) -> Attempt:
    """Hand in: grade what was saved and record the outcome in the course. Said again, it changes nothing.

    After the deadline the attempt is closed as of its deadline.

    :raises Unknown: if it is not the actor's attempt. :raises Refused: ``enrolment_withdrawn``.
    """
    require(actor, Permission.QUIZ_ATTEMPT)
    grading.lock_enrolments([attempt_id])
    attempt = own_attempt(actor, attempt_id)
    if attempt.state != State.OPEN:
        return attempt
    if is_over(attempt.deadline_at, now):
        _close(SYSTEM, attempt, State.EXPIRED, attempt.deadline_at or now, now)
        return attempt
    ended_at = min(now, attempt.deadline_at) if attempt.deadline_at else now
    _close(actor, attempt, State.SUBMITTED, ended_at, now)
    return attempt


def expire(actor: Actor, *, now: datetime, limit: int = MOST_AT_ONCE) -> int:
    """Close attempts whose deadline is over; what was saved counts. Returns how many; for the schedule."""
    require(actor, Permission.QUIZ_ATTEMPT)
    ids = db.session.scalars(
        select(Attempt.id)
        .where(Attempt.state == State.OPEN, Attempt.deadline_at < now - GRACE)
        .order_by(Attempt.deadline_at)
        .limit(limit)
    ).all()
    grading.lock_enrolments(ids)
    over = db.session.scalars(
        select(Attempt)
        .where(Attempt.id.in_(ids), Attempt.state == State.OPEN)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for attempt in over:
        _close(SYSTEM, attempt, State.EXPIRED, attempt.deadline_at or now, now)
    return len(over)


def close_if_over(enrolment_id: int, quiz_id: int, *, now: datetime) -> Attempt | None:
    """Close the open attempt of an enrolment if its deadline is over; it, if there was one."""
    attempt = db.session.scalar(
        select(Attempt)
        .where(
            Attempt.enrolment_id == enrolment_id,
            Attempt.quiz_id == quiz_id,
            Attempt.state == State.OPEN,
            Attempt.deadline_at < now - GRACE,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if attempt is not None:
        _close(SYSTEM, attempt, State.EXPIRED, attempt.deadline_at or now, now)
    return attempt


_OWN_LOCKED = (
    select(Attempt)
    .where(Attempt.id == bindparam("attempt_id"), Attempt.person_id == bindparam("person_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def own_attempt(actor: Actor, attempt_id: int) -> Attempt:
    """The actor's own attempt, locked. :raises Unknown: if it is somebody else's."""
    attempt = db.session.scalar(_OWN_LOCKED, {"attempt_id": attempt_id, "person_id": actor.person_id})
    if attempt is None:
        raise Unknown()
    return attempt


def last_attempt(enrolment_id: int, quiz_id: int) -> Attempt | None:
    return db.session.scalar(
        select(Attempt)
        .where(Attempt.enrolment_id == enrolment_id, Attempt.quiz_id == quiz_id)
        .order_by(Attempt.number.desc())
        .limit(1)
    )


@cache
def standing_grade() -> ColumnElement[bool]:
    """The condition that joins an ``Attempt`` with the ``GradeEntry`` that counts: the last of its chain."""
    later = aliased(GradeEntry)
    return (GradeEntry.attempt_id == Attempt.id) & ~exists().where(later.supersedes_id == GradeEntry.id)


def is_over(deadline: datetime | None, now: datetime) -> bool:
    """Whether nothing more is taken: the deadline and its grace have passed by the server's clock."""
    return deadline is not None and now > deadline + GRACE


def remaining(deadline: datetime | None, now: datetime) -> float | None:
    return None if deadline is None else max(0.0, (deadline - now).total_seconds())


def _offered(actor: Actor, enrolment_id: int, module_id: int) -> tuple[dict[str, Any], int]:
    """The frozen quiz of one's enrolment, which is locked, and the quiz's id."""
    if actor.person_id is None:
        raise Unknown()
    enrolled = db.session.scalar(
        select(Enrolment.version_id)
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.person_id == actor.person_id,
            Enrolment.withdrawn_at.is_(None),
        )
        .with_for_update()
    )
    row = db.session.execute(
        select(ModuleVersion.content, Quiz.id)
        .join(Quiz, Quiz.module_id == ModuleVersion.module_id)
        .where(ModuleVersion.course_version_id == enrolled, ModuleVersion.module_id == module_id)
    ).one_or_none()
    if enrolled is None or row is None:
        raise Unknown()
    return row.content, row.id


def check_open(state: str, deadline: datetime | None, now: datetime) -> None:
    if state != State.OPEN:
        raise Refused("attempt_closed")
    if is_over(deadline, now):
        raise Refused("deadline_passed")


@cache
def _upsert_on(dialect: str) -> Prepared:
    """The statement that puts an answer in unless a newer one is there; built once, for it runs at every answer."""
    make: Any = sqlite_insert if dialect == "sqlite" else postgresql_insert
    columns = ("attempt_id", "question_id", "answer", "sequence", "given_at", "received_at", "certainty")
    table = AnswerSave.__table__
    statement = make(table).values({name: bindparam(name) for name in columns})
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=[table.c.attempt_id, table.c.question_id],
            set_={name: statement.excluded[name] for name in columns[2:]},
            where=table.c.sequence < statement.excluded.sequence,
        ).returning(table.c.question_id)
    )


def upsert(
    attempt_id: int,
    question_id: int,
    answer: tuple[str, ...],
    sequence: int,
    given: datetime,
    now: datetime,
    sure: int | None,
) -> bool:
    """Put the answer in unless a newer one is there; whether it was put in."""
    values = {
        "attempt_id": attempt_id,
        "question_id": question_id,
        "answer": list(answer),
        "sequence": sequence,
        "given_at": given,
        "received_at": now,
        "certainty": sure,
    }
    return bool(_upsert_on(db.engine.dialect.name).rows(values))


def _check_superseded(
    attempt_id: int, question_id: int, answer: tuple[str, ...], sequence: int, given: datetime
) -> None:
    """The answer was not put in: fine if it is the one that is there, or older. :raises Refused: otherwise."""
    there = db.session.execute(
        select(AnswerSave.answer, AnswerSave.sequence, AnswerSave.given_at).where(
            AnswerSave.attempt_id == attempt_id, AnswerSave.question_id == question_id
        )
    ).one_or_none()
    same = there is not None and there.answer == list(answer)
    if there is None or (not same and (there.sequence == sequence or given > there.given_at)):
        raise Refused("answered_elsewhere")


def _close(actor: Actor, attempt: Attempt, state: State, ended_at: datetime, now: datetime) -> None:
    attempt.state, attempt.ended_at = state.value, ended_at
    db.session.flush()
    grading.grade_first(actor, attempt, now=now)
    audit.record(
        actor, f"attempt.{'submit' if state is State.SUBMITTED else 'expire'}", "attempt", attempt.id
    )
