"""Holding an oral exam: open it, hand in a sheet, talk it over or ask a third, and the result goes to the course."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from assessments.grading import open_text
from assessments.grading.open_text import OpenKey
from assessments.grading.texts import BadQuestion
from assessments.orals import scoring
from assessments.orals.models import How, OralProposal, OralResult, OralSheet, OralSitting
from courses import policies as course_policies
from courses import services as courses
from courses.completion import Outcome
from courses.models import Course, Enrolment, ModuleVersion
from lms import audit
from lms.authz import SYSTEM, Actor, Permission, Role, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Person, RoleGrant

KIND = "oral"
LONGEST = 4_000
LONGEST_REASON = 500
EXAMINERS = (Role.TRAINER.value, Role.MANAGER.value)


def is_examiner() -> Any:
    """A condition on ``Person``: trainers and managers who are here."""
    granted = select(RoleGrant.person_id).where(RoleGrant.role.in_(EXAMINERS))
    return Person.active.is_(True) & Person.id.in_(granted)


def examined(actor: Actor, enrolment_id: int, module_id: int) -> tuple[Enrolment, ModuleVersion]:
    """An enrolment in the actor's scope and the exam that its course asks for. :raises Unknown: otherwise."""
    row = db.session.execute(
        select(Enrolment, ModuleVersion)
        .join(Person, Person.id == Enrolment.person_id)
        .join(ModuleVersion, ModuleVersion.course_version_id == Enrolment.version_id)
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.withdrawn_at.is_(None),
            ModuleVersion.module_id == module_id,
            ModuleVersion.kind == KIND,
            course_policies.enrolments_seen(actor, Permission.ORAL_EXAMINE),
        )
        .with_for_update(of=Enrolment)
    ).one_or_none()
    if row is None:
        raise Unknown()
    return row[0], row[1]


def convene(actor: Actor, enrolment_id: int, module_id: int, second_id: int, *, now: datetime) -> OralSitting:
    """Open an exam before the actor and a second examiner; its questions are drawn now. Sent twice it is one.

    :raises Unknown: if the person is out of the actor's scope, or the course asks for no oral exam.
    :raises Refused: ``oral_own``, ``oral_second``, ``oral_attempts``, ``oral_open`` if another sitting is open.
    """
    require(actor, Permission.ORAL_EXAMINE)
    enrolment, version = examined(actor, enrolment_id, module_id)
    if actor.person_id is None or actor.person_id == enrolment.person_id:
        raise Refused("oral_own")
    before = db.session.scalars(
        select(OralSitting)
        .where(OralSitting.enrolment_id == enrolment_id, OralSitting.module_id == module_id)
        .order_by(OralSitting.number)
    ).all()
    if before and before[-1].closed_at is None:
        return _same(before[-1], {actor.person_id, second_id})
    held = sum(each.cancelled_at is None for each in before)
    if version.content["attempts"] is not None and held >= version.content["attempts"]:
        raise Refused("oral_attempts")
    _check_examiner(second_id, {actor.person_id, enrolment.person_id})
    content = version.content
    drawn = random.SystemRandom().sample(content["topics"], min(content["draw"], len(content["topics"])))
    sitting = OralSitting(
        enrolment_id=enrolment_id,
        module_id=module_id,
        module_version_id=version.id,
        person_id=enrolment.person_id,
        number=len(before) + 1,
        frozen={"topics": drawn} | {name: content[name] for name in ("criteria", "pass_mark", "apart")},
        opened_at=now,
        opened_by_id=actor.person_id,
    )
    db.session.add(sitting)
    db.session.flush()
    sitting.sheets += [_sheet(each, now) for each in (actor.person_id, second_id)]
    db.session.flush()
    audit.record(actor, "oral.open", "oral_sitting", sitting.id, second=second_id)
    return sitting


def _same(sitting: OralSitting, examiners: set[int]) -> OralSitting:
    if {each.examiner_id for each in sitting.sheets} != examiners:
        raise Refused("oral_open")
    return sitting


def _check_examiner(person_id: int, excluded: set[int]) -> None:
    known = db.session.scalar(select(Person.id).where(Person.id == person_id, is_examiner()))
    if known is None or person_id in excluded:
        raise Refused("oral_second", field="second")


