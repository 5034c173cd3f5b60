"""Who manages whom: the holder of the manager's role over the nearest team above a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from lms.authz import Role
from lms.db import db
from lms.people.models import Person, RoleGrant, Team


def of(person_ids: Sequence[int]) -> dict[int, int]:
    """Person → manager, for those who have one. Nobody manages themselves: a manager's is the one above."""
    rows = db.session.execute(
        select(Person.id, Team.path).join(Team, Team.id == Person.team_id).where(Person.id.in_(person_ids))
    )
    paths = dict(rows.all())
    held: dict[int | None, list[int]] = {}
    grants = db.session.execute(
        select(RoleGrant.team_id, RoleGrant.person_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role == Role.MANAGER.value, RoleGrant.scope == "team", Person.active, Person.left_on.is_(None))
        .order_by(RoleGrant.id)
    )
    for team_id, holder in grants:
        held.setdefault(team_id, []).append(holder)
    found = {}
    for person, path in paths.items():
        teams = [int(part) for part in path.split("/") if part]
        holders = (holder for team in reversed(teams) for holder in held.get(team, ()) if holder != person)
        manager = next(holders, None)
        if manager is not None:
            found[person] = manager
    return found
