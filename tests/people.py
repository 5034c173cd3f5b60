"""The cast: Ana learns, Ben is in her team, Cleo manages them, Dov is a stranger.

Tess trains, Hana is in HR, Ada administers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from lms.authz import Actor, Role
from lms.db import db
from lms.people.models import Person, RoleGrant, Team
from lms.people.scope import load_actor

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def make_team(code: str, name: str, parent: Team | None = None) -> Team:
    team = Team(code=code, name={"en": name}, parent_id=parent.id if parent else None, path="/")
    db.session.add(team)
    db.session.flush()
    team.path = f"{parent.path if parent else '/'}{team.id}/"
    db.session.flush()
    return team


def make_person(
    name: str,
    team: Team | None = None,
    *roles: Role,
    scope: Team | None = None,
    number: str | None = None,
    locale: str | None = "en",
    email: str | None = None,
) -> Person:
    """A person with ``roles`` over ``scope`` (a team) or the company."""
    person = _person(name, team, number=number, locale=locale, email=email)
    db.session.add(person)
    db.session.flush()
    db.session.add_all(_grant(person, role, scope) for role in roles)
    db.session.flush()
    return person


def _person(
    name: str, team: Team | None, *, number: str | None = None, locale: str | None = "en", email: str | None = None
) -> Person:
    slug = number or name.lower().replace(" ", "-")
    return Person(
        number=slug,
        name=name,
        email=email or f"{slug}@example.com",
        team_id=team.id if team else None,
        hired_on=date(2024, 1, 1),
        locale=locale,
        created_at=LONG_AGO,
        active=True,
        fs_uniquifier=f"uniquifier-of-{slug}",
    )


def _grant(person: Person, role: Role, scope: Team | None) -> RoleGrant:
    return RoleGrant(
        person_id=person.id,
        role=role,
        scope="team" if scope else "company",
        team_id=scope.id if scope else None,
        granted_at=LONG_AGO,
    )


@dataclass(frozen=True, slots=True)
class Cast:
    company: Team
    east: Team
    west: Team
    ana: Person
    ben: Person
    cleo: Person
    dov: Person
    tess: Person
    hana: Person
    ada: Person

    @staticmethod
    def actor(person: Person) -> Actor:
        return load_actor(person)


def make_cast() -> Cast:
    """All at once: most tests of services begin with it."""
    company = make_team("company", "Company")
    east, west = make_team("east", "East", company), make_team("west", "West", company)
    ana, ben, cleo = (_person(name, east) for name in ("Ana", "Ben", "Cleo"))
    dov = _person("Dov", west)
    tess, hana, ada = (_person(name, company) for name in ("Tess", "Hana", "Ada"))
    db.session.add_all([ana, ben, cleo, dov, tess, hana, ada])
    db.session.flush()
    roles = {ana: Role.REP, ben: Role.REP, cleo: Role.MANAGER, dov: Role.REP, tess: Role.TRAINER, hana: Role.HR, ada: Role.ADMIN}
    db.session.add_all(_grant(person, role, east if person is cleo else None) for person, role in roles.items())
    db.session.flush()
    return Cast(company, east, west, ana, ben, cleo, dov, tess, hana, ada)
