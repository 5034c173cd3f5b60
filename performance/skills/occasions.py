"""From pieces of evidence to occasions by person and competency. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct

from assessments.grading.evidence import SkillEvidence, Source


class Occasion(Struct, frozen=True):
    """A competency seen once in one person: ``share`` 0–1 of what could be reached, over ``items`` questions, criteria or raters."""

    share: float
    items: int
    standard_error: float | None
    at: datetime
    source: Source
    reference: tuple[str, int]


Seen = dict[int, dict[int, list[Occasion]]]
"""Person → competency → occasions, the oldest first."""


def gathered(pieces: Iterable[SkillEvidence], resolve: Callable[[str], int | None], until: datetime) -> Seen:
    """What was seen up to ``until``. Words that no competency answers to are passed over; several words of one occasion that
    mean the same competency come together, by their number of items."""
    together: dict[tuple[int, int, tuple[str, int]], list[SkillEvidence]] = {}
    for piece in pieces:
        competency = resolve(piece.competency)
        if competency is not None and piece.at <= until:
            together.setdefault((piece.person_id, competency, piece.reference), []).append(piece)
    found: Seen = {}
    for (person, competency, _reference), some in together.items():
        found.setdefault(person, {}).setdefault(competency, []).append(_one(some))
    for by_competency in found.values():
        for occasions in by_competency.values():
            occasions.sort(key=lambda each: (each.at, each.reference))
    return found


def _one(pieces: list[SkillEvidence]) -> Occasion:
    items = sum(piece.items for piece in pieces)
    share = sum(piece.share * piece.items for piece in pieces) / items
    error = pieces[0].standard_error if len(pieces) == 1 else None
    return Occasion(share, items, error, max(piece.at for piece in pieces), pieces[0].source, pieces[0].reference)
