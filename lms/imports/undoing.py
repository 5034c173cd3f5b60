"""Undoing a whole accepted batch, refused where something later stands on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from lms import audit
from lms.authz import Actor
from lms.db import db
from lms.errors import Refused
from lms.imports import services
from lms.imports.codec import decode
from lms.imports.diff import Key
from lms.imports.kinds import Applied, ImportKind, Plan
from lms.imports.models import ImportBatch, ImportChange
from lms.imports.survey import CHUNK
from lms.jobs import promise


def order_undo(actor: Actor, batch_id: int) -> ImportBatch:
    """Have a batch taken back in the background. :raises Refused: ``import_not_accepted``, ``import_at_work``."""
    batch, _kind = services.batch_for(actor, batch_id, lock=True)
    if batch.at_work:
        raise Refused("import_at_work")
    if batch.state != "accepted":
        raise Refused("import_not_accepted")
    batch.job = promise(actor, "import_undo", batch_id=batch.id)
    db.session.flush()
    return batch


def undo(actor: Actor, batch_id: int, *, now: datetime) -> ImportBatch:
    """Take a whole batch back.

    :raises Refused: ``import_not_accepted``; ``import_touched_since`` if a later batch or a person changed the
        same records; what the kind refuses because something stands on them.
    """
    batch, kind = services.batch_for(actor, batch_id, lock=True)
    if batch.state != "accepted":
        raise Refused("import_not_accepted")
    touched = kind.touched_since(batch.id) if kind.keeps_lineage else _touched_since(batch)
    if touched:
        raise Refused("import_touched_since", rows=touched)
    if kind.keeps_lineage:
        kind.revert(actor, batch.id, (), now)
    else:
        plan = Plan(actor, tuple(batch.header), batch.mapping, batch.options)
        for changes in _changes(batch):
            _still_as_imported(kind, changes, plan)
            kind.revert(actor, batch.id, changes, now)
    batch.state, batch.undone_at, batch.undone_by_id = "undone", now, actor.person_id
    audit.record(actor, "import.undo", "import_batch", batch.id, kind=kind.key)
    db.session.flush()
    return batch


def _touched_since(batch: ImportBatch) -> int:
    """How many of the batch's records a later batch, still standing, has changed."""
    later = aliased(ImportChange)
    query = (
        select(func.count(func.distinct(ImportChange.key)))
        .join(later, (later.kind == ImportChange.kind) & (later.key == ImportChange.key))
        .join(ImportBatch, ImportBatch.id == later.batch_id)
        .where(ImportChange.batch_id == batch.id, later.batch_id != batch.id, ImportBatch.state == "accepted")
        .where(ImportBatch.accepted_at >= batch.accepted_at, later.id > ImportChange.id)
    )
    return db.session.scalar(query) or 0


def _changes(batch: ImportBatch) -> Iterator[list[Applied]]:
    """The changes, latest first, some thousand at a time."""
    last: int | None = None
    while True:
        query = select(ImportChange).where(ImportChange.batch_id == batch.id)
        if last is not None:
            query = query.where(ImportChange.id < last)
        rows = db.session.scalars(query.order_by(ImportChange.id.desc()).limit(CHUNK)).all()
        if not rows:
            return
        last = rows[-1].id
        yield [
            Applied(tuple(json.loads(row.key)), None if row.old is None else decode(row.old), decode(row.new))
            for row in rows
        ]


def _still_as_imported(kind: ImportKind, changes: Sequence[Applied], plan: Plan) -> None:
    present: Mapping[Key, Mapping[str, Any]] = kind.current([change.key for change in changes], plan)
    touched = sum(
        change.key not in present
        or any(present[change.key].get(name) != value for name, value in change.new.items())
        for change in changes
    )
    if touched:
        raise Refused("import_touched_since", rows=touched)
