"""What the pages of imports show, within the kinds that are open to the viewer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from lms.authz import Actor
from lms.db import db
from lms.errors import Unknown
from lms.imports import kinds
from lms.imports.models import ImportBatch, ImportPreviewRow
from lms.imports.services import batches_in_scope, opened
from lms.paging import Page, paginate
from lms.tables import Cell


def _in_scope(actor: Actor) -> Select[ImportBatch]:
    return select(ImportBatch).where(batches_in_scope(actor))


def batches(actor: Actor, page: int) -> Page[ImportBatch]:
    """The imports, latest first."""
    query = _in_scope(actor).options(
        joinedload(ImportBatch.file), joinedload(ImportBatch.actor), joinedload(ImportBatch.job)
    )
    return paginate(query.order_by(ImportBatch.id.desc()), page, 25)


def batch(actor: Actor, batch_id: int) -> ImportBatch:
    """:raises Unknown: if there is none, or it is not open to the viewer."""
    query = _in_scope(actor).where(ImportBatch.id == batch_id)
    found = db.session.scalar(
        query.options(
            joinedload(ImportBatch.file), joinedload(ImportBatch.actor), joinedload(ImportBatch.job)
        )
    )
    if found is None:
        raise Unknown()
    return found


def preview_rows(actor: Actor, batch_id: int, outcome: str, page: int) -> Page[ImportPreviewRow]:
    """The kept rows of one outcome, in the order of the file."""
    batch(actor, batch_id)
    query = select(ImportPreviewRow).where(
        ImportPreviewRow.batch_id == batch_id, ImportPreviewRow.outcome == outcome
    )
    return paginate(query.order_by(ImportPreviewRow.row, ImportPreviewRow.id), page)


def rejected_rows_shown(found: ImportBatch) -> int:
    """Of how many rejected rows the reasons are kept."""
    rejected = (ImportPreviewRow.batch_id == found.id, ImportPreviewRow.outcome == "rejected")
    return db.session.scalar(select(func.count(ImportPreviewRow.row.distinct())).where(*rejected)) or 0


def rejected_rows(actor: Actor, batch_id: int) -> Iterator[ImportPreviewRow]:
    """The kept rejections, for the file that a person mends them by."""
    batch(actor, batch_id)
    query = select(ImportPreviewRow).where(
        ImportPreviewRow.batch_id == batch_id, ImportPreviewRow.outcome == "rejected"
    )
    return iter(db.session.scalars(query.order_by(ImportPreviewRow.row, ImportPreviewRow.id).execution_options(yield_per=1000)))


def first_rows(found: ImportBatch, count: int = 5) -> list[Sequence[Cell]]:
    """The first rows of the file as it is read now, so that a person sees whether the encoding is right."""
    with opened(found) as table:
        return [cells for _number, cells in islice(table.rows(), count)]


def sheets(found: ImportBatch) -> Sequence[str]:
    """The sheets of the workbook to choose from; none for a CSV."""
    if found.sheet is None:
        return ()
    with opened(found) as table:
        return table.sheets


def affected(found: ImportBatch) -> Sequence[Any]:
    """What an accepted batch bears on, as its kind names it."""
    return kinds.find(found.kind).affected(found.id) if found.state == "accepted" else ()
