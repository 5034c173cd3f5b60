"""Levels and readiness for pages and exports, from the stored run. Every list of people is scoped by its viewer in SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, bindparam, case, func, select
from sqlalchemy.orm import joinedload

from assessments.quizzes.models import Attempt
from assessments.roleplays.evidence import Practice, practice
from courses.competencies import queries as catalogue
from courses.competencies.queries import Brief, Trains
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db, fetch
from lms.errors import Unknown
from lms.paging import Page, paginate
from lms.people.models import Person, Team
from lms.people.queries import TeamNode, team_tree
from lms.people.scope import in_name_order, people_in_scope, person_in_scope
from lms.values import NotEstimable
from performance.skills import gaps
from performance.skills.models import PersonReadiness, SkillCheck, SkillRun, SkillState

AT_ONCE = 50


def current_run() -> SkillRun | None:
    """The run that pages show; None while nothing has been reckoned."""
    return db.session.scalar(select(SkillRun).where(SkillRun.kind == "current").order_by(SkillRun.id.desc()).limit(1))


# One person --------------------------------------------------------------------------------------


class Next(Struct, frozen=True):
    """What trains a competency: published courses, and scenarios to practise."""

    courses: Sequence[Trains]
    practice: Sequence[Practice]


class PersonView(Struct, frozen=True):
    """``states`` with what the job asks for first, gaps before what is unsettled or unknown, what is met last."""

    person: Person
    run: SkillRun | None
    readiness: PersonReadiness | None
    states: Sequence[SkillState]
    briefs: Mapping[int, Brief]
    next: Mapping[int, Next]
    quizzes: Mapping[int, int]
    """Attempt at a quiz among the evidence → its module."""


_ORDER = {"gap": 0, "unsettled": 1, "unknown": 2, "met": 3, None: 4}


def person_view(viewer: Actor, person_id: int) -> PersonView:
    """One's own, or somebody's whom the viewer looks after. :raises Unknown: otherwise."""
    if viewer.person_id == person_id and viewer.can(Permission.SKILL_READ_OWN):
        person = db.session.get_one(Person, person_id)
    else:
        require(viewer, Permission.SKILL_READ)
        person = person_in_scope(viewer, Permission.SKILL_READ, person_id)
    run = current_run()
    if run is None:
        return PersonView(person, None, None, [], {}, {}, {})
    readiness = db.session.scalar(
        select(PersonReadiness).where(PersonReadiness.run_id == run.id, PersonReadiness.person_id == person_id)
    )
    states = db.session.scalars(
        select(SkillState).where(SkillState.run_id == run.id, SkillState.person_id == person_id)
    ).all()
    briefs = catalogue.briefs()
    ordered = sorted(states, key=lambda state: (_ORDER[state.verdict], briefs[state.competency_id].code))
    return PersonView(person, run, readiness, ordered, briefs, what_next(), _quizzes(states))


_MODULES = select(Attempt.id, Attempt.module_id).where(Attempt.id.in_(bindparam("attempts", expanding=True)))


def _quizzes(states: Sequence[SkillState]) -> dict[int, int]:
    references = (piece["reference"] for state in states for piece in state.evidence)
    attempts = {id_ for kind, id_ in references if kind == "attempt"}
    if not attempts:
        return {}
    return {id_: module for id_, module in fetch(_MODULES, {"attempts": sorted(attempts)})}  # noqa: C416


def what_next() -> dict[int, Next]:
    """Competency → what trains it: three statements."""
    words = catalogue.catalogue()
    taught = catalogue.courses_by_competency(words)
    practised: dict[int, list[Practice]] = {}
    for each in practice():
        for competency_id in words.resolve_all(each.words):
            practised.setdefault(competency_id, []).append(each)
    return {id_: Next(taught.get(id_, ()), practised.get(id_, ())) for id_ in taught.keys() | practised.keys()}


# A team ------------------------------------------------------------------------------------------


class PersonRow(NamedTuple):
    person: Person
    readiness: PersonReadiness
    cells: dict[int, SkillState]
    """Competency → state."""


class CompetencyRow(NamedTuple):
    """How the people looked at stand in one competency that their jobs ask for."""

    brief: Brief
    counts: Counter[str]
    """Verdict → people."""
    next: Next

    @property
    def asked(self) -> int:
        return sum(self.counts.values())


class TeamRow(NamedTuple):
    """The readiness of a team's own members."""

    team_id: int
    name: LocalText
    people: int
    found: gaps.Readiness | NotEstimable


