"""What a change of KPI records bears on: the floors above say it through this registry, which the roof fills."""

from __future__ import annotations

from collections.abc import Callable, Set

from lms.imports.kinds import Affected

Finder = Callable[[Set[int]], list[Affected]]
"""KPI ids → the analyses that stand on their records, with labels in the reader's language."""

_finders: list[Finder] = []


def add_finder(finder: Finder) -> None:
    """Called once by a feature that analyses KPI records, when the roof lets it in."""
    if finder not in _finders:
        _finders.append(finder)


def find(kpi_ids: Set[int]) -> list[Affected]:
    """Every analysis that stands on records of these KPIs."""
    return [found for finder in _finders for found in finder(kpi_ids)] if kpi_ids else []
