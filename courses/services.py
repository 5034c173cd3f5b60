"""Learning: enrol, start, record what became of a module, complete. One transaction from the act to the certificate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, case, func, insert, select
from sqlalchemy.orm import joinedload

from courses import certificates, policies, published
from courses.completion import Judgement, Outcome, judge
from courses.dates import check_due, day_of
from courses.models import (
    Chosen,
    Completion,
    CompletionReview,
    Course,
    CourseVersion,
    Enrolment,
    ModuleOutcome,
    Source,
    Status,
)
from courses.standing import completion_stands
from lms import audit, jobs
from lms.authz import Actor, Permission, require
from lms.db import db, fetch
from lms.errors import Refused, Unknown
from lms.people.models import Person
from lms.people.scope import people_in_scope
from lms.prepared import Prepared, adding


class Assigned(Struct, frozen=True):
    """What an assignment did: people newly enrolled, already learning, and left because they completed before."""

    enrolled: int
    learning: int
    completed: int


def enrol(actor: Actor, course_id: int, *, now: datetime) -> Enrolment:
    """Enrol oneself. A second click finds the enrolment of the first; after a completion a new cycle opens."""
    require(actor, Permission.COURSE_ENROL_SELF)
    if actor.person_id is None:
        raise Unknown()
    version = _open_version(course_id)
    db.session.execute(select(Person.id).where(Person.id == actor.person_id).with_for_update())
    last = _last(actor.person_id, course_id)
    if last is not None and last.withdrawn_at is None and last.completion is None:
        return last
    enrolment = Enrolment(
        person_id=actor.person_id,
        course_id=course_id,
        version_id=version.id,
        cycle=last.cycle + 1 if last else 1,
        enrolled_at=now,
        chosen=Chosen.VOLUNTEERS,
        chosen_by_id=actor.person_id,
        source=Source.INTERNAL,
    )
    db.session.add(enrolment)
    db.session.flush()
    audit.record(
        actor, "enrolment.create", "enrolment", enrolment.id, course=course_id, cycle=enrolment.cycle
    )
    return enrolment


def withdraw(actor: Actor, enrolment_id: int, *, now: datetime) -> Enrolment:
    """Leave a course one chose oneself. :raises Refused: ``assigned_by_others``, ``already_completed``."""
    require(actor, Permission.COURSE_ENROL_SELF)
    enrolment = locked(enrolment_id)
    if not policies.is_learner(actor, enrolment):
        raise Unknown()
    if enrolment.chosen_by_id != actor.person_id:
        raise Refused("assigned_by_others")
    if enrolment.completion is not None:
        raise Refused("already_completed")
    if enrolment.withdrawn_at is None:
        enrolment.withdrawn_at = now
        audit.record(actor, "enrolment.withdraw", "enrolment", enrolment.id)
    db.session.flush()
    return enrolment


def assign(
    actor: Actor,
    course_id: int,
    person_ids: Sequence[int],
    *,
    chosen: Chosen,
    reason: str,
    due_on: date | None,
    again: bool = False,
    now: datetime,
) -> Assigned:
    """Enrol people in scope, keeping how they were chosen; ``again`` opens a new cycle for those who completed.

    :raises Refused: ``nobody_chosen``, ``reason_missing``, ``due_in_the_past``, ``due_too_far``, ``course_not_open``.
    :raises Unknown: if one of the people is out of scope: nobody is enrolled then.
    """
    require(actor, Permission.COURSE_ASSIGN)
    version = _open_version(course_id)
    wanted = _people_to_assign(actor, person_ids)
    if chosen is not Chosen.EVERYONE and not reason.strip():
        raise Refused("reason_missing", field="reason")
    check_due(due_on, now)
    last = _last_cycles(course_id, wanted)
    learning = {p for p, (_cycle, open_, _done) in last.items() if open_}
    completed = {p for p, (_cycle, open_, done) in last.items() if done and not open_}
    new = [p for p in wanted if p not in learning and (again or p not in completed)]
    common = {
        "course_id": course_id,
        "version_id": version.id,
        "enrolled_at": now,
        "due_on": due_on,
        "chosen": chosen.value,
        "reason": reason.strip(),
        "chosen_by_id": actor.person_id,
        "source": Source.INTERNAL.value,
    }
    rows = [{**common, "person_id": p, "cycle": last[p][0] + 1 if p in last else 1} for p in new]
    if rows:
        ids = db.session.scalars(insert(Enrolment).returning(Enrolment.id), rows).all()
        jobs.promise(actor, "courses.tell_assigned", enrolments=list(ids))
    audit.record(
        actor, "enrolment.assign", "course", course_id, people=new, chosen=chosen.value, reason=reason
    )
    return Assigned(len(new), len(learning), 0 if again else len(completed))


def start(actor: Actor, enrolment_id: int, *, now: datetime) -> Enrolment:
    """The learner opened the course: the day is kept once, because effects are counted from it."""
    require(actor, Permission.COURSE_READ)
    enrolment = locked(enrolment_id)
    if not policies.is_learner(actor, enrolment) or enrolment.withdrawn_at is not None:
        raise Unknown()
    if enrolment.started_on is None:
        enrolment.started_on = day_of(now)
    db.session.flush()
    return enrolment


def record_outcome(
    actor: Actor, enrolment_id: int, module_id: int, outcome: Outcome, *, now: datetime
) -> Judgement:
    """Record what became of an act in a module, judge the course and settle its certificate, all at once.

    The same outcome sent twice is recorded once. Another outcome of the same ``source`` corrects the
    earlier one: a completion stays in history, but may cease to stand, and its certificate with it.

    :raises Unknown: if the actor may not record for this enrolment, or it has no such module.
    :raises Refused: ``enrolment_withdrawn``, ``score_not_a_share``.
    """
    require(actor, Permission.COURSE_READ)
    enrolment = locked(enrolment_id)
    if not policies.may_record(actor, enrolment):
        raise Unknown()
    if enrolment.withdrawn_at is not None and policies.is_learner(actor, enrolment):
        raise Refused("enrolment_withdrawn")
    if outcome.score is not None and not 0 <= outcome.score <= 1:
        raise Refused("score_not_a_share")
    if enrolment.version_id is None or all(each.module_id != module_id for each in published.outline(enrolment.version_id)):
        raise Unknown()
    if enrolment.started_on is None:
        enrolment.started_on = day_of(outcome.at)
    known = outcomes_of([enrolment.id]).get(enrolment.id, {})
    if _last_of_source(known.get(module_id, []), outcome.source) != outcome:
        _keep(actor, enrolment, module_id, outcome, now)
        known.setdefault(module_id, []).append(outcome)
    judgement = judge(published.rule(enrolment.version_id), known)
    _settle(actor, enrolment, judgement, now)
    return judgement


OUTCOME = (ModuleOutcome.passed, ModuleOutcome.score, ModuleOutcome.at, ModuleOutcome.source)
"""The columns that make an ``Outcome``, in its order."""
_OUTCOMES = select(ModuleOutcome.enrolment_id, ModuleOutcome.module_id, *OUTCOME).order_by(ModuleOutcome.id)
_OF_ENROLMENTS = _OUTCOMES.where(ModuleOutcome.enrolment_id.in_(bindparam("enrolment_ids", expanding=True)))
_OF_ENROLMENT = Prepared(_OUTCOMES.where(ModuleOutcome.enrolment_id == bindparam("enrolment_id")))
_OF_PERSON = _OUTCOMES.join(Enrolment, Enrolment.id == ModuleOutcome.enrolment_id).where(
    Enrolment.person_id == bindparam("person_id"), Enrolment.withdrawn_at.is_(None)
)
OutcomesByModule = dict[int, list[Outcome]]


def outcomes_of(enrolment_ids: Sequence[int]) -> dict[int, OutcomesByModule]:
    """Enrolment → module → outcomes in the order of their recording; one statement for all of them."""
    if len(enrolment_ids) == 1:
        return _gathered(_OF_ENROLMENT.rows({"enrolment_id": enrolment_ids[0]}))
    return _gathered(fetch(_OF_ENROLMENTS, {"enrolment_ids": list(enrolment_ids)}).all())


def outcomes_of_person(person_id: int | None) -> dict[int, OutcomesByModule]:
    """The same for every enrolment of a person that was not withdrawn."""
    return _gathered(fetch(_OF_PERSON, {"person_id": person_id}).all())


def _gathered(rows: Iterable[Any]) -> dict[int, OutcomesByModule]:
    found: dict[int, OutcomesByModule] = {}
    for enrolment_id, module_id, *outcome in rows:
        found.setdefault(enrolment_id, {}).setdefault(module_id, []).append(Outcome(*outcome))
    return found


_LOCKED = (
    select(Enrolment)
    .options(joinedload(Enrolment.completion))
    .where(Enrolment.id == bindparam("enrolment_id"))
    .with_for_update(of=Enrolment)
    .execution_options(populate_existing=True)
)


def locked(enrolment_id: int) -> Enrolment:
    """The enrolment with its completion, locked against a second act at the same moment. Course and version come when
    they are asked for: what judges an outcome is in ``published``."""
    enrolment = db.session.scalar(_LOCKED, {"enrolment_id": enrolment_id})
    if enrolment is None:
        raise Unknown()
    return enrolment


def evidence_of(judgement: Judgement) -> dict[str, Any]:
    """What was met when, by which act: kept with a completion, so that it can be read without today's rules."""
    return {
        "at": judgement.at.isoformat() if judgement.at else None,
        "needed": judgement.needed,
        "requirements": [
            {
                "module": state.requirement.module_id,
                "need": state.requirement.need.value,
                "minimum": state.requirement.minimum,
                "met": state.met,
                "at": state.at.isoformat() if state.at else None,
                "source": state.source,
                "score": state.score,
            }
            for state in judgement.requirements
        ],
    }