def _sheet(examiner_id: int, now: datetime, *, third: bool = False) -> OralSheet:
    return OralSheet(examiner_id=examiner_id, third=third, note="", asked_at=now)


def own_sheet(actor: Actor, sitting_id: int) -> OralSheet:
    """The actor's sheet of a sitting, the sitting locked. :raises Unknown: if they are no examiner of it."""
    db.session.execute(select(OralSitting.id).where(OralSitting.id == sitting_id).with_for_update())
    sheet = db.session.scalar(
        select(OralSheet)
        .where(OralSheet.sitting_id == sitting_id, OralSheet.examiner_id == actor.person_id)
        .execution_options(populate_existing=True)
    )
    if sheet is None or actor.person_id is None:
        raise Unknown()
    return sheet


def give(actor: Actor, sitting_id: int, points: Mapping[str, Mapping[str, str]], note: str, *, now: datetime) -> OralSheet:
    """Hand in one's sheet, blind to the other's. Sent twice it is one sheet: the first one.

    :raises Unknown: if the actor is no examiner of it.
    :raises Refused: ``grade_incomplete``, ``grade_no_such_level``, ``grade_comment_long``, ``oral_closed``.
    """
    require(actor, Permission.ORAL_EXAMINE)
    sheet = own_sheet(actor, sitting_id)
    sitting = sheet.sitting
    if sheet.given_at is not None:
        return sheet
    if sitting.closed_at is not None:
        raise Refused("oral_closed")
    if len(note) > LONGEST:
        raise Refused("grade_comment_long", field="note")
    kept = {topic: dict(levels) for topic, levels in points.items()}
    share_of(sitting, kept)
    sheet.points, sheet.note, sheet.given_at = kept, note.strip(), now
    db.session.flush()
    audit.record(actor, "oral.sheet", "oral_sitting", sitting_id)
    _settle(sitting, now)
    return sheet


def key_of(sitting: OralSitting) -> OpenKey:
    return open_text.parse_key({"criteria": sitting.frozen["criteria"]})


def share_of(sitting: OralSitting, points: Mapping[str, Mapping[str, str]]) -> Fraction:
    """What a sheet comes to. :raises Refused: for one that is not complete."""
    try:
        return scoring.share_of(key_of(sitting), [each["id"] for each in sitting.frozen["topics"]], points)
    except BadQuestion as problem:
        raise Refused(problem.code) from problem


def given(sitting: OralSitting) -> Sequence[OralSheet]:
    return [each for each in sitting.sheets if each.given_at is not None]


def is_apart(sitting: OralSitting) -> bool:
    """Whether two have handed in and lie too far apart, and nobody else has been asked."""
    shares = [share_of(sitting, each.points or {}) for each in given(sitting)]
    return len(sitting.sheets) == 2 and len(shares) == 2 and sitting.closed_at is None and _settled(sitting, shares) is None


def _settled(sitting: OralSitting, shares: Sequence[Fraction]) -> scoring.Settled | None:
    return scoring.settle(shares, Fraction(sitting.frozen["apart"], 100))


def _settle(sitting: OralSitting, now: datetime) -> None:
    db.session.refresh(sitting, ["sheets"])
    if len(given(sitting)) < len(sitting.sheets):
        return
    found = _settled(sitting, [share_of(sitting, each.points or {}) for each in sitting.sheets])
    if found is not None:
        _close(sitting, found.share, How(found.how), "", now)


def call_third(actor: Actor, sitting_id: int, person_id: int, *, now: datetime) -> OralSheet:
    """Ask somebody else who heard it: by one of the two, or by who could have opened it, for both may have left. The median
    of the three counts then.

    :raises Unknown: if the actor is neither.
    :raises Refused: ``oral_not_apart``, ``oral_second``, ``oral_own``, ``oral_closed``.
    """
    require(actor, Permission.ORAL_EXAMINE)
    sitting = replaceable(actor, sitting_id)
    if not is_apart(sitting):
        raise Refused("oral_not_apart")
    _check_examiner(person_id, {sitting.person_id, *(each.examiner_id for each in sitting.sheets)})
    sheet = _sheet(person_id, now, third=True)
    sitting.sheets.append(sheet)
    db.session.flush()
    audit.record(actor, "oral.third", "oral_sitting", sitting_id, examiner=person_id)
    return sheet


