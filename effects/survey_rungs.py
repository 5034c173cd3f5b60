"""Levels 1 and 3 of the ladder, from the surveys about a course: how it was received, and what is done on the job."""

from __future__ import annotations

from flask import g
from flask_babel import gettext as _

from assessments.surveys import queries as surveys
from assessments.surveys.measures import Measure
from assessments.surveys.models import Recipient
from effects.ladder import Measured
from lms.i18n import number, percent
from lms.values import NotEstimable


def reaction(course_id: int) -> Measured | None:
    """How learners received the course, on a scale of five; None where no survey can be shown."""
    if _unasked(course_id):
        return None
    return _said(surveys.reaction_of_course(course_id), _("from the survey after the course"))


def seen_by_managers(course_id: int) -> Measured | None:
    """How often managers see on the job what the course teaches; None where no survey can be shown."""
    if _unasked(course_id):
        return None
    return _said(
        surveys.behaviour_of_course(course_id, recipient=Recipient.MANAGER), _("as managers see it on the job")
    )


def said_of_themselves(course_id: int) -> Measured | None:
    """How often learners say they do on the job what the course teaches; None where no survey can be shown."""
    if _unasked(course_id):
        return None
    return _said(
        surveys.behaviour_of_course(course_id, recipient=Recipient.LEARNER), _("as the learners say of themselves")
    )


def _unasked(course_id: int) -> bool:
    """Whether no survey was ever sent about the course: looked up once for all rungs."""
    known: dict[int, bool] = g.setdefault("surveyed_courses", {})
    if course_id not in known:
        known[course_id] = surveys.was_asked_about(course_id)
    return not known[course_id]


def _said(found: Measure | NotEstimable, source: str) -> Measured | None:
    """The figure on a scale of 1 to 5, as the questions are asked; no word of before and after, which was not asked."""
    if isinstance(found, NotEstimable):
        return None
    notes = [source, _answered(found)]
    span = found.interval
    if span is not None:
        notes.append(_("%(low)s to %(high)s", low=number(_five(span.low), 1), high=number(_five(span.high), 1)))
    return Measured(
        _("%(figure)s of 5", figure=number(_five(found.value), 1)),
        " · ".join(notes),
        None,
        found.value,
        span.low if span else None,
        span.high if span else None,
        found.n,
    )


def _answered(found: Measure) -> str:
    if not found.invited:
        return _("%(n)s answers", n=number(found.n))
    share = percent(found.n / found.invited)
    return _("%(n)s of %(all)s asked answered (%(share)s)", n=number(found.n), all=number(found.invited), share=share)


def _five(share: float) -> float:
    return 1 + 4 * share
