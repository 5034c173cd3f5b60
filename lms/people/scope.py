"""Which people an actor may see, as SQL: every list of people goes through here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sqlalchemy import ColumnElement, False_, True_, bindparam, false, func, or_, select, true

from lms import authz
from lms.authz import Actor, Permission, ScopeKind
from lms.db import db
from lms.errors import Unknown
from lms.i18n import current_locale
from lms.people.models import Person, RoleGrant, Team

_GRANTS = (
    select(RoleGrant.role, RoleGrant.scope, RoleGrant.course_id, Team.path)
    .outerjoin(Team, Team.id == RoleGrant.team_id)
    .where(RoleGrant.person_id == bindparam("person_id"))
)


def grant_of(role: str, scope: str, course_id: int | None, team_path: str | None) -> authz.Grant:
    """A grant from its columns; ``team_path`` is that of the team it is held over."""
    return authz.Grant(authz.Role(role), ScopeKind(scope), team_path, course_id)


class Named(Protocol):
    """Somebody with a number, names and a language: a person, or who is signed in."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def name_latin(self) -> str | None: ...
    @property
    def locale(self) -> str | None: ...


def actor_of(person: Named, grants: Iterable[authz.Grant]) -> Actor:
    """The actor for a person whose grants are at hand."""
    return authz.actor(person.id, person.name, tuple(grants), person.locale, person.name_latin)


def load_actor(person: Person) -> Actor:
    """The actor for a person, in one query."""
    rows = db.session.execute(_GRANTS, {"person_id": person.id})
    return actor_of(person, (grant_of(*row) for row in rows))


def called_in_sql(person: Any = Person) -> ColumnElement[str]:
    """The name by which this reader knows a person, as :func:`lms.i18n.called` says it; of ``Person`` or an alias of it."""
    if current_locale() == "en":
        return func.coalesce(person.name_latin, person.name)
    named: ColumnElement[str] = person.name
    return named


def in_name_order(person: Any = Person) -> ColumnElement[str]:
    """What lists of people are ordered by: the Latin name where there is one; that puts Chinese names in the order of pinyin."""
    return func.lower(func.coalesce(person.name_latin, person.name))


def people_in_scope(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """A condition on ``Person``: the people over whom ``actor`` holds ``permission``.

    Company grants cover everyone; team grants the members of the team and of all teams below it. Course
    grants are a matter of enrolment and are added by the package that owns courses.
    """
    condition = teams_in_scope(actor, permission)
    if isinstance(condition, True_ | False_):
        return condition
    return Person.team_id.in_(select(Team.id).where(condition))


def teams_in_scope(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """A condition on ``Team``: the teams over which ``actor`` holds ``permission``, with all below them."""
    grants = actor.grants_for(permission)
    if any(g.scope is ScopeKind.COMPANY for g in grants):
        return true()
    paths = sorted({g.team_path for g in grants if g.scope is ScopeKind.TEAM and g.team_path})
    if not paths:
        return false()
    return or_(*(Team.path.startswith(path, autoescape=True) for path in paths))


def team_in_scope(actor: Actor, permission: Permission, team_id: int) -> Team:
    """The team, if ``actor`` holds ``permission`` over it. :raises Unknown: if not, or if there is none."""
    team = db.session.scalar(select(Team).where(Team.id == team_id, teams_in_scope(actor, permission)))
    if team is None:
        raise Unknown()
    return team


def person_in_scope(actor: Actor, permission: Permission, person_id: int, *, own: bool = False) -> Person:
    """The person, if ``actor`` holds ``permission`` over them (or is them, with ``own``).

    :raises Unknown: if there is no such person or they are out of scope; the two look alike.
    """
    condition = people_in_scope(actor, permission)
    if own:
        condition = or_(condition, Person.id == actor.person_id)
    person = db.session.scalar(select(Person).where(Person.id == person_id, condition))
    if person is None:
        raise Unknown()
    return person
