"""What a published version says: its modules in order, its rule. It never changes, so each process reads it once.

Judging a module's outcome asks this while others wait for the lock; from memory it costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, select

from courses.completion import Rule, rule_from_json
from courses.models import CompletionRule, CourseVersion, ModuleVersion
from lms import kept
from lms.db import LocalText, fetch
from lms.errors import Unknown


class NextModule(NamedTuple):
    """A module of a published version, as far as it takes to lead there."""

    module_id: int
    kind: str
    title: LocalText
    minutes: int | None


_OUTLINE = (
    select(ModuleVersion.module_id, ModuleVersion.kind, ModuleVersion.title, ModuleVersion.minutes)
    .where(ModuleVersion.course_version_id == bindparam("version_id"))
    .order_by(ModuleVersion.position)
)


def outline(version_id: int) -> list[NextModule]:
    """The modules of a version in their order, without what they hold."""
    return kept.once(
        ("outline", version_id), lambda: [NextModule(*row) for row in fetch(_OUTLINE, {"version_id": version_id}).all()]
    )


class Published(NamedTuple):
    """What a published version says on a list of one's own."""

    title: LocalText
    rule: Rule


_PUBLISHED = (
    select(CourseVersion.id, CourseVersion.title, CompletionRule.rule)
    .join(CompletionRule, CompletionRule.id == CourseVersion.rule_id)
    .where(CourseVersion.id.in_(bindparam("ids", expanding=True)))
)


def versions(version_ids: Iterable[int | None]) -> dict[int | None, Published]:
    """Version id → what it says, without those that are None; read once, since a published version never changes."""
    known = kept.each("published", (one for one in version_ids if one is not None), _read_published)
    return dict(known.items())


def _read_published(ids: list[int]) -> dict[int, Published]:
    rows = fetch(_PUBLISHED, {"ids": ids}).all()
    return {version_id: Published(title, rule_from_json(rule)) for version_id, title, rule in rows}


def rule(version_id: int | None) -> Rule:
    """:raises Unknown: without a version: what was learnt elsewhere is judged by no rule."""
    found = versions([version_id]).get(version_id)
    if found is None:
        raise Unknown()
    return found.rule
