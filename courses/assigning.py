"""Whom a manager or HR can assign a course to: people by tick, whole teams, or person numbers."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import func, select

from lms.authz import Actor, Permission
from lms.clock import today
from lms.db import db
from lms.people.models import Person
from lms.people.queries import TeamNode, ids_meant, whole_teams
from lms.people.scope import in_name_order, people_in_scope

MOST_PEOPLE_SHOWN = 120
MOST_TEAMS_SHOWN = 200


class Choice(Struct, frozen=True):
    """What the form offers: the teams in scope with all in them and below, and the people one by one where they are few."""

    people: Sequence[Person]
    teams: Sequence[tuple[TeamNode, int]]
    total: int


def choice(actor: Actor) -> Choice:
    """The people and teams in scope, in three statements."""
    scope = people_in_scope(actor, Permission.COURSE_ASSIGN) & Person.active
    total = db.session.scalar(select(func.count(Person.id)).where(scope)) or 0
    teams = whole_teams(actor, Permission.COURSE_ASSIGN, today())[:MOST_TEAMS_SHOWN]
    people: Sequence[Person] = []
    if total <= MOST_PEOPLE_SHOWN:
        people = db.session.scalars(select(Person).where(scope).order_by(Person.team_id, in_name_order())).all()
    return Choice(people, teams, total)


def people_named(
    actor: Actor, people: Sequence[int], teams: Sequence[int], numbers: Sequence[str]
) -> list[int]:
    """The ids of all who are meant: ticked, in teams, by number. :raises Refused: ``numbers_unknown``."""
    return sorted({*people, *ids_meant(actor, Permission.COURSE_ASSIGN, teams, numbers, today())})
