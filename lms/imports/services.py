"""Importing: upload, settle how the file is read, preview, accept whole or not at all, undo whole."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, NoReturn

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select

from lms import audit, storage
from lms.authz import Actor, require
from lms.db import db
from lms.errors import Forbidden, Refused, Unknown
from lms.i18n import translate_to_all
from lms.imports import kinds
from lms.imports.codec import encode
from lms.imports.diff import Key, Outcome, Verdict
from lms.imports.kinds import ImportKind, Plan
from lms.imports.mapping import memory_of, normal, suggest
from lms.imports.models import ImportBatch, ImportChange, ImportHeading, ImportPreviewRow
from lms.imports.survey import CHUNK, Survey, walk
from lms.jobs import promise
from lms.tables import Limits, Table, TableProblem, open_table

LIMITS = Limits()
Report = Callable[[int, int], None]


def kind_for(actor: Actor, key: str) -> ImportKind:
    """The kind, if the actor may import it: most reach everyone, so the scope must be the company.

    :raises Forbidden: otherwise.
    """
    kind = kinds.find(key)
    require(actor, kind.permission)
    if not kinds.is_open_to(actor, kind):
        raise Forbidden("import_needs_company_scope")
    return kind


def batches_in_scope(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``ImportBatch``: every batch of a kind held over the company, else only the actor's own."""
    open_kinds = kinds.open_to(actor)
    whole = [kind.key for kind in open_kinds if actor.company_wide(kind.permission)]
    part = [kind.key for kind in open_kinds if kind.key not in whole]
    own = and_(ImportBatch.kind.in_(part), ImportBatch.actor_id == actor.person_id)
    return or_(ImportBatch.kind.in_(whole), own)


def batch_for(actor: Actor, batch_id: int, *, lock: bool = False) -> tuple[ImportBatch, ImportKind]:
    """The batch and its kind. :raises Unknown: if there is none or it is not open to the actor."""
    query = select(ImportBatch).where(ImportBatch.id == batch_id, batches_in_scope(actor))
    batch = db.session.scalar(query.with_for_update() if lock else query)
    if batch is None:
        raise Unknown()
    return batch, kinds.find(batch.kind)


