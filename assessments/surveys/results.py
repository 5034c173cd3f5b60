"""What came in, as much of it as its reader may see. Every figure of anonymous answers goes through ``summary.allowed``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct, field
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, undefer

from assessments.grading.estimates import Estimate
from assessments.surveys import authoring, measures, policies, summary
from assessments.surveys.items import Item
from assessments.surveys.measures import Measure
from assessments.surveys.models import (
    Recipient,
    Survey,
    SurveyInvitation,
    SurveyResponse,
    SurveyRule,
    SurveySending,
    SurveyVersion,
)
from assessments.surveys.summary import Given, Result
from assessments.surveys.suppression import Cell
from courses.dates import day_of
from courses.models import Course
from courses.policies import courses_granted
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Unknown
from lms.people.models import Person, Team
from lms.people.scope import teams_in_scope
from lms.values import NotEstimable


class Filter(Struct, frozen=True):
    """Which answers: those of one version, and of the sendings, teams and months named. None: whichever."""

    version: int | None = None
    course: int | None = None
    sending: int | None = None
    team: int | None = None
    days: int | None = None
    first: str = ""
    """Months like 2026-11 in which sendings were opened."""
    last: str = ""

    def takes(self, sending: SurveySending) -> bool:
        return (
            self.course in (None, sending.course_id)
            and self.sending in (None, sending.id)
            and (self.days is None or (sending.rule is not None and sending.rule.days == self.days))
            and (not self.first or sending.month >= self.first)
            and (not self.last or sending.month <= self.last)
        )

    @property
    def narrow(self) -> bool:
        return self != Filter(version=self.version)


class Findings(Struct, frozen=True):
    """A page of results: ``n`` answers that may be shown, of ``answers`` that came in from ``invited``."""

    survey: Survey
    version: SurveyVersion
    versions: Sequence[SurveyVersion]
    sendings: Sequence[SurveySending]
    """Those whose answers can be read: of an anonymous survey the closed ones."""
    still_open: int
    n: int
    held_back: bool
    invited: int
    answers: int
    rate: Estimate | NotEstimable | None
    """None where the share of a team among anonymous answers cannot be told."""
    results: Sequence[Result]
    teams: Sequence[Team] = field(default=())


def findings(actor: Actor, survey_id: int, wanted: Filter) -> Findings | None:
    """None while the survey has never been published or sent. :raises Unknown: if the actor may read nothing of it."""
    survey = policies.readable_survey(actor, survey_id)
    versions = db.session.scalars(
        select(SurveyVersion).options(undefer(SurveyVersion.items))
        .where(SurveyVersion.survey_id == survey.id, SurveyVersion.id.in_(select(SurveySending.version_id)))
        .order_by(SurveyVersion.number.desc())
    ).all()  # fmt: skip
    if not versions:
        return None
    version = next((each for each in versions if each.number == wanted.version), None)
    if version is None and wanted.version is not None:
        raise Unknown()
    version = version or versions[0]
    every = _sendings([version.id])
    careful = version.anonymous or not policies.may_author(actor, survey)  # names are for the authors alone
    read = [each for each in every if each.closed_at is not None or not careful]
    scope = _Scope.of(actor, survey, wanted)
    given = _given([each.id for each in read])
    taken = {each.id for each in read if wanted.takes(each)}
    inside = scope.cells({each.cell for each in given}, {each.id: each for each in read}, taken)
    order = [each.id for each in read]
    shown, held_back = summary.allowed(given, order, inside, anonymous=careful)
    results = summary.summarise(authoring.items_of(version), given, order, inside, anonymous=careful)
    invited, answers = scope.response(taken, given, version.anonymous)
    rate = None if scope.partial and version.anonymous else measures.share(answers, invited) if invited else None
    return Findings(
        survey, version, versions, read, sum(wanted.takes(each) for each in every) - len(taken), len(shown), held_back, invited,
        answers, rate, results, _teams_of(given, scope))  # fmt: skip


class NamedRow(Struct, frozen=True):
    """One named answer, for the export of those who wrote the survey."""

    response: SurveyResponse
    person: Person | None
    about: Person | None


def named_rows(actor: Actor, survey_id: int, version_number: int) -> tuple[SurveyVersion, list[NamedRow]]:
    """Every answer with its name. :raises Unknown: of an anonymous version, whoever asks; and for others than authors."""
    survey = policies.authored_survey(actor, survey_id)
    version = db.session.scalar(
        select(SurveyVersion).options(undefer(SurveyVersion.items))
        .where(SurveyVersion.survey_id == survey.id, SurveyVersion.number == version_number)
    )  # fmt: skip
    if version is None or version.anonymous:
        raise Unknown()
    rows = db.session.scalars(
        select(SurveyResponse)
        .join(SurveySending, SurveySending.id == SurveyResponse.sending_id)
        .options(joinedload(SurveyResponse.invitation).joinedload(SurveyInvitation.person))
        .where(SurveySending.version_id == version.id, SurveyResponse.anonymous.is_(False))
        .order_by(SurveyResponse.submitted_at)
    ).all()
    about = {p.id: p for p in db.session.scalars(select(Person).where(Person.id.in_({r.about_id for r in rows})))}
    return version, [
        NamedRow(row, row.invitation.person if row.invitation else None, about.get(row.about_id or 0)) for row in rows
    ]


def measured(purpose: str, *, course_id: int | None = None, since: date | None = None,
             recipient: Recipient | None = None, days: int | None = None) -> Measure | NotEstimable:  # fmt: skip
    """The measure over all surveys of a purpose and the sendings that fit."""

    def takes(sending: SurveySending) -> bool:
        rule = sending.rule
        return (
            course_id in (None, sending.course_id)
            and (since is None or day_of(sending.opened_at) >= since)
            and (recipient is None or (rule is not None and rule.recipient == recipient))
            and (days is None or (rule is not None and rule.days == days))
        )

    taken, scored = _scored(purpose, takes)
    if not taken:
        return NotEstimable("survey_none_for_course")
    shown = [each for given, order, anonymous in scored
             for each in summary.allowed(given, order, {g.cell for g in given if g.cell[0] in taken}, anonymous=anonymous)[0]]  # fmt: skip
    answers = sum(each.cell[0] in taken for given, _order, _anonymous in scored for each in given)
    return _measure([each.answers["score"] for each in shown], _invited(taken), answers)


def measured_by_person(purpose: str, first: date, last: date) -> dict[int, Measure]:
    """Person asked about → measure; only groups that lie within one person's cells count for that person."""
    taken, scored = _scored(purpose, lambda sending: first <= day_of(sending.opened_at) <= last)
    people = {each.cell[2] for given, _order, _anonymous in scored for each in given if each.cell[2]}
    invited = _links_about(taken)
    found = {}
    for person in sorted(people):
        values, answers = [], 0
        for given, order, anonymous in scored:
            own = {each.cell for each in given if each.cell[2] == person and each.cell[0] in taken}
            answers += sum(each.cell in own for each in given)
            values += [each.answers["score"] for each in summary.allowed(given, order, own, anonymous=anonymous)[0]]
        measure = _measure(values, max(invited.get(person, 0), answers), answers)
        if isinstance(measure, Measure):
            found[person] = measure
    return found


