"""What can be done where people are behind their targets: the floors above say it through this registry, which the roof fills."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from lms.authz import Actor


class Remedy(Struct, frozen=True):
    """A page that leads on, with its words in the reader's language."""

    sentence: str
    label: str
    url: str


Finder = Callable[[Actor, int, int | None], Remedy | None]
"""(viewer, KPI id, team id) → where to go from there; None where there is nothing to offer."""

_finders: list[Finder] = []


def add_finder(finder: Finder) -> None:
    """Called once by a feature that has an answer to a gap, when the roof lets it in."""
    if finder not in _finders:
        _finders.append(finder)


def find(viewer: Actor, kpi_id: int, team_id: int | None) -> Remedy | None:
    """The first answer there is."""
    return next((found for finder in _finders if (found := finder(viewer, kpi_id, team_id)) is not None), None)
