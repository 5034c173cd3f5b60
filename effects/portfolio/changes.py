"""What is different from the run before. Pure: two lists of entries in, differences out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

Key = tuple[int | None, int | None, int]


class Judged(Protocol):
    """What the comparison reads of an entry."""

    @property
    def pair(self) -> Key: ...

    @property
    def verdict(self) -> str | None: ...

    @property
    def badge(self) -> bool: ...


E = TypeVar("E", bound=Judged)


class Change(Struct, Generic[E], frozen=True):
    """``kind`` "new", "gone", "verdict", "badge_won" or "badge_lost"; the entries before and now where there are any."""

    kind: str
    before: E | None
    now: E | None


def changes(before: Sequence[E], now: Sequence[E]) -> list[Change[E]]:
    """At most one change a pair: verdicts before badges. In the order of the run now, the gone last."""
    old, new = {entry.pair: entry for entry in before}, {entry.pair: entry for entry in now}
    found = [change for key, entry in new.items() if (change := _change(old.get(key), entry))]
    return found + [Change("gone", entry, None) for key, entry in old.items() if key not in new]


def _change(before: E | None, now: E) -> Change[E] | None:
    if before is None:
        return Change("new", None, now)
    if before.verdict != now.verdict:
        return Change("verdict", before, now)
    if before.badge != now.badge:
        return Change("badge_won" if now.badge else "badge_lost", before, now)
    return None
