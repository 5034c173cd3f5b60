"""How scenarios, ratings and their trustworthiness are put into words on pages."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.i18n import number, percent
from lms.values import Interval, NotEstimable, Reliability

WELL, TOLERABLY = 0.8, 0.667
"""Of Krippendorff's alpha: from here on raters agree well, and tolerably (Krippendorff 2004)."""
STAGES = {
    "profile": _l("Account profile"),
    "leads": _l("Sales leads"),
    "needs": _l("Finding needs"),
    "objections": _l("Handling objections"),
    "agreement": _l("Reaching agreement"),
    "cash": _l("Getting paid"),
}
DIFFICULTIES = {1: _l("Easy"), 2: _l("Medium"), 3: _l("Hard")}
INDUSTRIES = {
    "manufacturing": _l("Machinery"),
    "electronics": _l("Electronics"),
    "automotive": _l("Automotive"),
    "energy": _l("Energy"),
    "pharma": _l("Pharmaceuticals"),
    "food": _l("Food"),
    "public": _l("Public institutions"),
    "other": _l("Other industries"),
}
BUYING_ROLES = {
    "decider": _l("Decides"),
    "economic": _l("Holds the budget"),
    "technical": _l("Judges the technology"),
    "user": _l("Will use it"),
    "influencer": _l("Has influence"),
    "purchaser": _l("Buys"),
    "gatekeeper": _l("Guards the door"),
}
PARTS = {
    "AR": _l("Account responsible (AR)"),
    "SR": _l("Solution responsible (SR)"),
    "FR": _l("Fulfilment responsible (FR)"),
}
WAYS = {"recorded": _l("recorded"), "live": _l("live"), "conversation": _l("written, with a machine as customer")}
TEXTS = {
    "company": _l("The customer’s company"),
    "person": _l("The person you meet"),
    "position": _l("Position"),
    "mood": _l("Mood"),
    "situation": _l("Situation"),
    "goal": _l("Goal of the talk"),
    "known": _l("What you know"),
    "hidden": _l("To be found out (only observers and raters see it)"),
    "model": _l("How it can be done well (shown with the result)"),
}
LACKING = TEXTS | {
    "way": _l("a way to play"),
    "raters": _l("at least one rater"),
    "rubric": _l("a complete rubric"),
}
RUBRIC_PROBLEMS = {
    "no_rubric": _l("no rubric is chosen"),
    "no_criteria": _l("there is no criterion yet"),
    "no_weight": _l("no criterion has a weight"),
    "few_levels": _l("a criterion has fewer than two levels"),
}
MISSING = {
    "no_ratings": _l("nothing has been rated yet"),
    "one_rater": _l("there is only one rater"),
    "no_overlap": _l("no performance was rated by two"),
    "few_subjects": _l("too few performances were rated by two"),
    "no_variation": _l("all ratings are the same"),
    "raters_not_connected": _l("some raters have rated nothing in common with the others"),
    "not_converged": _l("the ratings do not fit together well enough to compute it"),
    "too_few": _l("too few ratings"),
    "too_few_people": _l("too few people have tried twice or more"),
    "negative_values": _l("nothing has been rated yet"),
    "no_complete_subjects": _l("too few performances were rated by two"),
}


def reason(value: NotEstimable) -> str:
    return str(MISSING.get(value.code, _("it cannot be known yet")))


def is_missing(value: object) -> bool:
    return isinstance(value, NotEstimable)


def interval_words(interval: Interval | None, digits: int = 2) -> str:
    if interval is None:
        return ""
    level = percent(interval.level)
    return _(
        "%(level)s interval: %(low)s to %(high)s",
        level=level,
        low=number(interval.low, digits),
        high=number(interval.high, digits),
    )


def agreeing(alpha: Reliability | NotEstimable) -> tuple[str, str]:
    """The state of a badge and its words for how far raters agree, by Krippendorff's (2004) marks."""
    if isinstance(alpha, NotEstimable):
        return "none", _("cannot be told yet")
    if not alpha.settled:
        return "none", _("too early to say")
    if alpha.value >= WELL:
        return "ok", _("agree well")
    return ("warn", _("agree tolerably")) if alpha.value >= TOLERABLY else ("bad", _("do not agree enough"))


def level_of(criterion: Mapping[str, Any], points: str | None) -> str:
    """The name of a level: met or not, else its place from 1; empty where it was not rated."""
    if points is None:
        return ""
    at = [str(level["points"]) for level in criterion["levels"]].index(str(points))
    if criterion["kind"] == "yes_no":
        return _("yes, met") if at else _("no, not met")
    return _("level %(level)s of %(most)s", level=number(at + 1), most=number(len(criterion["levels"])))


def share(text: str | Fraction) -> float:
    """An exact share as a number for people: ``"7/10"`` is 0.7."""
    return float(Fraction(text))


def weights(content: Mapping[str, Any]) -> dict[str, float]:
    """Criterion → its part of the whole, in whole per cent that add up to 100 (largest remainders)."""
    weight = {each["key"]: Fraction(each["weight"]) for each in content["criteria"]}
    whole = sum(weight.values())
    if not whole:
        return dict.fromkeys(weight, 0.0)
    exact = {key: 100 * each / whole for key, each in weight.items()}
    shown = {key: int(each) for key, each in exact.items()}
    for key in sorted(exact, key=lambda key: shown[key] - exact[key])[: 100 - sum(shown.values())]:
        shown[key] += 1
    return {key: each / 100 for key, each in shown.items()}


def clock(seconds: float) -> str:
    """A place in a recording: 1:05."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
