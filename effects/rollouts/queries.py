"""Rollouts for pages, exports and jobs. Names are kept to the viewer's scope; counts name nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import joinedload

from courses.models import Course, Enrolment, Status
from effects.models import StudyRun
from effects.rollouts import policies
from effects.rollouts.dealing import Seat
from effects.rollouts.models import (
    Rollout,
    RolloutDeviation,
    RolloutDraw,
    RolloutMember,
    RolloutPower,
    RolloutReport,
    RolloutSettlement,
    RolloutStop,
    RolloutWave,
)
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.paging import Page, paginate
from lms.people.models import Person, Team
from lms.people.scope import in_name_order, people_in_scope
from performance.kpis.models import Kpi


def rollouts(actor: Actor, *, page: int = 1) -> Page[Rollout]:
    """Every rollout the actor may see, the newest first."""
    require(actor, Permission.ROLLOUT_PLAN)
    query = (
        select(Rollout)
        .where(policies.visible(actor))
        .options(joinedload(Rollout.course), joinedload(Rollout.kpi), joinedload(Rollout.draw))
        .options(joinedload(Rollout.stop), joinedload(Rollout.report))
        .order_by(Rollout.first_on.desc(), Rollout.id.desc())
    )
    return paginate(query, page, 30)


def power_of(rollout_id: int) -> RolloutPower | None:
    """The newest question of what could be seen, answered or not."""
    return db.session.scalar(
        select(RolloutPower)
        .where(RolloutPower.rollout_id == rollout_id)
        .options(joinedload(RolloutPower.job))
        .order_by(RolloutPower.id.desc())
        .limit(1)
    )


def waves_of(rollout_ids: Sequence[int]) -> dict[int, list[RolloutWave]]:
    """Rollout → its waves in order."""
    found: dict[int, list[RolloutWave]] = {}
    query = select(RolloutWave).where(RolloutWave.rollout_id.in_(rollout_ids)).order_by(RolloutWave.number)
    for wave in db.session.scalars(query):
        found.setdefault(wave.rollout_id, []).append(wave)
    return found


def outcomes_by_wave(rollout_id: int) -> dict[int, Counter[str]]:
    """Group → what became of how many; "" for those not settled yet."""
    rows = db.session.execute(
        select(RolloutMember.wave, RolloutSettlement.outcome, func.count())
        .outerjoin(RolloutSettlement, RolloutSettlement.member_id == RolloutMember.id)
        .where(RolloutMember.rollout_id == rollout_id)
        .group_by(RolloutMember.wave, RolloutSettlement.outcome)
    )
    found: dict[int, Counter[str]] = {}
    for wave, outcome, n in rows:
        found.setdefault(wave, Counter())[outcome or ""] += n
    return found


class Listed(NamedTuple):
    """A line of the drawn list. ``tercile`` only for those who may read the person's KPIs; ``wave`` None: waits."""

    person_id: int
    number: str
    name: str
    name_latin: str | None
    team: LocalText | None
    tercile: int | None
    wave: int | None
    starts_on: date | None
    outcome: str | None
    enrolled_at: datetime | None
    started_on: date | None


def drawn_list(actor: Actor, rollout: Rollout) -> Any:
    """The members in the actor's scope, by wave and team."""
    require(actor, Permission.ROLLOUT_PLAN)
    return (
        select(
            Person.id,
            Person.number,
            Person.name,
            Person.name_latin,
            Team.name.label("team"),
            RolloutMember.tercile,
            RolloutMember.wave,
            RolloutWave.starts_on,
            RolloutSettlement.outcome,
            Enrolment.enrolled_at,
            Enrolment.started_on,
            people_in_scope(actor, Permission.KPI_READ).label("readable"),
        )
        .select_from(RolloutMember)
        .join(Person, Person.id == RolloutMember.person_id)
        .outerjoin(Team, Team.id == RolloutMember.team_id)
        .outerjoin(
            RolloutWave,
            and_(RolloutWave.rollout_id == rollout.id, RolloutWave.number == RolloutMember.wave),
        )
        .outerjoin(RolloutSettlement, RolloutSettlement.member_id == RolloutMember.id)
        .outerjoin(Enrolment, Enrolment.id == RolloutSettlement.enrolment_id)
        .where(RolloutMember.rollout_id == rollout.id, people_in_scope(actor, Permission.ROLLOUT_PLAN))
        .order_by(RolloutMember.wave, Team.path, in_name_order())
    )


def listed(rollout: Rollout, row: Any) -> Listed:
    """A row of ``drawn_list`` as it may be shown."""
    wave = row.wave if row.wave <= rollout.waves else None
    tercile = row.tercile if row.readable else None
    who = (row.id, row.number, row.name, row.name_latin, row.team)
    return Listed(*who, tercile, wave, row.starts_on, row.outcome, row.enrolled_at, row.started_on)


def list_page(actor: Actor, rollout: Rollout, page: int) -> Page[Listed]:
    found = paginate(drawn_list(actor, rollout), page, 40)
    return Page([listed(rollout, r) for r in found.rows], found.number, found.size, found.total)


def whole_list(actor: Actor, rollout: Rollout) -> list[Listed]:
    return [listed(rollout, row) for row in db.session.execute(drawn_list(actor, rollout))]


def seats(rollout_id: int) -> list[tuple[Seat, int]]:
    """Every member as stored with the group, by person id: what the lottery is drawn again from."""
    rows = db.session.execute(
        select(RolloutMember.person_id, RolloutMember.team_id, RolloutMember.tercile, RolloutMember.wave)
        .where(RolloutMember.rollout_id == rollout_id)
        .order_by(RolloutMember.person_id)
    )
    return [(Seat(person, team, tercile), wave) for person, team, tercile, wave in rows]


