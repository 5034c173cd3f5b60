"""One walk through a file: every row parsed and judged, counted, and what is worth showing kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, field

from lms.imports.codec import encode
from lms.imports.diff import Notice, Outcome, Rejection, SeenKeys, Verdict, chunked, judge
from lms.imports.kinds import ImportKind, Plan
from lms.tables import Table, TableProblem

CHUNK = 5_000
"""Rows judged together: one look-up of present values for each."""
KEPT = 5_000
"""Rows of each outcome, reasons of those rejected, kept to be paged through; the counts are of all."""


class Survey(Struct):
    """What a file would do. ``shown`` holds the first :data:`KEPT` rows of each outcome; of rejected rows the first so many ``reasons``, and
    the last row's whole."""

    rows: int = 0
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    shown: list[dict[str, Any]] = field(default_factory=list)
    reasons: int = 0
    fingerprint: str = ""

    @property
    def to_apply(self) -> int:
        return self.counts[Outcome.NEW] + self.counts[Outcome.CHANGED]


def walk(
    kind: ImportKind,
    table: Table,
    plan: Plan,
    *,
    act: Callable[[Sequence[Verdict]], None] | None = None,
    report: Callable[[int], None] | None = None,
    notices: bool = True,
) -> Survey:
    """Judge every row of ``table``.

    :param act: called for each chunk with its new and changed records, before the next chunk is judged.
    :param report: called with the number of rows done.
    :param notices: whether to look for what deserves a look; those who accept have seen it in the preview.
    :raises TableProblem: when the file breaks off, or has no rows.
    """
    found = Survey()
    digest = hashlib.sha256()
    seen = SeenKeys()
    check, current = partial(kind.check, plan=plan), partial(kind.current, plan=plan)
    for count, records in chunked(table.rows(), kind.parser(plan), CHUNK):
        verdicts, rejections = judge(records, seen, check, current)
        found.rows += count
        _keep(found, kind, digest, verdicts, rejections)
        if notices:
            _keep_notices(found, kind.notices(verdicts, plan))
        if act is not None:
            act([verdict for verdict in verdicts if verdict[0] is not Outcome.UNCHANGED])
        if report is not None:
            report(found.rows)
    if not found.rows:
        raise TableProblem("table_without_rows")
    if notices:
        _keep_notices(found, kind.notices((), plan))
    judged = sorted((outcome, count) for outcome, count in found.counts.items() if outcome is not Outcome.NOTICE)
    digest.update(repr(judged).encode())
    found.fingerprint = digest.hexdigest()
    return found


def _keep(
    found: Survey, kind: ImportKind, digest: Any, verdicts: Sequence[Verdict], rejections: Sequence[Rejection]
) -> None:
    counts = found.counts
    new = sum([verdict[0] is Outcome.NEW for verdict in verdicts])
    if new == len(verdicts) and counts[Outcome.NEW] >= KEPT:
        counts[Outcome.NEW] += new  # of new records, only the first are shown, and only their number is part of the fingerprint
        verdicts = ()
    for verdict in verdicts:
        outcome = verdict.outcome
        found.counts[outcome] += 1
        if outcome is Outcome.UNCHANGED:
            continue
        if outcome is Outcome.CHANGED:
            changes = [
                (name, verdict.old[name], verdict.incoming.values[name]) for name in sorted(verdict.old)
            ]
            digest.update(repr((verdict.incoming.key, changes)).encode())
        if found.counts[outcome] <= KEPT:
            found.shown.append(_shown_verdict(kind, verdict))
    row, shown = 0, False
    for rejection in rejections:
        if rejection.row != row:
            row, shown = rejection.row, found.reasons < KEPT
            counts[Outcome.REJECTED] += 1
        digest.update(repr((row, rejection.column, rejection.code)).encode())
        if shown:
            found.reasons += 1
            found.shown.append(_shown_remark(Outcome.REJECTED, rejection))


def _keep_notices(found: Survey, notices: Any) -> None:
    for notice in notices:
        found.counts[Outcome.NOTICE] += 1
        if found.counts[Outcome.NOTICE] <= KEPT:
            found.shown.append(_shown_remark(Outcome.NOTICE, notice))


def _shown_verdict(kind: ImportKind, verdict: Verdict) -> dict[str, Any]:
    incoming, old = verdict.incoming, verdict.old
    names = sorted(old) if verdict.outcome is Outcome.CHANGED else list(incoming.values)
    return {
        "outcome": verdict.outcome.value,
        "row": incoming.row,
        "key": " · ".join(incoming.key)[:255],
        "column": "",
        "value": "",
        "code": "",
        "params": {},
        "fields": [
            [name, kind.show(name, old.get(name)), kind.show(name, incoming.values[name])] for name in names
        ],
    }


def _shown_remark(outcome: Outcome, remark: Rejection | Notice) -> dict[str, Any]:
    return {
        "outcome": outcome.value,
        "row": remark.row,
        "key": "",
        "column": remark.column[:255],
        "value": remark.value[:255],
        "code": remark.code,
        "params": encode(dict(remark.params)),
        "fields": [],
    }
