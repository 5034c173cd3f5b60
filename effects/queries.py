"""Studies and their runs for pages and exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload

import courses.queries
from courses.models import Course
from effects.models import Study, StudyRun
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Unknown
from lms.paging import Page, paginate
from lms.people.models import Person
from lms.people.scope import called_in_sql, in_name_order, people_in_scope
from performance.kpis.models import Kpi


class StudyRow(Struct, frozen=True):
    """A line of the list: the study and its last finished run, if there is one."""

    study: Study
    run: StudyRun | None


def studies(actor: Actor, *, course_id: int | None = None, kpi_id: int | None = None, page: int = 1) -> Page[StudyRow]:
    """Every study, the one asked last first. Figures of a study name nobody, so they have no scope."""
    require(actor, Permission.EFFECT_READ)
    query = (
        select(Study)
        .options(joinedload(Study.course), joinedload(Study.initiative), joinedload(Study.kpi))
        .order_by(Study.created_at.desc(), Study.id.desc())
    )
    if course_id is not None:
        query = query.where(Study.course_id == course_id)
    if kpi_id is not None:
        query = query.where(Study.kpi_id == kpi_id)
    found = paginate(query, page, 30)
    last = _last_runs([study.id for study in found.rows])
    return Page([StudyRow(s, last.get(s.id)) for s in found.rows], found.number, found.size, found.total)


def _last_runs(study_ids: Sequence[int]) -> dict[int, StudyRun]:
    latest = (
        select(func.max(StudyRun.id))
        .where(StudyRun.study_id.in_(study_ids), StudyRun.finished_at.is_not(None))
        .group_by(StudyRun.study_id)
    )
    runs = db.session.scalars(select(StudyRun).where(StudyRun.id.in_(latest)))
    return {run.study_id: run for run in runs}


def study(actor: Actor, study_id: int) -> Study:
    """:raises Unknown: there is no such study."""
    require(actor, Permission.EFFECT_READ)
    found = db.session.scalar(
        select(Study)
        .where(Study.id == study_id)
        .options(joinedload(Study.course), joinedload(Study.initiative), joinedload(Study.kpi), joinedload(Study.confirmed_by))
    )
    if found is None:
        raise Unknown()
    return found


def runs(study_id: int) -> Sequence[StudyRun]:
    """Every run of a study without its report, the newest first."""
    return db.session.scalars(
        select(StudyRun)
        .where(StudyRun.study_id == study_id)
        .options(defer(StudyRun.report), joinedload(StudyRun.job), joinedload(StudyRun.created_by))
        .order_by(StudyRun.number.desc())
    ).all()


def finished_run(study_id: int, number: int | None = None) -> StudyRun | None:
    """The run of this number, or the last finished one; None while there is none.

    :raises Unknown: there is no finished run of this number.
    """
    query = select(StudyRun).where(StudyRun.study_id == study_id, StudyRun.finished_at.is_not(None))
    if number is not None:
        query = query.where(StudyRun.number == number)
    run = db.session.scalar(query.order_by(StudyRun.number.desc()).limit(1))
    if run is None and number is not None:
        raise Unknown()
    return run


def pair_of(numbers: Sequence[int], a: int | None, b: int | None) -> tuple[int, int]:
    """Two numbers of finished runs, the earlier first; without a choice the last two.

    :raises Unknown: there are not two, or one of those asked for is not there.
    """
    if len(numbers) < 2:
        raise Unknown()
    last, before = sorted(numbers, reverse=True)[:2]
    first, second = sorted((a or before, b or last))
    if first == second or not {first, second} <= set(numbers):
        raise Unknown()
    return first, second


def how_enrolled(course_id: int | None) -> dict[str, int]:
    """How those who started were enrolled, by the reason stored with each enrolment."""
    return dict(Counter(start.chosen for start in courses.queries.starts(course_id) if start.started_on)) if course_id else {}


def names_left_out(actor: Actor, run: StudyRun) -> list[tuple[str, str]]:
    """(name, reason) of the reps left out whom the actor may see; for the others the page gives counts."""
    left_out = ((run.report or {}).get("numbers") or {}).get("left_out") or []
    if not left_out or not actor.can(Permission.KPI_READ):
        return []
    reasons = {int(entry["unit"]): entry["reason"] for entry in left_out}
    people = db.session.execute(
        select(Person.id, called_in_sql())
        .where(Person.id.in_(reasons), people_in_scope(actor, Permission.KPI_READ))
        .order_by(in_name_order())
    )
    return [(name, reasons[person]) for person, name in people]


def choices() -> tuple[list[tuple[int, dict[str, str]]], list[tuple[int, dict[str, str]]]]:
    """(courses that anybody has been enrolled in, KPIs in use), each as (id, name)."""
    course_rows = db.session.execute(
        select(Course.id, Course.title).where(Course.id.in_(_started_courses())).order_by(Course.code)
    )
    kpi_rows = db.session.execute(select(Kpi.id, Kpi.name).where(Kpi.retired_at.is_(None)).order_by(Kpi.id))
    return [(i, name) for i, name in course_rows], [(i, name) for i, name in kpi_rows]


def studied() -> tuple[list[tuple[int, LocalText]], list[tuple[int, LocalText]]]:
    """(courses, KPIs) that have a study, each as (id, name): what the list can be narrowed to."""
    course_rows = db.session.execute(
        select(Course.id, Course.title).where(Course.id.in_(select(Study.course_id))).order_by(Course.code)
    )
    kpi_rows = db.session.execute(select(Kpi.id, Kpi.name).where(Kpi.id.in_(select(Study.kpi_id))).order_by(Kpi.id))
    return [(i, name) for i, name in course_rows], [(i, name) for i, name in kpi_rows]


def _started_courses() -> list[int]:
    return [row.course_id for row in courses.queries.courses_with_completions()]
