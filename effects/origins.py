"""Where a study comes from. A room that makes studies by itself says here who belongs to one and what its page shows.

The rollout planner does: its study looks at the people who were drawn, and its page says that it was planned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from effects.models import Study
from effects.stats.options import Options
from lms.authz import Actor


class Said(Struct, frozen=True):
    """What is said of where a study comes from: a ``title``, one ``line``, the ``departures`` from what was planned,
    each a sentence, and ``notes``."""

    title: str
    line: str
    departures: tuple[str, ...]
    notes: tuple[str, ...]


class Origin(Struct, frozen=True):
    """``members(study_id)`` the person ids a study is kept to, or None where it is not this room's;
    ``load(actor, study)`` the values of ``template`` (as ``origin``) on the study's page, or None;
    ``said(study)`` the same in sentences, for PDF, workbook and JSON, or None;
    ``plan(study, plain)`` the analysis plan that was locked before anybody had results, or None: every run keeps to it."""

    name: str
    members: Callable[[int], frozenset[int] | None]
    template: str
    load: Callable[[Actor, Study], dict[str, Any] | None]
    said: Callable[[Study], Said | None]
    plan: Callable[[Study, Options], Options | None]


_origins: dict[str, Origin] = {}


def add_origin(origin: Origin) -> None:
    _origins[origin.name] = origin


def members(study_id: int) -> frozenset[int] | None:
    """The people whom a study is kept to; None: everybody with records of its KPI."""
    found = (origin.members(study_id) for origin in _origins.values())
    return next((people for people in found if people is not None), None)


def said(study: Study) -> list[Said]:
    """The same on paper."""
    return [one for origin in _origins.values() if (one := origin.said(study)) is not None]


def locked_plan(study: Study, plain: Options) -> Options | None:
    """The plan locked for this study; None: nobody locked one, and the study's own holds."""
    found = (origin.plan(study, plain) for origin in _origins.values()) if study.id is not None else ()
    return next((plan for plan in found if plan is not None), None)


def beside(actor: Actor, study: Study) -> list[tuple[str, dict[str, Any]]]:
    """(template, values) of what stands beside a study."""
    loaded = ((origin.template, origin.load(actor, study)) for origin in _origins.values())
    return [(template, values) for template, values in loaded if values is not None]
