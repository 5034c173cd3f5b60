"""Who may do what with which case. Each answers in one line, or finds the row or nothing."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import joinedload

from assessments.cases.models import Case, CaseComment, CaseVersion, CaseWork, State
from courses.models import Enrolment
from courses.policies import courses_granted
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Unknown
from lms.people.models import Person
from lms.people.scope import people_in_scope

_WHOLE = joinedload(CaseWork.version).joinedload(CaseVersion.rubric)
CURRENT = (Case.id == CaseVersion.case_id) & (Case.version == CaseVersion.number)


def authored_case(actor: Actor, case_id: int) -> Case:
    """A case for its trainers: they share the library. :raises Unknown: otherwise."""
    case = db.session.get(Case, case_id) if actor.can(Permission.CASE_AUTHOR) else None
    if case is None:
        raise Unknown()
    return case


def own_proposal(actor: Actor, case_id: int) -> Case:
    """:raises Unknown: if somebody else proposed it."""
    case = db.session.get(Case, case_id)
    if case is None or actor.person_id is None or case.proposed_by_id != actor.person_id:
        raise Unknown()
    return case


def open_in_library() -> ColumnElement[bool]:
    """A condition on ``Case`` joined with its current version: published, and not kept for courses."""
    return and_(Case.status == State.PUBLISHED.value, CaseVersion.content["open"].as_boolean())


def own_work(actor: Actor, work_id: int) -> CaseWork:
    """:raises Unknown: if it is somebody else's, or its enrolment was withdrawn."""
    query = select(CaseWork).options(_WHOLE, joinedload(CaseWork.enrolment).joinedload(Enrolment.version))
    work = db.session.scalar(query.where(CaseWork.id == work_id, CaseWork.person_id == actor.person_id))
    if work is None or actor.person_id is None:
        raise Unknown()
    if work.enrolment is not None and work.enrolment.withdrawn_at is not None:
        raise Unknown()
    return work


def same_group(work: CaseWork) -> ColumnElement[bool]:
    """A condition on ``CaseWork``: those who work on the same version in the same course, or in the same team."""
    if work.course_id is not None:
        place = CaseWork.course_id == work.course_id
    elif work.team_id is not None:
        place = CaseWork.team_id == work.team_id
    else:
        return false()
    return and_(CaseWork.version_id == work.version_id, place)


def same_talk(work: CaseWork) -> ColumnElement[bool]:
    """A condition on ``CaseComment``: the discussion of that group."""
    if work.course_id is not None:
        place = CaseComment.course_id == work.course_id
    elif work.team_id is not None:
        place = CaseComment.team_id == work.team_id
    else:
        return false()
    return and_(CaseComment.version_id == work.version_id, place)


def scored_by(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``CaseWork``: answered by somebody in scope, or in a course granted; never one's own."""
    if not actor.can(Permission.CASE_SCORE) or actor.person_id is None:
        return false()
    people = select(Person.id).where(people_in_scope(actor, Permission.CASE_SCORE))
    courses = courses_granted(actor, Permission.CASE_SCORE)
    reach = or_(CaseWork.person_id.in_(people), CaseWork.course_id.in_(courses)) if courses else CaseWork.person_id.in_(people)
    return and_(reach, CaseWork.person_id != actor.person_id, CaseWork.answered_at.is_not(None))


def scored_work(actor: Actor, work_id: int) -> CaseWork:
    """:raises Unknown: if the actor is not to score it."""
    work = db.session.scalar(select(CaseWork).options(_WHOLE).where(CaseWork.id == work_id, scored_by(actor)))
    if work is None:
        raise Unknown()
    return work


def moderated(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``CaseComment``: by people in the trainer's scope, or in a course granted."""
    if not actor.can(Permission.CASE_AUTHOR):
        return false()
    if actor.company_wide(Permission.CASE_AUTHOR):
        return true()
    people = select(Person.id).where(people_in_scope(actor, Permission.CASE_AUTHOR))
    courses = courses_granted(actor, Permission.CASE_AUTHOR)
    return or_(CaseComment.person_id.in_(people), CaseComment.course_id.in_(courses))


def moderated_comment(actor: Actor, comment_id: int) -> CaseComment:
    """:raises Unknown: if the actor does not moderate it."""
    comment = db.session.scalar(select(CaseComment).where(CaseComment.id == comment_id, moderated(actor)))
    if comment is None:
        raise Unknown()
    return comment


def reads_documents(actor: Actor, case_id: int) -> bool:
    """Those who have begun the case, its trainers, and those who score."""
    if actor.can(Permission.CASE_AUTHOR) or actor.can(Permission.CASE_SCORE):
        return True
    begun = exists().where(CaseVersion.id == CaseWork.version_id, CaseVersion.case_id == case_id)
    query = select(CaseWork.id).where(CaseWork.person_id == actor.person_id, begun).limit(1)
    return actor.person_id is not None and db.session.scalar(query) is not None
