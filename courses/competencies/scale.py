"""The four levels of a competency, and where on the scale from 0 to 1 each begins. Pure."""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum


class Stage(StrEnum):
    """The development flow of a key account, to which a competency may belong."""

    PROFILE = "profile"
    LEADS = "leads"
    NEEDS = "needs"
    OBJECTIONS = "objections"
    AGREEMENT = "agreement"
    CASH = "cash"


LEVELS = (1, 2, 3, 4)
BEGINS = (0.0, 0.45, 0.65, 0.85)
"""The share of what can be reached at which level 1, 2, 3 and 4 begins. Set by the house, alike for everybody."""


def level_of(share: float) -> int:
    """The level that a share between 0 and 1 lies in: ``level_of(0.7) == 3``."""
    return max(1, bisect_right(BEGINS, share))


def begins(level: int) -> float:
    """The share at which a level begins. :raises ValueError: for a level that is none of :data:`LEVELS`."""
    if level not in LEVELS:
        raise ValueError(level)
    return BEGINS[level - 1]
