"""The sentences for what the bank refuses, and what stands in the audit trail."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, LazyString] = {
    "question.review": _l("reviewed a question"),
    "question.status": _l("retired a question or brought it back"),
    "question.copy": _l("copied a question to another course"),
    "question.rule": _l("changed whether only reviewed questions are published"),
}

MESSAGES: dict[str, LazyString] = {
    "question_retired": _l("This question is retired. Bring it back first."),
    "question_in_use": _l("This question is in use already."),
    "question_same_course": _l("Choose another course: this one has the question already."),
    "review_own": _l("A second trainer has to look at it: nobody approves what they wrote themselves."),
    "review_not_asked": _l("This version does not wait for a review. It may have been judged or changed in the meantime."),
    "review_changed": _l("The question was changed after you opened it. This is how it stands now: look again."),
    "review_not_askable": _l("This version has been approved, or waits for a review already."),
    "review_comment": _l("Say in at most 2,000 characters what should change."),
}
