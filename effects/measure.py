"""How the figures of a study are written: an effect, its range and a level of the KPI, in the reader's language."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from lms.i18n import current_locale, money, number, percent
from lms.values import Interval

CURRENCIES = frozenset({"CNY", "USD", "EUR", "HKD", "TWD", "GBP", "JPY", "SGD"})


@dataclass(frozen=True, slots=True)
class Measure:
    """``kind`` amount, count or rate; ``unit`` a currency, "share" or a word; ``scale`` "level" or "log"."""

    kind: str
    unit: str
    digits: int
    direction: str
    period: str
    scale: str = "level"

    @property
    def share(self) -> bool:
        """Whether effects are shares of the level (8 % more), not amounts of the unit."""
        return self.scale == "log"

    def plain(self, effect: float) -> float:
        """The effect as shown: exp(x) - 1 for logs, else as it is."""
        return math.expm1(effect) if self.share else effect

    def effect(self, effect: float, *, signed: bool = True) -> str:
        """ "+8 %", "−3.1 points", "¥1,200"."""
        value = self.plain(effect)
        if self.share:
            return percent(value, _share_digits(value), signed=signed)
        sign = ("+" if value > 0 and signed else "") if value >= 0 else "−"
        return sign + self._amount(abs(value))

    def size(self, effect: float) -> str:
        """The effect without its sign: the sentence says higher or lower."""
        value = abs(self.plain(effect))
        return percent(value, _share_digits(value)) if self.share else self._amount(value)

    def interval(self, interval: Interval) -> tuple[str, str]:
        return self.effect(interval.low), self.effect(interval.high)

    def level(self, value: float | None) -> str:
        """A level of the KPI itself."""
        if value is None:
            return "–"
        if self.unit in CURRENCIES:
            return money(value, self.unit)
        if self.unit == "share":
            return percent(value, max(self.digits, 1 if abs(value) < 0.1 else 0))
        return number(value, self.digits or (1 if abs(value) < 100 else 0))

    def _amount(self, value: float) -> str:
        if self.unit in CURRENCIES:
            return money(value, self.unit)
        if self.unit == "share":
            points = number(value * 100, 1)
            return _("%(points)s percentage points", points=points)
        return number(value, 0 if value >= 100 else 1 if value >= 10 else 2)

    @property
    def lower_is_better(self) -> bool:
        return self.direction == "lower"

    def better(self, effect: float) -> bool:
        return effect < 0 if self.lower_is_better else effect > 0

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

    @property
    def per_period(self) -> str:
        return {
            "month": _("per rep and month"),
            "week": _("per rep and week"),
            "quarter": _("per rep and quarter"),
            "year": _("per rep and year"),
        }.get(self.period, _("per rep and period"))

    @property
    def axis(self) -> str:
        return {
            "month": _("months since the start"),
            "week": _("weeks since the start"),
            "quarter": _("quarters since the start"),
            "year": _("years since the start"),
        }.get(self.period, _("periods since the start"))


def _share_digits(value: float) -> int:
    return 1 if abs(value) < 0.1 else 0


def quoted(title: str) -> str:
    """A title in a sentence: 《…》 in Chinese, italics left to the page otherwise."""
    return f"《{title}》" if current_locale().startswith("zh") else f"“{title}”"
