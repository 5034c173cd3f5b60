"""What a person practises: their cards, the one whose turn it is, an answer looked back at. Keys are read for the answer alone."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from assessments.quizzes import answer_lines, bank
from assessments.quizzes import queries as quizzes
from assessments.quizzes.layout import lay_one, values_of
from assessments.quizzes.models import Attempt, GradeEntry, Question, QuestionVersion, State
from assessments.quizzes.policies import Release, released
from assessments.quizzes.queries import Asked
from assessments.quizzes.results import Judged, key_words
from assessments.quizzes.services import standing_grade
from assessments.quizzes.windows import moment_of
from assessments.repetition import schedule
from assessments.repetition.cards import Card, Tried, cards, held, in_turn
from assessments.repetition.models import PracticeReview
from courses.dates import day_of
from courses.models import Completion, CourseVersion, Enrolment, Module, ModuleVersion
from courses.standing import stands
from lms.authz import Actor
from lms.db import LocalText, db
from lms.errors import Unknown

SEEN = Release(True, True)


class Deck(Struct, frozen=True):
    """All cards of a person; those ``due`` now in their turn, those ``later`` still to be met, their last answers, and the questions
    ``held`` back: their key may not be seen before an attempt of theirs is over."""

    cards: Sequence[Card]
    due: Sequence[Card]
    later: Sequence[Card]
    last: Mapping[int, PracticeReview]
    held: Collection[int]
    now: datetime

    @property
    def next_at(self) -> datetime | None:
        """When the next card comes back; None if one is due now, or none is to come."""
        coming = [self.last[card.question].due_at for card in self.cards if card.question in self.last]
        return None if self.due else min((each for each in coming if each > self.now), default=None)

    @property
    def secure(self) -> int:
        """Cards that come back after more than three weeks."""
        long = timedelta(days=schedule.SECURE_DAYS)
        rows = [self.last[card.question] for card in self.cards if card.question in self.last]
        return sum(row.due_at - row.at > long for row in rows)

    def of_course(self, course: int) -> tuple[int, int]:
        """(cards, due now) of a course."""
        return sum(each.course == course for each in self.cards), sum(each.course == course for each in self.due)


def deck(actor: Actor, now: datetime) -> Deck:
    """One's own cards, in five statements."""
    open_to_practice = _offered(actor)
    offered = [(course, item) for _module, course, items in open_to_practice for item in items]
    tries = _tries(actor, {module for module, _course, _items in open_to_practice}, now)
    found = _active(cards(tries, offered))
    last = _last(actor)
    today = day_of(now)
    met = sum(row.number == 1 and day_of(row.at) == today for row in _first(actor, now))
    due, later = in_turn(found, {id_: row.due_at for id_, row in last.items()}, met, now)
    return Deck(found, due, later, last, held(tries), now)


def _tries(actor: Actor, allowed: Collection[int], now: datetime) -> list[Tried]:
    """One's attempts, the oldest first, each with whether its key may be seen: by the rule of its result page, or because its
    module is ``allowed`` to be practised. While an attempt is open its key never is."""
    rows = db.session.execute(
        select(Attempt, GradeEntry, Module.course_id)
        .join(Module, Module.id == Attempt.module_id)
        .outerjoin(GradeEntry, standing_grade())
        .where(Attempt.person_id == actor.person_id)
        .order_by(Attempt.id)
    ).all()
    groups: dict[tuple[int, int], list[Any]] = {}
    for row in rows:
        groups.setdefault((row[0].enrolment_id, row[0].quiz_id), []).append(row)
    found = []
    for attempt, entry, course in rows:
        by_rule = _released(attempt, entry, groups[attempt.enrolment_id, attempt.quiz_id], now)
        shown = by_rule or (attempt.state != State.OPEN and attempt.module_id in allowed)
        found.append(Tried(course, attempt.frozen["items"], shown, entry.marks if entry else []))
    return found


def _released(attempt: Attempt, entry: GradeEntry | None, group: Sequence[Any], now: datetime) -> bool:
    if entry is None or attempt.state == State.OPEN:
        return False
    open_ = any(each.state == State.OPEN for each, _entry, _course in group)
    passed = any(each is not None and each.passed for _attempt, each, _course in group)
    exhausted = attempt.allowed is not None and len(group) >= attempt.allowed and not open_
    closes_at = moment_of(attempt.frozen.get("closes_at"))
    closed = closes_at is not None and now >= closes_at
    return released(attempt.frozen["review"], passed=passed, exhausted=exhausted, closed=closed).key


