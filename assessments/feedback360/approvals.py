"""The mail to a manager when raters wait for approval: one, however many are named, until the manager has decided."""

from __future__ import annotations

from assessments.feedback360.models import FeedbackSubject
from lms import mail
from lms.db import db
from lms.i18n import called, local, speaking
from lms.people.links import absolute
from lms.people.models import Person


def ask_for(subject: FeedbackSubject) -> None:
    """Promise it, in the manager's language and the caller's transaction. A manager who is not here gets none."""
    manager = db.session.get(Person, subject.manager_id) if subject.manager_id else None
    if manager is None or not manager.active or not manager.email:
        return
    with speaking(manager.locale):
        name, about = called(manager), called(subject.person)
    mail.send(
        manager.email, "feedback360/emails/approval", locale=manager.locale, matter=_matter(subject), name=name, about=about,
        cycle=local(subject.cycle.name, manager.locale or "en"), closes_at=subject.cycle.closes_at,
        url=absolute("feedback360.approve", subject_id=subject.id))  # fmt: skip


def no_longer(subject: FeedbackSubject) -> None:
    """Nothing waits any more: one that has not gone yet does not go."""
    mail.take_back(_matter(subject))


def _matter(subject: FeedbackSubject) -> str:
    return f"feedback360.approve:{subject.id}"
