"""Who may say how the people of a study were chosen, and by which KPI a course is judged."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select, true

from courses.models import Course, Enrolment
from courses.policies import authored
from effects.initiatives.models import InitiativeStart
from effects.models import Study
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Forbidden
from lms.people.models import Person
from lms.people.scope import people_in_scope


def may_confirm(actor: Actor, study: Study) -> bool:
    """Who looks after everybody who began: HR and company-wide managers, or a manager whose teams hold them all. Who
    knows but a part of them does not know how all of them were chosen."""
    if not actor.can(Permission.EFFECT_RUN):
        return False
    if actor.company_wide(Permission.EFFECT_RUN):
        return True
    return bool(db.session.scalar(select(_looks_after_all(actor, Permission.EFFECT_RUN, _cohort(study)))))


def require_confirmer(actor: Actor, study: Study) -> None:
    """:raises Forbidden: ``study_cohort_not_yours``."""
    if not may_confirm(actor, study):
        raise Forbidden("study_cohort_not_yours")


def judged_by(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Course``: those whose primary KPI the actor may name. HR and company-wide managers: all;
    trainers: those they author; a manager of teams: those in which nobody but their own people is enrolled."""
    permission = Permission.PRIMARY_KPI_NAME
    if actor.company_wide(permission):
        return true()
    enrolled = select(Enrolment.id).join(Person, Person.id == Enrolment.person_id).where(Enrolment.course_id == Course.id)
    return or_(authored(actor), _looks_after_all(actor, permission, enrolled))


def may_name_primary(actor: Actor, course_id: int) -> bool:
    """Whether the actor may name this course's primary KPI."""
    if not actor.can(Permission.PRIMARY_KPI_NAME):
        return False
    return db.session.scalar(select(Course.id).where(Course.id == course_id, judged_by(actor))) is not None


def _cohort(study: Study) -> Select[Any]:
    """Who began, joined with ``Person``."""
    if study.course_id is None:
        began = select(InitiativeStart.id).join(Person, Person.id == InitiativeStart.person_id)
        return began.where(InitiativeStart.initiative_id == study.initiative_id)
    began = select(Enrolment.id).join(Person, Person.id == Enrolment.person_id)
    return began.where(Enrolment.course_id == study.course_id, Enrolment.started_on.is_not(None))


def _looks_after_all(actor: Actor, permission: Permission, people: Select[Any]) -> ColumnElement[bool]:
    """There is somebody, and nobody outside the actor's scope; who has no team is in nobody's but the company's."""
    outside = people.where(or_(Person.team_id.is_(None), not_(people_in_scope(actor, permission))))
    return and_(people.exists(), not_(outside.exists()))
