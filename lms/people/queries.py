"""People, teams and their history, for pages, exports and commands."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from lms.db import db
from lms.people.models import Person


def ids_of_numbers(numbers: Sequence[str]) -> tuple[list[int], list[str]]:
    """(ids, the numbers that nobody has)."""
    found = {number: id_ for id_, number in db.session.execute(
        select(Person.id, Person.number).where(Person.number.in_(numbers))
    )}  # fmt: skip
    return list(found.values()), [number for number in numbers if number not in found]


def without_password() -> tuple[list[int], list[str]]:
    """(ids of active people who have an address and no password, nothing unknown)."""
    query = select(Person.id).where(Person.password.is_(None), Person.email.is_not(None), Person.active.is_(True))
    return list(db.session.scalars(query)), []
