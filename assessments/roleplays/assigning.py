"""Who rates a performance: by rule, the least busy first, never oneself; a share of them twice. Pure but for ``rng``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from random import Random

from msgspec import Struct


class Circle(StrEnum):
    """From where a rater comes."""

    MANAGER = "manager"
    TRAINER = "trainer"
    PEER = "peer"


class Rule(Struct, frozen=True):
    """How many raters of each circle rate every performance, and the share (0-1) that one more rates."""

    manager: int = 1
    trainer: int = 0
    peer: int = 0
    doubled: float = 0.2
    anchors: float = 0.1
    """How often a rater gets an anchor recording between the others."""

    def wanted(self, circle: Circle) -> int:
        return {Circle.MANAGER: self.manager, Circle.TRAINER: self.trainer, Circle.PEER: self.peer}[circle]


class Candidate(Struct, frozen=True):
    """Somebody who may rate: ``nearness`` 0 is nearest (the own manager before the manager's), ``load`` open ratings."""

    person_id: int
    circle: Circle
    nearness: int = 0
    load: int = 0


Chosen = tuple[int, Circle]
EXTRA_ORDER = (Circle.TRAINER, Circle.MANAGER, Circle.PEER)
"""Where one more rater is looked for."""


def _ranked(candidates: Sequence[Candidate], circle: Circle, not_these: Collection[int], rng: Random) -> list[int]:
    there = [c for c in candidates if c.circle is circle and c.person_id not in not_these]
    rng.shuffle(there)
    return [c.person_id for c in sorted(there, key=lambda c: (c.nearness, c.load))]


def first_raters(
    candidates: Sequence[Candidate], rule: Rule, rated: int, rng: Random
) -> tuple[list[Chosen], bool]:
    """Those who rate it, and whether it was drawn to be rated once more (which holds whoever is found).

    Where the rule's circles hold nobody, somebody of another circle steps in, so that nothing waits unrated.
    """
    taken: list[Chosen] = []
    for circle in Circle:
        names = _ranked(candidates, circle, {rated, *(person for person, _ in taken)}, rng)
        taken += [(person, circle) for person in names[: rule.wanted(circle)]]
    drawn = rng.random() < rule.doubled
    if not taken or drawn:
        more = one_more(candidates, {rated, *(person for person, _ in taken)}, rng)
        taken += [more] if more else []
    return taken, drawn


def one_more(candidates: Sequence[Candidate], not_these: Collection[int], rng: Random) -> Chosen | None:
    """Another rater: a trainer, else a manager, else a peer; None when nobody is left."""
    for circle in EXTRA_ORDER:
        names = _ranked(candidates, circle, not_these, rng)
        if names:
            return names[0], circle
    return None
