"""The rows about a person: from the person along the references that ``rules`` names, as SQL."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import ColumnElement, Table, and_, or_, select

from lms.db import db
from lms.privacy.rules import RULES


def table(name: str) -> Table:
    return db.metadata.tables[name]


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The tables of the rules that this installation has."""
    return tuple(name for name in RULES if name in db.metadata.tables)


def about(name: str, person_id: int) -> ColumnElement[bool]:
    """A condition on the rows of a table: they are about this person."""
    found = table(name)
    if name == "person":
        return found.c.id == person_id
    if name == "audit_entry":
        return or_(found.c.actor_id == person_id, and_(found.c.subject_type == "person", found.c.subject_id == person_id))
    parts = []
    for column in RULES[name].columns:
        parents = {key.column.table.name: key.column for key in found.c[column].foreign_keys}
        parent, target = next((item for item in parents.items() if item[0] == "person"), next(iter(parents.items())))
        own = parent == "person"
        parts.append(found.c[column] == person_id if own else found.c[column].in_(select(target).where(about(parent, person_id))))
    return or_(*parts)