def _settle(actor: Actor, enrolment: Enrolment, judgement: Judgement, now: datetime) -> None:
    """Complete when the rule is met for the first time; later judgements are added as reviews."""
    completion = enrolment.completion
    if completion is None:
        if not judgement.met or judgement.at is None:
            return
        completion = _complete(actor, enrolment, judgement, now)
    elif judgement.met != completion_stands(completion.id):
        db.session.add(
            CompletionReview(
                completion_id=completion.id,
                stands=judgement.met,
                why="result_corrected",
                evidence=evidence_of(judgement),
                at=now,
                by_id=actor.person_id,
            )
        )
        audit.record(actor, "completion.review", "completion", completion.id, stands=judgement.met)
    db.session.flush()
    certificates.settle(actor, enrolment, completion, judgement, now=now)


def _complete(actor: Actor, enrolment: Enrolment, judgement: Judgement, now: datetime) -> Completion:
    completion = Completion(
        enrolment_id=enrolment.id,
        completed_on=day_of(judgement.at or now),
        rule_id=_version(enrolment).rule_id,
        evidence=evidence_of(judgement),
        recorded_at=now,
    )
    db.session.add(completion)
    db.session.flush()
    audit.record(actor, "completion.create", "completion", completion.id, enrolment=enrolment.id)
    return completion