def _measure(values: Sequence[float], invited: int, answers: int) -> Measure | NotEstimable:
    mean = measures.mean(values, 0.0, 1.0)
    if isinstance(mean, NotEstimable):
        return NotEstimable("survey_few_answers")
    rate = measures.share(min(answers, invited), invited)
    if isinstance(rate, NotEstimable):
        return rate
    return Measure(mean.value, mean.interval, mean.n, invited, rate, answers - mean.n)


Scored = tuple[list[Given], list[int], bool]


def _scored(purpose: str, takes: Any) -> tuple[set[int], list[Scored]]:
    """(ids of the sendings that fit, per version: scored answers of all its readable sendings, their order, anonymous)."""
    versions = db.session.scalars(
        select(SurveyVersion).options(undefer(SurveyVersion.items))
        .join(Survey, Survey.id == SurveyVersion.survey_id).where(Survey.purpose == purpose)
    ).all()  # fmt: skip
    by_version: dict[int, list[SurveySending]] = {}
    for sending in _sendings([version.id for version in versions]):
        if sending.closed_at is not None or not sending.anonymous:
            by_version.setdefault(sending.version_id, []).append(sending)
    taken = {each.id for rows in by_version.values() for each in rows if takes(each)}
    relevant = [v for v in versions if any(each.id in taken for each in by_version.get(v.id, ()))]
    given = _given([each.id for version in relevant for each in by_version[version.id]])
    scored = []
    for version in relevant:
        order = [each.id for each in by_version[version.id]]
        items = authoring.items_of(version)
        rows = [_with_score(each, items) for each in given if each.cell[0] in set(order)]
        scored.append(([each for each in rows if each is not None], order, version.anonymous))
    return taken, scored


def _with_score(each: Given, items: Sequence[Item]) -> Given | None:
    score = measures.score(items, dict(each.answers))
    return None if score is None else Given(each.id, each.cell, {"score": score})


