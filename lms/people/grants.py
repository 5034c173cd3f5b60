"""Who holds which role over what: given and taken by administrators, never by oneself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from lms import audit
from lms.authz import Actor, Permission, Role, ScopeKind, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people import login_sessions
from lms.people.course_scopes import every_course
from lms.people.models import Person, RoleGrant
from lms.people.scope import person_in_scope, team_in_scope


def grant(
    actor: Actor,
    person_id: int,
    role: str,
    scope: str,
    *,
    team_id: int | None = None,
    course_id: int | None = None,
    now: datetime,
) -> RoleGrant:
    """Give ``role`` over the company, a team with all below it, or a course.

    :raises Refused: ``own_grants``, ``grant_there``, ``grant_needs_team``, ``grant_course_trainer``; Unknown for what is out of scope.
    """
    require(actor, Permission.GRANT_MANAGE)
    person = person_in_scope(actor, Permission.GRANT_MANAGE, person_id)
    if person.id == actor.person_id:
        raise Refused("own_grants")
    if person.erased_at is not None:
        raise Refused("erased_already")
    kind, held = ScopeKind(scope), Role(role)
    team = team_id if kind is ScopeKind.TEAM else None
    course = course_id if kind is ScopeKind.COURSE else None
    _require_scope(actor, kind, team)
    if kind is ScopeKind.COURSE:
        if held is not Role.TRAINER:
            raise Refused("grant_course_trainer", field="role")
        if course not in {each.id for each in every_course()}:
            raise Unknown()
    if any((g.role, g.scope, g.team_id, g.course_id) == (held, kind, team, course) for g in person.grants):
        raise Refused("grant_there", field="role")
    row = RoleGrant(
        person_id=person.id, role=held.value, scope=kind.value, team_id=team, course_id=course, granted_at=now,
        granted_by_id=actor.person_id,
    )  # fmt: skip
    person.grants.append(row)
    db.session.flush()
    if person.check_tf_required_setup() and not person.tf_primary_method:
        login_sessions.end_all(person, now)  # the next sign-in leads to the second factor
    audit.record(actor, "grant.add", "person", person.id, **_in_the_trail(row))
    return row


def revoke(actor: Actor, grant_id: int, *, now: datetime) -> Person:
    """Take a role away; it holds from the next request on. :raises Refused: ``own_grants``, ``last_admin``."""
    require(actor, Permission.GRANT_MANAGE)
    row = db.session.get(RoleGrant, grant_id)
    if row is None:
        raise Unknown()
    person = person_in_scope(actor, Permission.GRANT_MANAGE, row.person_id)
    if person.id == actor.person_id:
        raise Refused("own_grants")
    if row.role == Role.ADMIN and row.scope == ScopeKind.COMPANY and not _another_admin(row):
        raise Refused("last_admin")
    _require_scope(actor, ScopeKind(row.scope), row.team_id)
    taken = _in_the_trail(row)
    person.grants.remove(row)
    db.session.flush()
    audit.record(actor, "grant.revoke", "person", person.id, **taken)
    return person


def _in_the_trail(row: RoleGrant) -> dict[str, Any]:
    """What is kept of a role that was given or taken: team and course as they are called now, since they may be gone when somebody reads it."""
    course = next((dict(each.title) for each in every_course() if each.id == row.course_id), None) if row.course_id else None
    return {"role": row.role, "scope": row.scope, "team": dict(row.team.name) if row.team else None, "course": course}


def _require_scope(actor: Actor, kind: ScopeKind, team_id: int | None) -> None:
    """Nobody gives or takes a role wider than their own right to do so."""
    if actor.company_wide(Permission.GRANT_MANAGE) and kind is not ScopeKind.TEAM:
        return
    if kind is not ScopeKind.TEAM or team_id is None:
        raise Refused("grant_needs_team", field="team_id")
    team_in_scope(actor, Permission.GRANT_MANAGE, team_id)


def _another_admin(row: RoleGrant) -> bool:
    query = select(RoleGrant.id).where(
        RoleGrant.role == Role.ADMIN.value, RoleGrant.scope == ScopeKind.COMPANY.value, RoleGrant.id != row.id
    )
    return db.session.scalar(query.limit(1)) is not None