def propose(actor: Actor, sitting_id: int, percent: int, reason: str, *, now: datetime) -> OralProposal:
    """Put down what the two have come to, with the reason; it holds when the other confirms it.

    :raises Refused: ``oral_not_apart``, ``oral_percent``, ``oral_reason``.
    """
    require(actor, Permission.ORAL_EXAMINE)
    sheet = own_sheet(actor, sitting_id)
    if not is_apart(sheet.sitting):
        raise Refused("oral_not_apart")
    if not 0 <= percent <= 100:
        raise Refused("oral_percent", field="percent")
    if not reason.strip() or len(reason) > 2_000:
        raise Refused("oral_reason", field="reason")
    row = OralProposal(sitting_id=sitting_id, percent=percent, reason=reason.strip(), by_id=sheet.examiner_id, at=now)
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "oral.propose", "oral_sitting", sitting_id, percent=percent)
    return row


def proposal_of(sitting_id: int) -> OralProposal | None:
    """The last one."""
    return db.session.scalar(
        select(OralProposal).where(OralProposal.sitting_id == sitting_id).order_by(OralProposal.id.desc()).limit(1)
    )


def confirm(actor: Actor, sitting_id: int, proposal_id: int, *, now: datetime) -> OralResult:
    """Agree to what the other has put down. :raises Refused: ``oral_not_apart``, ``oral_proposal_other``."""
    require(actor, Permission.ORAL_EXAMINE)
    sheet = own_sheet(actor, sitting_id)
    sitting, last = sheet.sitting, proposal_of(sitting_id)
    if not is_apart(sitting):
        raise Refused("oral_not_apart")
    if last is None or last.id != proposal_id or last.by_id == sheet.examiner_id:
        raise Refused("oral_proposal_other")
    last.confirmed_by_id, last.confirmed_at = sheet.examiner_id, now
    return _close(sitting, Fraction(last.percent, 100), How.DISCUSSION, last.reason, now)


def cancel(actor: Actor, sitting_id: int, *, now: datetime) -> OralSitting:
    """It was not held after all: as long as no sheet has been handed in. It counts as no attempt. :raises Refused: ``oral_begun``."""
    require(actor, Permission.ORAL_EXAMINE)
    sitting = own_sheet(actor, sitting_id).sitting
    if sitting.closed_at is not None or given(sitting):
        raise Refused("oral_begun")
    sitting.closed_at = sitting.cancelled_at = now
    db.session.flush()
    audit.record(actor, "oral.cancel", "oral_sitting", sitting_id)
    return sitting


def replaceable(actor: Actor, sitting_id: int) -> OralSitting:
    """An open sitting, locked, whose examiners the actor may replace: an examiner of it, or who could have opened it.

    :raises Unknown: otherwise. :raises Refused: ``oral_own``, ``oral_closed``.
    """
    require(actor, Permission.ORAL_EXAMINE)
    sitting = db.session.scalar(
        select(OralSitting)
        .options(selectinload(OralSitting.sheets).joinedload(OralSheet.examiner))
        .where(OralSitting.id == sitting_id)
        .with_for_update(of=OralSitting)
        .execution_options(populate_existing=True)
    )
    if sitting is None or actor.person_id is None:
        raise Unknown()
    if actor.person_id not in {each.examiner_id for each in sitting.sheets}:
        examined(actor, sitting.enrolment_id, sitting.module_id)
    if actor.person_id == sitting.person_id:
        raise Refused("oral_own")
    if sitting.closed_at is not None:
        raise Refused("oral_closed")
    return sitting


