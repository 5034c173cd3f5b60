"""Writing imported people in bulk: some statements for thousands of rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, insert, select, update
from sqlalchemy.orm import aliased

from lms.authz import Actor
from lms.db import db
from lms.imports.diff import Incoming
from lms.imports.models import ImportBatch
from lms.people import login_sessions, memberships
from lms.people.models import Person, RoleGrant, Team, TeamMembership
from lms.people.team_paths import TeamNode, TeamTree, local_name

FIELDS = (
    Person.name,
    Person.name_latin,
    Person.email,
    Person.hired_on,
    Person.left_on,
    Person.locale,
    Person.active,
)
_FIELDS = tuple(field.key for field in FIELDS)


def team_tree() -> TeamTree:
    """All teams, to be looked up by code, name or path."""
    parent = aliased(Team)
    query = select(Team.id, Team.code, Team.name, parent.code).outerjoin(parent, parent.id == Team.parent_id)
    return TeamTree(
        TeamNode(code, frozenset(name.values()), above, team_id)
        for team_id, code, name, above in db.session.execute(query)
    )


def team_ids() -> dict[str, int]:
    return {code: team_id for code, team_id in db.session.execute(select(Team.code, Team.id))}  # noqa: C416


def make_teams(batch_id: int, codes: Iterable[str], tree: TeamTree) -> dict[str, int]:
    """The ids of all teams by code, after those among ``codes`` that do not exist were made."""
    ids = team_ids()
    made: list[int] = []
    for code in sorted(set(codes) - set(ids)):
        for node in tree.chain(code):
            if node.code not in ids:
                ids[node.code] = _make_team(node, ids)
                made.append(ids[node.code])
    if made:
        batch = db.session.get_one(ImportBatch, batch_id)
        batch.options = {**batch.options, "made_teams": [*batch.options.get("made_teams", ()), *made]}
    return ids


def _make_team(node: TeamNode, ids: Mapping[str, int]) -> int:
    above = db.session.get_one(Team, ids[node.parent]) if node.parent else None
    name = dict(local_name(next(iter(node.names))))
    team = Team(code=node.code, name=name, parent_id=above.id if above else None, path="/")
    db.session.add(team)
    db.session.flush()
    team.path = f"{above.path if above else '/'}{team.id}/"
    db.session.flush()
    return team.id


def _columns(values: Mapping[str, Any], teams: Mapping[str, int]) -> dict[str, Any]:
    """The columns of ``person`` among the values of a record."""
    found = {name: values[name] for name in _FIELDS if name in values}
    if "team" in values:
        found["team_id"] = teams[values["team"]] if values["team"] else None
    return found


def add_people(records: Sequence[Incoming], teams: Mapping[str, int], now: datetime) -> None:
    blank: dict[str, Any] = dict.fromkeys((*_FIELDS, "team_id"))
    rows = [
        {
            **blank,
            "active": True,
            **_columns(record.values, teams),
            "number": record.key[0],
            "fs_uniquifier": uuid.uuid4().hex,
            "created_at": now,
        }
        for record in records
    ]
    if rows:
        db.session.execute(insert(Person), rows)
        _remember_teams([row["number"] for row in rows], now)


def change_people(changes: Mapping[str, Mapping[str, Any]], teams: Mapping[str, int], now: datetime) -> None:
    """Set the given fields of people by their number: one statement per set of fields."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for number, values in changes.items():
        columns = _columns(values, teams)
        if columns:
            named = {f"new_{name}": value for name, value in columns.items()}
            groups.setdefault(tuple(columns), []).append({"the_number": number, **named})
    for names, rows in groups.items():
        statement = (
            update(Person)
            .where(Person.number == bindparam("the_number"))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        db.session.connection().execute(statement, rows)
    _remember_teams([number for number, values in changes.items() if "team" in values], now)


def _remember_teams(numbers: Sequence[str], now: datetime) -> None:
    """Write the present teams of these people into their history."""
    for start in range(0, len(numbers), memberships.AT_ONCE):
        some = numbers[start : start + memberships.AT_ONCE]
        query = select(Person.id, Person.team_id).where(Person.number.in_(some))
        memberships.record({id_: team for id_, team in db.session.execute(query)}, now.date())  # noqa: C416


def ids_of(numbers: Iterable[str]) -> list[int]:
    return list(_ids_of(numbers).values())


def number_of(person_id: int | None) -> str | None:
    """The person number of the one who acts; None for the system."""
    return db.session.scalar(select(Person.number).where(Person.id == person_id))


def end_sessions_of_closed(changes: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    """Sign people out whose accounts these changes closed."""
    numbers = [number for number, values in changes.items() if {"active", "left_on"} & set(values)]
    query = select(Person).where(Person.number.in_(numbers)).execution_options(populate_existing=True)
    for person in db.session.scalars(query).all():
        if not person.is_active:
            login_sessions.end_all(person, now)


def _ids_of(numbers: Iterable[str]) -> dict[str, int]:
    query = select(Person.number, Person.id).where(Person.number.in_(list(numbers)))
    return {number: person_id for number, person_id in db.session.execute(query)}  # noqa: C416


def replace_roles(
    given: Mapping[str, Sequence[str]], teams: Mapping[str, int], actor: Actor, now: datetime
) -> None:
    """Give people exactly these roles (``'rep'``, ``'manager@east'``); roles over a course are left alone."""
    if not given:
        return
    ids = _ids_of(given)
    db.session.execute(
        delete(RoleGrant).where(RoleGrant.person_id.in_(list(ids.values())), RoleGrant.scope != "course")
    )
    rows = []
    for number, roles in given.items():
        for role in roles:
            name, _, code = role.partition("@")
            rows.append(
                {
                    "person_id": ids[number],
                    "role": name,
                    "scope": "team" if code else "company",
                    "team_id": teams[code] if code else None,
                    "course_id": None,
                    "granted_at": now,
                    "granted_by_id": actor.person_id,
                }
            )
    if rows:
        db.session.execute(insert(RoleGrant), rows)


def remove_people(numbers: Sequence[str]) -> None:
    """Delete people; the database refuses if anything but their roles stands on them."""
    if numbers:
        db.session.execute(delete(Person).where(Person.number.in_(numbers)))


def remove_empty_teams(batch_id: int) -> None:
    """Delete the teams a batch made, as far as nobody and nothing is in them, lowest first."""
    made = db.session.get_one(ImportBatch, batch_id).options.get("made_teams", [])
    below = aliased(Team)
    for team_id in sorted(made, reverse=True):
        db.session.execute(
            delete(Team).where(
                Team.id == team_id,
                ~exists().where(Person.team_id == team_id),
                ~exists().where(RoleGrant.team_id == team_id),
                ~exists().where(TeamMembership.team_id == team_id),
                ~exists().where(below.parent_id == team_id),
            )
        )
