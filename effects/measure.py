"""How the figures of a study are written: an effect, its range and a level of the KPI, in the reader's language."""

from __future__ import annotations

import math

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct
from msgspec.structs import replace

from effects.money import CURRENCIES
from lms.i18n import current_locale, money, number, percent
from lms.values import Interval
from performance.kpis.wording import UNITS

MOST_PLACES = 4
MONEY_FIGURES = 3
"""Significant figures of an effect in money: more would pretend to know it."""


class Measure(Struct, frozen=True):
    """``kind`` amount, count or rate; ``unit`` a currency, "share" or a word; ``scale`` "level" or "log".

    ``places`` decimals of every effect in one report, as many as its uncertainty bears; without it each figure
    has its own.
    """

    kind: str
    unit: str
    digits: int
    direction: str
    period: str
    scale: str = "level"
    places: int | None = None

    @property
    def share(self) -> bool:
        """Whether effects are shares of the level (8 % more), not amounts of the unit."""
        return self.scale == "log"

    @property
    def in_points(self) -> bool:
        """Whether effects are percentage points: those of a rate."""
        return self.unit == "share" and not self.share

    @property
    def in_money(self) -> bool:
        return self.unit in CURRENCIES and not self.share

    def as_sure_as(self, interval: Interval | None) -> Measure:
        """With as many decimals as half the width of this interval bears."""
        if interval is None or self.in_money:
            return self
        half = abs(self._shown(interval.high) - self._shown(interval.low)) / 2
        if not half > 0:
            return self
        return replace(self, places=min(MOST_PLACES, max(0, math.ceil(-math.log10(half / 3)))))

    def plain(self, effect: float) -> float:
        """The effect as shown: exp(x) - 1 for logs, else as it is."""
        return math.expm1(effect) if self.share else effect

    def effect(self, effect: float) -> str:
        """ "+8%", "−3.1 percentage points", "+¥1,200"."""
        return self._signed(effect, self.size(effect))

    def signed(self, effect: float) -> str:
        """ "+8%", "−3.1", "+¥1,200": for a column whose heading names the unit (``axis_unit``)."""
        return self._signed(effect, self._bare(effect))

    def size(self, effect: float) -> str:
        """The effect without its sign: the sentence says higher or lower."""
        text = self._bare(effect)
        if not self.in_points:
            return self._with_unit(text)
        return ngettext("%(points)s percentage point", "%(points)s percentage points", 1 if text == "1" else 2, points=text)

    def range(self, low: float, high: float) -> str:
        """ "−2% to +8%", "+1 to +10 percentage points", "−1 to +3 customers"."""
        ends = self._span(self.signed(low), self.signed(high))
        return ends if self.in_points else self._with_unit(ends)

    def sizes(self, low: float, high: float) -> str:
        """A range on one side of zero without its signs, the smaller size first."""
        near, far = sorted((low, high), key=abs)
        return self._span(self._bare(near), self._bare(far))

    def _span(self, low: str, high: str) -> str:
        if self.in_points:
            return _("%(low)s to %(high)s percentage points", low=low, high=high)
        return _("%(low)s to %(high)s", low=low, high=high)

    def bare_size(self, effect: float) -> str:
        """The effect without sign and unit, where the KPI's name says what is counted: "0.6 more new customers"."""
        return self._bare(effect) if self.kind == "count" else self.size(effect)

    @property
    def has_unit_word(self) -> bool:
        """Whether figures are followed by a word for what is counted: of an amount without currency the KPI's name says it."""
        known = self.unit in ("customers", "points")
        return not self.share and (known or (self.kind == "count" and bool(self.unit)))

    def _with_unit(self, text: str) -> str:
        """ "0.6 customers": money carries its sign, shares their %, counts the unit's word."""
        if not self.has_unit_word:
            return text
        if self.unit == "customers":
            return ngettext("%(figure)s customer", "%(figure)s customers", 1 if text.lstrip("+−") == "1" else 2, figure=text)
        if self.unit == "points":
            return ngettext("%(figure)s point", "%(figure)s points", 1 if text.lstrip("+−") == "1" else 2, figure=text)
        return f"{text} {UNITS.get(self.unit, self.unit)}"

    def _shown(self, effect: float) -> float:
        """The effect as the number that is written: percent, points or units."""
        return self.plain(effect) * (100 if self.share or self.in_points else 1)

    def _signed(self, effect: float, text: str) -> str:
        if not any(figure in text for figure in "123456789"):
            return text
        return ("+" if effect > 0 else "−") + text

    def _bare(self, effect: float) -> str:
        shown = abs(self._shown(effect))
        if self.in_money:
            return money(rounded(shown), self.unit)
        places = self._places(shown)
        return percent(shown / 100, places) if self.share else number(shown, places)

    def _places(self, shown: float) -> int:
        """The report's decimals, and more where a figure that is not zero would be written as zero."""
        if self.places is not None:
            places = self.places
        elif self.share or self.in_points:
            places = 1 if shown < 10 else 0
        else:
            places = 0 if shown >= 100 else 1 if shown >= 10 else 2
        enough = next((p for p in range(places, places + 3) if shown >= 0.5 * 10**-p), places)
        return min(MOST_PLACES, enough) if shown else places

    def worth(self, value: float) -> str:
        """A sum of money, rounded."""
        return ("−" if value < 0 else "") + money(abs(rounded(value)), self.unit)

    def worths(self, low: float, high: float) -> str:
        return _("%(low)s to %(high)s", low=self.worth(low), high=self.worth(high))

    def money_exact(self, value: float) -> str:
        """A sum of money as it was stated."""
        return money(value, self.unit)

    def level(self, value: float | None) -> str:
        """A level of the KPI itself."""
        if value is None:
            return "–"
        if self.unit in CURRENCIES:
            return money(rounded(value), self.unit)
        if self.unit == "share":
            return percent(value, max(self.digits, 1 if abs(value) < 0.1 else 0))
        return self._unit_of_level(number(value, self.digits or (1 if abs(value) < 100 else 0)))

    def _unit_of_level(self, text: str) -> str:
        return replace(self, scale="level")._with_unit(text)

    @property
    def lower_is_better(self) -> bool:
        return self.direction == "lower"

    def better(self, effect: float) -> bool:
        return effect < 0 if self.lower_is_better else effect > 0

    def good(self, effect: float) -> float:
        """The effect turned so that more is better."""
        return -effect if self.lower_is_better else effect

    def periods(self, n: int) -> str:
        """ "6 months"."""
        if self.period == "month":
            return ngettext("%(num)s month", "%(num)s months", n)
        if self.period == "week":
            return ngettext("%(num)s week", "%(num)s weeks", n)
        if self.period == "quarter":
            return ngettext("%(num)s quarter", "%(num)s quarters", n)
        if self.period == "year":
            return ngettext("%(num)s year", "%(num)s years", n)
        return ngettext("%(num)s period", "%(num)s periods", n)

    def part_periods(self, n: float) -> str:
        """ "5.6 months", an average."""
        return {
            "month": _("%(number)s months", number=number(n, 1)),
            "week": _("%(number)s weeks", number=number(n, 1)),
            "quarter": _("%(number)s quarters", number=number(n, 1)),
            "year": _("%(number)s years", number=number(n, 1)),
        }.get(self.period, _("%(number)s periods", number=number(n, 1)))

    def first_periods(self, n: int) -> str:
        """ "over the first 6 months"."""
        if n == 1:
            return {
                "month": _("in the first month"),
                "week": _("in the first week"),
                "quarter": _("in the first quarter"),
                "year": _("in the first year"),
            }.get(self.period, _("in the first period"))
        return _("over the first %(periods)s", periods=self.periods(n))

    @property
    def per_period(self) -> str:
        return {
            "month": _("per rep and month"),
            "week": _("per rep and week"),
            "quarter": _("per rep and quarter"),
            "year": _("per rep and year"),
        }.get(self.period, _("per rep and period"))

    @property
    def axis_unit(self) -> str:
        """What the axis of effects counts, where its numbers do not say so."""
        if self.in_points:
            return _("percentage points")
        return str(UNITS.get(self.unit, self.unit)) if self.has_unit_word else ""

    @property
    def each_period(self) -> bool:
        """Whether an effect reads only with "per rep and month": amounts and counts, not shares or points."""
        return not self.share and not self.in_points

    @property
    def axis(self) -> str:
        return {
            "month": _("months"),
            "week": _("weeks"),
            "quarter": _("quarters"),
            "year": _("years"),
        }.get(self.period, _("periods"))


def rounded(value: float) -> float:
    """To three significant figures."""
    if not value:
        return value
    return round(value, MONEY_FIGURES - 1 - math.floor(math.log10(abs(value))))


def quoted(title: str) -> str:
    """A title in a sentence: 《…》 in Chinese, “…” else."""
    return f"《{title}》" if current_locale().startswith("zh") else f"“{title}”"


def in_sentence(name: str) -> str:
    """A KPI's name inside a sentence: "Sales amount" as "sales amount"; names with capitals of their own stay."""
    if current_locale().startswith("zh") or name[1:] != name[1:].lower():
        return name
    return name[:1].lower() + name[1:]
