"""People, teams and their history, for pages, exports and commands. Each takes the viewer and scopes in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from lms.audit import AuditEntry
from lms.authz import Actor, Permission
from lms.db import LocalText, db, in_parts
from lms.errors import Refused
from lms.i18n import local, order_of
from lms.paging import Page, paginate
from lms.people.models import Person, RoleGrant, Team
from lms.people.scope import (
    called_in_sql,
    in_name_order,
    people_in_scope,
    person_in_scope,
    team_in_scope,
    teams_in_scope,
)

SORTS = {"name": in_name_order(), "number": Person.number, "hired_on": Person.hired_on}
HISTORY_LENGTH = 30
EXPORTED_AT_ONCE = 1000


class Held(NamedTuple):
    """A role with its reach: over the company, a team (by its code) or a course."""

    role: str
    scope: str
    team: str | None
    course_id: int | None


class PersonRow(Struct, frozen=True):
    """A person in a list, with the roles held."""

    id: int
    number: str
    name: str
    name_latin: str | None
    email: str | None
    team: LocalText | None
    hired_on: date | None
    left_on: date | None
    active: bool
    has_password: bool
    team_code: str | None = None
    grants: tuple[Held, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.role for each in self.grants))


class TeamNode(Struct, frozen=True):
    """A team in the tree: ``depth`` from 0 among the teams that the viewer sees, ``people`` its own members."""

    id: int
    code: str
    name: LocalText
    parent_id: int | None
    path: str
    depth: int
    people: int

    @property
    def indent(self) -> str:
        return "\u2003" * self.depth


class Filter(Struct, frozen=True):
    """Which people: ``text`` in names, number or address; a team with all below it; open or closed on ``day``."""

    day: date
    text: str = ""
    team_id: int | None = None
    closed: bool = False
    sort: str = "name"


def people_page(viewer: Actor, wanted: Filter, page: int) -> Page[PersonRow]:
    """One page of the people whom the viewer may read."""
    found = paginate(_people(viewer, wanted), page)
    return Page(_with_roles(found.rows), found.number, found.size, found.total)


def people_export(viewer: Actor, wanted: Filter) -> Iterator[PersonRow]:
    """All rows of the same list, in pieces."""
    query = _people(viewer, wanted)
    start = 0
    while rows := db.session.execute(query.limit(EXPORTED_AT_ONCE).offset(start)).all():
        yield from _with_roles(rows)
        start += len(rows)


def _people(viewer: Actor, wanted: Filter) -> Any:
    query: Any = (
        select(
            Person.id, Person.number, Person.name, Person.name_latin, Person.email, Team.name.label("team"),
            Team.code.label("team_code"), Person.hired_on, Person.left_on, Person.active, Person.password.is_not(None).label("has_password"),
        )
        .outerjoin(Team, Team.id == Person.team_id)
        .where(people_in_scope(viewer, Permission.PERSON_READ))
    )  # fmt: skip
    if wanted.text:
        columns = (Person.name, Person.name_latin, Person.number, Person.email)
        query = query.where(or_(*(c.icontains(wanted.text, autoescape=True) for c in columns)))
    if wanted.team_id is not None:
        query = query.where(Person.team_id.in_(_subtree(wanted.team_id)))
    here = _is_here(wanted.day)
    query = query.where(~here if wanted.closed else here)
    column = SORTS.get(wanted.sort.lstrip("-"), in_name_order())
    return query.order_by(column.desc() if wanted.sort.startswith("-") else column, Person.id)


def _is_here(day: date) -> ColumnElement[bool]:
    """The account is open, and the last day, if one is known, is not over."""
    return and_(Person.active.is_(True), or_(Person.left_on.is_(None), Person.left_on >= day))


def _subtree(team_id: int) -> Select[Any]:
    root = select(Team.path).where(Team.id == team_id).scalar_subquery()
    return select(Team.id).where(Team.path.like(root + "%"))


def _with_roles(rows: Sequence[Any]) -> list[PersonRow]:
    grants: dict[int, list[Held]] = {}
    query = (
        select(RoleGrant.person_id, RoleGrant.role, RoleGrant.scope, Team.code, RoleGrant.course_id)
        .outerjoin(Team, Team.id == RoleGrant.team_id)
        .where(RoleGrant.person_id.in_([row.id for row in rows]))
        .order_by(RoleGrant.role, Team.code, RoleGrant.id)
    )
    for person_id, role, scope, code, course_id in db.session.execute(query):
        grants.setdefault(person_id, []).append(Held(role, scope, code, course_id))
    return [PersonRow(**row._mapping, grants=tuple(grants.get(row.id, ()))) for row in rows]


def person(viewer: Actor, person_id: int) -> Person:
    """A person with team. :raises Unknown: if there is none in the viewer's scope."""
    return person_in_scope(viewer, Permission.PERSON_READ, person_id)


def grants_of(viewer: Actor, person_id: int) -> list[RoleGrant]:
    """The roles of a person in the viewer's scope, with their teams."""
    query = (
        select(RoleGrant)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.person_id == person_id, people_in_scope(viewer, Permission.PERSON_READ))
        .options(joinedload(RoleGrant.team))
        .order_by(RoleGrant.role, RoleGrant.id)
    )
    return list(db.session.scalars(query))


