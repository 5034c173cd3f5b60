"""When the last window has closed: the study is made and run by itself, and says where the plan was not kept to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import func, select

import courses.queries
from courses.dates import day_of
from effects import services as studies
from effects.models import Study
from effects.rollouts import departures, estimators, power, queries
from effects.rollouts.dealing import Among, Seat, stored
from effects.rollouts.models import (
    Rollout,
    RolloutMember,
    RolloutReport,
    RolloutSettlement,
    RolloutWave,
    Unit,
)
from effects.rollouts.people import panel_of
from effects.rollouts.services import TEST_DRAWS, kpi_words
from effects.stats.design import Chosen
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.randomisation import randomisation_test
from effects.stats.scale import scaled
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Unknown
from lms.jobs import Report
from lms.values import NotEstimable
from performance.kpis import periods
from performance.kpis.models import KpiRecord
from performance.kpis.queries import readings

WAIT_FOR_RECORDS = timedelta(days=45)
ENOUGH_RECORDS = 0.8
"""Of the people drawn who are still there, with a record in the last period: then the report need not wait."""
TEST_SEED = 1


class Conclusion(Struct, frozen=True):
    """What was computed before anything is written."""

    test: dict[str, Any]
    departures: list[dict[str, Any]]


def ready(rollout_id: int, *, now: datetime) -> bool:
    """Whether the last window is over and its records are in, or have been waited for long enough."""
    rollout = _drawn(rollout_id)
    closes = _closes(rollout)
    if rollout.report is not None or rollout.stop is not None or closes > day_of(now):
        return False
    if closes + WAIT_FOR_RECORDS <= day_of(now):
        return True
    with_record, expected = _recorded(rollout)
    return expected > 0 and with_record >= ENOUGH_RECORDS * expected


def compute(rollout_id: int, report: Report, *, draws: int | None = None, now: datetime) -> Conclusion | None:
    """The lottery's own test and the departures, from reads only; None if there is a report already."""
    rollout = _drawn(rollout_id)
    if rollout.report is not None:
        return None
    report(0, 2)
    seats = queries.seats(rollout.id)
    test = lottery_test(rollout, seats, draws=draws or TEST_DRAWS)
    report(1, 2)
    found = departures.departures(course_of(rollout, seats, now))
    return Conclusion(test, [asdict(each) for each in found])


def keep(actor: Actor, rollout_id: int, found: Conclusion, *, now: datetime) -> RolloutReport:
    """Ask for the study as planned, run it, and keep the report: once, whoever is first."""
    require(actor, Permission.EFFECT_RUN)
    rollout = _drawn(rollout_id)
    if rollout.report is not None:
        return rollout.report
    plan = _plan(rollout)
    study = studies.ask(
        actor,
        rollout.course_id,
        rollout.kpi_id,
        until=date.fromisoformat(plan["until"]),
        horizon=rollout.horizon,
        now=now,
    )
    reason = f"抽签分批（推广计划 {rollout.id}） · Drawn by lot, rollout {rollout.id}"
    studies.confirm_chosen(actor, study.id, Chosen.RANDOM, reason, now=now)
    kept = RolloutReport(
        rollout_id=rollout.id,
        study_id=study.id,
        run_number=0,
        test=found.test,
        departures=found.departures,
        at=now,
    )
    db.session.add(kept)
    db.session.flush()
    run = studies.start_run(actor, study.id, now=now)
    kept.run_number = run.number
    db.session.flush()
    audit.record(actor, "rollout.report", "rollout", rollout.id, study=study.id, run=run.number)
    return kept


def plan_for(study: Study, plain: Options) -> Options | None:
    """The plan locked with the draw that the study reports on; None if it reports on none."""
    rollout = queries.of_study(study.id)
    return options_of(rollout, plain) if rollout is not None else None


def options_of(rollout: Rollout, plain: Options) -> Options:
    """The locked plan as the engine's options."""
    plan = _plan(rollout)
    fixed = replace(plain, method=plan["estimator"], horizon=plan["horizon"], lottery=True)
    return replace(fixed, transform="log") if plan["scale"] == "log" else replace(fixed, transform="none")


def lottery_test(rollout: Rollout, seats: Sequence[tuple[Seat, int]], *, draws: int) -> dict[str, Any]:
    """Randomisation inference on the stored lottery: starts as drawn, whoever came when."""
    plan, draw = _plan(rollout), rollout.draw
    until = date.fromisoformat(plan["until"])
    people = [(seat.person_id, seat.team_id) for seat, _wave in seats]
    ids = {person for person, _team in people}
    records = [r for r in readings(rollout.kpi_id, until=until) if r.person_id in ids]
    whole = panel_of(rollout.kpi, people, records, until)
    recorded = np.asarray(whole.observed.any(axis=1), bool)
    seen = np.flatnonzero(recorded)
    starts = _starts(rollout, whole, until)
    lottery = stored([seat for seat, _wave in seats], starts, teams=rollout.unit == Unit.TEAMS)
    panel = scaled(whole.select(recorded), "log" if plan["scale"] == "log" else "level")
    found = randomisation_test(
        panel,
        Among(lottery.starts, lottery.strata, lottery, seen),
        draw.seed if draw else 0,
        lambda p: estimators.point(plan["estimator"], p, plan["horizon"]),
        draws=draws,
        seed=TEST_SEED,
    )
    if isinstance(found, NotEstimable):
        return {"code": found.code, "params": found.params}
    return asdict(found) | {"scale": plan["scale"], "people": len(seen)}


