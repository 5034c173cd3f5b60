"""What is known of how attempts went: times away, quick answers, pairs that agree, and everything of one attempt in its order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any, NamedTuple

from msgspec import Struct, field
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from assessments.grading.attention import Attention, Event, attention, quick
from assessments.quizzes import policies
from assessments.quizzes.analysis.models import QuizAnalysisRun
from assessments.quizzes.integrity.models import QuizActivity
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, HandGrade, Quiz, State
from lms.audit import AuditEntry
from lms.authz import Actor
from lms.db import db
from lms.errors import Unknown
from lms.paging import Page, paginate
from lms.people.models import Person

PAGE = 50
QUICK = 5.0
"""Seconds in which one can hardly read a question and its options."""


class Went(NamedTuple):
    """An attempt: how long it took in minutes, what the browser told, answers that came quickly."""

    attempt: Attempt
    person: Person
    minutes: float
    attention: Attention
    answers: int
    quick: int


class Agreeing(NamedTuple):
    """Two attempts that agree, with their people and what the run says of them."""

    first: Went
    second: Went
    figures: Mapping[str, Any]


class Entry(Struct, frozen=True):
    """Something that happened to an attempt. ``by_browser``: by the taker's clock and word."""

    at: datetime
    what: str
    question: int | None = None
    person: Person | None = None
    by_browser: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


class Timeline(Struct, frozen=True):
    went: Went
    entries: Sequence[Entry]
    numbers: Mapping[int, int]
    """Question → its number in this attempt."""


def attempts(actor: Actor, module_id: int, page: int) -> tuple[Quiz, Page[Went], float | None]:
    """The finished attempts of a quiz, the last first, and the median of their minutes on this page.

    :raises Unknown: if the actor does not author it.
    """
    quiz = policies.marked_quiz(actor, module_id)
    query: Any = (
        select(Attempt, Person)
        .join(Person, Person.id == Attempt.person_id)
        .options(joinedload(Person.team))
        .where(Attempt.quiz_id == quiz.id, Attempt.state != State.OPEN)
        .order_by(Attempt.ended_at.desc(), Attempt.id.desc())
    )
    found = paginate(query, page, PAGE)
    rows = _went([(attempt, person) for attempt, person in found.rows])
    middle = median(row.minutes for row in rows) if rows else None
    return quiz, Page(rows, found.number, found.size, found.total), middle


def agreeing(run: QuizAnalysisRun | None) -> list[Agreeing]:
    """The pairs of a finished run, whose quiz the caller has found the reader authors."""
    pairs = (run.report or {}).get("pairs", []) if run else []
    if not pairs or run is None:
        return []
    ids = {id_ for pair in pairs for id_ in pair["attempts"]}
    rows = db.session.execute(
        select(Attempt, Person)
        .join(Person, Person.id == Attempt.person_id)
        .options(joinedload(Person.team))
        .where(Attempt.quiz_id == run.quiz_id, Attempt.id.in_(ids))
    )
    went = {each.attempt.id: each for each in _went([(attempt, person) for attempt, person in rows])}
    return [Agreeing(went[pair["attempts"][0]], went[pair["attempts"][1]], pair) for pair in pairs]


def _went(rows: Sequence[tuple[Attempt, Person]]) -> list[Went]:
    ids = [attempt.id for attempt, _person in rows]
    told, saved = _events(ids), _saves(ids)
    return [_one(attempt, person, told.get(attempt.id, []), saved.get(attempt.id, [])) for attempt, person in rows]


def _one(attempt: Attempt, person: Person, told: Sequence[Event], saved: Sequence[datetime]) -> Went:
    ended = attempt.ended_at
    minutes = (ended - attempt.started_at).total_seconds() / 60 if ended else 0.0
    gaps = [(then - before).total_seconds() or None for before, then in zip([attempt.started_at, *saved], saved, strict=False)]
    until = int(ended.timestamp() * 1000) if ended else None
    return Went(attempt, person, minutes, attention(told, until), len(saved), quick(gaps, QUICK))


