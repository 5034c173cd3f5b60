"""Jobs and the audit trail, for pages. Each takes the viewer and scopes in SQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import aliased

from lms.audit import AuditEntry
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Unknown
from lms.jobs import Job
from lms.paging import Page, paginate
from lms.people.models import Person
from lms.people.scope import called_in_sql


def _mine_or_all(viewer: Actor, everyone: bool) -> ColumnElement[bool]:
    if everyone and viewer.can(Permission.JOB_READ):
        return true()
    return Job.owner_id == viewer.person_id


def jobs_page(viewer: Actor, page: int, *, everyone: bool, state: str = "") -> Page[Job]:
    """The viewer's own jobs, or with ``everyone`` and the right to it all jobs; the latest first."""
    query = select(Job).where(_mine_or_all(viewer, everyone))
    if state:
        query = query.where(Job.state == state)
    return paginate(query.order_by(Job.id.desc()), page)


def job(viewer: Actor, job_id: int) -> Job:
    """:raises Unknown: if there is none, or it is another's and the viewer may not read all."""
    found = db.session.scalar(select(Job).where(Job.id == job_id, _mine_or_all(viewer, True)))
    if found is None:
        raise Unknown()
    return found


def job_counts(viewer: Actor) -> dict[str, int]:
    """State → number of all jobs."""
    require(viewer, Permission.JOB_READ)
    rows = db.session.execute(select(Job.state, func.count()).group_by(Job.state))
    return {state: count for state, count in rows}  # noqa: C416


def failed_jobs(viewer: Actor, limit: int = 5) -> list[Job]:
    """The latest jobs that failed."""
    require(viewer, Permission.JOB_READ)
    return list(db.session.scalars(select(Job).where(Job.state == "failed").order_by(Job.id.desc()).limit(limit)))


class AuditFilter(Struct, frozen=True):
    """``who``: part of a name or number of the actor or of the person acted on; days are inclusive, in UTC."""

    who: str = ""
    action: str = ""
    first: date | None = None
    last: date | None = None


def audit_page(viewer: Actor, wanted: AuditFilter, page: int) -> Page[Any]:
    """Rows (entry, actor's name, name of the person acted on or None), the latest first."""
    require(viewer, Permission.AUDIT_READ)
    actor, subject = aliased(Person), aliased(Person)
    query: Any = (
        select(AuditEntry, called_in_sql(actor).label("actor"), called_in_sql(subject).label("subject"))
        .outerjoin(actor, actor.id == AuditEntry.actor_id)
        .outerjoin(subject, (subject.id == AuditEntry.subject_id) & (AuditEntry.subject_type == "person"))
    )
    if wanted.who:
        columns = (actor.name, actor.name_latin, actor.number, subject.name, subject.name_latin, subject.number)
        query = query.where(or_(*(column.icontains(wanted.who, autoescape=True) for column in columns)))
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.first:
        query = query.where(AuditEntry.at >= _midnight(wanted.first))
    if wanted.last:
        query = query.where(AuditEntry.at < _midnight(wanted.last + timedelta(days=1)))
    return paginate(query.order_by(AuditEntry.id.desc()), page)


def audit_actions(viewer: Actor) -> list[str]:
    """The actions that occur in the trail."""
    require(viewer, Permission.AUDIT_READ)
    return list(db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def latest_acts(viewer: Actor, limit: int = 8) -> list[Any]:
    """The latest (entry, actor's name)."""
    require(viewer, Permission.AUDIT_READ)
    query = select(AuditEntry, called_in_sql()).outerjoin(Person, Person.id == AuditEntry.actor_id)
    return list(db.session.execute(query.order_by(AuditEntry.id.desc()).limit(limit)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
