"""Set, publish and withdraw targets, and state the seniority table. Every change is a revision with who, when and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, insert, or_, select, update

from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db, in_parts
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person, Team
from lms.people.scope import people_in_scope, teams_in_scope
from performance.kpis.measures import adds_up
from performance.kpis.models import Kpi
from performance.targets import policies, seniority
from performance.targets.models import SeniorityTable, Target
from performance.targets.periods import Span, fits


class Subject(NamedTuple):
    """Whose target: of a team with all below it, or of a member."""

    team_id: int | None
    person_id: int | None


class Goal(NamedTuple):
    """A value for a subject; ``base``, ``method`` and ``factor`` as in ``models.Target``; a ``reason`` of its own, if it has one."""

    subject: Subject
    value: float
    base: float | None = None
    method: str = "hand"
    factor: float | None = None
    reason: str = ""


Standing = dict[Subject, dict[str, Target]]
"""Subject → status → the revision that stands."""


def set_targets(
    actor: Actor,
    kpi_id: int,
    span: Span,
    goals: Sequence[Goal],
    *,
    publish: bool,
    reason: str,
    now: datetime,
    batch_id: int | None = None,
) -> int:
    """Set targets of one KPI and period, as drafts or published; how many were set. What stays the same is left alone.

    :raises Unknown: for a KPI, team or member that the actor does not know.
    :raises Forbidden: ``target_from_above``.
    :raises Refused: ``target_kpi_retired``, ``target_span_too_short``, ``target_not_addable``,
        ``target_value_range``, ``target_reason_missing`` where a published target would change without a reason.
    """
    require(actor, Permission.TARGET_SET)
    kpi = _usable(kpi_id, span)
    allow(actor, [goal.subject for goal in goals])
    for goal in goals:
        _check_value(kpi, goal)
    standing = standing_of(kpi_id, span, [goal.subject for goal in goals])
    wanted = "published" if publish else "draft"
    changed = [goal for goal in goals if not _stands(standing.get(goal.subject, {}), goal, wanted)]
    if publish and any("published" in standing.get(goal.subject, {}) and not (reason or goal.reason) for goal in changed):
        raise Refused("target_reason_missing", field="reason")
    replaced = [row for goal in changed for row in standing.get(goal.subject, {}).values() if publish or row.status == wanted]
    _supersede(replaced, now)
    common = {"status": wanted, "batch_id": batch_id, "set_at": now, "set_by_id": actor.person_id}
    add(kpi_id, span, [(goal.subject, goal._asdict() | common | {"reason": reason or goal.reason}) for goal in changed])
    if changed:
        audit.record(actor, "target.set", "kpi", kpi_id, **_about(span), status=wanted, targets=len(changed))
    return len(changed)


def publish(actor: Actor, kpi_id: int, span: Span, subjects: Sequence[Subject], *, reason: str, now: datetime) -> int:
    """Publish the drafts of these subjects, each with its own reason where none is given; those without a draft are passed over.

    :raises Refused: ``target_nothing_to_publish``, ``target_reason_missing``.
    """
    require(actor, Permission.TARGET_SET)
    allow(actor, subjects)
    standing = standing_of(kpi_id, span, subjects)
    drafts = [(subject, rows["draft"]) for subject, rows in standing.items() if "draft" in rows]
    if not drafts:
        raise Refused("target_nothing_to_publish")
    goals = [Goal(subject, row.value, row.base, row.method, row.factor, row.reason) for subject, row in drafts]
    return set_targets(actor, kpi_id, span, goals, publish=True, reason=reason, now=now)


def withdraw(actor: Actor, kpi_id: int, span: Span, subject: Subject, *, reason: str, now: datetime) -> None:
    """Take the target of a subject back, with its draft; the revisions stay.

    :raises Refused: ``target_reason_missing``; ``target_not_standing`` if there is none.
    """
    require(actor, Permission.TARGET_SET)
    allow(actor, [subject])
    rows = standing_of(kpi_id, span, [subject]).get(subject, {})
    last = rows.get("published") or rows.get("draft")
    if last is None:
        raise Refused("target_not_standing")
    if not reason and "published" in rows:
        raise Refused("target_reason_missing", field="reason")
    _supersede(rows.values(), now)
    gone = {"status": "withdrawn", "value": last.value, "base": last.base, "method": "hand", "factor": None, "superseded_at": now}
    add(kpi_id, span, [(subject, gone | {"reason": reason, "batch_id": None, "set_at": now, "set_by_id": actor.person_id})])
    audit.record(actor, "target.withdraw", "kpi", kpi_id, **_about(span), team_id=subject.team_id, person_id=subject.person_id)


def state_seniority(actor: Actor, bands: Sequence[seniority.Band], *, reason: str, now: datetime) -> SeniorityTable:
    """A new version of the seniority table; targets already handed down keep the factor they were made with.

    :raises Forbidden: ``seniority_company_only``. :raises Refused: ``seniority_from_zero``, ``seniority_not_rising``, ``seniority_factor_range``.
    """
    require(actor, Permission.TARGET_SET)
    if not may_state_seniority(actor):
        raise Forbidden("seniority_company_only")
    code = seniority.problem(bands)
    if code is not None:
        raise Refused(code, field="bands")
    table = SeniorityTable(bands=[list(band) for band in bands], reason=reason, set_at=now, set_by_id=actor.person_id)
    db.session.add(table)
    db.session.flush()
    audit.record(actor, "target.seniority", "seniority_table", table.id, bands=table.bands)
    return table


def may_state_seniority(actor: Actor) -> bool:
    """Whoever defines the company's KPIs, over the whole company."""
    return actor.company_wide(Permission.KPI_DEFINE) and actor.can(Permission.TARGET_SET)