def replace_examiner(actor: Actor, sitting_id: int, old_id: int, new_id: int, reason: str, *, now: datetime) -> OralSheet:
    """Give an empty sheet to somebody else: its examiner has left or will not hand it in. Who it was stays in the audit trail.

    :raises Unknown: if the actor is no examiner of it and could not have opened it.
    :raises Refused: ``oral_own``, ``oral_closed``, ``oral_sheet_given``, ``oral_second``, ``oral_replace_reason``.
    """
    require(actor, Permission.ORAL_EXAMINE)
    sitting = replaceable(actor, sitting_id)
    sheet = next((each for each in sitting.sheets if each.examiner_id == old_id and each.given_at is None), None)
    if sheet is None:
        raise Refused("oral_sheet_given", field="old")
    _check_examiner(new_id, {sitting.person_id, *(each.examiner_id for each in sitting.sheets)})
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Refused("oral_replace_reason", field="reason")
    sheet.examiner_id, sheet.asked_at = new_id, now
    db.session.flush()
    audit.record(actor, "oral.replace", "oral_sitting", sitting_id, old=old_id, new=new_id, reason=reason.strip())
    return sheet


def correctable(actor: Actor, sitting_id: int) -> OralSitting:
    """A settled sitting, locked, of a course that the actor may edit. :raises Unknown: otherwise, and if it is one's own."""
    require(actor, Permission.ORAL_EXAMINE)
    sitting = db.session.scalar(
        select(OralSitting)
        .join(Enrolment, Enrolment.id == OralSitting.enrolment_id)
        .join(Course, Course.id == Enrolment.course_id)
        .options(selectinload(OralSitting.sheets).joinedload(OralSheet.examiner), joinedload(OralSitting.person), joinedload(OralSitting.version))
        .where(
            OralSitting.id == sitting_id, OralSitting.closed_at.is_not(None), OralSitting.cancelled_at.is_(None),
            OralSitting.person_id != (actor.person_id or 0), course_policies.authored(actor),
        )
        .with_for_update(of=OralSitting)
    )  # fmt: skip
    if sitting is None or actor.person_id is None:
        raise Unknown()
    return sitting


def correct(actor: Actor, sitting_id: int, seen_id: int, percent: int, reason: str, *, now: datetime) -> OralResult:
    """Put another score in the place of the result ``seen_id``; the sheets stay as they were given, and the course follows.

    :raises Unknown: as :func:`correctable`.
    :raises Refused: ``oral_result_changed``, ``oral_result_same``, ``oral_percent``, ``oral_reason``.
    """
    sitting = correctable(actor, sitting_id)
    last = current(sitting_id)
    if last is None or last.id != seen_id:
        raise Refused("oral_result_changed")
    if not 0 <= percent <= 100:
        raise Refused("oral_percent", field="percent")
    if not reason.strip() or len(reason) > 2_000:
        raise Refused("oral_reason", field="reason")
    share = Fraction(percent, 100)
    if share == Fraction(last.share):
        raise Refused("oral_result_same", field="percent")
    return _enter(actor, sitting, share, How.CORRECTED, reason.strip(), now, before=last)


def current(sitting_id: int) -> OralResult | None:
    """The result that counts: the last of its chain."""
    return db.session.scalar(select(OralResult).where(OralResult.sitting_id == sitting_id).order_by(OralResult.id.desc()).limit(1))


def _close(sitting: OralSitting, share: Fraction, how: How, reason: str, now: datetime) -> OralResult:
    """Keep the first result and close the sitting."""
    sitting.closed_at = now
    return _enter(SYSTEM, sitting, share, how, reason, now)


def _enter(
    actor: Actor, sitting: OralSitting, share: Fraction, how: How, reason: str, now: datetime, before: OralResult | None = None
) -> OralResult:
    """Keep a result and tell the course, in the caller's transaction."""
    passed = share * 100 >= sitting.frozen["pass_mark"]
    result = OralResult(
        sitting_id=sitting.id,
        share=str(share),
        score=float(share),
        passed=passed,
        how=how.value,
        reason=reason,
        sheets=[each.id for each in given(sitting)],
        at=now,
        by_id=actor.person_id,
        supersedes_id=before.id if before else None,
    )
    db.session.add(result)
    db.session.flush()
    act = "oral.correct" if before else "oral.result"
    audit.record(actor, act, "oral_sitting", sitting.id, how=how.value, passed=passed, **({"before": before.share, "after": result.share} if before else {}))
    outcome = Outcome(passed, result.score, sitting.opened_at, f"oral:{sitting.id}")
    courses.record_outcome(SYSTEM, sitting.enrolment_id, sitting.module_id, outcome, now=now)
    return result
