"""The quarterly check: readiness at the ends of quarters against the KPIs of the quarters after. Results are only added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import func, select

from courses.dates import day_of
from lms import audit, canonical
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import db
from lms.values import NotEstimable
from performance.kpis import queries as kpis
from performance.kpis.models import Kpi
from performance.kpis.periods import index, shift
from performance.skills import validity
from performance.skills.models import PersonReadiness, SkillCheck, SkillRun
from performance.skills.validity import Pair, Verdict

VERSION = "1"
LATE = timedelta(days=31)
"""A snapshot made later than this after its quarter was made with hindsight, and is counted as such."""
LEAST_RECORDED = 2 / 3
"""Of a quarter's periods."""


def run(actor: Actor, *, now: datetime) -> list[SkillCheck]:
    """Look at every KPI in use; one row each, all with the same number."""
    return keep(actor, look(actor, now=now))


def look(actor: Actor, *, now: datetime) -> list[SkillCheck]:
    """The rows of a check, not kept and without a number yet. It only reads: outside a transaction nobody waits for it."""
    require(actor, Permission.SKILL_COMPUTE)
    today = day_of(now)
    snapshots = [each for each in _snapshots() if each.quarter and shift("quarter", each.quarter, 2) <= today]
    ready = _readiness(snapshots)
    return [_checked(actor, kpi, snapshots, ready, now) for kpi in kpis.kpis(actor_of_figures(actor))]


def keep(actor: Actor, made: list[SkillCheck]) -> list[SkillCheck]:
    """Keep the rows under the next number: read after the lock, so that two at once get two."""
    require(actor, Permission.SKILL_COMPUTE)
    db.session.execute(select(Kpi.id).order_by(Kpi.id).limit(1).with_for_update(key_share=True))
    number = (db.session.scalar(select(func.max(SkillCheck.number))) or 0) + 1
    for each in made:
        each.number = number
    db.session.add_all(made)
    db.session.flush()
    audit.record(actor, "skills.check", "skill_check", number, kpis=len(made), quarters=len(made[0].quarters) if made else 0)
    return made


def actor_of_figures(actor: Actor) -> Actor:
    """Figures of the whole company go in, and none that names a person comes out: those who may not read KPIs may have it done."""
    from_system = Permission.KPI_READ not in actor.permissions
    return SYSTEM if from_system else actor


def _snapshots() -> Sequence[SkillRun]:
    return db.session.scalars(select(SkillRun).where(SkillRun.kind == "quarter").order_by(SkillRun.quarter)).all()


def _readiness(snapshots: Sequence[SkillRun]) -> list[tuple[date, int, int, float, float]]:
    """(quarter, person, team, readiness, its error variance) of those whose readiness was known and who were in a team."""
    quarters = {each.id: each.quarter for each in snapshots}
    rows = db.session.execute(
        select(
            PersonReadiness.run_id, PersonReadiness.person_id, PersonReadiness.team_id, PersonReadiness.share, PersonReadiness.variance
        ).where(
            PersonReadiness.run_id.in_(list(quarters)), PersonReadiness.share.is_not(None), PersonReadiness.team_id.is_not(None)
        )
    )
    return [(quarters[run], person, team, share, variance) for run, person, team, share, variance in rows]  # type: ignore[misc]


def _checked(
    actor: Actor, kpi: Kpi, snapshots: Sequence[SkillRun], ready: Sequence[Any], now: datetime
) -> SkillCheck:
    pairs = _pairs(kpi, ready)
    found = validity.check(pairs)
    known = None if isinstance(found, NotEstimable) else found
    return SkillCheck(
        kpi_id=kpi.id,
        made_at=now,
        made_by_id=actor.person_id,
        version=VERSION,
        quarters=[str(each.quarter) for each in snapshots],
        afterwards=sum(each.made_at - each.as_of > LATE for each in snapshots),
        verdict=(known.verdict if known else Verdict.CANNOT_SAY).value,
        reason=None if known else found.code,  # type: ignore[union-attr]
        params={} if known else dict(found.params),  # type: ignore[union-attr]
        observed=known.observed.value if known else None,
        figures=_figures(known) if known else {},
        pairs=known.pairs if known else len(pairs),
        people=known.people if known else len({pair.person for pair in pairs}),
        teams=known.teams if known else len({pair.team for pair in pairs}),
        fingerprint=canonical.sha256([[p.person, p.team, p.quarter, p.readiness, p.after, p.before] for p in pairs]),
    )


def _figures(found: validity.Check) -> dict[str, Any]:
    def written(one: validity.Correlation | None) -> dict[str, float] | None:
        return None if one is None else {"value": one.value, **asdict(one.interval)}

    return {
        "observed": written(found.observed),
        "corrected": written(found.corrected),
        "beyond": written(found.beyond),
        "reliability": found.reliability,
    }


def _pairs(kpi: Kpi, ready: Sequence[tuple[date, int, int, float, float]]) -> list[Pair]:
    if not ready:
        return []
    quarters = sorted({row[0] for row in ready})
    figures = _by_quarter(kpi, quarters[0], shift("quarter", quarters[-1], 2))
    sign = -1.0 if kpi.direction == "lower" else 1.0
    pairs = []
    for quarter, person, team, share, variance in ready:
        after, before = figures.get((person, shift("quarter", quarter, 1))), figures.get((person, quarter))
        if after is not None:
            number = index("quarter", quarters[0], quarter)
            pairs.append(Pair(person, team, number, share, variance, sign * after, None if before is None else sign * before))
    return pairs


def _by_quarter(kpi: Kpi, since: date, until: date) -> dict[tuple[int, date], float]:
    """(person, quarter) → the mean per period, of rates the sum over the sum; with two thirds of the periods recorded at least."""
    if kpi.period == "year":
        return {}
    groups: dict[tuple[int, date], list[kpis.Reading]] = {}
    for reading in kpis.readings(kpi.id, since=since, until=until):
        groups.setdefault((reading.person_id, _quarter(reading.period_start)), []).append(reading)
    full = {"week": 13, "month": 3, "quarter": 1}[kpi.period]
    return {
        key: value
        for key, some in groups.items()
        if len(some) >= full * LEAST_RECORDED and (value := _figure(kpi.kind, some)) is not None
    }


def _quarter(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _figure(kind: str, some: Iterable[kpis.Reading]) -> float | None:
    readings = list(some)
    if kind == "rate":
        below = sum(each.denominator or 0.0 for each in readings)
        return sum(each.numerator or 0.0 for each in readings) / below if below else None
    return sum(each.value for each in readings) / len(readings)
