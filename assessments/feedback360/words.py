"""The words of 360° feedback: groups, states, purposes, and the sentence for each finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from assessments.feedback360.models import Group, Purpose, State
from assessments.feedback360.report import Finding, Report
from assessments.feedback360.scoring import Change, Gap, Score
from lms.i18n import current_locale, local, number
from lms.values import Interval, NotEstimable, Reliability

GROUPS: dict[str, LazyString] = {
    Group.SELF.value: _l("Self"),
    Group.MANAGER.value: _l("Line manager"),
    Group.PEER.value: _l("Peers"),
    Group.REPORT.value: _l("Direct reports"),
    Group.CUSTOMER.value: _l("Customers"),
}
PURPOSES: dict[str, LazyString] = {
    Purpose.DEVELOPMENT.value: _l("Personal development"),
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
    State.DECLINED.value: ("none", _l("cannot rate")),
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
        "blind_spot": lambda: _("The own rating is %(size)s higher than the others’: a blind spot.", size=size),
        "hidden_strength": lambda: _("The others’ rating is %(size)s higher than the own: a hidden strength.", size=size),
        "alike": lambda: _("The own view and the others’ agree."),
        "unsettled": lambda: _("The views differ by %(size)s, but the others’ answers are too few or too spread to tell whether it means something.", size=size),
    }[gap.kind]()


AGREE, AGREE_IN_PART = 0.7, 0.5
"""r_wg from which raters are said to agree (LeBreton & Senter 2008: strong from 0.71, moderate from 0.51)."""
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
    if found.value >= AGREE and (found.interval is None or found.interval.low >= AGREE_IN_PART):
        words = _("The raters agree (%(value)s).", value=value)
    elif found.value >= AGREE:
        words = _("The raters seem to agree (%(value)s), but they are too few to be sure.", value=value)
    elif found.value >= AGREE_IN_PART:
        words = _("The raters agree in part (%(value)s).", value=value)
    else:
        words = _("The raters do not agree (%(value)s): they may have seen different sides.", value=value)
    if found.interval is None:
        return words
    return _("%(sentence)s Plausibly %(span)s.", sentence=words, span=span(found.interval, 2))


def change_sentence(change: Change) -> str:
    """How the others' view has changed since the cycle before."""
    size = number(abs(change.value), 1)
    if size == number(0.0, 1):
        return _("As in the cycle before.")
    if change.interval is None or 0.0 in change.interval:
        if change.value >= 0:
            return _("%(size)s higher than in the cycle before; this can be chance.", size=size)
        return _("%(size)s lower than in the cycle before; this can be chance.", size=size)
    if change.value >= 0:
        return _("%(size)s higher than in the cycle before, more than chance.", size=size)
    return _("%(size)s lower than in the cycle before, more than chance.", size=size)


def finding(found: Finding) -> str:
    """What is said of one competency: the gap, the agreement, the change since the cycle before."""
    said = [gap_sentence(found.gap), agreement_sentence(found.agreement)]
    if found.change is not None:
        said.append(change_sentence(found.change))
    return ("" if current_locale().startswith("zh") else " ").join(said)


def gap_span(gap: Gap) -> str:
    """The interval of a difference, as the size that its sentence speaks of."""
    ends = gap.interval
    if ends is not None and gap.value < 0:
        ends = Interval(-ends.high, -ends.low, ends.level)
    return span(ends)


def parting(report: Report) -> str:
    """The figure in a sentence: in how many competencies the two views part."""
    parted = len(report.blind_spots) + len(report.hidden_strengths)
    if not parted:
        return _("Nowhere does the own view part from the others’ by more than chance.")
    return _("The own view parts from the others’ in %(parted)s of %(all)s competencies.", parted=parted, all=len(report.findings))


def lead(report: Report) -> str:
    """The report in a sentence: where the others see most and least, or why nothing can be said."""
    known = [(each, each.row.others) for each in report.known]
    if not known:
        return _("Too few have answered to show what the others see.")
    best, least = known[0], known[-1]
    if len(known) == 1 or level(best[1]) == level(least[1]):
        return _("The others see every competency alike, at %(level)s of 5.", level=level(best[1]))
    return _("The others see most in %(best)s (%(high)s of 5) and least in %(least)s (%(low)s).", best=local(dict(best[0].competency.name)),
             high=level(best[1]), least=local(dict(least[0].competency.name)), low=level(least[1]))  # fmt: skip


def raters(n: int) -> str:
    return ngettext("%(num)s rater", "%(num)s raters", n)


def chosen_words(states: Mapping[str, int]) -> str:
    """“3 approved, 1 waits, 1 not asked”: raters of one group by state."""
    counts = {
        "approved": states.get(State.APPROVED, 0),
        "waiting": states.get(State.PROPOSED, 0),
        "away": states.get(State.REFUSED, 0) + states.get(State.DECLINED, 0),
    }
    said = {
        "approved": ngettext("%(num)s approved", "%(num)s approved", counts["approved"]),
        "waiting": ngettext("%(num)s waits", "%(num)s wait", counts["waiting"]),
        "away": ngettext("%(num)s turned down or declined", "%(num)s turned down or declined", counts["away"]),
    }
    return _(", ").join(said[name] for name, n in counts.items() if n)
