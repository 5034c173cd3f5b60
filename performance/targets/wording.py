"""Targets in the reader's words: periods, states, how a value was found, what a forecast stands on, the SMART letters."""

from __future__ import annotations

import math

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lms.i18n import number, percent
from performance.kpis import wording as kpi_words
from performance.kpis.measures import is_share
from performance.targets.cascade import Balance
from performance.targets.forecast import Forecast, NotYet
from performance.targets.progress import Progress
from performance.targets.smart import Check

SPANS = {"year": _l("Year"), "quarter": _l("Quarter"), "month": _l("Month")}
STATES = {
    "reached": ("ok", _l("reached")),
    "missed": ("bad", _l("missed")),
    "ahead": ("ok", _l("on course")),
    "open": ("info", _l("could go either way")),
    "behind": ("warn", _l("behind")),
    "cannot_tell": ("none", _l("cannot tell yet")),
    "nothing": ("none", _l("nothing to say yet")),
}
METHODS = {
    "hand": _l("set by hand"),
    "equal": _l("alike for all"),
    "experience": _l("by experience"),
    "results": _l("by the results of the year before"),
    "import": _l("from a file"),
    "undo": _l("by the undo of an import"),
}
METHODS_SAID = {
    "equal": _l("Everybody carries alike, for the months in which they are there."),
    "experience": _l("By the seniority factor: lower for new reps, higher for experienced ones."),
    "results": _l("In proportion to the results of the twelve months before; who has none is reckoned with the colleagues’ mean times the factor."),
}
STATUSES = {"draft": _l("draft"), "published": _l("published"), "withdrawn": _l("withdrawn")}
FORECASTS = {
    "season": _l("the run rate of the last year, laid out by the season of the year before"),
    "run_rate": _l("the mean of the last year’s periods"),
    "last_value": _l("the last figure, carried forward"),
    "final": _l("all records are in"),
}
LETTERS = {"S": _l("Specific"), "M": _l("Measurable"), "A": _l("Achievable"), "R": _l("Relevant"), "T": _l("Time-bound")}
VERDICTS = {"ok": _l("fulfilled"), "warn": _l("look again"), "none": _l("cannot tell")}


def value_of(kpi: kpi_words.Measured, value: float | None) -> str:
    """A figure of a target: rates with one decimal more than records, where they need it."""
    if value is not None and is_share(kpi.kind, kpi.unit):
        fine = percent(value, kpi.digits + 1)
        return percent(value, kpi.digits) if fine.rstrip("%").rstrip("0").endswith(".") else fine
    return kpi_words.plain(kpi, value)


def typed(kpi: kpi_words.Measured, value: float | None) -> str:
    """A figure as it stands in an input and can be read again."""
    if value is None:
        return ""
    if is_share(kpi.kind, kpi.unit):
        return f"{value * 100:.2f}".rstrip("0").rstrip(".") + "%"
    return f"{value:.6f}".rstrip("0").rstrip(".")


def unassigned(kpi: kpi_words.Measured, found: Balance) -> str:
    """What handing down left over, in a sentence."""
    if found.whole is None:
        return _("No target is set for the team itself, so there is nothing to hand down yet.")
    if found.assigned is None or found.unassigned is None:
        return _("Nothing is handed down yet: all of %(whole)s is unassigned.", whole=value_of(kpi, found.whole))
    words = {"whole": value_of(kpi, found.whole), "assigned": value_of(kpi, found.assigned)}
    if found.unassigned == 0:
        return _("The targets below come to %(assigned)s: nothing is unassigned.", **words)
    if is_share(kpi.kind, kpi.unit):
        gap = number(abs(found.unassigned) * 100, 1)
        return _("Weighted by their denominators, the targets below come to %(assigned)s, %(gap)s percentage points from %(whole)s.", gap=gap, **words)
    words["gap"] = value_of(kpi, abs(found.unassigned))
    if found.unassigned > 0:
        return _("The targets below come to %(assigned)s of %(whole)s: %(gap)s is unassigned.", **words)
    return _("The targets below come to %(assigned)s: %(gap)s more than the %(whole)s asked of the team.", **words)


def expected(kpi: kpi_words.Measured, found: Progress) -> str:
    """The forecast with its range; why there is none."""
    ahead = found.forecast
    if isinstance(ahead, Forecast):
        if found.found.over:
            return _("the period is over")
        low, high = (_rounded(end, ahead.high - ahead.low) for end in (ahead.low, ahead.high))
        return _("%(low)s to %(high)s", low=value_of(kpi, low), high=value_of(kpi, high))
    return _("cannot tell yet")


def _rounded(value: float, width: float) -> float:
    """The end of a range, with two digits of its width: more would say more than is known."""
    return round(value, 1 - math.floor(math.log10(width))) if width > 0 else value


def stands_on(found: Progress) -> str:
    """What a forecast stands on, in a sentence; what is missing for one."""
    ahead = found.forecast
    if isinstance(ahead, NotYet):
        return ngettext(
            "%(num)s period is on record: too short a history for an honest range.",
            "%(num)s periods are on record: too short a history for an honest range.",
            ahead.history,
        )
    if ahead is None:
        return _("The period lies too far ahead of the latest record, or nothing is recorded.")
    if ahead.method == "final":
        return _("All records of the period are in.")
    return _(
        "The records to date and, for the rest, %(method)s. In %(level)s of cases such a range has held the outcome: its width comes from %(n)s earlier forecasts on the same history.",
        method=FORECASTS[ahead.method],
        level=percent(ahead.level),
        n=number(ahead.errors),
    )


def smart(kpi: kpi_words.Measured, check: Check, *, who: str, span: str, until: str) -> str:
    """The sentence of a SMART letter."""
    name = str(kpi_words.local(kpi.name))
    figure = value_of(kpi, check.figure)
    return {
        "specific": _("%(kpi)s of %(who)s.", kpi=name, who=who),
        "measurable": _("Followed by records: %(n)s of the last three years are there.", n=number(check.n)),
        "not_measured_yet": _("No record of it in three years: nobody could say how far it is reached."),
        "too_little_history": _("Fewer than three earlier periods of this length are on record to compare with."),
        "below_usual": _("Less than usual: the median of %(n)s earlier periods is %(figure)s.", n=number(check.n), figure=figure),
        "within_own_history": _("Reached before: the best of %(n)s earlier periods is %(figure)s.", n=number(check.n), figure=figure),
        "beyond_best": _("A stretch: beyond the best of %(n)s earlier periods, %(figure)s.", n=number(check.n), figure=figure),
        "far_beyond_best": _("Hard to believe: more than a fifth beyond the best of %(n)s earlier periods, %(figure)s.", n=number(check.n), figure=figure),
        "relevant": _("A reason is given with it."),
        "relevant_from_above": _("It is a part of the target of the team above."),
        "no_reason": _("No reason is given, and the team above has no target of which it would be a part."),
        "time_bound": _("%(span)s, to be reached by %(until)s.", span=span, until=until),
    }[check.code]
