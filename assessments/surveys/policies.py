"""Who may do what with which survey. Each answers in one line, or finds the row or nothing."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from assessments.surveys.models import Survey, SurveyInvitation, SurveySending
from courses.policies import courses_granted
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Unknown


def may_create(actor: Actor) -> bool:
    return actor.can(Permission.SURVEY_AUTHOR)


def authored(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Survey``: those the actor may edit. Company-wide authors: all; others: their own."""
    if actor.company_wide(Permission.SURVEY_AUTHOR):
        return true()
    return Survey.owner_id == actor.person_id if actor.can(Permission.SURVEY_AUTHOR) else false()


def may_author(actor: Actor, survey: Survey) -> bool:
    own = survey.owner_id is not None and survey.owner_id == actor.person_id
    return actor.company_wide(Permission.SURVEY_AUTHOR) or (actor.can(Permission.SURVEY_AUTHOR) and own)


def authored_survey(actor: Actor, survey_id: int) -> Survey:
    """The survey, if the actor may edit it. :raises Unknown: otherwise."""
    survey = db.session.get(Survey, survey_id)
    if survey is None or not may_author(actor, survey):
        raise Unknown()
    return survey


def sees_all_results(actor: Actor, survey: Survey) -> bool:
    """Results over everybody, still under the rules of anonymity."""
    return may_author(actor, survey) or actor.company_wide(Permission.SURVEY_RESULT_READ)


def readable(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Survey``: those of which the actor may read results of somebody."""
    if actor.company_wide(Permission.SURVEY_RESULT_READ) or actor.company_wide(Permission.SURVEY_AUTHOR):
        return true()
    if not actor.can(Permission.SURVEY_RESULT_READ):
        return authored(actor)
    sent: list[ColumnElement[bool]] = [exists().where(SurveySending.survey_id == Survey.id)]
    if not any(grant.team_path for grant in actor.grants_for(Permission.SURVEY_RESULT_READ)):
        sent.append(Survey.id.in_(select(SurveySending.survey_id).where(
            SurveySending.course_id.in_(courses_granted(actor, Permission.SURVEY_RESULT_READ)))))  # fmt: skip
    return or_(authored(actor), and_(*sent))


def readable_survey(actor: Actor, survey_id: int) -> Survey:
    """:raises Unknown: if the actor may read nothing of it."""
    survey = db.session.scalar(select(Survey).where(Survey.id == survey_id, readable(actor)))
    if survey is None:
        raise Unknown()
    return survey


def sendable(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Survey``: published ones the actor may send. Managers send what authors have published."""
    return and_(Survey.version > 0, Survey.status == "active", true() if actor.can(Permission.SURVEY_SEND) else false())


def sendable_survey(actor: Actor, survey_id: int) -> Survey:
    """:raises Unknown: if there is none that the actor may send."""
    survey = db.session.scalar(select(Survey).where(Survey.id == survey_id, sendable(actor)))
    if survey is None:
        raise Unknown()
    return survey


def tended_sending(actor: Actor, sending_id: int) -> SurveySending:
    """A sending that the actor may close or remind: of an own survey, or sent by them. :raises Unknown: otherwise."""
    sending = db.session.get(SurveySending, sending_id)
    if sending is None:
        raise Unknown()
    own = actor.person_id is not None and sending.created_by_id == actor.person_id
    if not own and not may_author(actor, sending.survey):
        raise Unknown()
    return sending


def own_invitation(actor: Actor, invitation_id: int) -> SurveyInvitation:
    """:raises Unknown: if it is somebody else's."""
    invitation = db.session.get(SurveyInvitation, invitation_id)
    if invitation is None or actor.person_id is None or invitation.person_id != actor.person_id:
        raise Unknown()
    return invitation