def history_of(viewer: Actor, person_id: int) -> list[tuple[AuditEntry, str | None]]:
    """The latest (entry, name of who did it) about a person in scope, for those who manage people."""
    query = (
        select(AuditEntry, called_in_sql())
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .where(
            AuditEntry.subject_type == "person",
            AuditEntry.subject_id.in_(
                select(Person.id).where(Person.id == person_id, people_in_scope(viewer, Permission.PERSON_MANAGE))
            ),
        )
        .order_by(AuditEntry.id.desc())
        .limit(HISTORY_LENGTH)
    )
    return [(entry, name) for entry, name in db.session.execute(query)]


def team_tree(viewer: Actor, permission: Permission, day: date) -> list[TeamNode]:
    """The teams over which the viewer holds ``permission``, each before those below it, by name."""
    members = (
        select(Person.team_id, func.count().label("people"))
        .where(and_(Person.team_id.is_not(None), _is_here(day)))
        .group_by(Person.team_id)
        .subquery()
    )
    query = (
        select(Team, func.coalesce(members.c.people, 0))
        .outerjoin(members, members.c.team_id == Team.id)
        .where(teams_in_scope(viewer, permission))
    )
    rows = {team.id: (team, people) for team, people in db.session.execute(query)}
    below: dict[int | None, list[int]] = {}
    for team, _people_there in rows.values():
        below.setdefault(team.parent_id if team.parent_id in rows else None, []).append(team.id)
    return list(_in_order(rows, below, None, 0))


def _in_order(rows: Any, below: dict[int | None, list[int]], parent: int | None, depth: int) -> Iterator[TeamNode]:
    for team_id in sorted(below.get(parent, ()), key=lambda id_: (order_of(local(rows[id_][0].name)), id_)):
        team, people = rows[team_id]
        yield TeamNode(team.id, team.code, team.name, team.parent_id, team.path, depth, people)
        yield from _in_order(rows, below, team_id, depth + 1)


def team_choices(viewer: Actor, permission: Permission, day: date) -> list[tuple[str, str]]:
    """(id, name indented by depth) for a select."""
    return [(str(t.id), t.indent + local(t.name)) for t in team_tree(viewer, permission, day)]


def whole_teams(viewer: Actor, permission: Permission, day: date) -> list[tuple[TeamNode, int]]:
    """The teams in the viewer's care that hold somebody, in the order of the tree, with the number of people in each and below."""
    tree = team_tree(viewer, permission, day)
    people: dict[int, int] = dict.fromkeys((node.id for node in tree), 0)
    for node in tree:
        for above in map(int, node.path.strip("/").split("/")):
            if above in people:
                people[above] += node.people
    return [(node, people[node.id]) for node in tree if people[node.id]]


def in_whole_teams(team_ids: Sequence[int], day: date) -> ColumnElement[bool]:
    """A condition on ``Person``: somebody who is here, of one of these teams or of a team below."""
    above, own = aliased(Team), aliased(Team)
    inside = select(own.id).join(above, own.path.startswith(above.path)).where(above.id.in_(team_ids))
    return and_(_is_here(day), Person.team_id.in_(inside))


def ids_meant(viewer: Actor, permission: Permission, team_ids: Sequence[int], numbers: Sequence[str], day: date) -> list[int]:
    """Those in the viewer's care who are in the teams or below, or have one of the numbers. :raises Refused: ``numbers_unknown``."""
    scope = people_in_scope(viewer, permission)
    inside = db.session.scalars(select(Person.id).where(scope, in_whole_teams(team_ids, day))) if team_ids else ()
    return sorted({*inside, *ids_named(viewer, permission, numbers)})


def ids_named(viewer: Actor, permission: Permission, numbers: Sequence[str]) -> list[int]:
    """Those in the viewer's care who have these numbers, in capitals or not.

    :raises Refused: ``numbers_unknown`` with the numbers that nobody there has.
    """
    scope = people_in_scope(viewer, permission)
    wanted = {number.lower(): number for number in numbers}
    found: dict[str, int] = {}
    for some in in_parts(list(wanted)):
        lower = func.lower(Person.number)
        found |= dict(db.session.execute(select(lower, Person.id).where(scope, lower.in_(some))).all())
    missing = [given for number, given in wanted.items() if number not in found]
    if missing:
        raise Refused("numbers_unknown", field="numbers", numbers=", ".join(missing[:10]))
    return list(found.values())


def team(viewer: Actor, team_id: int) -> Team:
    """A team in the viewer's care. :raises Unknown: if it is not."""
    return team_in_scope(viewer, Permission.PERSON_MANAGE, team_id)


# --- for operators' commands ----------------------------------------------------------------------


def ids_of_numbers(numbers: Sequence[str]) -> tuple[list[int], list[str]]:
    """(ids, the numbers that nobody has)."""
    query = select(Person).where(Person.number.in_(numbers))
    found = {person.number: person.id for person in db.session.scalars(query)}
    return list(found.values()), [number for number in numbers if number not in found]


def without_password() -> tuple[list[int], list[str]]:
    """(ids of active people who have an address and no password, nothing unknown)."""
    query = select(Person.id).where(Person.password.is_(None), Person.email.is_not(None), Person.active.is_(True))
    return list(db.session.scalars(query)), []
