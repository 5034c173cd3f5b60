"""Who was in which team when. ``person.team_id`` says it of today; the history is written here with every change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from lms.db import db
from lms.people.models import Person, TeamMembership

AT_ONCE = 500


def record(teams: Mapping[int, int | None], day: date) -> None:
    """From ``day`` on these people (id → team, or none) are in these teams. What is so already stays untouched; a
    second change on the same day replaces the first."""
    ids = list(teams)
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        query = select(TeamMembership.id, TeamMembership.person_id, TeamMembership.team_id, TeamMembership.since).where(
            TeamMembership.person_id.in_(some), TeamMembership.until.is_(None)
        )
        running = {row.person_id: row for row in db.session.execute(query)}
        changed = [p for p in some if (running[p].team_id if p in running else None) != teams[p]]
        _end([running[p].id for p in changed if p in running and running[p].since < day], day)
        _drop([running[p].id for p in changed if p in running and running[p].since >= day])
        rows = [{"person_id": p, "team_id": teams[p], "since": day} for p in changed if teams[p] is not None]
        if rows:
            db.session.execute(insert(TeamMembership), rows)


def _end(ids: Sequence[int], day: date) -> None:
    if ids:
        statement = update(TeamMembership).where(TeamMembership.id == bindparam("which")).values(until=day)
        db.session.connection().execute(statement, [{"which": id_} for id_ in ids])


def _drop(ids: Sequence[int]) -> None:
    if ids:
        db.session.execute(delete(TeamMembership).where(TeamMembership.id.in_(ids)))


def teams_on(days: Mapping[int, date]) -> dict[int, int | None]:
    """The team of each person (id → day) on that day, without scope: for the effect engine, which scopes what it shows.

    Before the first record, the first team on record; in a gap, the last one before it; without any record, the
    team of today.
    """
    history = _history(days)
    today: dict[int, int | None] = {}
    if len(history) < len(days):
        today = dict(db.session.execute(select(Person.id, Person.team_id)).all())
    found: dict[int, int | None] = {}
    for person, day in days.items():
        spells = history.get(person)
        if spells is None:
            found[person] = today.get(person)
            continue
        place = bisect_right(spells, day, key=lambda spell: spell[0])
        found[person] = spells[max(place - 1, 0)][1]
    return found


def movers(people: Iterable[int], after: date, until: date) -> set[int]:
    """Those who came into another team than their last one on a day later than ``after``, up to ``until``."""
    found = set()
    for person, spells in _history(people).items():
        pairs = zip(spells, spells[1:], strict=False)
        if any(old != new and after < since <= until for (_, old), (since, new) in pairs):
            found.add(person)
    return found


def _history(people: Iterable[int]) -> dict[int, list[tuple[date, int]]]:
    """(since, team) of each person with a record, in order of time."""
    wanted = set(people)
    query: Any = select(TeamMembership.person_id, TeamMembership.since, TeamMembership.team_id)
    history: dict[int, list[tuple[date, int]]] = {}
    for person, since, team in db.session.execute(query.order_by(TeamMembership.since)):
        if person in wanted:
            history.setdefault(person, []).append((since, team))
    return history
