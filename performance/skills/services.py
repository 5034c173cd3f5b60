"""Reckon everybody's levels and readiness: the run that pages show, and a snapshot at the end of each quarter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import current_app
from msgspec.structs import asdict
from sqlalchemy import and_, delete, exists, func, insert, or_, select

from assessments.cases import evidence as case_evidence
from assessments.feedback360 import evidence as feedback_evidence
from assessments.feedback360.models import Purpose
from assessments.grading.evidence import SkillEvidence
from assessments.quizzes import evidence as quiz_evidence
from assessments.roleplays import evidence as play_evidence
from assessments.roleplays.dialogues import evidence as dialogue_evidence
from courses.competencies import queries as catalogue
from courses.dates import day_of
from lms import audit, canonical
from lms.authz import Actor, Permission, Role, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Person, RoleGrant, Team, TeamMembership
from lms.values import NotEstimable
from performance.kpis.periods import shift, start_of
from performance.skills import gaps, norms
from performance.skills.levels import DEFAULT, Level, Norms, level
from performance.skills.models import PersonReadiness, SkillRun, SkillState
from performance.skills.occasions import Occasion, Seen, gathered

VERSION = "1"
LOOK_BACK = timedelta(days=5 * 540)
"""After five half-lives an occasion says nothing that could be seen in a level."""
KEPT = 12
"""How many occasions a state lists, the newest."""


class Seat(NamedTuple):
    """A rep at a moment: the team, and its path."""

    person_id: int
    team_id: int | None
    path: str | None


class Reckoned(NamedTuple):
    """A run before it is kept: its row, and those of its people without its number."""

    run: SkillRun
    states: list[dict[str, Any]]
    people: list[dict[str, Any]]


def bring_up_to_date(actor: Actor, *, now: datetime) -> SkillRun:
    """Reckon everybody anew; the run takes the place of the last one. Reps alone are looked at."""
    return keep(actor, reckon(actor, now=now))


def reckon(actor: Actor, *, now: datetime) -> Reckoned:
    """Everybody's levels now. It only reads: outside a transaction nobody waits for it."""
    require(actor, Permission.SKILL_COMPUTE)
    return _reckoned(actor, "current", None, now, _reps(day_of(now)), now)


def keep(actor: Actor, found: Reckoned) -> SkillRun:
    """The run takes the place of the last one; whoever is reckoned anew in that one comes before, or in this one."""
    require(actor, Permission.SKILL_COMPUTE)
    db.session.execute(select(SkillRun.id).where(SkillRun.kind == "current").order_by(SkillRun.id).with_for_update())
    run = _add(found)
    old = select(SkillRun.id).where(SkillRun.kind == "current", SkillRun.id != run.id)
    for table in (SkillState, PersonReadiness):
        db.session.execute(delete(table).where(table.run_id.in_(old)))
    db.session.execute(delete(SkillRun).where(SkillRun.kind == "current", SkillRun.id != run.id))
    return run


def snapshot(actor: Actor, quarter: date, *, now: datetime) -> SkillRun:
    """Keep how ready everybody was at the end of a quarter, from the evidence and in the teams of that day.

    :param quarter: any day of the quarter.
    :raises Refused: ``snapshot_quarter_runs`` while it is not over, ``snapshot_is_there``.
    """
    return keep_snapshot(actor, reckon_snapshot(actor, quarter, now=now))


def reckon_snapshot(actor: Actor, quarter: date, *, now: datetime) -> Reckoned:
    """As :func:`snapshot`, before it is kept. It only reads."""
    require(actor, Permission.SKILL_COMPUTE)
    start = start_of("quarter", quarter)
    end = shift("quarter", start, 1)
    if day_of(now) < end:
        raise Refused("snapshot_quarter_runs")
    if db.session.scalar(select(SkillRun.id).where(SkillRun.quarter == start)) is not None:
        raise Refused("snapshot_is_there")
    as_of = datetime.combine(end, time(), ZoneInfo(current_app.config["TIME_ZONE"]))
    return _reckoned(actor, "quarter", start, as_of, _reps_then(end - timedelta(days=1)), now)


def keep_snapshot(actor: Actor, found: Reckoned) -> SkillRun:
    """:raises Refused: ``snapshot_is_there``."""
    require(actor, Permission.SKILL_COMPUTE)
    start = found.run.quarter
    if db.session.scalar(select(SkillRun.id).where(SkillRun.quarter == start)) is not None:
        raise Refused("snapshot_is_there")
    run = _add(found)
    audit.record(actor, "skills.snapshot", "skill_run", run.id, quarter=str(start), people=run.people)
    return run


