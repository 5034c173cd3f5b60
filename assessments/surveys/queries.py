"""What respondents and authors read: sheets, what waits, lists, sendings. Figures are in ``results``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import contains_eager, joinedload, undefer

from assessments.surveys import authoring, policies, services
from assessments.surveys.items import Item
from assessments.surveys.measures import Measure
from assessments.surveys.models import (
    Origin,
    Recipient,
    Survey,
    SurveyDraft,
    SurveyInvitation,
    SurveyMark,
    SurveyResponse,
    SurveyRule,
    SurveySending,
    SurveyVersion,
)
from assessments.surveys.results import measured, measured_by_person
from courses.models import Course
from courses.policies import authored as authored_courses
from lms.authz import Actor, Permission
from lms.clock import today
from lms.db import LocalText, db, fetch
from lms.paging import Page, paginate
from lms.people.models import Person
from lms.people.queries import TeamNode, ids_meant, whole_teams
from lms.people.scope import people_in_scope
from lms.values import NotEstimable

MOST_TEAMS = 200
__all__ = ["behaviour_of_course", "reaction_of_course", "satisfaction_by_rep"]


class Sheet(Struct, frozen=True):
    """A survey as a respondent meets it; ``fields`` holds what was filled in before."""

    title: LocalText
    intro: LocalText
    thanks: LocalText
    anonymous: bool
    items: tuple[Item, ...]
    fields: Mapping[str, Sequence[str]]
    sequence: int = 0
    about: Person | None = None
    closes_at: datetime | None = None


def sheet_of(version: SurveyVersion | Survey, draft: SurveyDraft | None = None, *, about: Person | None = None,
             closes_at: datetime | None = None) -> Sheet:  # fmt: skip
    fields = {name: each["values"] for name, each in draft.fields.items()} if draft else {}
    return Sheet(version.title, version.intro, version.thanks, version.anonymous, authoring.items_of(version), fields,
                 draft.sequence if draft else 0, about, closes_at)  # fmt: skip


class Answering(Struct, frozen=True):
    """An invitation as its person meets it."""

    invitation: SurveyInvitation
    sheet: Sheet
    answered: bool
    closed: bool


def answering(actor: Actor, invitation_id: int, now: datetime) -> Answering:
    """:raises Unknown: if the invitation is somebody else's."""
    invitation = policies.own_invitation(actor, invitation_id)
    sent = invitation.sending
    closed = sent.closed_at is not None or sent.closes_at <= now
    draft = None if sent.anonymous else db.session.get(SurveyDraft, invitation_id)
    sheet = sheet_of(sent.version, draft, about=invitation.about, closes_at=sent.closes_at)
    return Answering(invitation, sheet, not (closed and sent.anonymous) and services.answered(invitation), closed)


def course_draft(enrolment_id: int, module_id: int) -> SurveyDraft | None:
    """What was filled in so far of a named survey in a course."""
    found: SurveyDraft | None = db.session.scalar(
        select(SurveyDraft)
        .join(SurveyInvitation, SurveyInvitation.id == SurveyDraft.invitation_id)
        .join(SurveySending, SurveySending.id == SurveyInvitation.sending_id)
        .where(SurveyInvitation.enrolment_id == enrolment_id, SurveySending.module_id == module_id)
        .order_by(SurveyInvitation.id.desc())
        .limit(1)
    )
    return found


def version_of_sending(sending_id: int) -> SurveyVersion:
    return db.session.get_one(SurveySending, sending_id).version


