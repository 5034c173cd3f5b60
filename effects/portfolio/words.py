"""The portfolio in words: verdicts, their reasons, who said how people were chosen, what changed."""

from __future__ import annotations

import math
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from effects import words
from effects.measure import Measure
from effects.portfolio.models import PortfolioEntry
from lms.i18n import number, percent

STATES = {"keep": "ok", "fix": "warn", "stop": "bad", "cannot_know": "none"}
VERDICTS = ("keep", "fix", "stop", "cannot_know")


def verdict(code: str) -> str:
    return {
        "keep": _("keep"),
        "fix": _("mend"),
        "stop": _("stop"),
        "cannot_know": _("cannot be known yet"),
    }[code]


def why(entry: PortfolioEntry, measure: Measure) -> str:
    """The reason of a verdict in a sentence."""
    if entry.verdict_reason == "not_estimable" or entry.refusal:
        return refusal(entry, measure)
    q = percent(max(1, math.ceil(entry.q_value * 100)) / 100, 0) if entry.q_value is not None else "–"
    return {
        "works": _("Better than without it, also after correcting for the number of pairs looked at (expected share of false wins: at most %(q)s).", q=q),
        "works_suggestive": _(
            "Better than without it, also after correcting for the number of pairs looked at; the way people were chosen allows no more than a suggestion. Draw the next wave by lot."
        ),
        "pays_at_worst": _("Even the low end of its range pays what it costs."),
        "harms": _("Worse than without it, also after correcting for the number of pairs looked at."),
        "perhaps_harmful": _("The range lies on the wrong side of zero, but among so many pairs that can be chance. Look at how it is taught and applied."),
        "too_small": _("Even the high end of its range does not pay what it costs."),
        "too_small_suggestive": _("Even the high end of its range does not pay what it costs, but the evidence only suggests so."),
        "promising": _("The range lies on the right side of zero, but among so many pairs that can be chance. Improve it, and study the next wave."),
        "range_too_wide": _("The records are compatible with a gain and with none."),
    }.get(entry.verdict_reason or "", _("Not judged yet."))


def refusal(entry: PortfolioEntry, measure: Measure) -> str:
    """Why there is no figure."""
    if entry.refusal == "no_yardstick":
        return _("Too few untrained reps to say how much this KPI usually differs from rep to rep.")
    return words.reason(entry.refusal or "", entry.refusal_params or {}, measure)


def chosen_by(code: str) -> str:
    """Who says how the people were chosen."""
    return {
        "study": _("confirmed for this study"),
        "course": _("confirmed for another KPI of the same course"),
        "enrolments": _("as the enrolments say; nobody has confirmed it, so the grade is C at best"),
        "nobody": _("not known"),
    }[code]


def badge(entry: PortfolioEntry) -> str:
    return _("stands out") if entry.badge else ""


def headline(counts: dict[str, int], total: int) -> str:
    """What the run found, in a sentence."""
    if not total:
        return _("No pair of a course and a KPI has been looked at yet.")
    return ngettext(
        "Of %(num)s pair of a course and a KPI: keep %(keep)s, mend %(fix)s, stop %(stop)s; %(unknown)s cannot be known yet.",
        "Of %(num)s pairs of a course and a KPI: keep %(keep)s, mend %(fix)s, stop %(stop)s; %(unknown)s cannot be known yet.",
        total,
        keep=number(counts.get("keep", 0)),
        fix=number(counts.get("fix", 0)),
        stop=number(counts.get("stop", 0)),
        unknown=number(counts.get("cannot_know", 0)),
    )


def chart_sentence(badges: int, shown: int) -> str:
    """What the caterpillar shows."""
    if not badges:
        return _("No effect stands out once the number of looks is taken into account")
    return ngettext(
        "%(num)s of %(shown)s effects stands out once the number of looks is taken into account",
        "%(num)s of %(shown)s effects stand out once the number of looks is taken into account",
        badges,
        shown=number(shown),
    )


def chart_note() -> str:
    return _(
        "Standard deviations between reps; right is better. Pulled towards the middle of all pairs as far as each is uncertain: for ranking, not a 95% range."
    )


def change(kind: str, values: dict[str, Any]) -> str:
    """One thing that is different from the run before."""
    return {
        "new": _("%(pair)s is new: %(now)s.", **values),
        "gone": _("%(pair)s is no longer looked at.", **values),
        "verdict": _("%(pair)s: %(before)s before, %(now)s now.", **values),
        "badge_won": _("%(pair)s stands out now.", **values),
        "badge_lost": _("%(pair)s no longer stands out.", **values),
    }[kind]


def about(run: str, date: str, fingerprint: str, seed: int, version: str) -> str:
    """Under the headline and at the foot of the PDF."""
    return _(
        "Run %(number)s of %(date)s · data %(fingerprint)s · seed %(seed)s · engine %(version)s",
        number=run,
        date=date,
        fingerprint=fingerprint,
        seed=seed,
        version=version,
    )


def scale(code: str) -> str:
    """What an estimate of an export is in."""
    return _("logarithms") if code == "log" else _("the KPI’s own unit")


def column_labels() -> dict[str, str]:
    """Headings of the exports."""
    return {
        "rank": _("Rank"),
        "subject": _("Course or measure"),
        "kpi": _("KPI"),
        "verdict": _("Verdict"),
        "why": _("Why"),
        "grade": _("Grade"),
        "primary": _("Primary KPI"),
        "primary_after": _("Named after the first start"),
        "badge": _("Stands out"),
        "q_value": _("q-value"),
        "p_value": _("p-value"),
        "scale": _("Scale of the estimate"),
        "estimate": _("Estimate"),
        "low": _("Low end"),
        "high": _("High end"),
        "standard": _("Effect in standard deviations"),
        "error": _("Its standard error"),
        "shrunken": _("Shrunken effect"),
        "spread": _("Its spread"),
        "deviation": _("Standard deviation of the KPI"),
        "n_trained": _("Trained reps"),
        "n_comparison": _("Compared reps"),
        "worth": _("Worth per period, all trained reps"),
        "worth_low": _("Worth, low end"),
        "worth_high": _("Worth, high end"),
        "benefit": _("Benefit so far"),
        "cost": _("Cost"),
        "probability": _("Probability that it pays"),
        "chosen_by": _("How chosen, by whom it is said"),
    }