def unsettled(rollout_id: int) -> Select[Any]:
    """Ids of the members whose wave has not been settled."""
    return (
        select(RolloutMember.id)
        .outerjoin(RolloutSettlement, RolloutSettlement.member_id == RolloutMember.id)
        .where(RolloutMember.rollout_id == rollout_id, RolloutSettlement.member_id.is_(None))
    )


def due_waves(day: date) -> list[tuple[int, int]]:
    """(rollout, wave) that start on ``day`` or earlier and still have people to settle; the group that waits starts,
    as one more wave, when the last window has closed."""
    wave = and_(RolloutWave.rollout_id == RolloutMember.rollout_id, RolloutWave.number == RolloutMember.wave)
    query = (
        select(RolloutMember.rollout_id, RolloutMember.wave)
        .join(RolloutDraw, RolloutDraw.rollout_id == RolloutMember.rollout_id)
        .outerjoin(RolloutWave, wave)
        .outerjoin(RolloutSettlement, RolloutSettlement.member_id == RolloutMember.id)
        .outerjoin(RolloutStop, RolloutStop.rollout_id == RolloutMember.rollout_id)
        .where(func.coalesce(RolloutWave.starts_on, RolloutDraw.closes_on) <= day)
        .where(RolloutSettlement.member_id.is_(None), RolloutStop.rollout_id.is_(None))
        .distinct()
        .order_by(RolloutMember.rollout_id, RolloutMember.wave)
    )
    return [(rollout, number) for rollout, number in db.session.execute(query)]


def closed(day: date) -> list[int]:
    """Rollouts whose last window is over and that have no report yet."""
    query = (
        select(RolloutDraw.rollout_id)
        .outerjoin(RolloutReport, RolloutReport.rollout_id == RolloutDraw.rollout_id)
        .outerjoin(RolloutStop, RolloutStop.rollout_id == RolloutDraw.rollout_id)
        .where(RolloutDraw.closes_on <= day, RolloutReport.rollout_id.is_(None))
        .where(RolloutStop.rollout_id.is_(None))
        .order_by(RolloutDraw.rollout_id)
    )
    return list(db.session.scalars(query))


def deviations(rollout_id: int) -> Sequence[RolloutDeviation]:
    """What people stated, in order."""
    return db.session.scalars(
        select(RolloutDeviation)
        .where(RolloutDeviation.rollout_id == rollout_id)
        .options(joinedload(RolloutDeviation.by))
        .order_by(RolloutDeviation.id)
    ).all()


def of_study(study_id: int) -> Rollout | None:
    """The rollout that a study reports on."""
    return db.session.scalar(
        select(Rollout)
        .join(RolloutReport, RolloutReport.rollout_id == Rollout.id)
        .where(RolloutReport.study_id == study_id)
        .options(joinedload(Rollout.draw), joinedload(Rollout.report), joinedload(Rollout.kpi))
    )


def member_ids(study_id: int) -> frozenset[int] | None:
    """The people who were drawn for the rollout behind a study; None if there is no rollout behind it."""
    query = (
        select(RolloutMember.person_id)
        .join(RolloutReport, RolloutReport.rollout_id == RolloutMember.rollout_id)
        .where(RolloutReport.study_id == study_id)
    )
    return frozenset(db.session.scalars(query)) or None


def run_of(report: RolloutReport) -> StudyRun | None:
    """The automatic run behind a report."""
    return db.session.scalar(
        select(StudyRun).where(StudyRun.study_id == report.study_id, StudyRun.number == report.run_number)
    )


def choices() -> tuple[list[tuple[int, LocalText]], list[tuple[int, LocalText]]]:
    """(courses open for enrolment, KPIs in use), each as (id, name)."""
    courses = db.session.execute(
        select(Course.id, Course.title).where(Course.status == Status.PUBLISHED.value).order_by(Course.code)
    )
    kpis = db.session.execute(select(Kpi.id, Kpi.name).where(Kpi.retired_at.is_(None)).order_by(Kpi.id))
    return [(i, name) for i, name in courses], [(i, name) for i, name in kpis]


def starting_soon(actor: Actor, since: date, until: date) -> list[tuple[Rollout, RolloutWave, int]]:
    """(rollout, wave, people in the actor's scope) of waves that start between two days, the next first."""
    require(actor, Permission.ROLLOUT_PLAN)
    mine = (
        select(func.count(RolloutMember.id))
        .join(Person, Person.id == RolloutMember.person_id)
        .where(RolloutMember.rollout_id == Rollout.id, RolloutMember.wave == RolloutWave.number)
        .where(people_in_scope(actor, Permission.ROLLOUT_PLAN))
        .correlate(Rollout, RolloutWave)
        .scalar_subquery()
    )
    query = (
        select(Rollout, RolloutWave, mine)
        .join(RolloutWave, RolloutWave.rollout_id == Rollout.id)
        .outerjoin(RolloutStop, RolloutStop.rollout_id == Rollout.id)
        .where(RolloutWave.starts_on.between(since, until), RolloutStop.rollout_id.is_(None), mine > 0)
        .options(joinedload(Rollout.course), joinedload(Rollout.kpi))
        .order_by(RolloutWave.starts_on, Rollout.id)
    )
    return [(rollout, wave, n) for rollout, wave, n in db.session.execute(query)]
