"""Kinds of module: the lesson of this package, and those of upper floors, let in by the roof.

The kind owns the content of its modules; the course owns their order, their titles and what is needed of
them. A learner never sees a draft: publishing freezes each module's content into a ``ModuleVersion``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from flask_babel import LazyString

from courses.models import Enrolment, Module, ModuleVersion
from lms.authz import Actor
from lms.errors import Refused


class ModuleKind(Protocol):
    """What a kind of module has to be able to do. Lists come in, so that a page costs one query per kind."""

    key: str
    """Stored in ``Module.kind``: ``lesson``, ``quiz``."""
    label: LazyString
    icon: str
    """A symbol of the sprite."""
    scored: bool
    """Whether its outcomes carry a score, so that a completion rule can ask for one."""

    def create(self, actor: Actor, module: Module, now: datetime) -> None:
        """Make the empty content of a module that was just added (and flushed)."""
        ...

    def edit_url(self, module: Module) -> str:
        """The editor's page. It checks ``courses.policies.authored_module``."""
        ...

    def preview_url(self, module: Module) -> str:
        """A page that shows the draft as a learner would see it, and keeps nothing."""
        ...

    def learn_url(self, module: ModuleVersion, enrolment: Enrolment) -> str:
        """The learner's page. It asks ``courses.queries.learning(actor, enrolment_id, module_id)``."""
        ...

    def problems(self, modules: Sequence[Module]) -> dict[int, list[str]]:
        """What keeps modules from being published: module id → sentences in the reader's language."""
        ...

    def summaries(self, modules: Sequence[Module]) -> dict[int, str]:
        """A few words on each module's content, e.g. “10 questions, pass mark 80 %”."""
        ...

    def freeze(self, module: Module) -> dict[str, Any]:
        """The content to be kept with the published version; JSON (a reference to an own frozen table will do)."""
        ...

    def export(self, module: Module) -> dict[str, Any]:
        """The content for a file, without ids of this database; files by ``courses.files.exported``."""
        ...

    def load(self, actor: Actor, module: Module, data: dict[str, Any], now: datetime) -> None:
        """Fill a module just created from an exported dict. :raises Refused: for content it cannot read."""
        ...


_kinds: dict[str, ModuleKind] = {}


def register(kind: ModuleKind) -> None:
    """Let a kind in; called by the roof, once per application."""
    _kinds[kind.key] = kind


def kind_of(key: str) -> ModuleKind:
    """:raises Refused: ``module_kind_unknown``."""
    if key not in _kinds:
        raise Refused("module_kind_unknown", field="kind", kind=key)
    return _kinds[key]


def every_kind() -> list[ModuleKind]:
    return list(_kinds.values())


def remarks(kind: ModuleKind, modules: Sequence[Module], now: datetime) -> dict[int, list[str]]:
    """What may be published and is hardly meant: module id → sentences in the reader's language. A kind need not have such a method."""
    said = getattr(kind, "remarks", None)
    return said(modules, now) if said is not None else {}


def by_kind(modules: Sequence[Module]) -> list[tuple[ModuleKind, list[Module]]]:
    """The modules grouped by their kind, for one question to each kind."""
    groups: dict[str, list[Module]] = {}
    for module in modules:
        groups.setdefault(module.kind, []).append(module)
    return [(kind_of(key), group) for key, group in groups.items()]
