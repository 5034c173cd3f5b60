"""From a KPI gap to the course whose evidence says that it moves this KPI."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from courses.models import Course, Enrolment
from effects.measure import in_sentence
from effects.portfolio import table
from effects.portfolio.lagging import PERIODS, Lag, lagging
from effects.portfolio.models import PortfolioEntry, PortfolioRun
from effects.words import chosen as chosen_words
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Unknown
from lms.i18n import called, local, number
from lms.paging import Page
from lms.people.models import Person
from lms.people.queries import team_choices
from lms.people.scope import people_in_scope, team_in_scope
from performance.kpis import queries as kpi_queries
from performance.kpis import wording
from performance.kpis.models import Kpi, KpiRecord
from performance.targets import queries as target_queries
from performance.targets.remedies import Remedy

MOST_SHOWN = 40
"""On a page, and sent to a course at once: their numbers are in the address of the assign page."""


class Behind(Struct, frozen=True):
    """A rep in the viewer's care who lies behind."""

    person: Person
    name: str
    value: str
    median: str
    lag: Lag


class Offer(Struct, frozen=True):
    """A course with evidence that it moves the KPI: what it says, for whom it was measured, and who is left to send.

    ``assign`` are the arguments of the assign page; None where all of them are enrolled already or the viewer may
    not assign.
    """

    row: table.Row
    measured_on: str
    people: Sequence[Person]
    assign: dict[str, Any] | None


def page(viewer: Actor, kpi_id: int | None, team_id: int | None, day: date, number_: int = 1) -> dict[str, Any]:
    """The template's values; ``number_`` of the page of those who lie behind.

    :raises Unknown: for a KPI or team that the viewer does not know.
    """
    require(viewer, Permission.KPI_READ)
    kpis = kpi_queries.kpis(viewer)
    if not kpis:
        return {"kpi": None, "kpis": [], "behind": _page([], 1), "offers": [], "teams": [], "team": None, "sentence": ""}
    kpi = kpis[0] if kpi_id is None else next((k for k in kpis if k.id == kpi_id), None)
    if kpi is None:
        raise Unknown()
    team = team_in_scope(viewer, Permission.KPI_READ, team_id) if team_id else None
    behind = _behind(viewer, kpi, team.path if team else None)
    offers = _offers(viewer, kpi, behind)
    return {
        "kpi": kpi,
        "kpis": kpis,
        "team": team,
        "teams": team_choices(viewer, Permission.KPI_READ, day),
        "behind": _page(behind, number_),
        "offers": offers,
        "sentence": _sentence(kpi, behind, offers),
    }


