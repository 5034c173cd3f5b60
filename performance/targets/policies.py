"""Who may set which target: below oneself, never one's own and never what was given from above."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, or_, true

from lms.authz import Actor, Permission, Role, ScopeKind
from lms.people.models import Person, Team
from lms.people.scope import people_in_scope


def may_set_team(actor: Actor, path: str) -> bool:
    """HR for every team in scope; a manager for those below the team in his care, whose own target is given to him."""
    return any(
        grant.scope is ScopeKind.COMPANY
        or (
            grant.team_path is not None
            and path.startswith(grant.team_path)
            and (grant.role is not Role.MANAGER or path != grant.team_path)
        )
        for grant in actor.grants_for(Permission.TARGET_SET)
    )


def may_set_member(actor: Actor, person_id: int, team_path: str | None) -> bool:
    """For everybody in scope but oneself."""
    return person_id != actor.person_id and any(
        grant.scope is ScopeKind.COMPANY
        or (grant.team_path is not None and team_path is not None and team_path.startswith(grant.team_path))
        for grant in actor.grants_for(Permission.TARGET_SET)
    )


def settable_teams(actor: Actor) -> ColumnElement[bool]:
    """``may_set_team`` as a condition on ``Team``."""
    conditions: list[ColumnElement[bool]] = []
    for grant in actor.grants_for(Permission.TARGET_SET):
        if grant.scope is ScopeKind.COMPANY:
            return true()
        if grant.team_path is not None:
            below = Team.path.startswith(grant.team_path, autoescape=True)
            conditions.append(and_(below, Team.path != grant.team_path) if grant.role is Role.MANAGER else below)
    return or_(*conditions) if conditions else false()


def settable_members(actor: Actor) -> ColumnElement[bool]:
    """``may_set_member`` as a condition on ``Person``."""
    return and_(people_in_scope(actor, Permission.TARGET_SET), Person.id != (actor.person_id or 0))
