"""Mails to those who are asked, each in its reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from assessments.surveys.models import SurveyInvitation, SurveyResponse, SurveySending
from lms import mail
from lms.db import db
from lms.i18n import local
from lms.jobs import Report
from lms.people.links import absolute
from lms.people.models import Person


def tell(invitation_ids: Sequence[int], report: Report) -> None:
    mail.in_parts_to(invitation_ids, _invitations, lambda each: _send(each, "surveys/emails/invited"), report)


def remind(sending_id: int, since: date | None, report: Report) -> None:
    """Those of a named sending who have not answered; all of an anonymous one, in words that fit both."""
    query = (
        select(SurveyInvitation.id)
        .outerjoin(SurveyResponse, SurveyResponse.invitation_id == SurveyInvitation.id)
        .where(SurveyInvitation.sending_id == sending_id, SurveyResponse.id.is_(None))
        .order_by(SurveyInvitation.id)
    )
    if since is not None:
        query = query.where(SurveyInvitation.invited_on >= since)
    ids = db.session.scalars(query).all()
    mail.in_parts_to(ids, _invitations, lambda each: _send(each, "surveys/emails/reminder"), report)


def _invitations(ids: Sequence[int]) -> Sequence[SurveyInvitation]:
    return db.session.scalars(
        select(SurveyInvitation)
        .join(Person, Person.id == SurveyInvitation.person_id)
        .join(SurveySending, SurveySending.id == SurveyInvitation.sending_id)
        .options(joinedload(SurveyInvitation.person), joinedload(SurveyInvitation.about),
                 joinedload(SurveyInvitation.sending).joinedload(SurveySending.version))
        .where(SurveyInvitation.id.in_(ids), Person.email.is_not(None), Person.active, SurveySending.closed_at.is_(None))
    ).all()  # fmt: skip


def _send(invitation: SurveyInvitation, template: str) -> None:
    person, sending = invitation.person, invitation.sending
    mail.send(
        person.email or "",
        template,
        locale=person.locale,
        name=person.name,
        title=local(sending.version.title, person.locale or "en"),
        about=invitation.about.name if invitation.about else None,
        anonymous=sending.anonymous,
        closes_at=sending.closes_at,
        url=absolute("surveys.answer", invitation_id=invitation.id),
    )
