"""The seniority factor: lower targets for new reps, higher ones for experienced reps, by a stated table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import fmean
from typing import NamedTuple

from performance.kpis.periods import shift


class Band(NamedTuple):
    """From so many full months in the firm on, this factor holds, up to the next band."""

    months: int
    factor: float


STANDARD = (Band(0, 0.4), Band(3, 0.6), Band(6, 0.8), Band(12, 0.95), Band(24, 1.0), Band(36, 1.1))
"""Holds until HR states the firm's own."""
UNKNOWN = 1.0
"""Where the day of joining is not known."""


def months_between(joined: date, day: date) -> int:
    """Full months from ``joined`` to ``day``; below zero before it."""
    months = (day.year - joined.year) * 12 + day.month - joined.month
    return months - (day.day < joined.day)


def factor_at(bands: Sequence[Band], months: int) -> float:
    """The factor of somebody so many months in the firm; 0 before joining."""
    return next((band.factor for band in reversed(bands) if band.months <= months), 0.0)


def factor(bands: Sequence[Band], joined: date | None, left: date | None, start: date, end: date) -> float:
    """The mean over the months of a period that ends before ``end``, each by the months in the firm at its end.

    A month before joining, or after the last day, counts 0: who comes in the middle of a year carries a part of it.
    """
    if joined is None:
        return UNKNOWN
    found, month = [], start
    while month < end:
        following = shift("month", month, 1)
        there = joined < following and (left is None or left >= month)
        found.append(factor_at(bands, max(0, months_between(joined, following))) if there else 0.0)
        month = following
    return round(fmean(found), 4)


def problem(bands: Sequence[Band]) -> str | None:
    """Why a table cannot be used: the code of a refusal, or None."""
    months = [band.months for band in bands]
    if not bands or months[0] != 0:
        return "seniority_from_zero"
    if any(later <= earlier for earlier, later in zip(months, months[1:], strict=False)):
        return "seniority_not_rising"
    if any(not 0 < band.factor <= 3 for band in bands):
        return "seniority_factor_range"
    return None