def _offered(actor: Actor) -> list[tuple[int, int, list[Mapping[str, Any]]]]:
    """(module, course, items) of the quizzes of one's completed courses whose trainer allows practice."""
    rows = db.session.execute(
        select(ModuleVersion.module_id, CourseVersion.course_id, ModuleVersion.content)
        .join(Enrolment, Enrolment.version_id == CourseVersion.id)
        .join(Completion, Completion.enrolment_id == Enrolment.id)
        .join(ModuleVersion, ModuleVersion.course_version_id == CourseVersion.id)
        .where(Enrolment.person_id == actor.person_id, ModuleVersion.kind == "quiz", stands())
        .order_by(Enrolment.id)
    )
    return [
        (module, course, [*content["items"], *(item for each in content.get("sections", []) for item in each["pool"])])
        for module, course, content in rows
        if content["settings"].get("practice")
    ]


def _active(found: Sequence[Card]) -> list[Card]:
    """Without the questions that have been retired since."""
    ids = {card.question for card in found}
    retired = set(db.session.scalars(select(Question.id).where(Question.id.in_(ids), Question.status == "retired"))) if ids else set()
    return [card for card in found if card.question not in retired]


def _last(actor: Actor) -> dict[int, PracticeReview]:
    """Question → the answer to it that was given last."""
    newest = select(func.max(PracticeReview.id)).where(PracticeReview.person_id == actor.person_id).group_by(PracticeReview.question_id)
    rows = db.session.scalars(select(PracticeReview).where(PracticeReview.id.in_(newest)))
    return {row.question_id: row for row in rows}


def _first(actor: Actor, now: datetime) -> list[Any]:
    """The first answers of the last day and a half: today's are among them in every time zone."""
    return list(
        db.session.execute(
            select(PracticeReview.number, PracticeReview.at).where(
                PracticeReview.person_id == actor.person_id, PracticeReview.number == 1, PracticeReview.at > now - timedelta(hours=36)
            )
        )
    )


def course_titles(actor: Actor, ids: set[int]) -> dict[int, LocalText]:
    """The titles of courses as one took them."""
    rows = db.session.execute(
        select(CourseVersion.course_id, CourseVersion.title)
        .join(Enrolment, Enrolment.version_id == CourseVersion.id)
        .where(Enrolment.person_id == actor.person_id, CourseVersion.course_id.in_(ids))
        .order_by(Enrolment.id)
    )
    return dict(rows.all())


def laid_out(actor: Actor, card: Card, number: int) -> dict[str, Any]:
    """The card's question as it is put for the ``number``-th time: the same however often the page is loaded."""
    version = db.session.get_one(QuestionVersion, card.version)
    chance = random.Random(f"{actor.person_id}:{card.question}:{number}")
    item = {"question": card.question, "version": card.version, "kind": card.kind, "marks": 1}
    return lay_one(item | bank.skeleton(card.kind, version), chance)


def asked(item: Mapping[str, Any], answer: Sequence[str] = ()) -> Asked:
    """The question of a card as its page shows it; no key is read."""
    return quizzes.asked([item], {item["question"]: answer})[0]


def own_review(actor: Actor, review_id: int) -> PracticeReview:
    """:raises Unknown: if it is somebody else's."""
    row = db.session.get(PracticeReview, review_id)
    if row is None or actor.person_id is None or row.person_id != actor.person_id:
        raise Unknown()
    return row


def judged(row: PracticeReview) -> Judged:
    """An answer with what was right, by the key it was judged by, and what is said of it."""
    loaded = (undefer(QuestionVersion.key), undefer(QuestionVersion.feedback))
    key_version = db.session.get_one(QuestionVersion, row.key_version_id, options=loaded, populate_existing=True)
    question = asked(row.item, row.answer)
    kind = row.item["kind"]
    key = bank.question_of(kind, key_version).key
    words = key_words(answer_lines.resolved(key, values_of(row.item)))
    said = key_version.feedback
    return Judged(
        question,
        Fraction(row.share),
        bool(row.answer),
        lines=answer_lines.lines(question, key),
        feedback=said.get("all", {}),
        option_feedback=said.get("options", {}),
        **words,
    )
