"""Verbs of those who run feedback: open a cycle, remind, close; and what falls due by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from msgspec import Struct
from sqlalchemy import delete, func, select, update

from assessments.feedback360 import anonymity, authoring, policies
from assessments.feedback360.models import (
    FeedbackAnswer,
    FeedbackCycle,
    FeedbackQuestionnaire,
    FeedbackRater,
    FeedbackSubject,
    Group,
    Purpose,
    State,
)
from assessments.surveys import managers
from courses.dates import day_of
from courses.words import in_three_languages
from lms import audit, jobs, mail
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused
from lms.people.models import Person
from lms.people.scope import people_in_scope

MOST_SUBJECTS = 500


class Settings(Struct, frozen=True):
    """What a cycle is; ``least`` and ``most`` raters by anonymous group, days in the organisation's time zone."""

    name: LocalText
    purpose: Purpose
    questionnaire_id: int
    least: dict[str, int]
    most: dict[str, int]
    nominate_until: date
    closes_on: date
    remind_days: int | None = None


def open_cycle(actor: Actor, settings: Settings, person_ids: Sequence[int], *, now: datetime) -> FeedbackCycle:
    """Look at people in the actor's scope; each is asked about themselves, their manager about them.

    :raises Refused: ``feedback_name_missing``, ``feedback_questionnaire``, ``feedback_least``, ``feedback_most``,
        ``feedback_dates``, ``feedback_nobody``, ``feedback_too_many``, and as :func:`authoring.freeze`.
    """
    require(actor, Permission.FEEDBACK_MANAGE)
    draft = db.session.get(FeedbackQuestionnaire, settings.questionnaire_id)
    if draft is None or draft.status != "active":
        raise Refused("feedback_questionnaire", field="questionnaire")
    _check(settings)
    people = _people(actor, person_ids)
    least, most = settings.least, settings.most
    cycle = FeedbackCycle(
        name=in_three_languages(settings.name), purpose=settings.purpose.value, version_id=authoring.freeze(draft, now).id,
        least_peer=least["peer"], least_report=least["report"], least_customer=least["customer"],
        most_peer=most["peer"], most_report=most["report"], most_customer=most["customer"],
        opened_at=now, nominate_until=_end_of(settings.nominate_until, now, "nominate_until"),
        closes_at=_end_of(settings.closes_on, now, "closes_on"), remind_days=settings.remind_days,
        created_by_id=actor.person_id)  # fmt: skip
    db.session.add(cycle)
    db.session.flush()
    _look_at(cycle, people, now)
    audit.record(actor, "feedback.open", "feedback_cycle", cycle.id, people=len(people), purpose=cycle.purpose)
    return cycle


def _check(settings: Settings) -> None:
    if not any(settings.name.values()):
        raise Refused("feedback_name_missing", field="name_en")
    for group in anonymity.ANONYMOUS:
        if settings.least[group] < anonymity.LEAST:
            raise Refused("feedback_least", field=f"least_{group}")
        if settings.most[group] and not settings.least[group] <= settings.most[group] <= 20:
            raise Refused("feedback_most", field=f"most_{group}")
    if settings.nominate_until > settings.closes_on:
        raise Refused("feedback_dates", field="nominate_until")


def _people(actor: Actor, person_ids: Sequence[int]) -> list[int]:
    found = db.session.scalars(
        select(Person.id)
        .where(Person.id.in_(person_ids), Person.active, Person.left_on.is_(None), people_in_scope(actor, Permission.FEEDBACK_MANAGE))
        .order_by(Person.id)
    ).all()
    if not found:
        raise Refused("feedback_nobody", field="people")
    if len(found) > MOST_SUBJECTS:
        raise Refused("feedback_too_many", field="people", most=MOST_SUBJECTS)
    return list(found)


def _look_at(cycle: FeedbackCycle, people: Sequence[int], now: datetime) -> None:
    of = managers.of(people)
    subjects = [FeedbackSubject(cycle_id=cycle.id, person_id=person, manager_id=of.get(person), tally={}) for person in people]
    db.session.add_all(subjects)
    db.session.flush()
    raters = []
    for subject in subjects:
        raters.append(_asked(subject.id, Group.SELF, subject.person_id, now))
        if subject.manager_id is not None:
            raters.append(_asked(subject.id, Group.MANAGER, subject.manager_id, now))
    db.session.add_all(raters)
    db.session.flush()
    jobs.promise(SYSTEM, "feedback360.tell", raters=[rater.id for rater in raters])


def _asked(subject_id: int, relation: Group, person_id: int, now: datetime) -> FeedbackRater:
    return FeedbackRater(subject_id=subject_id, relation=relation.value, person_id=person_id, name="", reason="",
                         state=State.APPROVED.value, invited_on=day_of(now), answered=False)  # fmt: skip


def remind(actor: Actor, cycle_id: int, *, now: datetime) -> FeedbackCycle:
    """Remind those who have not answered; nobody is told who they are.

    :raises Refused: ``feedback_closed``, ``feedback_reminder_today``.
    """
    require(actor, Permission.FEEDBACK_MANAGE)
    cycle = policies.run_cycle(actor, cycle_id)
    check_open(cycle, now)
    if cycle.reminded_on == day_of(now):
        raise Refused("feedback_reminder_today")
    cycle.reminded_on = day_of(now)
    db.session.flush()
    jobs.promise(actor, "feedback360.remind", cycle=cycle.id)
    return cycle


