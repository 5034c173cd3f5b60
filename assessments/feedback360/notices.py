"""Mails of 360° feedback, each in its reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from assessments.feedback360 import cycles, nominating
from assessments.feedback360.models import FeedbackCycle, FeedbackRater, FeedbackSubject, Group, State
from lms import mail
from lms.db import db
from lms.i18n import called, local, speaking
from lms.jobs import Report
from lms.people.links import absolute


def tell(rater_ids: Sequence[int], report: Report) -> None:
    """Ask those who were approved."""
    mail.in_parts_to(rater_ids, _raters, lambda each: _send(each, "feedback360/emails/asked"), report)


def remind(cycle_id: int, report: Report) -> None:
    """Those who have not answered."""
    ids = db.session.scalars(
        select(FeedbackRater.id)
        .join(FeedbackSubject, FeedbackSubject.id == FeedbackRater.subject_id)
        .where(FeedbackSubject.cycle_id == cycle_id, FeedbackRater.state == State.APPROVED.value, FeedbackRater.answered.is_(False))
        .order_by(FeedbackRater.id)
    ).all()
    matter = cycles.reminders_of(cycle_id)
    mail.in_parts_to(ids, _raters, lambda each: _send(each, "feedback360/emails/reminder", matter), report)


def report_ready(subject_ids: Sequence[int], report: Report) -> None:
    """Tell those looked at that their report is there."""
    mail.in_parts_to(subject_ids, _subjects, _tell_of_report, report)


def _subjects(ids: Sequence[int]) -> Sequence[FeedbackSubject]:
    wanted = select(FeedbackSubject).options(joinedload(FeedbackSubject.person), joinedload(FeedbackSubject.cycle))
    return db.session.scalars(wanted.where(FeedbackSubject.id.in_(ids))).all()


def _tell_of_report(subject: FeedbackSubject) -> None:
    person = subject.person
    if not person.email or not person.active:
        return
    with speaking(person.locale):
        name = called(person)
    mail.send(
        person.email, "feedback360/emails/report", locale=person.locale, name=name,
        cycle=local(subject.cycle.name, person.locale or "en"),
        url=absolute("feedback360.report", subject_id=subject.id))  # fmt: skip


def _raters(ids: Sequence[int]) -> Sequence[FeedbackRater]:
    return db.session.scalars(
        select(FeedbackRater)
        .join(FeedbackSubject, FeedbackSubject.id == FeedbackRater.subject_id)
        .join(FeedbackCycle, FeedbackCycle.id == FeedbackSubject.cycle_id)
        .options(joinedload(FeedbackRater.person), joinedload(FeedbackRater.subject).joinedload(FeedbackSubject.person),
                 joinedload(FeedbackRater.subject).joinedload(FeedbackSubject.cycle))
        .where(FeedbackRater.id.in_(ids), FeedbackRater.state == State.APPROVED.value, FeedbackCycle.closed_at.is_(None))
    ).all()  # fmt: skip


def _send(rater: FeedbackRater, template: str, matter: str | None = None) -> None:
    subject, person = rater.subject, rater.person
    if person is not None and (not person.active or not person.email):
        return
    locale = person.locale if person is not None else rater.locale
    outside = rater.relation == Group.CUSTOMER
    url = (absolute("feedback360.public", token=nominating.token_of(rater)) if outside
           else absolute("feedback360.answer", rater_id=rater.id))  # fmt: skip
    with speaking(locale):
        name, about = called(person) if person is not None else rater.name, called(subject.person)
    mail.send(
        (person.email if person is not None else rater.email) or "", template, locale=locale, matter=matter, name=name, about=about,
        relation=rater.relation, purpose=subject.cycle.purpose, named=rater.relation in (Group.SELF, Group.MANAGER),
        closes_at=subject.cycle.closes_at, url=url, nominate_until=subject.cycle.nominate_until,
        nominate=absolute("feedback360.nominate", subject_id=subject.id))  # fmt: skip
