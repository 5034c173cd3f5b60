"""The bank in words: states, fields of a question, what a review said."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from assessments.quizzes.question_bank.queries import Use
from assessments.quizzes.words import CREDIT_LABELS, ORDER_CREDIT_LABELS, PART_CREDIT_LABELS, TRUTH_LABELS
from lms.i18n import LANGUAGE_NAMES, local, with_remark

STATES = {
    "draft": ("none", _l("not reviewed")),
    "asked": ("warn", _l("waits for review")),
    "approved": ("ok", _l("approved")),
    "sent_back": ("bad", _l("sent back")),
}
"""State of review → sign and word."""
STATE_CHOICES = {name: word for name, (_sign, word) in STATES.items()}
STATUS_CHOICES = {"active": _l("in use"), "retired": _l("retired")}
ACTS = {
    "asked": _l("asked for a review"),
    "approved": _l("approved it"),
    "sent_back": _l("sent it back"),
}
FIELDS = {
    "stem": _l("Question"),
    "options": _l("Options"),
    "lines": _l("Parts and what is right"),
    "feedback": _l("Said to everyone afterwards"),
    "key": _l("What is right"),
    "credit": _l("How marks are given"),
    "unit": _l("Unit"),
    "image": _l("Image"),
}


def field_words(field: str, language: str) -> str:
    """“Question (简体中文)”."""
    name = str(FIELDS[field])
    return with_remark(name, LANGUAGE_NAMES[language]) if language else name


def line_words(kind: str, field: str, line: str) -> str:
    """A line of a question; codes in words."""
    if field == "credit":
        labels = ORDER_CREDIT_LABELS if kind == "ordering" else CREDIT_LABELS if kind == "multiple" else PART_CREDIT_LABELS
        return str(labels.get(line, line))
    if field == "key" and kind == "true_false":
        return str(TRUTH_LABELS["true" if line == "✓" else "false"])
    return line


def use_words(use: Use) -> str:
    """“Final quiz, Basics (drawn)”."""
    said = [local(use.title), local(use.section)]
    words = _(", ").join(filter(None, said))
    return _("%(where)s (drawn)", where=words) if use.drawn else words


def uses_words(count: int) -> str:
    return ngettext("%(num)s quiz", "%(num)s quizzes", count) if count else _("in no quiz")