def close(actor: Actor, cycle_id: int, *, now: datetime) -> FeedbackCycle:
    """No more answers; reports can be read from now on. What may not be shown is deleted, and so are the marks of who has answered."""
    require(actor, Permission.FEEDBACK_MANAGE)
    cycle = policies.run_cycle(actor, cycle_id)
    if cycle.closed_at is None:
        _close(cycle, now)
        audit.record(actor, "feedback.close", "feedback_cycle", cycle.id)
    return cycle


def tend(actor: Actor, *, now: datetime) -> dict[str, int]:
    """What falls due by itself: close cycles, remind. Done twice it does nothing more."""
    require(actor, Permission.FEEDBACK_MANAGE)
    due = db.session.scalars(select(FeedbackCycle).where(FeedbackCycle.closed_at.is_(None), FeedbackCycle.closes_at <= now)).all()
    for cycle in due:
        _close(cycle, now)
    rest = db.session.scalars(select(FeedbackCycle).where(FeedbackCycle.closed_at.is_(None), FeedbackCycle.remind_days.is_not(None))).all()
    reminded = [cycle for cycle in rest if _reminder_due(cycle, day_of(now))]
    for cycle in reminded:
        cycle.reminded_on = day_of(now)
        jobs.promise(actor, "feedback360.remind", cycle=cycle.id)
    db.session.flush()
    return {"closed": len(due), "reminders": len(reminded)}


def reminders_of(cycle_id: int) -> str:
    """The matter of a cycle's reminders, by which closing finds those that are still to go."""
    return f"feedback360.remind:{cycle_id}"


def hold_open(cycle_id: int, now: datetime) -> None:
    """Keep the cycle from being closed until this transaction ends. :raises Refused: ``feedback_closed``."""
    query = select(FeedbackCycle).where(FeedbackCycle.id == cycle_id).with_for_update(read=True)
    check_open(db.session.execute(query.execution_options(populate_existing=True)).scalar_one(), now)


def check_open(cycle: FeedbackCycle, now: datetime) -> None:
    """:raises Refused: ``feedback_closed``."""
    if cycle.closed_at is not None or cycle.closes_at <= now:
        raise Refused("feedback_closed")


def _reminder_due(cycle: FeedbackCycle, today: date) -> bool:
    last = cycle.reminded_on or day_of(cycle.opened_at)
    return today >= last + timedelta(days=cycle.remind_days or 0)


def _close(cycle: FeedbackCycle, now: datetime) -> None:
    """Of two at once the first counts; those who are answering come before, or too late."""
    db.session.refresh(cycle, with_for_update=True)
    if cycle.closed_at is not None:
        return
    cycle.closed_at = now
    subjects = db.session.scalars(select(FeedbackSubject).where(FeedbackSubject.cycle_id == cycle.id)).all()
    ids = [subject.id for subject in subjects]
    tallies, counts = _tallies(ids), _counts(ids)
    for subject in subjects:
        subject.tally = tallies.get(subject.id, {})
        shown = {group for atom in anonymity.atoms(counts.get(subject.id, {}), cycle.least) for group in atom}
        db.session.execute(
            delete(FeedbackAnswer).where(
                FeedbackAnswer.subject_id == subject.id,
                FeedbackAnswer.relation.in_(set(anonymity.ANONYMOUS) - shown),
            )
        )
    db.session.execute(
        update(FeedbackRater)
        .where(FeedbackRater.subject_id.in_(ids), FeedbackRater.relation.in_(anonymity.ANONYMOUS))
        .values(answered=False, token_hash=None)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    db.session.expire_all()
    mail.take_back(reminders_of(cycle.id))
    jobs.promise(SYSTEM, "feedback360.report", subjects=ids)


def _tallies(ids: Sequence[int]) -> dict[int, dict[str, list[int]]]:
    """Subject → group → [asked, answered]."""
    found: dict[int, dict[str, list[int]]] = {}
    rows = db.session.execute(
        select(FeedbackRater.subject_id, FeedbackRater.relation, FeedbackRater.answered, func.count())
        .where(FeedbackRater.subject_id.in_(ids), FeedbackRater.state == State.APPROVED.value)
        .group_by(FeedbackRater.subject_id, FeedbackRater.relation, FeedbackRater.answered)
    )
    for subject, relation, answered, n in rows:
        tally = found.setdefault(subject, {}).setdefault(relation, [0, 0])
        tally[0] += n
        tally[1] += n if answered else 0
    return found


def _counts(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    rows = db.session.execute(
        select(FeedbackAnswer.subject_id, FeedbackAnswer.relation, func.count())
        .where(FeedbackAnswer.subject_id.in_(ids))
        .group_by(FeedbackAnswer.subject_id, FeedbackAnswer.relation)
    )
    for subject, relation, n in rows:
        found.setdefault(subject, {})[relation] = n
    return found


def _end_of(day: date, now: datetime, field: str) -> datetime:
    """The last second of a day in the organisation's time zone. :raises Refused: ``feedback_date_past``."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(current_app.config["TIME_ZONE"])).astimezone(UTC)
    moment = midnight - timedelta(seconds=1)
    if moment <= now:
        raise Refused("feedback_date_past", field=field)
    return moment