class TeamView(Struct, frozen=True):
    run: SkillRun | None
    team: TeamNode | None
    teams: Sequence[TeamNode]
    people: Page[PersonRow]
    columns: Sequence[Brief]
    competencies: Sequence[CompetencyRow]
    whole: gaps.Readiness | NotEstimable
    by_team: Sequence[TeamRow]


def _looked_at(viewer: Actor, run: SkillRun, team: TeamNode | None) -> ColumnElement[bool]:
    """A condition on ``Person`` and ``PersonReadiness``: the people of a run whom the viewer looks after, of one team or of all."""
    condition = people_in_scope(viewer, Permission.SKILL_READ) & (PersonReadiness.run_id == run.id)
    if team is not None:
        condition &= Person.team_id.in_(select(Team.id).where(Team.path.startswith(team.path, autoescape=True)))
    return condition


def _people(viewer: Actor, run: SkillRun, team: TeamNode | None) -> Select[Any, Any]:
    """The least ready first; those of whom too little is known last."""
    return (
        select(Person, PersonReadiness)
        .join(PersonReadiness, PersonReadiness.person_id == Person.id)
        .options(joinedload(Person.team))
        .where(_looked_at(viewer, run, team))
        .order_by(PersonReadiness.share.is_(None), PersonReadiness.share, PersonReadiness.gaps.desc(), in_name_order(), Person.id)
    )


def team_view(viewer: Actor, team_id: int | None, page: int, today: date) -> TeamView:
    """The people in the viewer's care, or those of one team with all below it. :raises Unknown: for another team."""
    require(viewer, Permission.SKILL_READ)
    teams = team_tree(viewer, Permission.SKILL_READ, today)
    team = next((each for each in teams if each.id == team_id), None)
    if team_id is not None and team is None:
        raise Unknown()
    run = current_run()
    if run is None:
        nothing = NotEstimable("nothing_required")
        return TeamView(None, team, teams, Page([], 1, AT_ONCE, 0), [], [], nothing, [])
    found = paginate(_people(viewer, run, team), page, AT_ONCE)
    cells = _cells(run, [person.id for person, _ in found.rows])
    rows = [PersonRow(person, ready, cells.get(person.id, {})) for person, ready in found.rows]
    competencies = _by_competency(viewer, run, team)
    sums = _sums(viewer, run, team)
    return TeamView(
        run,
        team,
        teams,
        Page(rows, found.number, found.size, found.total),
        [row.brief for row in competencies],
        sorted(competencies, key=lambda row: (-row.counts["gap"], -row.counts["unsettled"], row.brief.code)),
        _pooled(sums.values()),
        _by_team(sums, teams),
    )


def _cells(run: SkillRun, person_ids: Sequence[int]) -> dict[int, dict[int, SkillState]]:
    found: dict[int, dict[int, SkillState]] = {}
    query = select(SkillState).where(
        SkillState.run_id == run.id, SkillState.person_id.in_(person_ids), SkillState.required.is_not(None)
    )
    for state in db.session.scalars(query):
        found.setdefault(state.person_id, {})[state.competency_id] = state
    return found


def _by_competency(viewer: Actor, run: SkillRun, team: TeamNode | None) -> list[CompetencyRow]:
    rows = db.session.execute(
        select(SkillState.competency_id, SkillState.verdict, func.count())
        .join(PersonReadiness, (PersonReadiness.person_id == SkillState.person_id) & (PersonReadiness.run_id == SkillState.run_id))
        .join(Person, Person.id == SkillState.person_id)
        .where(SkillState.run_id == run.id, SkillState.verdict.is_not(None), _looked_at(viewer, run, team))
        .group_by(SkillState.competency_id, SkillState.verdict)
    )
    counts: dict[int, Counter[str]] = {}
    for competency_id, verdict, n in rows:
        counts.setdefault(competency_id, Counter())[str(verdict)] = n
    briefs, then = catalogue.briefs(), what_next()
    nothing = Next((), ())
    return [CompetencyRow(briefs[id_], counts[id_], then.get(id_, nothing)) for id_ in briefs if id_ in counts]


