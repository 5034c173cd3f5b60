"""Who may open what stands behind a level."""

from __future__ import annotations

from sqlalchemy import case, select

from lms.authz import Actor, Permission
from lms.db import db
from lms.people.models import Person
from lms.people.scope import people_in_scope

BEHIND = frozenset({"attempt", "play", "dialogue_play", "case_work", "feedback_subject"})
"""What a piece of evidence may refer to."""
NEEDS = {
    "attempt": Permission.QUIZ_RESULT_READ,
    "play": Permission.ROLEPLAY_PROGRESS_READ,
    "feedback_subject": Permission.FEEDBACK_MANAGE,
}
"""What one must be allowed to open a piece of somebody else's. Walks through dialogues are their player's alone; cases are scored without
names, so that nothing leads from a name to a work."""


def opens(actor: Actor, person_id: int) -> frozenset[str]:
    """The kinds of evidence behind the levels of a person that the actor may open: everything behind one's own. One statement for others."""
    if actor.person_id == person_id:
        return BEHIND
    held = {kind: permission for kind, permission in NEEDS.items() if actor.can(permission)}
    if not held:
        return frozenset()
    within = [case((people_in_scope(actor, permission), 1), else_=0) for permission in held.values()]
    row = db.session.execute(select(*within).where(Person.id == person_id)).one()
    return frozenset(kind for kind, inside in zip(held, row, strict=True) if inside)