def refresh_person(actor: Actor, person_id: int, *, now: datetime) -> None:
    """Reckon one person of the current run anew, by its norms: after a new result nobody need wait for the night.

    The caller has made sure that the actor may see the person. :raises Unknown: there is no run yet, or they are no rep.
    """
    if actor.person_id != person_id or not actor.can(Permission.SKILL_READ_OWN):
        require(actor, Permission.SKILL_READ)
    run = _held() or _held()  # the second look, if the first waited for a run that was replaced meanwhile
    seats = _reps(day_of(now), person_id)
    if run is None or not seats:
        raise Unknown()
    for table in (SkillState, PersonReadiness):
        db.session.execute(delete(table).where(table.run_id == run.id, table.person_id == person_id))
    seen = _seen([person_id], now)
    _write(run.id, *_rows(seats, seen, {int(key): Norms(**value) for key, value in run.norms.items()}, now))


def _held() -> SkillRun | None:
    """The current run, locked: of two who reckon in it at once the second waits."""
    query = select(SkillRun).where(SkillRun.kind == "current").order_by(SkillRun.id.desc()).limit(1)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _reps(day: date, person_id: int | None = None) -> list[Seat]:
    query = _are_reps(day).outerjoin(Team, Team.id == Person.team_id)
    if person_id is not None:
        query = query.where(Person.id == person_id)
    return [Seat(*row) for row in db.session.execute(query.add_columns(Person.team_id, Team.path))]


def _reps_then(day: date) -> list[Seat]:
    """Those who were there on a past day, in the teams of that day."""
    spell = and_(
        TeamMembership.person_id == Person.id,
        TeamMembership.since <= day,
        or_(TeamMembership.until.is_(None), TeamMembership.until > day),
    )
    team = func.coalesce(TeamMembership.team_id, Person.team_id)
    query = _are_reps(day).outerjoin(TeamMembership, spell).outerjoin(Team, Team.id == team)
    return [Seat(*row) for row in db.session.execute(query.add_columns(team, Team.path))]


def _are_reps(day: date) -> Any:
    is_rep = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == Role.REP.value)
    return (
        select(Person.id)
        .where(
            is_rep,
            or_(Person.hired_on.is_(None), Person.hired_on <= day),
            or_(Person.left_on.is_(None), Person.left_on > day),
            or_(Person.active.is_(True), Person.left_on.is_not(None)),
        )
        .order_by(Person.id)
    )


def evidence(person_ids: Sequence[int], since: datetime) -> Iterable[SkillEvidence]:
    """All there is of these people. Of 360° feedback that of cycles announced as part of the appraisal alone: feedback asked
    for "for development" was promised to stay there."""
    yield from quiz_evidence.competency_evidence(person_ids, since=since)
    yield from play_evidence.competency_evidence(person_ids, since=since)
    yield from dialogue_evidence.competency_evidence(person_ids, since=since)
    yield from case_evidence.competency_evidence(person_ids, since=since)
    for at in range(0, len(person_ids), 500):
        some = person_ids[at : at + 500]
        yield from feedback_evidence.competency_evidence(some, since=since, purpose=Purpose.APPRAISAL)


def _seen(person_ids: Sequence[int], as_of: datetime) -> Seen:
    return gathered(evidence(person_ids, as_of - LOOK_BACK), catalogue.catalogue().resolve, as_of)


def _reckoned(
    actor: Actor, kind: str, quarter: date | None, as_of: datetime, seats: Sequence[Seat], now: datetime
) -> Reckoned:
    seen = _seen([seat.person_id for seat in seats], as_of)
    found = _norms(seen)
    run = SkillRun(
        kind=kind,
        quarter=quarter,
        as_of=as_of,
        made_at=now,
        made_by_id=actor.person_id,
        version=VERSION,
        people=len(seats),
        norms={str(key): asdict(value) for key, value in found.items()},
        fingerprint=_fingerprint(seen),
    )
    return Reckoned(run, *_rows(seats, seen, found, as_of))


def _add(found: Reckoned) -> SkillRun:
    db.session.add(found.run)
    db.session.flush()
    _write(found.run.id, found.states, found.people)
    return found.run