class Sum(NamedTuple):
    """Over the members of a team whose readiness is known, but for ``people`` and ``required``, which count all."""

    people: int
    required: int
    known: int
    met: int
    gaps: int
    expected: float
    variance: float


def _sums(viewer: Actor, run: SkillRun, team: TeamNode | None) -> dict[int | None, Sum]:
    r = PersonReadiness
    known = case((r.share.is_(None), 0), else_=r.known)
    rows = db.session.execute(
        select(
            Person.team_id, func.count(), func.sum(r.required), func.sum(known), func.sum(r.met), func.sum(r.gaps),
            func.sum(func.coalesce(r.share, 0.0) * r.known), func.sum(func.coalesce(r.variance, 0.0) * r.known * r.known),
        )
        .join(r, r.person_id == Person.id)
        .where(_looked_at(viewer, run, team))
        .group_by(Person.team_id)
    )  # fmt: skip
    return {team_id: Sum(*rest) for team_id, *rest in rows}


def _pooled(sums: Any) -> gaps.Readiness | NotEstimable:
    some = list(sums)
    total = [sum(each[at] for each in some) for at in range(len(Sum._fields))] if some else [0] * 7
    return gaps.pooled(*total[1:])


def _by_team(sums: Mapping[int | None, Sum], teams: Sequence[TeamNode]) -> list[TeamRow]:
    """Only where there are several, in the order of the tree."""
    rows = [TeamRow(each.id, each.name, sums[each.id].people, _pooled([sums[each.id]])) for each in teams if each.id in sums]
    return rows if len(rows) > 1 else []


def exported(viewer: Actor, team_id: int | None, today: date) -> tuple[list[PersonRow], list[Brief]]:
    """Everybody of the team view, and the columns of competencies. :raises Unknown: for a team out of scope."""
    require(viewer, Permission.SKILL_READ)
    team = next((each for each in team_tree(viewer, Permission.SKILL_READ, today) if each.id == team_id), None)
    if team_id is not None and team is None:
        raise Unknown()
    run = current_run()
    if run is None:
        return [], []
    people = [tuple(row) for row in db.session.execute(_people(viewer, run, team))]
    cells: dict[int, dict[int, SkillState]] = {}
    for at in range(0, len(people), 500):
        cells |= _cells(run, [person.id for person, _ in people[at : at + 500]])
    used = {id_ for own in cells.values() for id_ in own}
    columns = [brief for id_, brief in catalogue.briefs().items() if id_ in used]
    return [PersonRow(person, ready, cells.get(person.id, {})) for person, ready in people], columns


# What readiness predicts -------------------------------------------------------------------------


class CheckView(Struct, frozen=True):
    checks: Sequence[SkillCheck]
    """Of the last look at all KPIs."""
    earlier: Sequence[tuple[int, datetime]]
    snapshots: Sequence[SkillRun]


def check_view(viewer: Actor, number: int | None = None) -> CheckView:
    """The last look, or the one of this number. Its figures are those of the whole company and name nobody, so they have no scope.

    :raises Unknown: there is no look of this number.
    """
    require(viewer, Permission.SKILL_READ)
    looks = db.session.execute(
        select(SkillCheck.number, func.max(SkillCheck.made_at)).group_by(SkillCheck.number).order_by(SkillCheck.number.desc()).limit(24)
    ).all()
    if number is not None and number not in {each for each, _ in looks}:
        raise Unknown()
    wanted = number or (looks[0][0] if looks else 0)
    checks = db.session.scalars(
        select(SkillCheck).options(joinedload(SkillCheck.kpi)).where(SkillCheck.number == wanted).order_by(SkillCheck.kpi_id)
    ).all()
    snapshots = db.session.scalars(
        select(SkillRun).where(SkillRun.kind == "quarter").order_by(SkillRun.quarter.desc())
    ).all()
    return CheckView(checks, [(n, at) for n, at in looks], snapshots)
