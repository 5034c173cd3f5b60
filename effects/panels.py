"""From completions and KPI records to the panel of a study, with an account of everyone who is not in it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import func, select

import courses.queries
from courses.models import Course, Enrolment
from effects import origins
from effects.initiatives.queries import starts as initiative_starts
from effects.models import Study
from effects.stats.panel import NEVER
from effects.stats.reading import Dropped, Reading, Rows, read_rows
from effects.stats.study import Known
from lms.arrays import IntArray
from lms.db import db
from lms.people.memberships import movers, teams_on
from performance.kpis import periods
from performance.kpis.models import Kpi
from performance.kpis.queries import Reading as KpiReading
from performance.kpis.queries import readings


class StudyPanel(Struct, frozen=True):
    """The panel with what a report says about where it came from.

    ``reading``      panel, calendar and those left out: while it was made, and who began without any record of the
                     KPI (units are person ids as text)
    ``withdrawn``    reps who left the course before starting: they count as untrained
    ``unstarted``    reps enrolled who have no start date yet: they count as untrained
    ``without_team`` reps without a team: each stands alone as a cluster
    ``how_chosen``   how the trained were enrolled, by the reason stored with each enrolment
    ``completed``    trained reps in the panel who have completed
    ``known``        what is known of its reps beside the KPI: who changed team, who began other courses when
    ``data_until``   first day of the last period with records
    ``fingerprint``  SHA-256 over every input: the same data gives the same digits
    """

    reading: Reading
    withdrawn: int
    unstarted: int
    without_team: int
    how_chosen: dict[str, int]
    completed: int
    known: Known
    data_until: date
    fingerprint: str


def build(study: Study, other: Kpi | None = None) -> StudyPanel:
    """The panel of a study: reps with records of its KPI × the periods of its window; or the same of another KPI.

    A rep counts as trained from the period that holds the day on which the course was first started. Those who
    never started count as untrained throughout.

    :raises effects.stats.reading.PanelError: if no panel can be made; the code says why.
    """
    kpi = other or study.kpi
    records = readings(kpi.id, since=study.since, until=study.until)
    enrolments = starts_of(study)
    only = origins.members(study.id)
    if only is not None:
        records = [record for record in records if record.person_id in only]
        enrolments = [enrolment for enrolment in enrolments if enrolment.person_id in only]
    first: dict[int, courses.queries.Start] = {}
    for enrolment in enrolments:
        if enrolment.started_on is not None and enrolment.person_id not in first:
            first[enrolment.person_id] = enrolment
    teams = teams_at_baseline({record.person_id for record in records}, first)
    reading = _with_everybody(read_rows(_rows(kpi, records, first, teams)), records, first)
    known = _known(study, reading, records)
    inside = {int(unit) for unit in reading.panel.units}
    trained = {person: start for person, start in first.items() if person in inside}
    return StudyPanel(
        reading=reading,
        withdrawn=len({e.person_id for e in enrolments if e.withdrawn} - first.keys()),
        unstarted=len({e.person_id for e in enrolments if not e.withdrawn} - first.keys()),
        without_team=sum(teams.get(person) is None for person in inside),
        how_chosen=dict(Counter(start.chosen for start in trained.values())),
        completed=sum(start.completed_on is not None for start in trained.values()),
        known=known,
        data_until=max((r.period_start for r in records), default=date.min),
        fingerprint=_fingerprint(study, kpi, records, first, teams, known),
    )


def _with_everybody(reading: Reading, records: Sequence[KpiReading], first: Iterable[int]) -> Reading:
    """Also those who began and have no record of this KPI at all: no row of the panel names them."""
    recorded = {record.person_id for record in records}
    nowhere = tuple(Dropped(str(person), "no_outcome") for person in sorted(first) if person not in recorded)
    return replace(reading, dropped=(*reading.dropped, *nowhere))


def starts_of(study: Study) -> list[courses.queries.Start]:
    """Who began what is studied, and when: enrolments of the course, or the people of another measure."""
    if study.course_id is not None:
        return courses.queries.starts(study.course_id)
    return initiative_starts(study.initiative_id) if study.initiative_id is not None else []


def _rows(
    kpi: Kpi,
    records: Sequence[KpiReading],
    first: dict[int, courses.queries.Start],
    teams: dict[int, int | None],
) -> Rows:
    label = _Labels(kpi.period)
    started = {person: label(start.started_on) for person, start in first.items() if start.started_on}
    rate = kpi.kind == "rate"
    return Rows(
        unit=[str(r.person_id) for r in records],
        period=[label(r.period_start) for r in records],
        outcome=[r.numerator if rate else r.value for r in records],
        first_treated=[started.get(r.person_id, "") for r in records],
        cluster=[_cluster(r.person_id, teams) for r in records],
        denominator=[r.denominator for r in records] if rate else None,
    )


def _cluster(person_id: int, teams: dict[int, int | None]) -> str:
    team = teams.get(person_id)
    return f"team {team}" if team is not None else f"person {person_id}"


class _Labels(dict[date, str]):
    """Day → label of its period, remembered: a panel has few days and many rows."""

    def __init__(self, period: str) -> None:
        super().__init__()
        self._period = period

    def __call__(self, day: date) -> str:
        return self[day]

    def __missing__(self, day: date) -> str:
        self[day] = periods.label(self._period, periods.start_of(self._period, day))
        return self[day]


def teams_at_baseline(people: set[int], first: dict[int, courses.queries.Start]) -> dict[int, int | None]:
    """The team of each person on the day before the course began for them; of those who never began, on the day
    before the first of all began."""
    started = {person: start.started_on for person, start in first.items() if start.started_on}
    earliest = min(started.values(), default=date.max)
    return teams_on({person: started.get(person, earliest) - timedelta(days=1) for person in people})


def _known(study: Study, reading: Reading, records: Sequence[KpiReading]) -> Known:
    """Whoever came into another team within the periods of the panel, and starts of other courses by course code."""
    panel, calendar = reading.panel, reading.calendar
    people = [int(unit) for unit in panel.units]
    period, days = study.kpi.period, {record.period_start for record in records}
    since, until = min(days), periods.shift(period, max(days), 1) - timedelta(days=1)
    changed = movers(people, since, until)
    label, row = _Labels(period), {person: i for i, person in enumerate(people)}
    others: dict[str, IntArray] = {}
    for code, person, day in _other_starts(study.course_id, since, until):
        if person in row:
            starts = others.setdefault(code, np.full(len(people), NEVER))
            starts[row[person]] = calendar.index(label(day))
    return Known(np.array([person in changed for person in people]), others)


def _other_starts(course_id: int | None, since: date, until: date) -> Iterable[tuple[str, int, date]]:
    """(course code, person id, first start) of every other course within these days."""
    first = func.min(Enrolment.started_on)
    query = (
        select(Course.code, Enrolment.person_id, first)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.course_id.is_distinct_from(course_id), Enrolment.started_on.between(since, until))
        .group_by(Course.code, Enrolment.person_id)
        .order_by(Course.code, Enrolment.person_id)
    )
    return ((code, person, day) for code, person, day in db.session.execute(query) if day is not None)


def _fingerprint(
    study: Study,
    kpi: Kpi,
    records: Sequence[KpiReading],
    first: dict[int, courses.queries.Start],
    teams: dict[int, int | None],
    known: Known,
) -> str:
    digest = hashlib.sha256()
    question = [study.course_id or f"initiative {study.initiative_id}", kpi.id, str(study.since), str(study.until), study.horizon, study.anticipation]
    digest.update(json.dumps(question).encode())
    for record in records:
        digest.update(repr(tuple(record)).encode())
    for person in sorted(first):
        start = first[person]
        digest.update(f"{person} {start.started_on} {start.completed_on} {start.chosen}".encode())
    for person in sorted(teams):
        digest.update(f"{person} {teams[person]}".encode())
    for code, starts in sorted(known.other_courses.items()):
        digest.update(code.encode() + starts.tobytes())
    digest.update(known.moved.tobytes())
    return digest.hexdigest()


def reasons(dropped: Sequence[Dropped]) -> dict[str, int]:
    """How many were left out, by reason."""
    return dict(Counter(d.reason for d in dropped))