def _norms(seen: Seen) -> dict[int, Norms]:
    groups: dict[int, list[list[Occasion]]] = {}
    for by_competency in seen.values():
        for competency_id, occasions in by_competency.items():
            groups.setdefault(competency_id, []).append(occasions)
    return {competency_id: norms.estimated(some) for competency_id, some in sorted(groups.items())}


def _fingerprint(seen: Seen) -> str:
    """Of everything that went in, so that the same evidence can be told from other evidence."""
    rows = [
        [person, competency, [[each.reference[0], each.reference[1], round(each.share, 9), each.items] for each in occasions]]
        for person, by_competency in sorted(seen.items())
        for competency, occasions in sorted(by_competency.items())
    ]
    return canonical.sha256(rows)


def _rows(
    seats: Sequence[Seat], seen: Seen, found: Mapping[int, Norms], as_of: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of states and of people, without the number of the run."""
    profile_of = catalogue.profiles_of({seat.person_id: seat.path for seat in seats})
    asked = catalogue.required_levels()
    states: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    for seat in seats:
        profile_id = profile_of.get(seat.person_id)
        required = asked.get(profile_id or 0, {})
        own = seen.get(seat.person_id, {})
        judged = []
        for competency_id in sorted(set(required) | set(own)):
            occasions = own.get(competency_id, [])
            reached = level(occasions, as_of, found.get(competency_id, DEFAULT))
            judgement = gaps.judge(required[competency_id], reached) if competency_id in required else None
            if judgement is not None:
                judged.append(judgement)
            row = _state(reached, judgement, occasions, required.get(competency_id))
            states.append(row | {"person_id": seat.person_id, "competency_id": competency_id})
        whole = _readiness(gaps.readiness(judged), judged)
        people.append(whole | {"person_id": seat.person_id, "team_id": seat.team_id, "profile_id": profile_id})
    return states, people


def _write(run_id: int, states: Sequence[dict[str, Any]], people: Sequence[dict[str, Any]]) -> None:
    for table, rows in ((SkillState, states), (PersonReadiness, people)):
        for at in range(0, len(rows), 1000):
            some = [row | {"run_id": run_id} for row in rows[at : at + 1000]]
            db.session.execute(insert(table.__table__), some)  # type: ignore[arg-type]


def _state(
    reached: Level | NotEstimable, judgement: gaps.Judgement | None, occasions: Sequence[Occasion], required: int | None
) -> dict[str, Any]:
    known = reached if isinstance(reached, Level) else None
    return {
        "mean": known.mean if known else None,
        "error": known.error if known else None,
        "reliability": known.reliability if known else reached.params.get("reliability"),  # type: ignore[union-attr]
        "reason": None if known else reached.code,  # type: ignore[union-attr]
        "knowledge_only": known.knowledge_only if known else False,
        "last_at": occasions[-1].at if occasions else None,
        "required": required,
        "verdict": verdict_of(judgement),
        "probability": judgement.probability if judgement else None,
        "evidence": [_listed(each) for each in reversed(occasions[-KEPT:])],
    }


def verdict_of(judgement: gaps.Judgement | None) -> str | None:
    """The word of a judgement: "met", "gap", "unsettled", or "unknown"."""
    match judgement:
        case None:
            return None
        case gaps.Met():
            return "met"
        case gaps.Gap():
            return "gap"
        case _:
            return "unknown" if judgement.probability is None else "unsettled"


def _listed(occasion: Occasion) -> dict[str, Any]:
    return {
        "source": occasion.source.value,
        "share": occasion.share,
        "items": occasion.items,
        "at": occasion.at.isoformat(),
        "reference": list(occasion.reference),
    }


def _readiness(found: gaps.Readiness | NotEstimable, judged: Sequence[gaps.Judgement]) -> dict[str, Any]:
    counted = {
        "required": len(judged),
        "known": sum(each.probability is not None for each in judged),
        "met": sum(isinstance(each, gaps.Met) for each in judged),
        "gaps": sum(isinstance(each, gaps.Gap) for each in judged),
    }
    if isinstance(found, NotEstimable):
        return counted | {"share": None, "low": None, "high": None, "variance": None, "reason": found.code}
    return counted | {
        "share": found.share,
        "low": min(found.interval.low, found.share),
        "high": max(found.interval.high, found.share),
        "variance": found.variance,
        "reason": None,
    }