# Shared with the import --------------------------------------------------------------------------


def standing_of(kpi_id: int, span: Span, subjects: Collection[Subject]) -> Standing:
    """The drafts and published targets that stand."""
    found: Standing = {}
    query = select(Target).where(
        Target.kpi_id == kpi_id, Target.span == span.kind, Target.starts_on == span.start, Target.superseded_at.is_(None)
    )
    for row in _of(query, subjects):
        found.setdefault(Subject(row.team_id, row.person_id), {})[row.status] = row
    return found


def add(kpi_id: int, span: Span, rows: Sequence[tuple[Subject, Mapping[str, Any]]]) -> None:
    """Insert revisions, each numbered after the last of its subject."""
    query = (
        select(Target.team_id, Target.person_id, func.max(Target.revision))
        .where(Target.kpi_id == kpi_id, Target.span == span.kind, Target.starts_on == span.start)
        .group_by(Target.team_id, Target.person_id)
    )
    last = {Subject(team, person): number for team, person, number in _rows_of(query, [subject for subject, _said in rows])}
    written = [
        {name: value for name, value in said.items() if name != "subject"}
        | {"kpi_id": kpi_id, "span": span.kind, "starts_on": span.start, "revision": last.get(subject, 0) + 1}
        | subject._asdict()
        for subject, said in rows
    ]
    if written:
        db.session.execute(insert(Target), written)


def allow(actor: Actor, subjects: Sequence[Subject]) -> None:
    """:raises Unknown: where one is out of sight. :raises Forbidden: ``target_from_above`` where it is not the actor's to set."""
    teams = {subject.team_id for subject in subjects if subject.team_id is not None}
    people = {subject.person_id for subject in subjects if subject.person_id is not None}
    _all_or(Unknown(), teams, select(Team.id).where(teams_in_scope(actor, Permission.TARGET_SET)), Team.id)
    _all_or(Unknown(), people, select(Person.id).where(people_in_scope(actor, Permission.TARGET_SET)), Person.id)
    above = Forbidden("target_from_above")
    _all_or(above, teams, select(Team.id).where(policies.settable_teams(actor)), Team.id)
    _all_or(above, people, select(Person.id).where(policies.settable_members(actor)), Person.id)


def _all_or(refusal: Refused, ids: set[int], query: Select[Any], column: Any) -> None:
    there: set[int] = set()
    for part in in_parts(sorted(ids)):
        there |= set(db.session.scalars(query.where(column.in_(part))))
    if there != ids:
        raise refusal


def _of(query: Any, subjects: Collection[Subject]) -> Iterable[Target]:
    for condition in _conditions(subjects):
        yield from db.session.scalars(query.where(condition))


def _rows_of(query: Any, subjects: Collection[Subject]) -> Iterable[Any]:
    for condition in _conditions(subjects):
        yield from db.session.execute(query.where(condition))


def _conditions(subjects: Collection[Subject]) -> Iterable[Any]:
    teams = sorted({s.team_id for s in subjects if s.team_id is not None})
    people = sorted({s.person_id for s in subjects if s.person_id is not None})
    if teams and len(teams) + len(people) <= 500:
        yield or_(Target.team_id.in_(teams), Target.person_id.in_(people))
        return
    yield from (Target.team_id.in_(part) for part in in_parts(teams))
    yield from (Target.person_id.in_(part) for part in in_parts(people))


def _usable(kpi_id: int, span: Span) -> Kpi:
    kpi = db.session.get(Kpi, kpi_id)
    if kpi is None:
        raise Unknown()
    if kpi.retired_at is not None:
        raise Refused("target_kpi_retired")
    if not fits(kpi.period, span.kind):
        raise Refused("target_span_too_short", field="span")
    return kpi


def _check_value(kpi: Kpi, goal: Goal) -> None:
    if goal.subject.team_id is not None and not adds_up(kpi.kind, kpi.unit):
        raise Refused("target_not_addable")
    top = 1.0 if kpi.kind == "rate" else 1e15
    if not 0 <= goal.value <= top:
        raise Refused("target_value_range", field="value")


def _stands(rows: Mapping[str, Target], goal: Goal, wanted: str) -> bool:
    row = rows.get(wanted)
    if row is None or (wanted == "published" and "draft" in rows):
        return False
    return (row.value, row.base) == (goal.value, goal.base)


def _supersede(rows: Iterable[Target], now: datetime) -> None:
    ids = [row.id for row in rows]
    for part in in_parts(ids):
        db.session.execute(update(Target).where(Target.id.in_(part)).values(superseded_at=now))


def _about(span: Span) -> dict[str, str]:
    return {"span": span.kind, "starts_on": span.start.isoformat()}
