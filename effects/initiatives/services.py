"""Record a measure and whom it touched from when. A start is corrected in the open: old and new are audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from courses.chosen import Chosen
from effects.initiatives.models import Initiative, InitiativeStart
from lms import audit, codes
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown
from lms.people.queries import ids_named


def record(
    actor: Actor, code: str, name: LocalText, kind: str, chosen: Chosen, *, now: datetime
) -> Initiative:
    """A new measure. :raises Refused: ``initiative_code_taken``."""
    require(actor, Permission.INITIATIVE_MANAGE)
    codes.check_free(Initiative.code, code, "initiative_code_taken")
    made = Initiative(
        code=code, name=name, kind=kind, chosen=str(chosen), created_at=now, created_by_id=actor.person_id
    )
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "initiative.record", "initiative", made.id, code=code, kind=kind)
    return made


def add_people(
    actor: Actor, initiative_id: int, numbers: list[str], started_on: date, *, now: datetime
) -> int:
    """Let the measure hold for these people from a day on; those it holds for already keep their day. How many.

    :raises Unknown: there is no such measure.
    :raises Refused: ``numbers_unknown`` with the numbers that nobody in scope has; ``nobody_chosen``.
    """
    require(actor, Permission.INITIATIVE_MANAGE)
    if db.session.get(Initiative, initiative_id) is None:
        raise Unknown()
    found = ids_named(actor, Permission.INITIATIVE_MANAGE, numbers)
    if not found:
        raise Refused("nobody_chosen", field="numbers")
    there = set(
        db.session.scalars(select(InitiativeStart.person_id).where(InitiativeStart.initiative_id == initiative_id))
    )
    new = {person: started_on for person in found if person not in there}
    begin(actor, initiative_id, new, None, now=now)
    audit.record(actor, "initiative.add_people", "initiative", initiative_id, people=len(new), on=str(started_on))
    return len(new)


def begin(
    actor: Actor, initiative_id: int, starts: Mapping[int, date], batch_id: int | None, *, now: datetime
) -> None:
    """Write starts down: person -> day. The caller has seen to it that these people are new to the measure."""
    require(actor, Permission.INITIATIVE_MANAGE)
    for person_id, day in starts.items():
        db.session.add(
            InitiativeStart(
                initiative_id=initiative_id,
                person_id=person_id,
                started_on=day,
                batch_id=batch_id,
                recorded_at=now,
                recorded_by_id=actor.person_id,
            )
        )
    db.session.flush()


def correct(actor: Actor, start: InitiativeStart, day: date, *, now: datetime) -> None:
    """Another day for a person; the audit trail keeps the old one."""
    require(actor, Permission.INITIATIVE_MANAGE)
    before = start.started_on
    start.started_on, start.recorded_at, start.recorded_by_id = day, now, actor.person_id
    db.session.flush()
    audit.record(
        actor, "initiative.correct_start", "initiative", start.initiative_id, person=start.person_id, before=str(before), after=str(day)
    )