def _keep(actor: Actor, enrolment: Enrolment, module_id: int, outcome: Outcome, now: datetime) -> None:
    _KEEP.do(
        {
            "enrolment_id": enrolment.id,
            "module_id": module_id,
            "passed": outcome.passed,
            "score": outcome.score,
            "at": outcome.at,
            "source": outcome.source,
            "recorded_at": now,
            "recorded_by_id": actor.person_id,
        }
    )


_KEEP = Prepared(adding(ModuleOutcome))


def _last_of_source(outcomes: Sequence[Outcome], source: str) -> Outcome | None:
    return next((outcome for outcome in reversed(outcomes) if outcome.source == source), None)


def _version(enrolment: Enrolment) -> CourseVersion:
    if enrolment.version is None:
        raise Unknown()
    return enrolment.version


def _open_version(course_id: int) -> CourseVersion:
    """The version open for enrolment. :raises Refused: ``course_not_open`` for a retired course."""
    row = db.session.execute(
        select(CourseVersion, Course.status)
        .join(Course, (Course.id == CourseVersion.course_id) & (Course.version == CourseVersion.number))
        .where(Course.id == course_id)
    ).one_or_none()
    if row is None:
        raise Unknown()
    version, status = row
    if status == Status.RETIRED:
        raise Refused("course_not_open")
    return version


def _last(person_id: int, course_id: int) -> Enrolment | None:
    return db.session.scalar(
        select(Enrolment)
        .options(joinedload(Enrolment.completion))
        .where(Enrolment.person_id == person_id, Enrolment.course_id == course_id)
        .order_by(Enrolment.cycle.desc())
        .limit(1)
    )


def _people_to_assign(actor: Actor, person_ids: Sequence[int]) -> list[int]:
    """All of them in scope, locked in one order: two assignments at once follow one another."""
    wanted = sorted(set(person_ids))
    if not wanted:
        raise Refused("nobody_chosen", field="people")
    seen: set[int] = set()
    for at in range(0, len(wanted), 5000):
        condition = people_in_scope(actor, Permission.COURSE_ASSIGN)
        some = select(Person.id).where(Person.id.in_(wanted[at : at + 5000]), condition)
        seen |= set(db.session.scalars(some.order_by(Person.id).with_for_update()))
    if len(seen) != len(wanted):
        raise Unknown()
    return wanted


def _last_cycles(course_id: int, person_ids: Sequence[int]) -> dict[int, tuple[int, bool, bool]]:
    """Person → (last cycle, still learning, ever completed)."""
    open_ = Enrolment.withdrawn_at.is_(None) & Completion.id.is_(None)
    rows = db.session.execute(
        select(
            Enrolment.person_id,
            func.max(Enrolment.cycle),
            func.sum(case((open_, 1), else_=0)),
            func.count(Completion.id),
        )
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(Enrolment.course_id == course_id)
        .group_by(Enrolment.person_id)
    )
    wanted = set(person_ids)
    return {p: (cycle, bool(learning), bool(done)) for p, cycle, learning, done in rows if p in wanted}
