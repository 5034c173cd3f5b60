"""The sentences for what courses refuse."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

MESSAGES: dict[str, LazyString] = {
    "module_kind_unknown": _l("There is no kind of module called “%(kind)s”."),
    "assigned_by_others": _l(
        "This course was assigned to you. Ask the person who assigned it to withdraw you."
    ),
    "already_completed": _l("You have completed this course; a completion stays in your record."),
    "nobody_chosen": _l("Choose at least one person."),
    "reason_missing": _l("Please give the reason; it is kept with the record."),
    "due_in_the_past": _l("This day is over. Choose today or a later day."),
    "course_not_open": _l("This course is not open for enrolment."),
    "enrolment_withdrawn": _l("You have withdrawn from this course. Enrol again to go on."),
    "score_not_a_share": _l("A score is a share between 0 and 1."),
    "already_revoked": _l("This certificate is revoked already."),
}
