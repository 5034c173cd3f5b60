"""Enrol each wave on its day: drawn people, chosen by lot. Done twice it enrols once; cut short it left nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select

from courses import services as courses
from courses.dates import day_of
from courses.models import Chosen, Enrolment
from effects.rollouts import queries
from effects.rollouts.models import Outcome, Rollout, RolloutMember, RolloutSettlement, RolloutWave
from effects.rollouts.services import last_day
from lms import audit
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import db
from lms.errors import Unknown
from lms.people.models import Person

LEAST_TIME = timedelta(days=14)
"""To do the course in, if a wave is enrolled late."""


def enrol_wave(actor: Actor, rollout_id: int, number: int, *, now: datetime) -> dict[str, int]:
    """Settle everyone of a wave who is not settled yet: outcome → how many. One more than the waves: those who waited.

    :raises Unknown: there is no such wave. Refusals of the assignment (a retired course) leave everything undone.
    """
    require(actor, Permission.COURSE_ASSIGN)
    rollout = db.session.get(Rollout, rollout_id)
    starts_on = None if rollout is None else _day_of_wave(rollout, number)
    if rollout is None or starts_on is None:
        raise Unknown()
    db.session.execute(select(Rollout.id).where(Rollout.id == rollout_id).with_for_update())
    members = _waiting_for_their_wave(rollout_id, number)
    outcome, enrolments = _sorted_out(rollout, members, now)
    new = [person for person, what in outcome.items() if what is Outcome.ENROLLED]
    if new:
        due = max(last_day(rollout.kpi.period, starts_on), day_of(now) + LEAST_TIME)
        reason = reason_of(rollout, number)
        courses.assign(
            SYSTEM, rollout.course_id, new, chosen=Chosen.RANDOM, reason=reason, due_on=due, again=True, now=now
        )
        enrolments |= _open_enrolments(rollout.course_id, new)
    _settle(members, outcome, enrolments, now)
    counts = {what.value: list(outcome.values()).count(what) for what in Outcome if what in outcome.values()}
    if counts:
        audit.record(actor, "rollout.enrol", "rollout", rollout_id, wave=number, **counts)
    return counts


def _day_of_wave(rollout: Rollout, number: int) -> date | None:
    """The first day of a wave; of those who wait, the day after the last window."""
    wave = db.session.get(RolloutWave, (rollout.id, number))
    if wave is not None:
        return wave.starts_on
    return rollout.draw.closes_on if rollout.waiting and number == rollout.groups and rollout.draw else None


def reason_of(rollout: Rollout, number: int) -> str:
    """As it stands with each enrolment: one text, for readers of both languages."""
    if number > rollout.waves:
        return f"抽签分批：等到最后的一组（推广计划 {rollout.id}） · Drawn by lot: waited until the end of rollout {rollout.id}"
    return f"抽签分批：第 {number} 批（推广计划 {rollout.id}） · Drawn by lot: wave {number} of rollout {rollout.id}"


def _waiting_for_their_wave(rollout_id: int, number: int) -> dict[int, int]:
    """Person → member of those not settled yet."""
    query = queries.unsettled(rollout_id).where(RolloutMember.wave == number)
    rows = db.session.execute(query.add_columns(RolloutMember.person_id))
    return {person: member for member, person in rows}


def _sorted_out(
    rollout: Rollout, members: dict[int, int], now: datetime
) -> tuple[dict[int, Outcome], dict[int, int]]:
    """Person → what is to become of them; and the enrolments that are there already."""
    today = day_of(now)
    gone = select(Person.id, Person.active, Person.left_on).where(Person.id.in_(members))
    left = {p for p, active, left_on in db.session.execute(gone) if _is_gone(active, left_on, today)}
    there = _open_enrolments(rollout.course_id, list(members))
    outcome = {
        person: Outcome.LEFT if person in left else Outcome.OTHERWISE if person in there else Outcome.ENROLLED
        for person in members
    }
    return outcome, {person: enrolment for person, enrolment in there.items() if person not in left}


def _is_gone(active: bool, left_on: object, today: object) -> bool:
    return left_on < today if left_on is not None else not active  # type: ignore[operator]


def _open_enrolments(course_id: int, people: Sequence[int]) -> dict[int, int]:
    """Person → the newest enrolment in the course that was not withdrawn."""
    rows = db.session.execute(
        select(Enrolment.person_id, Enrolment.id)
        .where(
            Enrolment.course_id == course_id,
            Enrolment.person_id.in_(people),
            Enrolment.withdrawn_at.is_(None),
        )
        .order_by(Enrolment.cycle)
    )
    return {person: enrolment for person, enrolment in rows}  # noqa: C416


def _settle(
    members: dict[int, int], outcome: dict[int, Outcome], enrolments: dict[int, int], now: datetime
) -> None:
    rows = [
        {
            "member_id": member,
            "outcome": outcome[person].value,
            "enrolment_id": enrolments.get(person),
            "at": now,
        }
        for person, member in members.items()
    ]
    if rows:
        db.session.execute(insert(RolloutSettlement), rows)
        db.session.flush()
