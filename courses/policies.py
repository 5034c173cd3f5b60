"""Who may do what with which course. Each answers in one line; lists scope in SQL with the conditions below."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import ColumnElement, false, or_, true

from courses.models import Course, Enrolment, Module
from lms.authz import SYSTEM, Actor, Permission, Role, ScopeKind
from lms.db import db
from lms.errors import Unknown
from lms.people.scope import people_in_scope


def courses_granted(actor: Actor, permission: Permission) -> set[int]:
    """The courses named by the actor's course grants."""
    grants = actor.grants_for(permission)
    return {g.course_id for g in grants if g.scope is ScopeKind.COURSE and g.course_id is not None}


def may_create(actor: Actor) -> bool:
    return any(g.scope is not ScopeKind.COURSE for g in actor.grants_for(Permission.COURSE_AUTHOR))


def authored(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Course``: those the actor may edit. Company trainers: all; else their own and those granted."""
    if actor.company_wide(Permission.COURSE_AUTHOR):
        return true()
    if not actor.can(Permission.COURSE_AUTHOR):
        return false()
    return or_(
        Course.owner_id == actor.person_id, Course.id.in_(courses_granted(actor, Permission.COURSE_AUTHOR))
    )


class Owned(Protocol):
    """A course, as far as it takes to know whose it is."""

    @property
    def id(self) -> int: ...
    @property
    def owner_id(self) -> int | None: ...


def may_author(actor: Actor, course: Owned) -> bool:
    if actor.company_wide(Permission.COURSE_AUTHOR):
        return True
    own = course.owner_id is not None and course.owner_id == actor.person_id
    return actor.can(Permission.COURSE_AUTHOR) and (
        own or course.id in courses_granted(actor, Permission.COURSE_AUTHOR)
    )


def authored_course(actor: Actor, course_id: int) -> Course:
    """The course, if the actor may edit it. :raises Unknown: otherwise."""
    course = db.session.get(Course, course_id)
    if course is None or not may_author(actor, course):
        raise Unknown()
    return course


def authored_module(actor: Actor, module_id: int) -> Module:
    """The module of the draft, if the actor may edit its course. :raises Unknown: otherwise, or if removed."""
    module = db.session.get(Module, module_id)
    if module is None or module.removed_at is not None or not may_author(actor, module.course):
        raise Unknown()
    return module


def enrolments_seen(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """A condition on ``Enrolment`` joined with ``Person``: by the people in scope, or by a course granted."""
    conditions = [people_in_scope(actor, permission)]
    courses = courses_granted(actor, permission)
    if courses:
        conditions.append(Enrolment.course_id.in_(courses))
    return or_(*conditions)


def may_record(actor: Actor, enrolment: Enrolment) -> bool:
    """The learner, those who author the course, and the system."""
    return is_learner(actor, enrolment) or actor is SYSTEM or may_author(actor, enrolment.course)


def is_learner(actor: Actor, enrolment: Enrolment) -> bool:
    return actor.person_id is not None and actor.person_id == enrolment.person_id


def sees_all_courses(actor: Actor) -> bool:
    """HR sees every published and retired course; drafts belong to their trainers."""
    return actor.has_role(Role.HR)
