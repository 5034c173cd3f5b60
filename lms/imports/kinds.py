"""What a feature tells the import machinery: one subclass of :class:`ImportKind` per kind of file.

A floor registers its kinds when the roof lets it in: ``kinds.register(PeopleImport())``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from lms.authz import Actor, Permission
from lms.errors import Unknown
from lms.imports.diff import (
    Incoming,
    Key,
    Notice,
    Outcome,
    Rejection,
    RowParser,
    Values,
    Verdict,
    plain_parser,
)
from lms.imports.mapping import ImportColumn


class ImportOption(Struct, frozen=True):
    """A choice ticked before the preview, e.g. whether unknown teams are made."""

    key: str
    label: Any
    default: bool = False


class Plan(Struct, frozen=True):
    """How one file is read: by whom, its header, column key → place, the options; ``memory`` lives as long as the walk."""

    actor: Actor
    header: Sequence[str]
    mapping: Mapping[str, int]
    options: Mapping[str, bool]
    memory: dict[str, Any] = field(default_factory=dict)

    def heading(self, column: str) -> str:
        """The heading the file gives a column, for a rejection; the key itself if it is not in the file."""
        place = self.mapping.get(column)
        return self.header[place] if place is not None else column


class Applied(Struct, frozen=True):
    """A change that an accepted batch made: ``old`` is None for a new record."""

    key: Key
    old: Values | None
    new: Values


class Affected(Struct, frozen=True):
    """Something that a batch bears on, with the address of its page: an analysis to be run again."""

    label: str
    url: str


class ImportKind(ABC):
    """One kind of file. The methods are called inside the transaction of the import; they flush, never commit."""

    key: str
    label: Any
    hint: Any = ""
    permission: Permission
    columns: tuple[ImportColumn, ...]
    options: tuple[ImportOption, ...] = ()
    keeps_lineage = False
    """True if the feature's own rows carry the batch and what they supersede (KPI records): then the machinery
    keeps no list of changes, and ``touched_since`` and ``revert`` find them by ``batch_id``."""

    scoped = False
    """True if ``check`` itself rejects what lies outside the actor's scope: then a manager may import for the own
    team, and sees no imports but their own. Other kinds are open to those whose permission covers the company."""

    @abstractmethod
    def record_key(self, values: dict[str, Any]) -> Key:
        """The key of a record, of text parts; it may take fields out of ``values``."""

    @abstractmethod
    def current(self, keys: Sequence[Key], plan: Plan) -> Mapping[Key, Values]:
        """The present values of the records that exist, compared field by field; one or two statements."""

    @abstractmethod
    def apply(self, batch_id: int, verdicts: Sequence[Verdict], plan: Plan, now: datetime) -> None:
        """Write some thousand new and changed records, in bulk."""

    @abstractmethod
    def revert(self, actor: Actor, batch_id: int, changes: Sequence[Applied], now: datetime) -> None:
        """Take changes back. With ``keeps_lineage`` it is called once, with no changes.

        :raises Refused: if something else already stands on them.
        """

    def missing(self, header: Sequence[str], mapping: Mapping[str, int]) -> list[ImportColumn]:
        """The columns without which the file cannot be read."""
        return [column for column in self.columns if column.required and column.key not in mapping]

    def parser(self, plan: Plan) -> RowParser:
        """Reads a row; a wide layout overrides it and gives several records per row."""
        return plain_parser(self.columns, plan.header, plan.mapping, self.record_key)

    def check(self, records: Sequence[Incoming], plan: Plan) -> Iterable[Rejection]:
        """What only the database can refuse: unknown people, an address that is another's."""
        return ()

    def notices(self, verdicts: Sequence[Verdict], plan: Plan) -> Iterable[Notice]:
        """What deserves a look; called once more with no verdicts at the end of the file."""
        return ()

    def touched_since(self, batch_id: int) -> int:
        """With ``keeps_lineage``: how many of the batch's records a later one has superseded."""
        return 0

    def affected(self, batch_id: int) -> Sequence[Affected]:
        """What an accepted batch bears on."""
        return ()

    def show(self, name: str, value: Any) -> str:
        """A value for people to read in the preview."""
        return "" if value is None else str(value)


APPLIED = frozenset({Outcome.NEW, Outcome.CHANGED})
_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Called by the roof through the feature. A key names one class."""
    if kind.key in _kinds and type(_kinds[kind.key]) is not type(kind):
        raise ValueError(f"two import kinds {kind.key!r}")
    _kinds[kind.key] = kind


def find(key: str) -> ImportKind:
    """:raises Unknown: for a kind nobody registered."""
    if key not in _kinds:
        raise Unknown()
    return _kinds[key]


def is_open_to(actor: Actor, kind: ImportKind) -> bool:
    """With the kind's permission over the whole company, or over a part of it if the kind keeps to the scope."""
    return actor.company_wide(kind.permission) or (kind.scoped and actor.can(kind.permission))


def open_to(actor: Actor) -> list[ImportKind]:
    """The kinds the actor may import."""
    return [kind for kind in _kinds.values() if is_open_to(actor, kind)]
