"""What single people get beyond the rules of a quiz: more time, more attempts. Granted with a reason, only added, audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from assessments.quizzes import policies
from assessments.quizzes.models import Accommodation, Quiz
from courses.models import Enrolment
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Person
from lms.people.scope import in_name_order, people_in_scope, person_in_scope

MOST_PERCENT, MOST_MINUTES, MOST_ATTEMPTS = 300, 600, 100
LONGEST_REASON = 500


class Extra(Struct, frozen=True):
    """What comes on top: ``percent`` of the time limit, then ``minutes``; attempts."""

    percent: int = 0
    minutes: int = 0
    more: int = 0

    def seconds(self, limit: int | None) -> int | None:
        """The time limit with it, rounded up to a whole second; None where there is no limit."""
        return None if limit is None else limit - (-limit * self.percent // 100) + self.minutes * 60

    def attempts(self, allowed: int | None) -> int | None:
        return None if allowed is None else allowed + self.more


class Row(NamedTuple):
    """An accommodation as lists show it: whose, by whom, for which quiz (None: all), and whether it still holds."""

    granted: Accommodation
    person: Person
    by: Person | None
    holds: bool


@cache
def _own() -> Any:
    """Built once: it is asked when an attempt begins."""
    latest = select(func.max(Accommodation.id)).where(
        Accommodation.person_id == bindparam("person"),
        or_(Accommodation.quiz_id == bindparam("quiz"), Accommodation.quiz_id.is_(None)),
    )
    return select(
        Accommodation.extra_percent, Accommodation.extra_minutes, Accommodation.extra_attempts, Accommodation.until_at
    ).where(Accommodation.id.in_(latest.group_by(Accommodation.quiz_id)))


def of_person(person_id: int | None, quiz_id: int, now: datetime) -> Extra:
    """What holds now: the last granted for the quiz and the last for all; where both hold, the more of each."""
    rows = db.session.execute(_own(), {"person": person_id, "quiz": quiz_id})
    valid = [row for row in rows if row.until_at is None or now < row.until_at]
    return Extra(*(max(each) for each in zip(*(row[:3] for row in valid), strict=True))) if valid else Extra()


def at_start(person_id: int | None, quiz_id: int, settings: Mapping[str, Any], now: datetime) -> Extra:
    """As :func:`of_person`; not asked where neither time nor attempts are limited."""
    if settings["time_limit"] is None and settings["attempts"] is None:
        return Extra()
    return of_person(person_id, quiz_id, now)


def grant(
    actor: Actor,
    module_id: int | None,
    person_id: int,
    extra: Extra,
    reason: str,
    *,
    until: datetime | None = None,
    now: datetime,
) -> Accommodation:
    """Grant a person more time or attempts, in one quiz or (``module_id`` None) in all. Attempts under way keep their deadline.

    The last one granted takes the place of those before; nothing at all ends it. The reason stays out of the audit trail.

    :raises Unknown: for a quiz or a person beyond the actor's reach.
    :raises Refused: ``accommodation_reason``, ``accommodation_range``, ``accommodation_over``; ``accommodation_nothing`` where nothing
        is granted and there is nothing to end.
    """
    require(actor, Permission.QUIZ_AUTHOR if module_id is not None else Permission.PERSON_MANAGE)
    quiz_id = _reached(actor, module_id, person_id)
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Refused("accommodation_reason", field="reason")
    if not (0 <= extra.percent <= MOST_PERCENT and 0 <= extra.minutes <= MOST_MINUTES and 0 <= extra.more <= MOST_ATTEMPTS):
        raise Refused("accommodation_range", field="extra_percent")
    if until is not None and until <= now:
        raise Refused("accommodation_over", field="until")
    if extra == Extra() and not _something_holds(quiz_id, person_id, now):
        raise Refused("accommodation_nothing", field="extra_percent")
    granted = Accommodation(
        quiz_id=quiz_id,
        person_id=person_id,
        extra_percent=extra.percent,
        extra_minutes=extra.minutes,
        extra_attempts=extra.more,
        until_at=until,
        reason=reason,
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(granted)
    db.session.flush()
    numbers = {"percent": extra.percent, "minutes": extra.minutes, "attempts": extra.more}
    audit.record(actor, "quiz.accommodate", "person", person_id, module=module_id, **numbers)
    return granted


def _something_holds(quiz_id: int | None, person_id: int, now: datetime) -> bool:
    """Whether the person has something of what was granted in this quiz (None: in all)."""
    where = Accommodation.quiz_id.is_(None) if quiz_id is None else Accommodation.quiz_id == quiz_id
    query = select(Accommodation).where(where, Accommodation.person_id == person_id).order_by(Accommodation.id.desc())
    last = db.session.scalars(query.limit(1)).first()
    if last is None or (last.until_at is not None and last.until_at <= now):
        return False
    return bool(last.extra_percent or last.extra_minutes or last.extra_attempts)


def _reached(actor: Actor, module_id: int | None, person_id: int) -> int | None:
    """The quiz's id, if the actor may grant the person something in it."""
    if module_id is None:
        person_in_scope(actor, Permission.PERSON_MANAGE, person_id)
        return None
    quiz = policies.marked_quiz(actor, module_id)
    if db.session.scalar(select(Person.id).where(Person.id == person_id, _enrolled(quiz.module.course_id))) is None:
        raise Unknown()
    return quiz.id


def _enrolled(course_id: int) -> Any:
    return exists().where(
        Enrolment.person_id == Person.id, Enrolment.course_id == course_id, Enrolment.withdrawn_at.is_(None)
    )


def may_be_granted(actor: Actor, quiz: Quiz | None, limit: int = 2_000) -> Sequence[Person]:
    """Whom the actor may grant something: in a quiz the people enrolled in its course, in all those in scope."""
    condition = _enrolled(quiz.module.course_id) if quiz else people_in_scope(actor, Permission.PERSON_MANAGE)
    query = select(Person).where(condition, Person.active).order_by(in_name_order(), Person.id).limit(limit)
    return db.session.scalars(query).all()


def granted_in(actor: Actor, module_id: int, now: datetime) -> tuple[Quiz, list[Row]]:
    """What was granted in a quiz, the last first. :raises Unknown: if the actor does not author it."""
    quiz = policies.marked_quiz(actor, module_id)
    return quiz, _rows(Accommodation.quiz_id == quiz.id, now)


def granted_in_all(actor: Actor, now: datetime) -> list[Row]:
    """What was granted for every quiz to the people in scope, the last first."""
    return _rows(Accommodation.quiz_id.is_(None) & people_in_scope(actor, Permission.PERSON_MANAGE), now)


def _rows(condition: Any, now: datetime) -> list[Row]:
    by = aliased(Person)
    query = (
        select(Accommodation, Person, by)
        .join(Person, Person.id == Accommodation.person_id)
        .outerjoin(by, by.id == Accommodation.created_by_id)
        .where(condition)
        .order_by(Accommodation.id.desc())
        .limit(500)
    )
    rows, met = [], set()
    for granted, person, giver in db.session.execute(query):
        gives = granted.extra_percent or granted.extra_minutes or granted.extra_attempts
        runs = granted.until_at is None or now < granted.until_at
        rows.append(Row(granted, person, giver, bool(gives and runs and person.id not in met)))
        met.add(person.id)
    return rows