def refuse_table(problem: TableProblem) -> NoReturn:
    """Say the problem of a file the house's way: the same code, for the field ``file``."""
    value = problem.value or ""
    if problem.code == "table_too_large" and isinstance(value, int):
        value = max(1, value // 2**20)
    where = {"row": problem.row or "", "column": problem.column or ""}
    raise Refused(problem.code, field="file", value=value, **where) from problem


# Upload ------------------------------------------------------------------------------------------


def upload(
    actor: Actor,
    kind_key: str,
    content: IO[bytes],
    name: str,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    now: datetime,
) -> ImportBatch:
    """Keep a file and see what it is; nothing is imported yet.

    :raises Refused: ``table_…`` when the file cannot be read as a table.
    """
    kind = kind_for(actor, kind_key)
    try:
        with open_table(content, encoding=encoding, sheet=sheet, limits=LIMITS) as table:  # type: ignore[arg-type]
            batch = ImportBatch(
                kind=kind.key,
                actor_id=actor.person_id,
                encoding=table.encoding,
                sheet=table.sheet,
                header=list(table.header),
                mapping=suggest(table.header, kind.columns, remembered(kind, table.header)),
                options={option.key: option.default for option in kind.options},
                created_at=now,
            )
    except TableProblem as problem:
        refuse_table(problem)
    content.seek(0)
    batch.file = storage.put(actor, content, name, limit=LIMITS.max_bytes)
    db.session.add(batch)
    db.session.flush()
    return batch


def remembered(kind: ImportKind, header: Sequence[str]) -> dict[str, str]:
    """How these headings were understood before; else as a template in any language of ours names them."""
    wanted = list(memory_of(header, {}))
    named = {normal(word): each.key for each in kind.columns for word in translate_to_all(lambda each=each: str(each.label)).values()}
    query = select(ImportHeading.heading, ImportHeading.column)
    found = db.session.execute(query.where(ImportHeading.kind == kind.key, ImportHeading.heading.in_(wanted)))
    return {heading: named[heading] for heading in wanted if heading in named} | {str(heading): str(column) for heading, column in found}


def settle(
    actor: Actor,
    batch_id: int,
    *,
    mapping: Mapping[str, int] | None = None,
    options: Mapping[str, bool] | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> ImportBatch:
    """Decide how the file is read; another encoding or sheet is opened anew and its columns suggested again.

    :raises Refused: ``import_at_work``, ``import_settled``, ``table_…``, ``import_column_twice``.
    """
    batch, kind = batch_for(actor, batch_id, lock=True)
    _still_open(batch)
    reopened = (encoding or batch.encoding) != batch.encoding or (sheet or batch.sheet) != batch.sheet
    if reopened:
        _reopen(batch, kind, encoding, sheet)
    elif mapping is not None:
        known = {column.key for column in kind.columns}
        chosen = {k: place for k, place in mapping.items() if k in known and 0 <= place < len(batch.header)}
        if len(set(chosen.values())) != len(chosen):
            raise Refused("import_column_twice")
        batch.mapping = chosen
        _remember(kind, memory_of(batch.header, chosen))
    if options is not None:
        batch.options = {option.key: bool(options.get(option.key)) for option in kind.options}
    _forget_preview(batch)
    db.session.flush()
    return batch


def _still_open(batch: ImportBatch) -> None:
    if batch.at_work:
        raise Refused("import_at_work")
    if batch.state not in ("uploaded", "previewed"):
        raise Refused("import_settled")


def _reopen(batch: ImportBatch, kind: ImportKind, encoding: str | None, sheet: str | None) -> None:
    batch.encoding, batch.sheet = encoding or batch.encoding, sheet or batch.sheet
    with opened(batch) as table:
        batch.header = list(table.header)
        batch.mapping = suggest(table.header, kind.columns, remembered(kind, table.header))


def _remember(kind: ImportKind, headings: Mapping[str, str]) -> None:
    db.session.execute(
        delete(ImportHeading).where(ImportHeading.kind == kind.key, ImportHeading.heading.in_(list(headings)))
    )
    rows = [
        {"kind": kind.key, "heading": heading[:255], "column": column} for heading, column in headings.items()
    ]
    if rows:
        db.session.execute(insert(ImportHeading), rows)


def _forget_preview(batch: ImportBatch) -> None:
    db.session.execute(delete(ImportPreviewRow).where(ImportPreviewRow.batch_id == batch.id))
    batch.state, batch.previewed_at, batch.fingerprint = "uploaded", None, None


@contextmanager
def opened(batch: ImportBatch) -> Iterator[Table]:
    """The batch's file as a table. :raises Refused: ``table_…``."""
    with tempfile.TemporaryFile() as file:
        for chunk in storage.stream(batch.file):
            file.write(chunk)
        encoding = batch.encoding if batch.sheet is None else None
        try:
            with open_table(file, encoding=encoding, sheet=batch.sheet, limits=LIMITS) as table:
                yield table
        except TableProblem as problem:
            refuse_table(problem)


# Preview -----------------------------------------------------------------------------------------


def plan_of(actor: Actor, kind: ImportKind, batch: ImportBatch) -> Plan:
    """:raises Refused: ``import_columns_missing`` with their names."""
    return plan_for(actor, kind, batch.header, batch.mapping, batch.options)


def plan_for(
    actor: Actor,
    kind: ImportKind,
    header: Sequence[str],
    mapping: Mapping[str, int],
    options: Mapping[str, bool],
) -> Plan:
    missing = kind.missing(header, mapping)
    if missing:
        raise Refused("import_columns_missing", columns=", ".join(str(column.label) for column in missing))
    return Plan(actor, tuple(header), mapping, options)


def order_preview(actor: Actor, batch_id: int) -> ImportBatch:
    """Have the file read in the background."""
    batch, kind = batch_for(actor, batch_id, lock=True)
    _still_open(batch)
    plan_of(actor, kind, batch)
    batch.job = promise(actor, "import_preview", batch_id=batch.id)
    db.session.flush()
    return batch


def look_through(actor: Actor, batch_id: int, report: Report) -> Survey:
    """Read the whole file and judge every row; writes nothing."""
    batch, kind = batch_for(actor, batch_id)
    with opened(batch) as table:
        total = table.expected_rows
        return walk(
            kind, table, plan_of(actor, kind, batch), report=lambda done: report(done, max(done, total))
        )


def keep_preview(actor: Actor, batch_id: int, survey: Survey, *, now: datetime) -> ImportBatch:
    """Keep what was found, to be paged through and accepted."""
    batch, _kind = batch_for(actor, batch_id, lock=True)
    if batch.state not in ("uploaded", "previewed"):
        raise Refused("import_settled")
    _forget_preview(batch)
    batch.state = "previewed"
    keep_survey(batch, survey, now)
    return batch


def keep_survey(batch: ImportBatch, survey: Survey, now: datetime) -> None:
    """Keep counts and shown rows with the batch."""
    rows = [{"batch_id": batch.id, **row} for row in survey.shown]
    for start in range(0, len(rows), CHUNK):
        db.session.execute(insert(ImportPreviewRow), rows[start : start + CHUNK])
    batch.fingerprint, batch.previewed_at = survey.fingerprint, now
    batch.rows = survey.rows
    batch.new, batch.changed = survey.counts[Outcome.NEW], survey.counts[Outcome.CHANGED]
    batch.unchanged, batch.rejected = survey.counts[Outcome.UNCHANGED], survey.counts[Outcome.REJECTED]
    batch.notices = survey.counts[Outcome.NOTICE]
    db.session.flush()


# Accept ------------------------------------------------------------------------------------------


def order_acceptance(actor: Actor, batch_id: int, *, leave_out_rejected: bool = False) -> ImportBatch:
    """Have the batch taken in in the background.

    :raises Refused: as :func:`accept`.
    """
    batch, _kind = batch_for(actor, batch_id, lock=True)
    _acceptable(batch, leave_out_rejected)
    batch.job = promise(actor, "import_accept", batch_id=batch.id, leave_out_rejected=leave_out_rejected)
    db.session.flush()
    return batch


def _acceptable(batch: ImportBatch, leave_out_rejected: bool) -> None:
    _still_open(batch)
    if batch.state != "previewed":
        raise Refused("import_not_previewed")
    if batch.rejected and not leave_out_rejected:
        raise Refused("import_has_rejected_rows", rows=batch.rejected)
    if not batch.new and not batch.changed:
        raise Refused("import_nothing_new")


def accept(
    actor: Actor,
    batch_id: int,
    *,
    leave_out_rejected: bool = False,
    report: Report = lambda done, total: None,
    now: datetime,
) -> ImportBatch:
    """Take in what was previewed: whole, in the surrounding transaction.

    :param leave_out_rejected: take in the rest although some rows are rejected.
    :raises Refused: ``import_has_rejected_rows``, ``import_nothing_new``, ``import_not_previewed``,
        ``import_settled``; ``import_outdated`` if the records have changed since the preview.
    """
    batch, kind = batch_for(actor, batch_id, lock=True)
    if batch.state != "previewed":
        raise Refused("import_settled" if batch.accepted_at else "import_not_previewed")
    if batch.rejected and not leave_out_rejected:
        raise Refused("import_has_rejected_rows", rows=batch.rejected)
    if not batch.new and not batch.changed:
        raise Refused("import_nothing_new")
    survey = take_in(actor, batch, kind, report=report, notices=False, now=now)
    if survey.fingerprint != batch.fingerprint:
        raise Refused("import_outdated")
    db.session.flush()
    return batch


def take_in(
    actor: Actor,
    batch: ImportBatch,
    kind: ImportKind,
    *,
    report: Report = lambda done, total: None,
    notices: bool = True,
    now: datetime,
) -> Survey:
    """Walk through the file and write what is new and changed, chunk by chunk; the caller judges the survey.

    What it did is undone with the transaction if the caller refuses it.
    """
    plan = plan_of(actor, kind, batch)

    def act(verdicts: Sequence[Verdict]) -> None:
        if not kind.keeps_lineage:
            _note_changes(batch, verdicts)
        kind.apply(batch.id, verdicts, plan, now)

    rows = batch.rows
    with opened(batch) as table:
        survey = walk(kind, table, plan, act=act, report=lambda done: report(done, max(rows, done)), notices=notices)
    batch.state, batch.accepted_at, batch.accepted_by_id = "accepted", now, actor.person_id
    new, changed = survey.counts[Outcome.NEW], survey.counts[Outcome.CHANGED]
    audit.record(actor, "import.accept", "import_batch", batch.id, kind=kind.key, new=new, changed=changed)
    return survey


def _stored_key(key: Key) -> str:
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def _note_changes(batch: ImportBatch, verdicts: Sequence[Verdict]) -> None:
    rows = [
        {
            "batch_id": batch.id,
            "kind": batch.kind,
            "key": _stored_key(incoming.key),
            "old": None if outcome is Outcome.NEW else encode(old),
            "new": encode(
                incoming.values if outcome is Outcome.NEW else {n: incoming.values[n] for n in old}
            ),
        }
        for outcome, incoming, old in verdicts
    ]
    if rows:
        db.session.execute(insert(ImportChange), rows)
