"""From the sheets of two or three examiners to a result. Pure; exact fractions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from statistics import median

from msgspec import Struct

from assessments.grading.open_text import OpenKey
from assessments.grading.texts import BadQuestion


class Settled(Struct, frozen=True):
    """A result: the share of the whole, and how it came about (``agreed`` or ``third``)."""

    share: Fraction
    how: str


def share_of(key: OpenKey, topics: Sequence[str], points: Mapping[str, Mapping[str, str]]) -> Fraction:
    """The mean over the questions that were drawn, each judged by every criterion.

    :raises BadQuestion: ``grade_incomplete``, ``grade_no_such_level``.
    """
    if set(points) - set(topics):
        raise BadQuestion("grade_no_such_level", "points")
    if not topics or set(topics) - set(points):
        raise BadQuestion("grade_incomplete", "points")
    return sum((key.share(points[topic]) for topic in topics), Fraction(0)) / len(topics)


def settle(shares: Sequence[Fraction], apart: Fraction) -> Settled | None:
    """Two who lie no further apart than ``apart`` come to their mean, three to their median; None while more is needed."""
    if len(shares) >= 3:
        return Settled(median(shares[:3]), "third")
    if len(shares) == 2 and abs(shares[0] - shares[1]) <= apart:
        return Settled(sum(shares, Fraction(0)) / 2, "agreed")
    return None
