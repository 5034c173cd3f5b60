"""Measures and their people: for the engine without scope, for pages scoped to the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from courses.queries import Start
from effects.initiatives.models import Initiative, InitiativeStart
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Unknown
from lms.people.models import Person
from lms.people.scope import in_name_order, people_in_scope


def starts(initiative_id: int) -> list[Start]:
    """Everybody whom a measure touched, without scope: for the effect engine alone, which scopes what it shows."""
    rows = db.session.execute(
        select(InitiativeStart.person_id, InitiativeStart.started_on, Initiative.chosen, InitiativeStart.recorded_at)
        .join(Initiative, Initiative.id == InitiativeStart.initiative_id)
        .where(InitiativeStart.initiative_id == initiative_id)
        .order_by(InitiativeStart.person_id)
    )
    return [Start(person, day, None, chosen, at, 1, False) for person, day, chosen, at in rows]


class Row(NamedTuple):
    """A measure in the list, with how many people it touched."""

    initiative: Initiative
    people: int


def initiatives(viewer: Actor) -> list[Row]:
    """Every measure, the newest first. Names of measures and counts name nobody, so they have no scope."""
    require(viewer, Permission.EFFECT_READ)
    rows = db.session.execute(
        select(Initiative, func.count(InitiativeStart.id))
        .outerjoin(InitiativeStart, InitiativeStart.initiative_id == Initiative.id)
        .options(joinedload(Initiative.created_by))
        .group_by(Initiative.id)
        .order_by(Initiative.id.desc())
    )
    return [Row(*row) for row in rows]


def initiative(viewer: Actor, initiative_id: int) -> Initiative:
    """:raises Unknown: if there is none."""
    require(viewer, Permission.EFFECT_READ)
    found = db.session.get(Initiative, initiative_id)
    if found is None:
        raise Unknown()
    return found


def people(viewer: Actor, initiative_id: int) -> Sequence[InitiativeStart]:
    """Those of its people whom the viewer looks after, by start."""
    require(viewer, Permission.INITIATIVE_MANAGE)
    return db.session.scalars(
        select(InitiativeStart)
        .join(Person, Person.id == InitiativeStart.person_id)
        .options(joinedload(InitiativeStart.person))
        .where(InitiativeStart.initiative_id == initiative_id, people_in_scope(viewer, Permission.INITIATIVE_MANAGE))
        .order_by(InitiativeStart.started_on, in_name_order())
    ).all()


def by_code(codes: set[str]) -> dict[str, int]:
    """Code → id of the measures that exist."""
    return dict(db.session.execute(select(Initiative.code, Initiative.id).where(Initiative.code.in_(codes))).all())