def _starts(rollout: Rollout, panel: Panel, until: date) -> tuple[int, ...]:
    """Period index of each group's start as drawn."""
    period = rollout.kpi.period
    last = panel.n_periods - 1
    waves = queries.waves_of([rollout.id])[rollout.id]
    found = [last - periods.index(period, wave.starts_on, until) for wave in waves]
    return (*found, NEVER) if rollout.waiting else tuple(found)


def course_of(rollout: Rollout, seats: Sequence[tuple[Seat, int]], now: datetime) -> departures.Course:
    """The facts of how the rollout went."""
    period, plan = rollout.kpi.period, _plan(rollout)
    locked, today = plan["kpi"], kpi_words(rollout.kpi)
    with_record, expected = _recorded(rollout)
    return departures.Course(
        members=_members(rollout, seats, period),
        length=power.shape_of(rollout).length,
        kpi_changed=tuple(name for name in ("kind", "unit", "direction", "period") if locked[name] != today[name]),
        revised=_revised(rollout, date.fromisoformat(plan["records_until"])),
        missing=expected - with_record,
        expected=expected,
        late_waves=_late_waves(rollout),
        closed=_closes(rollout),
        reported=day_of(now),
        stated=len(queries.deviations(rollout.id)),
    )


def _members(
    rollout: Rollout, seats: Sequence[tuple[Seat, int]], period: str
) -> tuple[departures.Member, ...]:
    origin = rollout.first_on
    first: dict[int, int] = {}
    for start in courses.queries.starts(rollout.course_id):
        if start.started_on is not None:
            at = periods.index(period, origin, periods.start_of(period, start.started_on))
            first.setdefault(start.person_id, at)
    settled = db.session.execute(
        select(RolloutMember.person_id, RolloutSettlement.outcome)
        .join(RolloutSettlement, RolloutSettlement.member_id == RolloutMember.id)
        .where(RolloutMember.rollout_id == rollout.id)
    )
    outcome = {row.person_id: row.outcome for row in settled}
    return tuple(
        departures.Member(
            drawn=rollout.gap * (wave - 1) if wave <= rollout.waves else None,
            started=first.get(seat.person_id),
            outcome=outcome.get(seat.person_id),
        )
        for seat, wave in seats
    )


def _recorded(rollout: Rollout) -> tuple[int, int]:
    """Of the people drawn who were not found to have left: (with a record in the last period, all)."""
    people = (
        select(RolloutMember.person_id)
        .outerjoin(RolloutSettlement, RolloutSettlement.member_id == RolloutMember.id)
        .where(RolloutMember.rollout_id == rollout.id)
        .where(func.coalesce(RolloutSettlement.outcome, "") != "left")
    )
    until = date.fromisoformat(_plan(rollout)["until"])
    recorded = select(func.count(KpiRecord.id)).where(
        KpiRecord.kpi_id == rollout.kpi_id,
        KpiRecord.period_start == until,
        KpiRecord.superseded_at.is_(None),
        KpiRecord.person_id.in_(people),
    )
    expected = db.session.scalar(select(func.count()).select_from(people.subquery())) or 0
    return db.session.scalar(recorded) or 0, expected


def _revised(rollout: Rollout, until: date) -> int:
    """Current records of the time before the draw that were written after it."""
    if rollout.draw is None:
        return 0
    members = select(RolloutMember.person_id).where(RolloutMember.rollout_id == rollout.id)
    query = select(func.count(KpiRecord.id)).where(
        KpiRecord.kpi_id == rollout.kpi_id,
        KpiRecord.period_start <= until,
        KpiRecord.recorded_at > rollout.draw.drawn_at,
        KpiRecord.superseded_at.is_(None),
        KpiRecord.person_id.in_(members),
    )
    return db.session.scalar(query) or 0


def _late_waves(rollout: Rollout) -> dict[int, int]:
    """Wave → days from its day to the first settlement."""
    rows = db.session.execute(
        select(RolloutWave.number, RolloutWave.starts_on, func.min(RolloutSettlement.at))
        .join(
            RolloutMember,
            (RolloutMember.rollout_id == RolloutWave.rollout_id) & (RolloutMember.wave == RolloutWave.number),
        )
        .join(RolloutSettlement, RolloutSettlement.member_id == RolloutMember.id)
        .where(RolloutWave.rollout_id == rollout.id)
        .group_by(RolloutWave.number, RolloutWave.starts_on)
    )
    return {number: (day_of(at) - starts_on).days for number, starts_on, at in rows}


def _drawn(rollout_id: int) -> Rollout:
    rollout = db.session.get(Rollout, rollout_id, populate_existing=True)
    if rollout is None or rollout.draw is None:
        raise Unknown()
    return rollout


def _closes(rollout: Rollout) -> date:
    return rollout.draw.closes_on if rollout.draw else date.max


def _plan(rollout: Rollout) -> dict[str, Any]:
    return rollout.draw.plan if rollout.draw else {}



