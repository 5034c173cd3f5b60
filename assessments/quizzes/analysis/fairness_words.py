"""What is said of the pass mark, of groups, of versions and of what was learnt."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from assessments.grading.decisions import DecisionConsistency
from assessments.grading.dif import ItemDif
from assessments.grading.forms import Forms, Verdict
from assessments.grading.gain import Gain
from assessments.quizzes.analysis.fairness import Compared, Fairness, Group
from assessments.quizzes.analysis.words import interval_words, reason
from lms.figure_options import Option, bars, number_format
from lms.i18n import local, number, percent
from lms.values import Interval, NotEstimable

LANGUAGES = {"en": _l("English"), "zh_Hans": _l("Simplified Chinese"), "zh_Hant": _l("Traditional Chinese")}
CLASSES = {"A": _l("A: negligible"), "B": _l("B: moderate"), "C": _l("C: large")}
STATES = {"A": "none", "B": "warn", "C": "bad"}


def group_words(group: Group) -> str:
    """A group, as a choice or a heading."""
    if group.by == "team":
        return _("team %(team)s", team=local(group.team or {}))
    if group.by == "language":
        return _("pages in %(language)s", language=LANGUAGES.get(group.key, group.key))
    if group.by == "tenure":
        return _("hired less than a year before")
    return _("the later half of the attempts")


def missing(value: object) -> str:
    """Why there is no figure, with the number that is short."""
    if not isinstance(value, NotEstimable):
        return ""
    if value.code == "few_takers" and "minimum" in value.params:
        return _("%(n)s of %(minimum)s takers", n=number(value.params["n"]), minimum=number(value.params["minimum"]))
    more = {"no_overlap": _("no equally able people in both"), "no_positive_reliability": _("the questions do not hang together")}
    return str(more.get(value.code) or reason(value))


def decision_sentence(found: Fairness) -> str:
    decision = found.decision
    if not isinstance(decision, DecisionConsistency):
        return _("How many would get the same verdict again cannot be said: %(reason)s.", reason=missing(decision))
    return _("Of 100 takers %(same)s would be on the same side of the pass mark if they sat the quiz again.", same=number(100 * decision.consistency))


def direction(row: Compared) -> str:
    """Which side finds the question harder, at equal ability."""
    if not isinstance(row.dif, ItemDif) or row.dif.grade == "A":
        return ""
    if row.before is not None:
        return _("harder than before") if row.dif.delta < 0 else _("easier than before")
    return _("harder for the group") if row.dif.delta < 0 else _("easier for the group")


def odds_interval(interval: Interval) -> str:
    return interval_words(interval)


def gain_sentence(gain: Gain) -> str:
    """The finding of the page."""
    points = number(100 * abs(gain.mean), 1)
    span = gain.interval
    if span is not None and span.low > 0:
        return _("People scored %(points)s points of 100 higher afterwards, plausibly between %(low)s and %(high)s.", points=points, low=number(100 * span.low, 1), high=number(100 * span.high, 1))
    if span is not None and span.high < 0:
        return _("People scored %(points)s points of 100 lower afterwards, plausibly between %(low)s and %(high)s.", points=points, low=number(-100 * span.high, 1), high=number(-100 * span.low, 1))
    return _("Whether people scored higher or lower afterwards cannot be told from these results.")


def share_interval(interval: Interval | None) -> str:
    return interval_words(interval, share=True)


FORMS = {
    Verdict.SAME: ("ok", _l("the same form")),
    Verdict.EQUAL: ("ok", _l("shown to be equally hard")),
    Verdict.UNEQUAL: ("bad", _l("not equally hard")),
    Verdict.UNKNOWN: ("warn", _l("cannot be told")),
    Verdict.APART: ("warn", _l("not shown")),
}
"""Verdict on two forms → sign and words."""


def forms_sentence(forms: Forms) -> str:
    """Whether the two quizzes are shown to be equally hard, and by what."""
    if forms.verdict is Verdict.SAME:
        return _("Both quizzes ask the same questions, so neither is harder than the other.")
    if forms.verdict is Verdict.APART:
        return _("The two quizzes have no question in common, so nothing here shows that they are equally hard.")
    if forms.difference is None or forms.interval is None:
        return _("Too few people met questions of both sorts to say whether the quizzes are equally hard.")
    said = {
        "points": number(100 * abs(forms.difference), 1), "shared": number(forms.shared),
        "low": number(100 * forms.interval.low, 1), "high": number(100 * forms.interval.high, 1),
    }  # fmt: skip
    if forms.difference < 0:
        return _("On questions that only one of the quizzes asks people gained %(points)s points of 100 less than on what both ask (%(shared)s): a difference plausibly between %(low)s and %(high)s.", **said)
    return _("On questions that only one of the quizzes asks people gained %(points)s points of 100 more than on what both ask (%(shared)s): a difference plausibly between %(low)s and %(high)s.", **said)


def forms_advice(forms: Forms) -> str:
    """What follows for the gain above."""
    if forms.verdict is Verdict.SAME:
        return _("A part of the gain may be that people had seen the questions before.")
    if forms.verdict is Verdict.EQUAL:
        return _("That is less than 5 points either way: the forms may be compared, and the gain above stands.")
    if forms.verdict is Verdict.APART:
        return _("The gain above mixes what was learnt with how hard the quizzes are. Let both ask about a third of their questions in the same words; then this page can tell.")
    if forms.verdict is Verdict.UNEQUAL and forms.gain is not None and forms.gain_interval is not None:
        return _(
            "Do not go by the gain above. On the questions that both ask, which owe nothing to the form, people gained %(points)s points of 100, plausibly between %(low)s and %(high)s.",
            points=number(100 * forms.gain, 1), low=number(100 * forms.gain_interval.low, 1), high=number(100 * forms.gain_interval.high, 1),
        )  # fmt: skip
    return _("Read the gain above with that doubt: a difference of this size between the forms may be part of it. More people, or more questions in common, would tell.")


def gain_figure(before: float, after: float) -> Option:
    names = [_("Pre-test"), _("This quiz")]
    return bars(names, [before, after], value_format=number_format("percent"), colours=["$soft", "$accent"])


def decision_figure(decision: DecisionConsistency) -> Option:
    """What happens to 100 takers at the pass mark."""
    right = decision.accuracy
    names = [_("Rightly judged"), _("Pass, though not able enough"), _("Fail, though able enough")]
    values = [right, decision.false_pass, decision.false_fail]
    return bars(names, values, value_format=number_format("percent", 1), colours=["$ok", "$warn", "$warn"])


def percent_of(value: float) -> str:
    return percent(value)
