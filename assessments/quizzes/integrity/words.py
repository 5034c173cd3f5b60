"""What happened to an attempt, in words that judge nobody."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from assessments.quizzes.integrity.queries import Entry, Timeline
from lms.i18n import called, number, percent

_WHAT = {
    "begun": _l("Begun"),
    "submitted": _l("Handed in"),
    "expired": _l("Closed when the time was over"),
    "hidden": _l("The page was covered or left"),
    "shown": _l("The page came back"),
    "blurred": _l("Another window was used"),
    "focused": _l("The window was used again"),
}


def entry_words(entry: Entry, line: Timeline) -> str:
    """One line of the timeline."""
    number_ = number(line.numbers.get(entry.question or 0, 0))
    if entry.what == "saved":
        return _("Answer to question %(number)s saved, as it stood in the end", number=number_)
    if entry.what == "changed":
        return _("Answer to question %(number)s changed", number=number_)
    if entry.what == "pasted":
        return _("Text pasted into question %(number)s", number=number_)
    if entry.what == "read":
        return _("Answer to question %(number)s graded by hand", number=number_)
    if entry.what in ("graded", "regraded"):
        return _grade(entry)
    if entry.what == "looked":
        return _("Opened by a trainer")
    return str(_WHAT[entry.what])


def _grade(entry: Entry) -> str:
    score = percent(entry.details["score"])
    if entry.what == "regraded":
        return _("Graded again: %(score)s", score=score)
    return _("Graded: %(score)s", score=score)


def who(entry: Entry) -> str:
    if entry.by_browser:
        return _("told by the browser")
    return called(entry.person) if entry.person else _("by the server")


def late(entry: Entry) -> str:
    """Where an answer was long on its way: the network, not the taker."""
    seconds = entry.details.get("late", 0)
    return _("reached the server %(seconds)s s later", seconds=number(seconds)) if seconds >= 2 else ""


def away(seconds: float) -> str:
    """A time away, short."""
    if seconds < 60:
        return _("%(seconds)s s", seconds=number(seconds))
    return _("%(minutes)s min", minutes=number(seconds / 60, 1))
