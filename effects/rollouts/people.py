"""Who can take part in a rollout, and their history of the KPI up to the draw."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from msgspec import Struct, field
from sqlalchemy import exists, or_, select

from courses.dates import day_of
from courses.models import Enrolment
from effects.rollouts.dealing import RECENT, Seat, team_numbers, terciles
from effects.rollouts.models import Rollout, Unit
from effects.stats.design import FEWEST_PERIODS_BEFORE
from effects.stats.panel import NEVER, Panel
from lms.authz import SYSTEM, Actor, Permission, Role
from lms.db import db
from lms.people.models import Person, RoleGrant, Team
from lms.people.scope import people_in_scope
from performance.kpis import periods
from performance.kpis.models import Kpi
from performance.kpis.queries import Reading, readings

LONGEST_HISTORY = 60
"""Periods: older records say little about the noise of today."""


class Entrants(Struct, frozen=True):
    """``panel``  reps × periods of the KPI up to ``until``, nobody trained; units are person ids, in their order
    ``teams``     (N,) team id of each, None where there is none
    ``left_out``  reason → how many of these teams' reps do not take part: excluded, knows, short, leaving
    """

    panel: Panel
    teams: tuple[int | None, ...]
    until: date
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        return [int(unit) for unit in self.panel.units]

    @property
    def n_teams(self) -> int:
        return self.panel.n_clusters

    def seats(self, unit: str) -> list[Seat]:
        """What the draw stores of each."""
        if not self.ids:
            return []
        found = terciles(self.panel, teams=unit == Unit.TEAMS)
        return [Seat(i, team, int(t)) for i, team, t in zip(self.ids, self.teams, found, strict=True)]

    @property
    def fingerprint(self) -> str:
        """Names people, teams and records: another one means that what was computed is no longer about these."""
        digest = hashlib.sha256(repr((self.ids, self.teams, str(self.until))).encode())
        digest.update(np.ascontiguousarray(self.panel.outcome).tobytes())
        return digest.hexdigest()


def last_period(kpi: Kpi, now: datetime) -> date:
    """First day of the last period that is over."""
    return periods.shift(kpi.period, periods.start_of(kpi.period, day_of(now)), -1)


def entrants(rollout: Rollout, *, actor: Actor = SYSTEM, now: datetime) -> Entrants:
    """The reps of the plan's teams who can be drawn at ``now``, each in the actor's scope."""
    people, out = _people(actor, rollout, now)
    until = last_period(rollout.kpi, now)
    mine: dict[int, list[Reading]] = {person: [] for person, _team in people}
    for record in readings(rollout.kpi_id, until=until):
        if record.person_id in mine:
            mine[record.person_id].append(record)
    known = [(p, team) for p, team in people if len(mine[p]) >= FEWEST_PERIODS_BEFORE]
    out["short"] = len(people) - len(known)
    panel = panel_of(rollout.kpi, known, [r for p, _team in known for r in mine[p]], until)
    return Entrants(panel, tuple(team for _p, team in known), until, {k: n for k, n in out.items() if n})


def _people(actor: Actor, rollout: Rollout, now: datetime) -> tuple[list[tuple[int, int | None]], Counter[str]]:
    """(person id, team id) by id, and why others of these teams are not among them."""
    today = day_of(now)
    knows = exists().where(
        Enrolment.person_id == Person.id,
        Enrolment.course_id == rollout.course_id,
        Enrolment.enrolled_at <= now,
        Enrolment.withdrawn_at.is_(None),
    )
    is_rep = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == Role.REP.value)
    here = or_(Person.left_on.is_(None), Person.left_on >= today)
    query = (
        select(Person.id, Person.team_id, Person.number, Person.left_on, knows)
        .where(Person.team_id.in_(rollout.teams), is_rep, here, or_(Person.active, Person.left_on.is_not(None)))
        .where(people_in_scope(actor, Permission.ROLLOUT_PLAN))
        .order_by(Person.id)
    )
    excluded = {number.lower() for number in rollout.left_out}
    found, out = [], Counter[str]()
    for person, team, number, left_on, knows_it in db.session.execute(query):
        if number.lower() in excluded:
            out["excluded"] += 1
        elif knows_it:
            out["knows"] += 1
        elif left_on is not None and left_on < rollout.first_on:
            out["leaving"] += 1
        else:
            found.append((person, team))
    return found, out


def panel_of(
    kpi: Kpi, people: Sequence[tuple[int, int | None]], records: Sequence[Reading], until: date
) -> Panel:
    first = min((r.period_start for r in records), default=until)
    first = max(first, periods.shift(kpi.period, until, 1 - LONGEST_HISTORY))
    length = periods.index(kpi.period, first, until) + 1
    row = {person: i for i, (person, _team) in enumerate(people)}
    outcome = np.full((len(people), length), np.nan)
    weight = np.full((len(people), length), np.nan) if kpi.kind == "rate" else None
    for record in records:
        at = periods.index(kpi.period, first, record.period_start)
        if at >= 0:
            outcome[row[record.person_id], at] = record.value
            if weight is not None and record.denominator is not None:
                weight[row[record.person_id], at] = record.denominator
    cluster = team_numbers(people)
    names = {int(c): f"team {team}" if team else f"person {p}" for c, (p, team) in zip(cluster, people, strict=True)}
    return Panel(
        units=tuple(str(person) for person, _team in people),
        periods=tuple(periods.label(kpi.period, periods.shift(kpi.period, first, i)) for i in range(length)),
        outcome=outcome,
        start=np.full(len(people), NEVER, dtype=np.int64),
        cluster=cluster,
        clusters=tuple(names[c] for c in sorted(names)),
        weight=weight,
    )


def level_of(panel: Panel) -> float | None:
    """The KPI's present level: the mean of the last six periods, a rate as sum over sum."""
    recent = panel.outcome[:, -RECENT:]
    known = np.isfinite(recent)
    if not known.any():
        return None
    weights = None if panel.weight is None else panel.weight[:, -RECENT:][known]
    return float(np.average(recent[known], weights=weights))


def teams_to_choose(actor: Actor) -> list[tuple[Team, int]]:
    """The teams in scope that have reps, in the order of the tree, each with how many."""
    is_rep = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == Role.REP.value)
    rows = db.session.execute(
        select(Person.team_id, Person.id)
        .where(people_in_scope(actor, Permission.ROLLOUT_PLAN), Person.active, is_rep)
        .where(Person.team_id.is_not(None))
    )
    counts: Counter[Any] = Counter(team for team, _person in rows)
    teams = db.session.scalars(select(Team).where(Team.id.in_(counts)).order_by(Team.path))
    return [(team, counts[team.id]) for team in teams]
