"""Level 3 of the ladder, from 360° feedback: how far the others' view of what a course trains has risen after it."""

from __future__ import annotations

from flask_babel import gettext as _

from assessments.feedback360 import evidence
from effects.ladder import Measured
from lms.i18n import number


def seen_by_others(course_id: int) -> Measured | None:
    """None where fewer than five people were looked at before and after the course with the same questions."""
    found = evidence.change_after(course_id)
    if found is None:
        return None
    size = number(abs(found.value), 1)
    figure = _("%(size)s levels higher", size=size) if found.value >= 0 else _("%(size)s levels lower", size=size)
    notes = [_("360° feedback before and after, %(n)s people; a change, not an effect", n=number(found.n))]
    span = found.interval
    if span is not None:
        notes.append(_("%(low)s to %(high)s", low=number(span.low, 1), high=number(span.high, 1)))
    return Measured(figure, " · ".join(notes), None, found.value, span.low if span else None, span.high if span else None, found.n)
