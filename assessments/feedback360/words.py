"""The words of 360° feedback: groups, states, purposes, and the sentence for each finding."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from assessments.feedback360.models import Group, Purpose, State
from assessments.feedback360.scoring import Change, Gap, Score
from lms.i18n import number
from lms.values import Interval, NotEstimable, Reliability

GROUPS: dict[str, LazyString] = {
    Group.SELF.value: _l("Self"),
    Group.MANAGER.value: _l("Manager"),
    Group.PEER.value: _l("Peers"),
    Group.REPORT.value: _l("Direct reports"),
    Group.CUSTOMER.value: _l("Customers"),
}
PURPOSES: dict[str, LazyString] = {
    Purpose.DEVELOPMENT.value: _l("Development"),
    Purpose.APPRAISAL.value: _l("Appraisal"),
}
PROMISES: dict[str, LazyString] = {
    Purpose.DEVELOPMENT.value: _l("This feedback is for development: it is not used for appraisal, pay or promotion."),
    Purpose.APPRAISAL.value: _l("This feedback is part of the appraisal: the report is read in it together with other evidence."),
}
STATES: dict[str, tuple[str, LazyString]] = {
    State.PROPOSED.value: ("info", _l("waits for approval")),
    State.APPROVED.value: ("ok", _l("approved")),
    State.REFUSED.value: ("none", _l("turned down")),
    State.DECLINED.value: ("none", _l("declined")),
}
LEVEL_WORDS: dict[int, LazyString] = {
    1: _l("far from it"),
    2: _l("beginning"),
    3: _l("solid"),
    4: _l("strong"),
    5: _l("a model for others"),
}
NOT_KNOWN: dict[str, LazyString] = {
    "feedback_too_few": _l("too few answers"),
    "feedback_no_self": _l("no self-assessment"),
    "one_rater": _l("a single rater"),
}


def groups(names: Iterable[str]) -> str:
    """One group by its name; several that are shown together as such."""
    order = [group.value for group in Group]
    labels = [str(GROUPS[name]) for name in sorted(names, key=order.index)]
    return labels[0] if len(labels) == 1 else _("%(groups)s together", groups=_(", ").join(labels))


def level(figure: Score | NotEstimable | None) -> str:
    """A level like 3.4; a dash where it is not known."""
    return number(figure.value, 1) if isinstance(figure, Score) else "–"


def why_not(figure: object) -> str:
    return str(NOT_KNOWN[figure.code]) if isinstance(figure, NotEstimable) else ""


def span(interval: Interval | None, digits: int = 1) -> str:
    """“3.1 to 4.2”, or nothing."""
    if interval is None:
        return ""
    return _("%(low)s to %(high)s", low=number(interval.low, digits), high=number(interval.high, digits))


def gap_sentence(gap: Gap | NotEstimable) -> str:
    """What the difference between the own view and the others' says."""
    if isinstance(gap, NotEstimable):
        return str(NOT_KNOWN[gap.code])
    size = number(abs(gap.value), 1)
    return {
        "blind_spot": lambda: _("You rate yourself %(size)s higher than the others do: a blind spot.", size=size),
        "hidden_strength": lambda: _("The others rate you %(size)s higher than you do: a hidden strength.", size=size),
        "alike": lambda: _("You and the others see it alike."),
        "unsettled": lambda: _("The views differ by %(size)s, but the others’ answers are too few or too spread to tell.", size=size),
    }[gap.kind]()


GAP_STATES: dict[str, tuple[str, LazyString]] = {
    "blind_spot": ("warn", _l("blind spot")),
    "hidden_strength": ("info", _l("hidden strength")),
    "alike": ("ok", _l("seen alike")),
    "unsettled": ("none", _l("cannot tell")),
}


def agreement_sentence(found: Reliability | NotEstimable) -> str:
    """Whether the raters agree, with the figure and its interval."""
    if isinstance(found, NotEstimable):
        return str(NOT_KNOWN[found.code])
    value = number(found.value, 2)
    if found.value >= 0.7:
        words = _("The raters agree (%(value)s).", value=value)
    elif found.value >= 0.5:
        words = _("The raters agree in part (%(value)s).", value=value)
    else:
        words = _("The raters do not agree (%(value)s): they have seen different sides of you.", value=value)
    if found.interval is None:
        return words
    return words + _(" Plausibly %(span)s.", span=span(found.interval, 2))


def change_sentence(change: Change) -> str:
    size = number(abs(change.value), 1)
    words = (_("%(size)s higher than in the cycle before", size=size) if change.value >= 0
             else _("%(size)s lower than in the cycle before", size=size))  # fmt: skip
    if change.interval is None:
        return words
    if 0.0 in change.interval:
        return words + _(": this can be chance")
    return words + _(": more than chance")


def raters(n: int) -> str:
    return ngettext("%(num)s rater", "%(num)s raters", n)
