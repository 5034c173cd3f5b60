"""How surveys and their figures are put into words on pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from assessments.grading.estimates import Estimate
from assessments.surveys import measures
from assessments.surveys.items import Item
from assessments.surveys.models import SurveySending
from assessments.surveys.refusals import ESTIMATES
from assessments.surveys.summary import Result
from lms.i18n import day, local, number, percent, with_remark
from lms.values import Interval, NotEstimable

KIND_LABELS = {
    "section": _l("Section"),
    "single": _l("One choice"),
    "multiple": _l("Several choices"),
    "likert": _l("Statements on a scale"),
    "rating": _l("Rating scale"),
    "nps": _l("Recommendation, 0 to 10"),
    "ranking": _l("Ranking"),
    "number": _l("Number"),
    "short": _l("Short text"),
    "open": _l("Open text"),
}
PURPOSE_LABELS = {
    "reaction": _l("Reaction to a course"),
    "behaviour": _l("Behaviour on the job"),
    "needs": _l("Training needs"),
    "satisfaction": _l("Customer satisfaction"),
    "other": _l("Something else"),
}
TEMPLATE_LABELS = {
    "reaction": _l("Reaction after the course (level 1)"),
    "behaviour_self": _l("Behaviour at 30, 60 or 90 days, asked of the learner (level 3)"),
    "behaviour_manager": _l("Behaviour at 30, 60 or 90 days, asked of the manager (level 3)"),
    "needs": _l("Training needs"),
    "satisfaction": _l("Customer satisfaction, for public links"),
    "blank": _l("An empty survey"),
}
RECIPIENT_LABELS = {"learner": _l("The learner"), "manager": _l("The learner’s manager")}


def missing(value: Any) -> bool:
    return value is None or isinstance(value, NotEstimable)


def reason(value: NotEstimable) -> str:
    text = str(ESTIMATES.get(value.code, value.code))
    return text % value.params if value.params else text


def between(interval: Interval | None, *, share: bool = False, digits: int = 1) -> str:
    """“between 3.1 and 4.0”, or that the spread is not known."""
    if interval is None:
        return _("all answered the same")
    low, high = (percent(v) if share else number(v, digits) for v in (interval.low, interval.high))
    return _("plausibly between %(low)s and %(high)s", low=low, high=high)


def share_words(value: Any) -> str:
    """“72% (between 60% and 81%)”, or why there is none."""
    if not isinstance(value, Estimate):
        return reason(value) if isinstance(value, NotEstimable) else "–"
    return with_remark(percent(value.value), between(value.interval, share=True))


def nps_points(value: float) -> str:
    """A net promoter score in points from −100 to 100, with its sign."""
    points = round(value * 100)
    return ("+" if points > 0 else "−" if points < 0 else "") + number(abs(points))


def label_of(item: Item, key: str) -> str:
    option = next((each for each in item.options if each.id == key), None)
    return local(dict(option.text)) if option else number(float(key))


def heading(result: Result) -> str:
    """The question; of a grid the statement."""
    return local(dict(result.row.text if result.row else result.item.text))


def upper_words(item: Item) -> str:
    """The answers of a scale above its middle: “Often” or “Almost always”; not every scale is of agreement."""
    above = measures.agreeing(item)
    return _(" or ").join(f"“{local(dict(option.text))}”" for option in item.options if option.id in above)


def sentence(result: Result) -> str:
    """The finding of a question in one sentence, that stands above its figure."""
    if not result.n:
        return _("Too few answers to show any.") if result.held_back else _("Nobody has answered this yet.")
    if isinstance(result.nps, Estimate):
        return _("Net promoter score %(score)s, plausibly between %(low)s and %(high)s.", score=nps_points(result.nps.value),
                 low=nps_points(_of(result.nps).low), high=nps_points(_of(result.nps).high))  # fmt: skip
    if result.item.kind == "likert":
        return _("%(share)s answer %(answers)s: “%(statement)s”", share=percent(_value(result.agree)), answers=upper_words(result.item),
                 statement=heading(result).rstrip(".。"))  # fmt: skip
    if isinstance(result.mean, Estimate):
        return _("%(mean)s on average, %(interval)s.", mean=number(result.mean.value, 1) + _unit(result.item), interval=between(result.mean.interval))
    if result.item.kind in ("open", "short"):
        if not result.terms:
            return ngettext("%(num)s answer.", "%(num)s answers.", result.n)
        return _("Named most often: %(terms)s.", terms=_(", ").join(with_remark(term.text, number(len(term.answers))) for term in result.terms[:4]))
    top = max(result.bars, key=lambda bar: bar.count, default=None)
    if top is None:
        return ngettext("%(num)s answer.", "%(num)s answers.", result.n)
    if result.item.kind == "ranking":
        return _("Most often in the first place: “%(option)s”, for %(share)s.", option=label_of(result.item, top.key), share=percent(_value(top.share)))
    return _("Most often: “%(option)s”, %(share)s.", option=label_of(result.item, top.key), share=percent(_value(top.share)))


def after_words(days: int, course: str, recipient: object) -> str:
    """When a rule asks, and whom: “1 day after KA-01: The learner”."""
    return ngettext(
        "%(num)s day after %(course)s: %(recipient)s", "%(num)s days after %(course)s: %(recipient)s", days, course=course, recipient=recipient
    )


def origin_words(sending: SurveySending) -> str:
    """How a sending came about: “by rule, 30 days after KA-01, to the manager”."""
    course = sending.course.code if sending.course else ""
    if sending.rule is not None:
        to = RECIPIENT_LABELS[sending.rule.recipient]
        return after_words(sending.rule.days, course, to)
    if sending.origin == "link":
        return _("public links")
    if sending.origin == "course":
        return _("in the course %(course)s", course=course)
    return _("by hand, about %(course)s", course=course) if course else _("by hand")


def sending_words(sending: SurveySending) -> str:
    return f"{day(sending.opened_at)} · {origin_words(sending)}"


def condition_words(item: Item, items: Any) -> str:
    """“only if “How likely …?” is 0, 1 or 2”."""
    if item.condition is None:
        return ""
    source = next((each for each in items if each.id == item.condition.question), None)
    if source is None:
        return ""
    values = [value for value in source.branch_values() if value in item.condition.values]
    named = [label_of(source, value) for value in values]
    if source.kind in ("rating", "nps") and len(values) > 2 and int(values[-1]) - int(values[0]) == len(values) - 1:
        named = [_("%(low)s to %(high)s", low=named[0], high=named[-1])]
    return _("only if “%(question)s” is %(values)s", question=local(dict(source.text)), values=_(" or ").join(named))


def counted(texts: Iterable[str]) -> list[tuple[str, int]]:
    """Texts with how often each was given, in the order in which they come."""
    return list(Counter(texts).items())


def _of(estimate: Estimate) -> Interval:
    return estimate.interval or Interval(estimate.value, estimate.value)


def _value(estimate: Any) -> float | None:
    return estimate.value if isinstance(estimate, Estimate) else None


def _unit(item: Item) -> str:
    return f" {item.unit}" if item.unit else ""
