"""Plan a rollout, draw it once, state deviations, stop it. A plan is changed until the draw and never after it."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import insert, select

from courses.dates import day_of
from courses.models import Course, Status
from effects.rollouts import dealing, people, policies, power, queries, timing
from effects.rollouts.models import (
    Outcome,
    Rollout,
    RolloutDeviation,
    RolloutDraw,
    RolloutMember,
    RolloutSettlement,
    RolloutStop,
    RolloutWave,
    Unit,
)
from effects.services import VERSION
from lms import audit, canonical
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Team
from lms.people.scope import teams_in_scope
from performance.kpis import periods
from performance.kpis.models import Kpi

FORMAT = 1
TEST_DRAWS = 999
WEIGHTS = "each trained rep-period once"
INTERVAL = "team jackknife (CV3), t(G-1), 95 %"
TEST = f"randomisation inference, two-sided, {TEST_DRAWS} redraws of this lottery, starts as drawn"


class Plan(Struct, frozen=True):
    """What a planner enters. ``teams`` ids, ``left_out`` person numbers; the rest as in ``Rollout``."""

    course_id: int
    kpi_id: int
    teams: Sequence[int]
    first_on: date
    unit: str = Unit.REPS
    left_out: Sequence[str] = ()
    waves: int = 3
    gap: int = 3
    horizon: int = 6
    waiting: bool = True
    estimator: str = "bjs"
    transform: str = "auto"
    subgroups: Sequence[str] = ()
    notes: str = ""
    expected: float | None = None
    cost_per_rep: float | None = None


def create(actor: Actor, plan: Plan, *, now: datetime) -> Rollout:
    """A plan that can be changed until it is drawn.

    :raises Unknown: for a course, a KPI or a team that is not there or out of scope.
    :raises Refused: ``rollout_nobody_to_compare``, ``rollout_starts_in_the_past``, ``rollout_no_teams``.
    """
    require(actor, Permission.ROLLOUT_PLAN)
    values = _checked(actor, plan, now)
    rollout = Rollout(**values, created_at=now, edited_at=now, created_by_id=actor.person_id)
    db.session.add(rollout)
    db.session.flush()
    audit.record(actor, "rollout.create", "rollout", rollout.id, course=plan.course_id, kpi=plan.kpi_id)
    return rollout


def edit(actor: Actor, rollout_id: int, plan: Plan, *, now: datetime) -> Rollout:
    """Change a plan before its draw. Raises as ``create`` does; and :raises Refused: ``rollout_drawn``."""
    require(actor, Permission.ROLLOUT_PLAN)
    rollout = policies.draft(actor, rollout_id)
    for name, value in _checked(actor, plan, now).items():
        setattr(rollout, name, value)
    rollout.edited_at = now
    db.session.flush()
    audit.record(actor, "rollout.edit", "rollout", rollout.id)
    return rollout


def discard(actor: Actor, rollout_id: int) -> None:
    """Throw a plan away before its draw. :raises Refused: ``rollout_drawn``."""
    require(actor, Permission.ROLLOUT_PLAN)
    rollout = policies.draft(actor, rollout_id)
    audit.record(actor, "rollout.discard", "rollout", rollout.id, course=rollout.course_id, kpi=rollout.kpi_id)
    db.session.delete(rollout)
    db.session.flush()


def _checked(actor: Actor, plan: Plan, now: datetime) -> dict[str, Any]:
    kpi = db.session.get(Kpi, plan.kpi_id)
    if db.session.get(Course, plan.course_id) is None or kpi is None:
        raise Unknown()
    if not plan.teams:
        raise Refused("rollout_no_teams", field="teams")
    wanted = set(plan.teams)
    condition = teams_in_scope(actor, Permission.ROLLOUT_PLAN)
    if set(db.session.scalars(select(Team.id).where(Team.id.in_(wanted), condition))) != wanted:
        raise Unknown()
    if plan.waves == 1 and not plan.waiting:
        raise Refused("rollout_nobody_to_compare", field="waves")
    first_on = periods.start_of(kpi.period, plan.first_on)
    if first_on <= day_of(now):
        raise Refused("rollout_starts_in_the_past", field="first_on")
    values = asdict(plan) | {"first_on": first_on, "teams": sorted(wanted)}
    return values | {"left_out": list(plan.left_out), "subgroups": list(plan.subgroups)}


def draw(actor: Actor, rollout_id: int, *, seed: int | None = None, now: datetime) -> RolloutDraw:
    """Draw the lottery and lock the analysis plan with it, once and for good.

    :raises Refused: ``rollout_drawn``, ``rollout_starts_in_the_past``, ``rollout_few_teams``, ``rollout_few_teams_to_draw``,
        ``rollout_few_reps``, ``rollout_course_not_open``.
    """
    require(actor, Permission.ROLLOUT_PLAN)
    db.session.execute(select(Rollout.id).where(Rollout.id == rollout_id).with_for_update())
    rollout = policies.draft(actor, rollout_id)
    _check_drawable(rollout, now)
    found = people.entrants(rollout, actor=actor, now=now)
    stop = power.refusal(found, power.shape_of(rollout), rollout.unit)
    if stop is not None:
        raise Refused(f"rollout_{stop.code}", **stop.params)
    seed = secrets.randbits(62) if seed is None else seed
    seats = found.seats(rollout.unit)
    groups = dealing.deal(seats, rollout.groups, seed, teams=rollout.unit == Unit.TEAMS)
    plan = locked_plan(rollout, found, seats, groups, seed, now)
    drawn = RolloutDraw(
        rollout_id=rollout.id,
        seed=seed,
        plan=plan,
        sha256=canonical.sha256(plan),
        closes_on=timing.closes_on(rollout.kpi.period, rollout.first_on, power.shape_of(rollout)),
        drawn_at=now,
        drawn_by_id=actor.person_id,
    )
    _keep(rollout, drawn, seats, groups)
    audit.record(actor, "rollout.draw", "rollout", rollout.id, people=len(seats), sha256=drawn.sha256)
    return drawn


def _check_drawable(rollout: Rollout, now: datetime) -> None:
    if rollout.first_on <= day_of(now):
        raise Refused("rollout_starts_in_the_past", field="first_on")
    if rollout.course.status != Status.PUBLISHED:
        raise Refused("rollout_course_not_open")


def _keep(rollout: Rollout, drawn: RolloutDraw, seats: Sequence[dealing.Seat], groups: Sequence[int]) -> None:
    db.session.add(drawn)
    db.session.flush()
    starts = timing.wave_starts(rollout.kpi.period, rollout.first_on, rollout.waves, rollout.gap)
    waves = [{"rollout_id": rollout.id, "number": n, "starts_on": day} for n, day in enumerate(starts, 1)]
    db.session.execute(insert(RolloutWave), waves)
    rows = [asdict(s) | {"rollout_id": rollout.id, "wave": g} for s, g in zip(seats, groups, strict=True)]
    db.session.execute(insert(RolloutMember), rows)
    db.session.expire(rollout, ["draw"])


def locked_plan(
    rollout: Rollout,
    found: people.Entrants,
    seats: Sequence[dealing.Seat],
    groups: Sequence[int],
    seed: int,
    now: datetime,
) -> dict[str, Any]:
    """Everything the report will be held against, and the drawn list."""
    kpi, course, shape = rollout.kpi, rollout.course, power.shape_of(rollout)
    starts = timing.wave_starts(kpi.period, rollout.first_on, rollout.waves, rollout.gap)
    closes, sizes = timing.closes_on(kpi.period, rollout.first_on, shape), Counter(groups)
    asked = queries.power_of(rollout.id)
    current = asked is not None and asked.question == power.question(rollout, found)
    seen = (asked.result or {}).get("plan") if asked is not None and current else None
    return {
        "format": FORMAT,
        "engine": VERSION,
        "rollout": rollout.id,
        "drawn_at": now.isoformat(),
        "seed": str(seed),
        "course": {"id": course.id, "code": course.code, "title": course.title, "version": course.version},
        "kpi": kpi_words(kpi),
        "unit": rollout.unit,
        "strata": "team x KPI tercile" if rollout.unit == Unit.REPS else "KPI tercile of the team",
        "waves": [
            {"number": n, "starts_on": day.isoformat(), "people": sizes[n]} for n, day in enumerate(starts, 1)
        ],
        "waiting": sizes[rollout.groups] if rollout.waiting else 0,
        "horizon": rollout.horizon,
        "until": periods.shift(kpi.period, closes, -1).isoformat(),
        "estimator": rollout.estimator,
        "scale": power.scale_of(rollout, found.panel),
        "weights": WEIGHTS,
        "interval": INTERVAL,
        "test": TEST,
        "subgroups": rollout.subgroups,
        "notes": rollout.notes,
        "expected": rollout.expected,
        "detectable": seen,
        "records_until": found.until.isoformat(),
        "left_out": found.left_out,
        "members": [[s.person_id, s.team_id, s.tercile, g] for s, g in zip(seats, groups, strict=True)],
    }


def kpi_words(kpi: Kpi) -> dict[str, Any]:
    """What is locked of a KPI: a later definition that differs is a departure."""
    fixed = ("id", "code", "kind", "unit", "direction", "period")
    return {name: getattr(kpi, name) for name in fixed} | {"name": kpi.name}


def deviate(actor: Actor, rollout_id: int, text: str, *, now: datetime) -> RolloutDeviation:
    """State a departure from the locked plan. Added, never changed.

    :raises Refused: ``rollout_not_drawn``: before the draw a plan is simply changed.
    """
    require(actor, Permission.ROLLOUT_PLAN)
    rollout = _drawn(actor, rollout_id)
    stated = RolloutDeviation(rollout_id=rollout.id, text=text, at=now, by_id=actor.person_id)
    db.session.add(stated)
    db.session.flush()
    audit.record(actor, "rollout.deviate", "rollout", rollout.id, text=text)
    return stated


def stop(actor: Actor, rollout_id: int, reason: str, *, now: datetime) -> RolloutStop:
    """Enrol no later wave, and make no report. What was drawn stays as it is.

    :raises Refused: ``rollout_not_drawn``, ``rollout_over``.
    """
    require(actor, Permission.ROLLOUT_PLAN)
    rollout = _drawn(actor, rollout_id)
    if rollout.stop is not None or rollout.report is not None:
        raise Refused("rollout_over")
    stopped = RolloutStop(rollout_id=rollout.id, reason=reason, at=now, by_id=actor.person_id)
    db.session.add(stopped)
    rest = queries.unsettled(rollout.id).where(RolloutMember.wave <= rollout.waves)
    rows = [
        {"member_id": member, "outcome": Outcome.STOPPED.value, "enrolment_id": None, "at": now}
        for member in db.session.scalars(rest)
    ]
    if rows:
        db.session.execute(insert(RolloutSettlement), rows)
    db.session.flush()
    audit.record(actor, "rollout.stop", "rollout", rollout.id, reason=reason, people=len(rows))
    return stopped


def _drawn(actor: Actor, rollout_id: int) -> Rollout:
    rollout = policies.seen(actor, rollout_id)
    if not policies.may_look_after(actor, rollout):
        raise Unknown()
    if rollout.draw is None:
        raise Refused("rollout_not_drawn")
    return rollout


def last_day(period: str, start: date) -> date:
    """The last day of the period that begins on ``start``."""
    return periods.shift(period, start, 1) - timedelta(days=1)