def _sendings(version_ids: Sequence[int]) -> list[SurveySending]:
    """In the order of closing, the open ones last."""
    rows = db.session.scalars(
        select(SurveySending)
        .options(joinedload(SurveySending.rule), joinedload(SurveySending.course))
        .where(SurveySending.version_id.in_(version_ids))
    ).all()
    return sorted(rows, key=lambda each: (each.closed_at is None, each.closed_at or each.opened_at, each.id))


def _given(sending_ids: Sequence[int]) -> list[Given]:
    rows = db.session.execute(
        select(SurveyResponse.id, SurveyResponse.sending_id, SurveyResponse.unit_id, SurveyResponse.about_id, SurveyResponse.answers)
        .where(SurveyResponse.sending_id.in_(sending_ids))
        .order_by(SurveyResponse.id)
    )  # fmt: skip
    return [Given(id_, (sending, unit or 0, about or 0), answers) for id_, sending, unit, about, answers in rows]


def _invited(sending_ids: Iterable[int]) -> int:
    ids = list(sending_ids)
    asked = db.session.scalar(select(func.count()).select_from(SurveyInvitation).where(SurveyInvitation.sending_id.in_(ids)))
    links = db.session.scalar(select(func.sum(SurveySending.links)).where(SurveySending.id.in_(ids)))
    return (asked or 0) + (links or 0)


def _links_about(sending_ids: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for made in db.session.scalars(select(SurveySending.links_about).where(SurveySending.id.in_(list(sending_ids)))):
        for person, n in made.items():
            found[int(person)] = found.get(int(person), 0) + n
    return found


class _Scope(Struct, frozen=True):
    """Which cells a reader may see, and a filter by team asks for. ``paths``: None for all."""

    all: bool
    teams: Mapping[int, Team]
    courses: frozenset[int]
    path: str | None

    @classmethod
    def of(cls, actor: Actor, survey: Survey, wanted: Filter) -> _Scope:
        wide = policies.sees_all_results(actor, survey)
        query = select(Team) if wide else select(Team).where(teams_in_scope(actor, Permission.SURVEY_RESULT_READ))
        teams = {team.id: team for team in db.session.scalars(query)}
        if wanted.team is not None and wanted.team not in teams:
            raise Unknown()
        path = teams[wanted.team].path if wanted.team is not None else None
        return cls(wide, teams, frozenset(courses_granted(actor, Permission.SURVEY_RESULT_READ)), path)

    @property
    def partial(self) -> bool:
        return not self.all or self.path is not None

    def cells(self, cells: set[Cell], sendings: Mapping[int, SurveySending], taken: set[int]) -> set[Cell] | None:
        return {cell for cell in cells if cell[0] in taken and self._sees(cell[1], sendings[cell[0]].course_id)}

    def _sees(self, unit: int, course_id: int | None) -> bool:
        team = self.teams.get(unit)
        if self.path is not None:
            return team is not None and team.path.startswith(self.path)
        return self.all or team is not None or course_id in self.courses

    def response(self, taken: set[int], given: Sequence[Given], anonymous: bool) -> tuple[int, int]:
        """(invited, answers) in the sendings taken; of named ones within the teams."""
        if not self.partial:
            return _invited(taken), sum(each.cell[0] in taken for each in given)
        if anonymous:
            return 0, 0
        asked = db.session.execute(
            select(SurveyInvitation.sending_id, SurveySending.course_id, Person.team_id, func.count())
            .join(Person, Person.id == SurveyInvitation.person_id)
            .join(SurveySending, SurveySending.id == SurveyInvitation.sending_id)
            .where(SurveyInvitation.sending_id.in_(taken))
            .group_by(SurveyInvitation.sending_id, SurveySending.course_id, Person.team_id)
        ).all()
        course_of = {sending: course for sending, course, _team, _n in asked}
        invited = sum(n for _sending, course, team, n in asked if self._sees(team or 0, course))
        answers = sum(each.cell[0] in taken and self._sees(each.cell[1], course_of.get(each.cell[0])) for each in given)
        return invited, answers


def _teams_of(given: Sequence[Given], scope: _Scope) -> list[Team]:
    """The teams worth filtering by: those of the answers and all above them that the reader sees."""
    units = {each.cell[1] for each in given}
    wanted = {int(part) for unit in units if unit in scope.teams for part in scope.teams[unit].path.split("/") if part}
    return sorted((scope.teams[id_] for id_ in wanted if id_ in scope.teams), key=lambda team: team.path)


def rules_days(sendings: Sequence[SurveySending]) -> list[int]:
    return sorted({each.rule.days for each in sendings if isinstance(each.rule, SurveyRule)})


def courses_of(sendings: Sequence[SurveySending]) -> list[Course]:
    return sorted({each.course.id: each.course for each in sendings if each.course}.values(), key=lambda course: course.code)