_WAITING = (
    select(SurveyInvitation.id)
    .join(SurveySending, SurveySending.id == SurveyInvitation.sending_id)
    .outerjoin(SurveyResponse, SurveyResponse.invitation_id == SurveyInvitation.id)
    .where(
        SurveyInvitation.person_id == bindparam("person_id"),
        SurveySending.origin != Origin.COURSE.value,
        SurveySending.closed_at.is_(None),
        SurveySending.closes_at > bindparam("moment"),
        SurveyResponse.id.is_(None),
    )
    .order_by(SurveySending.closes_at, SurveyInvitation.id)
)
_INVITATIONS = (
    select(SurveyInvitation)
    .join(SurveyInvitation.sending)
    .options(
        contains_eager(SurveyInvitation.sending).joinedload(SurveySending.version),
        contains_eager(SurveyInvitation.sending).joinedload(SurveySending.course),
        joinedload(SurveyInvitation.about),
    )
    .where(SurveyInvitation.id.in_(bindparam("ids", expanding=True)))
    .order_by(SurveySending.closes_at, SurveyInvitation.id)
)
ANY_WAITING = _WAITING.order_by(None).exists()
"""Whether the person may have one to answer at the moment: asked of everybody's page of the day."""
_DONE = select(SurveyMark.mark).where(SurveyMark.mark.in_(bindparam("marks", expanding=True)))
"""Built once: everybody's page of the day asks them, and for most the first says that nothing waits."""


def waiting(actor: Actor, now: datetime) -> list[SurveyInvitation]:
    """Surveys that wait for the actor's answer, the one that closes first in front. Those of courses wait there."""
    ids = fetch(_WAITING, {"person_id": actor.person_id, "moment": now}).scalars().all()
    invitations = db.session.scalars(_INVITATIONS, {"ids": ids}).all() if ids else []
    marks = {services.mark_of(each): each for each in invitations if each.sending.anonymous}
    done = set(db.session.scalars(_DONE, {"marks": list(marks)})) if marks else set()
    return [each for each in invitations if not each.sending.anonymous or services.mark_of(each) not in done]


class SurveyRow(Struct, frozen=True):
    survey: Survey
    open: int
    answers: int
    may_author: bool
    may_read: bool


def surveys(actor: Actor, *, page: int = 1, query: str = "") -> Page[SurveyRow]:
    """The surveys that the actor may edit, read or send."""
    found = select(Survey).where(
        policies.readable(actor) | policies.sendable(actor)
    )
    if query:
        found = found.where(Survey.code.icontains(query, autoescape=True))
    rows = paginate(found.order_by((Survey.status == "retired"), Survey.id.desc()), page)
    ids = [survey.id for survey in rows.rows]
    open_ = _counts(select(SurveySending.survey_id, func.count()).where(
        SurveySending.survey_id.in_(ids), SurveySending.closed_at.is_(None)).group_by(SurveySending.survey_id))  # fmt: skip
    given = _counts(
        select(SurveySending.survey_id, func.count(SurveyResponse.id))
        .join(SurveyResponse, SurveyResponse.sending_id == SurveySending.id)
        .where(SurveySending.survey_id.in_(ids))
        .group_by(SurveySending.survey_id)
    )
    readable = set(db.session.scalars(select(Survey.id).where(Survey.id.in_(ids), policies.readable(actor))))
    return Page(
        [SurveyRow(each, open_.get(each.id, 0), given.get(each.id, 0), policies.may_author(actor, each), each.id in readable)
         for each in rows.rows],
        rows.number, rows.size, rows.total)  # fmt: skip


class SendingRow(Struct, frozen=True):
    sending: SurveySending
    invited: int
    answers: int

    @property
    def open(self) -> bool:
        return self.sending.closed_at is None


def sendings(actor: Actor, survey: Survey, limit: int = 100) -> list[SendingRow]:
    """The sendings of a survey that the actor tends: all to its authors, their own to others."""
    query = (
        select(SurveySending)
        .options(joinedload(SurveySending.course), joinedload(SurveySending.rule), joinedload(SurveySending.version))
        .where(SurveySending.survey_id == survey.id)
        .order_by(SurveySending.id.desc())
        .limit(limit)
    )
    if not policies.may_author(actor, survey):
        query = query.where(SurveySending.created_by_id == actor.person_id)
    rows = db.session.scalars(query).all()
    ids = [row.id for row in rows]
    asked = _counts(select(SurveyInvitation.sending_id, func.count()).where(
        SurveyInvitation.sending_id.in_(ids)).group_by(SurveyInvitation.sending_id))  # fmt: skip
    given = _counts(select(SurveyResponse.sending_id, func.count()).where(
        SurveyResponse.sending_id.in_(ids)).group_by(SurveyResponse.sending_id))  # fmt: skip
    return [SendingRow(row, asked.get(row.id, 0) + row.links, given.get(row.id, 0)) for row in rows]


