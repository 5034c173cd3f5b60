"""The demo company's targets of the year: from the company down to every rep, by the rules that the pages hand them down with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import Struct, field
from sqlalchemy import insert, select

from lms.authz import SYSTEM
from lms.db import db
from lms.demo.company import Company
from lms.demo.truths import MONTHS, month
from lms.people.models import Person, Team
from performance.kpis.measures import NOTHING
from performance.kpis.models import Kpi
from performance.kpis.periods import shift
from performance.targets import queries, spreading
from performance.targets.cascade import split, step_of
from performance.targets.models import Target
from performance.targets.periods import Span, span_of
from performance.targets.seniority import STANDARD, factor
from performance.targets.services import Subject

AIMS = {"sales_amount": 1.08, "new_customers": 1.10, "collection_rate": 1.02, "customer_satisfaction": 1.01}
"""KPI → how much better than the year before the company wants to be."""
WHY = "年度经营计划 · Plan of the year"
FIRST_MONTH = 6
"""Months have targets of their own since July."""
BATCH = 5000


def year() -> int:
    """The year of the last month on record."""
    return month(MONTHS - 1).year


class _Node(Struct, frozen=True):
    """A team with what is directly below it."""

    team: Team
    teams: list[Team] = field(default_factory=list)
    members: list[int] = field(default_factory=list)


def fill(company: Company) -> int:
    """Publish targets for the year and its months; how many."""
    day = date(year(), 1, 1)
    nodes = _tree()
    kpis = {kpi.code: kpi for kpi in db.session.scalars(select(Kpi).where(Kpi.code.in_(AIMS)))}
    common = {
        "status": "published", "revision": 1, "reason": WHY, "set_by_id": company.actors["hr"].person_id,
        "set_at": datetime.combine(day - timedelta(days=10), time(2), UTC),
    }  # fmt: skip
    rows = [row | common for code in AIMS for row in _of_kpi(kpis[code], span_of("year", day), nodes, set(company.key_accounts))]
    for at in range(0, len(rows), BATCH):
        db.session.execute(insert(Target), rows[at : at + BATCH])
    return len(rows)


def _tree() -> list[_Node]:
    """Every team from the top down."""
    teams = db.session.scalars(select(Team).order_by(Team.path)).all()
    nodes = {team.id: _Node(team) for team in teams}
    for team in teams:
        if team.parent_id is not None:
            nodes[team.parent_id].teams.append(team)
    members: Any = select(Person.id, Person.team_id).where(Person.team_id.is_not(None)).order_by(Person.id)
    for person_id, team_id in db.session.execute(members):
        nodes[int(team_id)].members.append(person_id)
    return sorted(nodes.values(), key=lambda node: (node.team.path.count("/"), node.team.id))


def _of_kpi(kpi: Kpi, span: Span, nodes: Sequence[_Node], sold_by: set[int]) -> list[dict[str, Any]]:
    """The year's targets, handed down node by node, and the months since July of each."""
    top = nodes[0].team
    everybody = [rep for rep in _reps(kpi, span, top) if rep.id in sold_by]
    before = spreading.summed(everybody)
    last = (before.numerator or 0.0) / before.denominator if kpi.kind == "rate" and before.denominator else before.value
    whole = round(min(0.98, last * AIMS[kpi.code]), 2) if kpi.kind == "rate" else float(round(last * AIMS[kpi.code], -5 if last > 1e6 else -1))
    values: dict[Subject, spreading.Proposal] = {
        Subject(top.id, None): spreading.Proposal(Subject(top.id, None), whole, before.denominator if kpi.kind == "rate" else None, None, 0)
    }
    for node in nodes:
        given = values.get(Subject(node.team.id, None))
        if given is not None:
            below = [rep for rep in everybody if rep.path.startswith(node.team.path)]
            method = "experience" if kpi.kind != "rate" and node.members else "results" if kpi.kind != "rate" else "equal"
            values |= {each.subject: each for each in spreading.propose(kpi, given.value, method, below, node.teams, node.members)}
    shape = _shape(kpi, span)
    return [row for each in values.values() for row in _rows(kpi, span, each, shape)]


def _reps(kpi: Kpi, span: Span, top: Team) -> list[spreading.Rep]:
    """As ``spreading.reps``, but by what was known at the beginning of the year."""
    found = queries.reps_below(SYSTEM, top.path, Span("year", span.start))
    results = queries.results(kpi.id, [member.id for member, _path in found], span)
    return [
        spreading.Rep(
            member.id, path, 1.0, factor(STANDARD, member.hired_on, None, span.start, span.end), results.get(member.id, NOTHING)
        )
        for member, path in found
    ]  # fmt: skip


def _shape(kpi: Kpi, span: Span) -> list[float]:
    """How the year before was spread over its months."""
    series = queries.team_series(SYSTEM, kpi.id, "/", Span("year", shift("year", span.start, -1)))
    months = [shift("month", shift("year", span.start, -1), at) for at in range(12)]
    return [math.fsum(by_month[m].value for by_month in series.values() if m in by_month) for m in months]


def _rows(kpi: Kpi, span: Span, each: spreading.Proposal, shape: Sequence[float]) -> list[dict[str, Any]]:
    """The year's row and those of its months: of amounts and counts parts of it, of a rate the same rate."""
    if kpi.kind == "rate":
        parts = [each.value] * 12
    else:
        parts = split(each.value, shape, step_of(kpi.kind, kpi.digits, each.value, 12))
    base = each.base
    spans = [(span, each.value, base)] + [
        (Span("month", shift("month", span.start, at)), parts[at], base / 12 if base else None) for at in range(FIRST_MONTH, 12)
    ]
    same = {
        "kpi_id": kpi.id, "factor": each.factor, "method": "experience" if each.factor is not None else "results", **each.subject._asdict()
    }  # fmt: skip
    return [same | {"span": s.kind, "starts_on": s.start, "value": value, "base": below} for s, value, below in spans]
