"""KPI figures, periods and trends in the reader's words."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from babel.dates import format_skeleton
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lms import figure_options
from lms.db import LocalText
from lms.i18n import current_locale, local, money, number, percent
from performance.kpis.goals import Beside
from performance.kpis.measures import Trend, is_share
from performance.kpis.periods import label

KINDS = {
    "amount": _l("amount"),
    "count": _l("count"),
    "rate": _l("rate (numerator and denominator)"),
}
DIRECTIONS = {"higher": _l("higher is better"), "lower": _l("lower is better")}
PERIODS = {"week": _l("by week"), "month": _l("by month"), "quarter": _l("by quarter"), "year": _l("by year")}
OVER_TIME = {
    "sum": _l("added up (sales, new customers)"),
    "last": _l("the last one counts (a stock, like the number of customers)"),
    "mean": _l("their mean (scores)"),
}
UNITS = {"customers": _l("customers"), "points": _l("points"), "share": _l("share"), "CNY": _l("yuan")}


class Measured(Protocol):
    """What wording a figure needs to know of its KPI."""

    name: Any
    kind: Any
    unit: Any
    direction: Any
    period: Any
    digits: Any


def is_money(unit: str) -> bool:
    """A currency by its ISO 4217 code."""
    return len(unit) == 3 and unit.isascii() and unit.isupper()


def plain(kpi: Measured, value: float | None) -> str:
    """A figure for a table: percent, money or a number; "–" where nothing is recorded."""
    if is_share(kpi.kind, kpi.unit):
        return percent(value, kpi.digits)
    if is_money(kpi.unit):
        return money(value, kpi.unit)
    return number(value, kpi.digits)


def figure(kpi: Measured, value: float | None) -> str:
    """A figure for a tile: as :func:`plain`, with the unit's word."""
    text = plain(kpi, value)
    if value is None or is_share(kpi.kind, kpi.unit) or is_money(kpi.unit):
        return text
    if kpi.unit == "customers":
        return ngettext("%(figure)s customer", "%(figure)s customers", 1 if value == 1 else 2, figure=text)
    if kpi.unit == "points":
        return ngettext("%(figure)s point", "%(figure)s points", 1 if value == 1 else 2, figure=text)
    return f"{text} {kpi.unit}"


def unit(kpi: Measured) -> str:
    return str(UNITS.get(kpi.unit, kpi.unit))


def period(kind: str, start: date) -> str:
    """Mar 2024, Q1 2024, 2024年3月, 2024年第1季度 …"""
    if kind == "week":
        year, week, _day = start.isocalendar()
        return _("week %(week)s of %(year)s", week=week, year=year)
    if kind == "year":
        return label(kind, start)
    return _named("yMMM" if kind == "month" else "yQQQ", start, current_locale())


@lru_cache(maxsize=4096)
def _named(skeleton: str, start: date, locale: str) -> str:
    return str(format_skeleton(skeleton, start, locale=locale))


def against(kpi: Measured, goal: Beside) -> str:
    """A target in a few words for a tile: what is missing to it; of a longer period how far it is reached."""
    target = plain(kpi, goal.target)
    if not goal.same:
        share = percent(goal.value / goal.target) if goal.target > 0 else plain(kpi, goal.value)
        return _("%(period)s: %(share)s of %(target)s", period=period(goal.span, goal.starts_on), share=share, target=target)
    if goal.value >= goal.target if kpi.direction == "higher" else goal.value <= goal.target:
        return _("Target %(target)s · reached", target=target)
    gap = abs(goal.target - goal.value)
    size = _("%(points)s pp", points=number(gap * 100, max(1, kpi.digits))) if is_share(kpi.kind, kpi.unit) else plain(kpi, gap)
    if kpi.direction == "higher":
        return _("Target %(target)s · %(gap)s short", target=target, gap=size)
    return _("Target %(target)s · %(gap)s above", target=target, gap=size)


def change(kpi: Measured, value: float | None, before: float | None) -> str:
    """From the period before: percentage points for shares, else in percent; "–" where it cannot be said."""
    if value is None or before is None:
        return "–"
    if is_share(kpi.kind, kpi.unit):
        return _points(value - before, kpi.digits)
    return percent(value / before - 1, signed=True) if before > 0 else "–"


def _points(share: float, digits: int = 0) -> str:
    size = number(abs(share) * 100, digits)
    if not any(char in "123456789" for char in size):
        return _("%(points)s pp", points=size)
    return _("%(points)s pp", points=("−" if share < 0 else "+") + size)


def trend(kpi: Measured, found: Trend | None, name: LocalText | str | None = None) -> str:
    """The trend in a sentence; what to expect where there is none yet."""
    if found is None:
        return _("Too few periods are recorded to speak of a trend.")
    words = {
        "kpi": local(name or kpi.name),
        "recent": _mean(kpi, found.recent),
        "before": _mean(kpi, found.before),
        "change": _size(kpi, found),
        "n": found.periods,
    }
    if found.course == "level":
        return _("%(kpi)s: the last %(n)s periods are level with the %(n)s before, at %(recent)s.", **words)
    if found.course == "up":
        return _("%(kpi)s: the last %(n)s periods are %(change)s above the %(n)s before (%(before)s → %(recent)s).", **words)
    return _("%(kpi)s: the last %(n)s periods are %(change)s below the %(n)s before (%(before)s → %(recent)s).", **words)


def _mean(kpi: Measured, value: float) -> str:
    """A mean of counts with one decimal more than a count has."""
    return number(value, kpi.digits + 1) if kpi.kind == "count" else plain(kpi, value)


def _size(kpi: Measured, found: Trend) -> str:
    if is_share(kpi.kind, kpi.unit):
        points = number(abs(found.change) * 100, kpi.digits)
        return ngettext("%(points)s percentage point", "%(points)s percentage points", 1 if points == "1" else 2, points=points)
    return percent(abs(found.change))


def trend_state(kpi: Measured, found: Trend | None) -> str:
    """"ok" where it moved the way that is better, "warn" where the other way, "none" else."""
    if found is None or found.course == "level":
        return "none"
    return "ok" if (found.course == "up") == (kpi.direction == "higher") else "warn"


def axis_format(kpi: Measured) -> figure_options.Option:
    """How the axis of a chart writes the KPI's figures."""
    if is_share(kpi.kind, kpi.unit):
        return figure_options.number_format("percent", kpi.digits)
    if is_money(kpi.unit):
        return figure_options.number_format("compact", 1)
    return figure_options.number_format("decimal", kpi.digits)