def _events(ids: Sequence[int]) -> dict[int, list[Event]]:
    rows = db.session.execute(
        select(QuizActivity.attempt_id, QuizActivity.events)
        .where(QuizActivity.attempt_id.in_(ids))
        .order_by(QuizActivity.attempt_id, QuizActivity.number)
    )
    found: dict[int, list[Event]] = {}
    for attempt_id, events in rows:
        found.setdefault(attempt_id, []).extend((each[0], each[1], each[2]) for each in events)
    return found


def _saves(ids: Sequence[int]) -> dict[int, list[datetime]]:
    """Attempt → when each of its answers was last given, in order."""
    rows = db.session.execute(
        select(AnswerSave.attempt_id, AnswerSave.given_at)
        .where(AnswerSave.attempt_id.in_(ids))
        .order_by(AnswerSave.attempt_id, AnswerSave.given_at)
    )
    found: dict[int, list[datetime]] = {}
    for attempt_id, moment in rows:
        found.setdefault(attempt_id, []).append(moment)
    return found


def timeline(actor: Actor, module_id: int, attempt_id: int) -> tuple[Quiz, Timeline]:
    """Everything that is kept of one attempt, in its order. :raises Unknown: if the actor does not author the quiz, or it is another's."""
    quiz = policies.marked_quiz(actor, module_id)
    row = db.session.execute(
        select(Attempt, Person)
        .join(Person, Person.id == Attempt.person_id)
        .options(joinedload(Person.team))
        .where(Attempt.id == attempt_id, Attempt.quiz_id == quiz.id)
    ).one_or_none()
    if row is None:
        raise Unknown()
    attempt, person = row
    told = _events([attempt.id]).get(attempt.id, [])
    saves = db.session.execute(
        select(AnswerSave.question_id, AnswerSave.given_at, AnswerSave.received_at, AnswerSave.sequence)
        .where(AnswerSave.attempt_id == attempt.id)
        .order_by(AnswerSave.given_at)
    ).all()
    numbers = {item["question"]: at for at, item in enumerate(attempt.frozen["items"], 1)}
    entries = [*_bounds(attempt, person), *_saved(saves), *_told(told), *_judged(attempt.id), *_audited(attempt.id)]
    went = _one(attempt, person, told, [save.given_at for save in saves])
    return quiz, Timeline(went, sorted(entries, key=lambda each: each.at), numbers)


def _bounds(attempt: Attempt, person: Person) -> list[Entry]:
    found = [Entry(attempt.started_at, "begun", person=person)]
    if attempt.ended_at:
        found.append(Entry(attempt.ended_at, attempt.state, person=person))
    return found


def _saved(saves: Iterable[Any]) -> list[Entry]:
    """Each answer as it stood in the end; ``late`` seconds it was on its way, where that is more than a moment."""
    return [
        Entry(
            save.given_at,
            "saved",
            save.question_id,
            details={"sequence": save.sequence, "late": (save.received_at - save.given_at).total_seconds()},
        )
        for save in saves
    ]


def _told(events: Sequence[Event]) -> list[Entry]:
    return [Entry(datetime.fromtimestamp(moment / 1000, UTC), what, question, by_browser=True) for moment, what, question in events]


def _judged(attempt_id: int) -> list[Entry]:
    grades = db.session.execute(
        select(GradeEntry, Person)
        .outerjoin(Person, Person.id == GradeEntry.by_id)
        .where(GradeEntry.attempt_id == attempt_id)
    )
    hands = db.session.execute(
        select(HandGrade.at, HandGrade.question_id, Person)
        .join(Person, Person.id == HandGrade.grader_id)
        .where(HandGrade.attempt_id == attempt_id)
    )
    found = [
        Entry(entry.at, "regraded" if entry.supersedes_id else "graded", person=by if entry.supersedes_id else None, details={"score": entry.score, "passed": entry.passed})
        for entry, by in grades
    ]
    return found + [Entry(at, "read", question, by) for at, question, by in hands]


def _audited(attempt_id: int) -> list[Entry]:
    """Who opened the attempt."""
    rows = db.session.execute(
        select(AuditEntry.at, Person)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .where(AuditEntry.subject_type == "attempt", AuditEntry.subject_id == attempt_id, AuditEntry.action == "attempt.look")
    )
    return [Entry(at, "looked", person=person) for at, person in rows]
