"""Runs of the portfolio, primary KPIs and who wants mail, for pages and exports.

Figures of the portfolio are those of the whole company and name nobody, so they have no scope (see
docs/decisions/0006-portfolio-scope.md); whoever may read it reads all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from courses.models import Course
from effects.models import StudyRun
from effects.policies import judged_by
from effects.portfolio.models import PortfolioEntry, PortfolioRun, PortfolioSubscription, PrimaryKpi
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Unknown
from performance.kpis.models import Kpi


def runs(viewer: Actor, limit: int = 12) -> Sequence[PortfolioRun]:
    """The last runs, the newest first, unfinished ones too."""
    require(viewer, Permission.PORTFOLIO_READ)
    return db.session.scalars(
        select(PortfolioRun)
        .options(joinedload(PortfolioRun.created_by), joinedload(PortfolioRun.job))
        .order_by(PortfolioRun.number.desc())
        .limit(limit)
    ).all()


def finished(viewer: Actor, number: int | None = None) -> PortfolioRun | None:
    """The finished run of this number, or the last one; None while there is none.

    :raises Unknown: there is no finished run of this number.
    """
    require(viewer, Permission.PORTFOLIO_READ)
    query = select(PortfolioRun).where(PortfolioRun.finished_at.is_not(None))
    if number is not None:
        query = query.where(PortfolioRun.number == number)
    run = db.session.scalar(query.order_by(PortfolioRun.number.desc()).limit(1))
    if run is None and number is not None:
        raise Unknown()
    return run


def before(run: PortfolioRun) -> PortfolioRun | None:
    """The finished run before this one, over the same kind of pairs."""
    return db.session.scalar(
        select(PortfolioRun)
        .where(
            PortfolioRun.finished_at.is_not(None),
            PortfolioRun.number < run.number,
            PortfolioRun.only_studied == run.only_studied,
        )
        .order_by(PortfolioRun.number.desc())
        .limit(1)
    )


def entries(run: PortfolioRun) -> Sequence[PortfolioEntry]:
    """All of a run, the best first, those without a figure last; with everything their words need, in one statement."""
    return db.session.scalars(
        select(PortfolioEntry)
        .where(PortfolioEntry.run_id == run.id)
        .options(
            joinedload(PortfolioEntry.course), joinedload(PortfolioEntry.initiative), joinedload(PortfolioEntry.kpi)
        )
        .order_by(PortfolioEntry.rank.asc().nulls_last(), PortfolioEntry.id)
    ).all()


def answered_since(run: PortfolioRun) -> dict[int, datetime]:
    """Study → when its page had a newer answer than this run holds."""
    query = (
        select(StudyRun.study_id, func.max(StudyRun.finished_at))
        .where(StudyRun.study_id.in_(select(PortfolioEntry.study_id).where(PortfolioEntry.run_id == run.id)))
        .where(StudyRun.finished_at > run.finished_at)
        .group_by(StudyRun.study_id)
    )
    return {study_id: at for study_id, at in db.session.execute(query) if at is not None}


def entry(viewer: Actor, entry_id: int) -> PortfolioEntry:
    """:raises Unknown: there is none."""
    require(viewer, Permission.PORTFOLIO_READ)
    found = db.session.get(PortfolioEntry, entry_id)
    if found is None:
        raise Unknown()
    return found


class CoursePrimary(NamedTuple):
    """A course with the KPI it is to be judged by, if one has been named."""

    course: Course
    primary: PrimaryKpi | None
    may_name: bool


def primaries(viewer: Actor) -> list[CoursePrimary]:
    """Every course that is not retired, with its primary KPI: titles and KPIs are no secret."""
    require(viewer, Permission.PRIMARY_KPI_NAME)
    rows = db.session.execute(
        select(Course, PrimaryKpi, judged_by(viewer))
        .outerjoin(PrimaryKpi, (PrimaryKpi.course_id == Course.id) & PrimaryKpi.superseded_at.is_(None))
        .options(joinedload(PrimaryKpi.kpi), joinedload(PrimaryKpi.named_by))
        .where(Course.status != "retired")
        .order_by(Course.code)
    )
    return [CoursePrimary(*row) for row in rows]


def primary(viewer: Actor, course_id: int) -> CoursePrimary:
    """One course. :raises Unknown: there is none, or it is retired."""
    found = next((row for row in primaries(viewer) if row.course.id == course_id), None)
    if found is None:
        raise Unknown()
    return found


def history(viewer: Actor, course_id: int) -> Sequence[PrimaryKpi]:
    """Every KPI that was named for a course, the last first."""
    require(viewer, Permission.PRIMARY_KPI_NAME)
    return db.session.scalars(
        select(PrimaryKpi)
        .where(PrimaryKpi.course_id == course_id)
        .options(joinedload(PrimaryKpi.kpi), joinedload(PrimaryKpi.named_by))
        .order_by(PrimaryKpi.id.desc())
    ).all()


def kpi_choices() -> list[tuple[int, LocalText]]:
    """KPIs in use."""
    rows = db.session.execute(select(Kpi.id, Kpi.name).where(Kpi.retired_at.is_(None)).order_by(Kpi.id))
    return [(i, name) for i, name in rows]


def subscribed(viewer: Actor) -> bool:
    """Whether the viewer gets the quarterly summary by mail; nobody does without having asked for it."""
    require(viewer, Permission.PORTFOLIO_READ)
    found = db.session.get(PortfolioSubscription, viewer.person_id) if viewer.person_id else None
    return found is not None and found.wanted
