"""Where a study comes from. A room that makes studies by itself says here who belongs to one and what its page shows.

The rollout planner does: its study looks at the people who were drawn, and its page says that it was planned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from effects.models import Study
from lms.authz import Actor


@dataclass(frozen=True, slots=True)
class Origin:
    """``members(study_id)`` the person ids a study is kept to, or None where it is not this room's;
    ``load(actor, study)`` the values of ``template`` (as ``origin``) on the study's page, or None."""

    name: str
    members: Callable[[int], frozenset[int] | None]
    template: str
    load: Callable[[Actor, Study], dict[str, Any] | None]


_origins: dict[str, Origin] = {}


def add_origin(origin: Origin) -> None:
    _origins[origin.name] = origin


def members(study_id: int) -> frozenset[int] | None:
    """The people whom a study is kept to; None: everybody with records of its KPI."""
    found = (origin.members(study_id) for origin in _origins.values())
    return next((people for people in found if people is not None), None)


def beside(actor: Actor, study: Study) -> list[tuple[str, dict[str, Any]]]:
    """(template, values) of what stands beside a study."""
    loaded = ((origin.template, origin.load(actor, study)) for origin in _origins.values())
    return [(template, values) for template, values in loaded if values is not None]