def rules(survey: Survey) -> Sequence[SurveyRule]:
    return db.session.scalars(
        select(SurveyRule)
        .options(joinedload(SurveyRule.course))
        .where(SurveyRule.survey_id == survey.id, SurveyRule.ended_on.is_(None))
        .order_by(SurveyRule.course_id, SurveyRule.days, SurveyRule.recipient)
    ).all()


def courses_to_ask_about(actor: Actor) -> Sequence[Course]:
    """Published courses: all to those who send company-wide, else those the actor authors."""
    query = select(Course).where(Course.version > 0).order_by(Course.code)
    if not actor.company_wide(Permission.SURVEY_SEND):
        query = query.where(authored_courses(actor))
    return db.session.scalars(query).all()


def open_surveys(actor: Actor) -> Sequence[Survey]:
    """Published surveys that a course's module can ask."""
    return db.session.scalars(
        select(Survey).where(Survey.version > 0, Survey.status == "active").order_by(Survey.code)
    ).all()


class Choice(Struct, frozen=True):
    """Whom the actor can ask: the teams in scope with all people in them and below, and how many there are."""

    teams: Sequence[tuple[TeamNode, int]]
    total: int


def choice(actor: Actor) -> Choice:
    scope = people_in_scope(actor, Permission.SURVEY_SEND) & Person.active
    teams = whole_teams(actor, Permission.SURVEY_SEND, today())[:MOST_TEAMS]
    return Choice(teams, db.session.scalar(select(func.count(Person.id)).where(scope)) or 0)


def people_named(actor: Actor, teams: Sequence[int], numbers: Sequence[str]) -> list[int]:
    """The ids of all who are meant, each in scope. :raises Refused: ``numbers_unknown``."""
    return ids_meant(actor, Permission.SURVEY_SEND, teams, numbers, today())


def version_with_items(version_id: int) -> SurveyVersion | None:
    found: SurveyVersion | None = db.session.scalar(
        select(SurveyVersion).options(undefer(SurveyVersion.items)).where(SurveyVersion.id == version_id)
    )
    return found


def was_asked_about(course_id: int) -> bool:
    """Whether a survey was ever sent about the course."""
    return bool(db.session.scalar(select(exists().where(SurveySending.course_id == course_id))))


def reaction_of_course(course_id: int, *, since: date | None = None) -> Measure | NotEstimable:
    """Level 1: how learners received a course, 0 to 1, over all surveys of reaction sent about it or asked in it.

    Anonymous answers count once their sending is closed, in whole groups of five and more. Whoever calls has made
    sure that the reader may see the course.
    """
    return measured("reaction", course_id=course_id, since=since)


def behaviour_of_course(
    course_id: int, *, recipient: Recipient | None = None, days: int | None = None
) -> Measure | NotEstimable:
    """Level 3: how often the course's learners do on the job what it teaches, 0 (never) to 1 (almost always).

    ``recipient``: as their managers see it, or as they say themselves; None: both together. ``days``: of the rule, after
    completion; None: all of them.
    """
    return measured("behaviour", course_id=course_id, recipient=recipient, days=days)


def satisfaction_by_rep(first: date, last: date) -> dict[int, Measure]:
    """Person id → satisfaction of the customers asked about them, 0 to 1, from sendings opened in ``first`` … ``last``.

    A rep for whom nothing can be shown is absent.
    """
    return measured_by_person("satisfaction", first, last)


def _counts(query: object) -> dict[int, int]:
    return dict(db.session.execute(query).all())  # type: ignore[call-overload]
