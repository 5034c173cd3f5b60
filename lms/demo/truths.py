"""What each demo course does to a KPI: known, because it was built in. ``docs/demo.md`` repeats this table."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from courses.models import Chosen

SEED = 20240501
"""Everything random in the demo is drawn from it, unless ``flask demo --seed`` says otherwise."""
FIRST_MONTH = date(2024, 5, 1)
MONTHS = 30
HORIZON = 6
"""Months over which the studies average, and over which a true effect is counted."""
RAMP = (0.4, 0.7, 1.0, 1.2, 1.3, 1.4)
"""Share of the effect in the months after the start (mean of six: 1); the last one holds from then on."""
SPREAD = 0.5
"""Standard deviation of the reps' talent for what they learned, as a share of the effect."""
CHANNEL_FOUNDED = 13
"""Month in which the channel unit opened, counted from the first."""


class Truth(Struct, frozen=True):
    """The true average effect of a course over the first six months, per trained rep and month.

    ``size``   in ``unit``: log points, customers, or share (0.04 = 4 percentage points).
    ``starts`` months in which a wave started, counted from the first month of the records.
    ``share``  share of the reps (or, for "teams", of the teams) in each wave.
    """

    course: str
    kpi: str
    chosen: Chosen
    size: float
    unit: str
    starts: tuple[int, ...]
    share: float
    reason: dict[str, str]

    @property
    def why(self) -> str:
        """The reason as it is kept with enrolments and studies: one text, for readers of both languages."""
        return f"{self.reason['zh_Hans']} · {self.reason['en']}"


TRUTHS = (
    Truth(
        "KA-02", "sales_amount", Chosen.WAVES, 0.0, "log", (10, 13, 16, 19), 0.14,
        {"zh_Hans": "按培训日历分批，与业绩无关", "en": "By the training calendar, whatever their results"},
    ),
    Truth(
        "KA-03", "sales_amount", Chosen.LOW_KPI, 0.0, "log", (12, 15, 18, 21), 0.12,
        {"zh_Hans": "近两个月销售额落后于目标", "en": "Sales of the last two months behind target"},
    ),
    Truth(
        "KA-04", "sales_amount", Chosen.WAVES, 0.077, "log", (11, 14, 17, 20), 0.15,
        {"zh_Hans": "按培训日历分批，各队抽调一部分人", "en": "By the training calendar, part of each team"},
    ),
    Truth(
        "KA-05", "new_customers", Chosen.RANDOM, 0.6, "customers", (13, 16, 19, 22), 0.2,
        {"zh_Hans": "抽签决定先后批次", "en": "The order was drawn by lot"},
    ),
    Truth(
        "KA-06", "sales_amount", Chosen.VOLUNTEERS, 0.04, "log", (14, 17, 20, 23), 0.10,
        {"zh_Hans": "自愿报名", "en": "Came forward"},
    ),
    Truth(
        "KA-07", "collection_rate", Chosen.TEAMS, 0.04, "share", (12, 15, 18, 21), 0.14,
        {"zh_Hans": "整队参加，按区域排期", "en": "Whole teams, one region after another"},
    ),
    Truth(
        "KA-01", "channel_sales", Chosen.EVERYONE, 0.0, "log", (22,), 1.0,
        {"zh_Hans": "全事业部同时参加", "en": "The whole unit at once"},
    ),
)  # fmt: skip
CHANNEL_KPIS = ("channel_sales", "channel_customers", "channel_satisfaction")


def truth_of(course: str) -> Truth:
    """The truth about a course, by its code."""
    return next(each for each in TRUTHS if each.course == course)


def month(index: int) -> date:
    """The first day of a month counted from the first."""
    years, month_of_year = divmod(FIRST_MONTH.month - 1 + index, 12)
    return date(FIRST_MONTH.year + years, month_of_year + 1, 1)