def _page(behind: Sequence[Behind], wanted: int) -> Page[Behind]:
    number_ = min(max(1, wanted), max(1, -(-len(behind) // MOST_SHOWN)))
    return Page(behind[(number_ - 1) * MOST_SHOWN : number_ * MOST_SHOWN], number_, MOST_SHOWN, len(behind))


def _behind(viewer: Actor, kpi: Kpi, team_path: str | None) -> list[Behind]:
    current = (KpiRecord.kpi_id == kpi.id) & KpiRecord.superseded_at.is_(None)
    last = select(KpiRecord.period_start).where(current).distinct().order_by(KpiRecord.period_start.desc()).limit(PERIODS)
    starts = sorted(db.session.scalars(last))
    rows = db.session.execute(
        select(KpiRecord.period_start, KpiRecord.person_id, KpiRecord.value).where(
            current, KpiRecord.period_start.in_(starts)
        )
    )
    values: dict[date, dict[int, float]] = defaultdict(dict)
    for start, person_id, value in rows:
        values[start][person_id] = value
    people = {person.id: person for person in _people(viewer, team_path, set().union(*values.values()))}
    aims = target_queries.of_members(viewer, kpi, starts)
    targets = [aims.get(start, {}) for start in starts]
    found = lagging([values[s] for s in starts], set(people), lower_is_better=kpi.direction == "lower", targets=targets)
    return [
        Behind(people[lag.person_id], called(people[lag.person_id]), wording.plain(kpi, lag.value), wording.plain(kpi, lag.median), lag)
        for lag in found
    ]


def _people(viewer: Actor, team_path: str | None, known: set[int]) -> list[Person]:
    query = select(Person).where(people_in_scope(viewer, Permission.KPI_READ), Person.active).options(joinedload(Person.team))
    found = [person for person in db.session.scalars(query) if person.id in known]
    if team_path is None:
        return found
    return [person for person in found if person.team is not None and person.team.path.startswith(team_path)]


def _offers(viewer: Actor, kpi: Kpi, behind: Sequence[Behind]) -> list[Offer]:
    """Courses whose effect on the KPI is better than nothing by the last run, the best first."""
    entries = db.session.scalars(
        _with_evidence(kpi.id).options(joinedload(PortfolioEntry.course), joinedload(PortfolioEntry.kpi)).order_by(PortfolioEntry.rank)
    ).all()
    enrolled = _enrolled([e.course_id for e in entries if e.course_id], [b.person.id for b in behind])
    return [_offer(viewer, kpi, entry, behind, enrolled) for entry in entries]


def _with_evidence(kpi_id: int) -> Any:
    """Entries of the last run whose effect on the KPI is better than nothing."""
    last = (
        select(PortfolioRun.id)
        .where(PortfolioRun.finished_at.is_not(None))
        .order_by(PortfolioRun.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(PortfolioEntry)
        .join(Course, Course.id == PortfolioEntry.course_id)
        .where(PortfolioEntry.run_id == last, PortfolioEntry.kpi_id == kpi_id, Course.status == "published")
        .where(PortfolioEntry.effect > 0, PortfolioEntry.verdict_reason.in_(("works", "works_suggestive", "pays_at_worst", "promising")))
    )


def remedy(viewer: Actor, kpi_id: int, team_id: int | None) -> Remedy | None:
    """The way on from people who are behind their targets; None for those who may not go it."""
    if not viewer.can(Permission.KPI_READ):
        return None
    n = db.session.scalar(select(func.count()).select_from(_with_evidence(kpi_id).subquery())) or 0
    found = ngettext("%(num)s course has evidence that it moves this KPI.", "%(num)s courses have evidence that they move this KPI.", n)
    sentence = found if n else _("No course has evidence yet that it moves this KPI.")
    return Remedy(sentence, _("From a KPI gap to a course"), url_for("portfolio.gap_page", kpi=kpi_id, team=team_id))


def _enrolled(course_ids: list[int], people: list[int]) -> set[tuple[int, int]]:
    if not course_ids or not people:
        return set()
    rows = db.session.execute(
        select(Enrolment.course_id, Enrolment.person_id).where(
            Enrolment.course_id.in_(course_ids), Enrolment.withdrawn_at.is_(None)
        )
    )
    return {(course, person) for course, person in rows}


def _offer(
    viewer: Actor, kpi: Kpi, entry: PortfolioEntry, behind: Sequence[Behind], enrolled: set[tuple[int, int]]
) -> Offer:
    left = [b.person for b in behind if (entry.course_id, b.person.id) not in enrolled][:MOST_SHOWN]
    arguments = {
        "course": entry.course_id,
        "chosen": "low_kpi",
        "reason": _reason(kpi, any(b.lag.by_target for b in behind)),
        "numbers": " ".join(person.number for person in left),
    }
    may = viewer.can(Permission.COURSE_ASSIGN) and bool(left)
    return Offer(table.row_of(entry), _measured_on(entry), left, arguments if may else None)


def _reason(kpi: Kpi, by_target: bool) -> str:
    """Why they are chosen, as it is kept with their enrolment."""
    words = {"kpi": local(kpi.name), "n": number(PERIODS)}
    if by_target:
        return _("%(kpi)s below target in each of the last %(n)s periods", **words)
    return _("%(kpi)s below the median of colleagues in each of the last %(n)s periods", **words)


def _measured_on(entry: PortfolioEntry) -> str:
    if entry.chosen == "low_kpi":
        return _("Measured on reps like these: sent because their results were low.")
    return _(
        "Measured on reps chosen otherwise (%(how)s): for reps who lie behind it may do more or less.",
        how=chosen_words(entry.chosen),
    )


def _sentence(kpi: Kpi, behind: Sequence[Behind], offers: Sequence[Offer]) -> str:
    name = in_sentence(local(kpi.name))
    if not behind:
        return _("Nobody in your care has lain behind their colleagues in %(kpi)s for %(n)s periods in a row.", kpi=name, n=number(PERIODS))
    people = ngettext(
        "%(num)s of your people lies behind in %(kpi)s", "%(num)s of your people lie behind in %(kpi)s", len(behind), kpi=name
    )
    if not offers:
        return _(
            "%(people)s, and no course has evidence yet that it moves it. Sending them anyway is a guess; a planned rollout would turn it into knowledge.",
            people=people,
        )
    return ngettext(
        "%(people)s; %(num)s course has evidence that it moves it.",
        "%(people)s; %(num)s courses have evidence that they move it.",
        len(offers),
        people=people,
    )
