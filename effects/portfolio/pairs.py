"""Which pairs a run looks at, and what is known of how their people were chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

import courses.queries
from courses.models import Course, Enrolment
from effects import origins
from effects.initiatives.models import Initiative, InitiativeStart
from effects.models import Study
from effects.portfolio.models import PrimaryKpi
from effects.roi.costing import Costing
from effects.roi.models import StudyCosting
from effects.stats.design import Chosen
from lms.db import db
from performance.kpis.models import Kpi

HORIZON = 6
"""Periods over which the effect is averaged where no study has fixed them."""
ENOUGH_OF_ONE_REASON = 0.8
"""Share of the started enrolments that must name the same way of choosing, for it to stand without a person's word."""


class Pair(Struct, frozen=True):
    """A course or a measure, and a KPI."""

    course_id: int | None
    initiative_id: int | None
    kpi_id: int


class Answer(Struct, frozen=True):
    """How the people of a pair were chosen, and who says so: "study", "course", "enrolments" or "nobody"."""

    chosen: Chosen
    by: str

    @property
    def confirmed(self) -> bool:
        return self.by in ("study", "course")


def all_pairs() -> list[Pair]:
    """Every course that somebody has started and every measure, by every KPI in use; KPI by KPI."""
    started = exists().where(Enrolment.course_id == Course.id, Enrolment.started_on.is_not(None))
    course_ids = db.session.scalars(select(Course.id).where(started).order_by(Course.code)).all()
    touched = exists().where(InitiativeStart.initiative_id == Initiative.id)
    measures = db.session.scalars(select(Initiative.id).where(touched).order_by(Initiative.code)).all()
    kpis = db.session.scalars(select(Kpi.id).where(Kpi.retired_at.is_(None)).order_by(Kpi.id)).all()
    subjects = [(course, None) for course in course_ids] + [(None, measure) for measure in measures]
    return [Pair(course, measure, kpi) for kpi in kpis for course, measure in subjects]


def studied_pairs() -> list[Pair]:
    """The pairs that somebody has asked a study about."""
    rows = db.session.execute(
        select(Study.course_id, Study.initiative_id, Study.kpi_id).distinct().order_by(Study.kpi_id, Study.course_id)
    )
    return [Pair(*row) for row in rows]


def study_of(pair: Pair) -> Study | None:
    """The pair's study: one that was planned, with its people drawn by lot; else, over all records, the last one
    confirmed or else the last one asked."""
    found = db.session.scalars(
        select(Study)
        .where(
            Study.course_id.is_not_distinct_from(pair.course_id),
            Study.initiative_id.is_not_distinct_from(pair.initiative_id),
            Study.kpi_id == pair.kpi_id,
        )
        .options(joinedload(Study.kpi))
        .order_by(Study.confirmed_at.desc().nulls_last(), Study.id.desc())
    ).all()
    planned = (study for study in found if origins.members(study.id) is not None)
    whole = (study for study in found if study.since is None and study.until is None)
    return next(planned, None) or next(whole, None)


def answer_for(pair: Pair, study: Study | None) -> Answer:
    """The design answer: that of the study, else of another study of the same course, else what enrolments say."""
    if study is not None and study.chosen is not None:
        return Answer(Chosen(study.chosen), "study")
    other = db.session.scalar(
        select(Study.chosen)
        .where(
            Study.course_id.is_not_distinct_from(pair.course_id),
            Study.initiative_id.is_not_distinct_from(pair.initiative_id),
            Study.chosen.is_not(None),
        )
        .order_by(Study.confirmed_at.desc())
        .limit(1)
    )
    if other is not None:
        return Answer(Chosen(other), "course")
    return recorded(_reasons(pair))


def recorded(reasons: Sequence[str]) -> Answer:
    """What the enrolments say: one way of choosing if nearly all name it, else unknown."""
    counts = Counter(reasons).most_common(1)
    if not counts:
        return Answer(Chosen.UNKNOWN, "nobody")
    word, n = counts[0]
    if word == Chosen.UNKNOWN or n < ENOUGH_OF_ONE_REASON * len(reasons):
        return Answer(Chosen.UNKNOWN, "nobody")
    return Answer(Chosen(word), "enrolments")


def _reasons(pair: Pair) -> list[str]:
    if pair.course_id is not None:
        return [start.chosen for start in courses.queries.starts(pair.course_id) if start.started_on]
    chosen = db.session.scalar(select(Initiative.chosen).where(Initiative.id == pair.initiative_id))
    return [chosen] if chosen else []


def costing_of(pair: Pair) -> Costing | None:
    """What the course cost, as last stated for this pair, else for another KPI of the same course."""
    if pair.course_id is None and pair.initiative_id is None:
        return None
    stated = db.session.scalar(
        select(StudyCosting)
        .join(Study, Study.id == StudyCosting.study_id)
        .where(
            Study.course_id.is_not_distinct_from(pair.course_id),
            Study.initiative_id.is_not_distinct_from(pair.initiative_id),
        )
        .order_by((Study.kpi_id == pair.kpi_id).desc(), StudyCosting.id.desc())
        .limit(1)
    )
    return Costing.from_json(stated.inputs) if stated else None


def primary_of(pair: Pair) -> PrimaryKpi | None:
    """The primary KPI in force, if this pair's KPI is it."""
    if pair.course_id is None:
        return None
    return db.session.scalar(
        select(PrimaryKpi).where(
            PrimaryKpi.course_id == pair.course_id,
            PrimaryKpi.kpi_id == pair.kpi_id,
            PrimaryKpi.superseded_at.is_(None),
        )
    )
