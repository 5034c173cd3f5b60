"""The tree of teams: made, renamed and moved. A team's path is kept true for everything below it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, literal, select, update

from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused
from lms.people.models import Team
from lms.people.scope import team_in_scope

LONGEST_PATH = 255


def create_team(actor: Actor, code: str, name: LocalText, parent_id: int | None, *, now: datetime) -> Team:
    """:raises Refused: ``team_code_taken``, ``team_above_needed``, ``team_too_deep``."""
    require(actor, Permission.PERSON_MANAGE)
    parent = _parent(actor, parent_id)
    _require_free(code, None)
    team = Team(code=code, name=name, parent_id=parent_id, path="/")
    db.session.add(team)
    db.session.flush()
    team.path = _path(parent, team.id)
    db.session.flush()
    audit.record(actor, "team.create", "team", team.id, code=code, parent=parent_id)
    return team


def edit_team(
    actor: Actor, team_id: int, code: str, name: LocalText, parent_id: int | None, *, now: datetime
) -> Team:
    """Rename a team, and move it with everything below when ``parent_id`` is another one.

    :raises Refused: ``team_code_taken``, ``team_cycle``, ``team_above_needed``, ``team_too_deep``.
    """
    require(actor, Permission.PERSON_MANAGE)
    _lock_the_tree()
    team = team_in_scope(actor, Permission.PERSON_MANAGE, team_id)
    _require_free(code, team.id)
    old = {"code": team.code, "name": team.name, "parent": team.parent_id}
    team.code, team.name = code, name
    if parent_id != team.parent_id:
        _move(actor, team, parent_id)
    db.session.flush()
    new = {"code": team.code, "name": team.name, "parent": team.parent_id}
    changes = {key: [old[key], new[key]] for key in old if old[key] != new[key]}
    if changes:
        audit.record(actor, "team.edit", "team", team.id, changes=changes)
    return team


def _lock_the_tree() -> None:
    """Two moves at the same time could make a circle: the second one waits (SQLite has one writer anyway)."""
    db.session.execute(select(Team.id).order_by(Team.id).with_for_update())


def _move(actor: Actor, team: Team, parent_id: int | None) -> None:
    parent = _parent(actor, parent_id)
    if parent is not None and parent.path.startswith(team.path):
        raise Refused("team_cycle", field="parent_id")
    old, new = team.path, _path(parent, team.id)
    below = Team.path.startswith(old, autoescape=True)
    deepest = db.session.scalar(select(func.max(func.length(Team.path))).where(below)) or len(old)
    if deepest - len(old) + len(new) > LONGEST_PATH:
        raise Refused("team_too_deep", field="parent_id")
    team.parent_id = parent_id
    db.session.flush()
    db.session.execute(
        update(Team)
        .where(below)
        .values(path=literal(new) + func.substr(Team.path, len(old) + 1))
        .execution_options(synchronize_session="fetch")
    )


def _parent(actor: Actor, parent_id: int | None) -> Team | None:
    if parent_id is None:
        if not actor.company_wide(Permission.PERSON_MANAGE):
            raise Refused("team_above_needed", field="parent_id")
        return None
    return team_in_scope(actor, Permission.PERSON_MANAGE, parent_id)


def _path(parent: Team | None, team_id: int) -> str:
    path = f"{parent.path if parent else '/'}{team_id}/"
    if len(path) > LONGEST_PATH:
        raise Refused("team_too_deep", field="parent_id")
    return path


def _require_free(code: str, team_id: int | None) -> None:
    query = select(Team.id).where(Team.code == code)
    if team_id is not None:
        query = query.where(Team.id != team_id)
    if db.session.scalar(query) is not None:
        raise Refused("team_code_taken", field="code")
