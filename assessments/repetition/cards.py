"""Which questions are somebody's cards: never one whose key they may not know yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from msgspec import Struct

from assessments.grading.open_text import BY_HAND

NEW_A_DAY = 20
"""Cards that are met for the first time, on one day."""


class Card(Struct, frozen=True):
    """A question to be practised: ``wrong`` if it was answered wrongly, else offered by a completed course."""

    question: int
    version: int
    kind: str
    course: int
    wrong: bool


class Tried(Struct, frozen=True):
    """An attempt as it bears on cards: ``released`` if its key may be seen; ``marks`` as graded, none while it is not."""

    course: int
    items: Sequence[Mapping[str, Any]]
    released: bool
    marks: Sequence[Mapping[str, Any]]


def cards(tries: Iterable[Tried], offered: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Card]:
    """The cards of one person: what went wrong where the key is released, and what completed courses offer.

    ``offered`` are (course, item) of quizzes whose trainer allows practice. A question that stands in any attempt of theirs whose
    key is not released is no card, wherever else it stands. What people grade is none either. The last version met counts.
    """
    tries = list(tries)
    found: dict[int, Card] = {}
    for course, item in offered:
        found[item["question"]] = Card(item["question"], item["version"], item["kind"], course, False)
    for tried in tries:
        if not tried.released:
            continue
        wrong = {mark["question"] for mark in tried.marks if Fraction(mark.get("correct", mark["share"])) < 1}
        for item in tried.items:
            if item["question"] in wrong:
                found[item["question"]] = Card(item["question"], item["version"], item["kind"], tried.course, True)
    withheld = held(tries)
    return [card for card in found.values() if card.question not in withheld and card.kind not in BY_HAND]


def held(tries: Iterable[Tried]) -> set[int]:
    """The questions that stand in an attempt whose key is not released."""
    return {item["question"] for tried in tries if not tried.released for item in tried.items}


def in_turn(
    known: Sequence[Card], due: Mapping[int, datetime], met_today: int, now: datetime
) -> tuple[list[Card], list[Card]]:
    """(what is due now, what is still to be met): due cards longest due first; then new ones, what was wrong first, so many a day."""
    waiting = sorted((card for card in known if card.question in due and due[card.question] <= now), key=lambda card: due[card.question])
    fresh = sorted((card for card in known if card.question not in due), key=lambda card: (not card.wrong, card.question))
    return waiting + fresh[: max(0, NEW_A_DAY - met_today)], fresh[max(0, NEW_A_DAY - met_today) :]
