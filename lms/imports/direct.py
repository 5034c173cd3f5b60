"""A file on this machine, imported in one go: what the command line and the demo do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from lms.authz import Actor
from lms.errors import Refused
from lms.imports import services
from lms.imports.diff import Outcome
from lms.imports.mapping import suggest
from lms.imports.models import ImportBatch
from lms.imports.survey import Survey, walk
from lms.tables import TableProblem, open_table


class NotTakenIn(Refused):
    """The file was read and nothing of it is written; ``survey`` says what was found."""

    def __init__(self, code: str, survey: Survey) -> None:
        super().__init__(code, rows=survey.counts[Outcome.REJECTED])
        self.survey = survey


def survey_file(
    actor: Actor,
    kind_key: str,
    path: Path,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    options: Mapping[str, bool] | None = None,
) -> Survey:
    """What a file would do, its columns recognised as remembered; writes nothing.

    :raises Refused: ``table_…``, ``import_columns_missing``.
    """
    kind = services.kind_for(actor, kind_key)
    try:
        with open_table(path, encoding=encoding, sheet=sheet, limits=services.LIMITS) as table:
            mapping = suggest(table.header, kind.columns, services.remembered(kind, table.header))
            return walk(kind, table, services.plan_for(actor, kind, table.header, mapping, options or {}))
    except TableProblem as problem:
        services.refuse_table(problem)


def import_file(
    actor: Actor,
    kind_key: str,
    path: Path,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    options: Mapping[str, bool] | None = None,
    leave_out_rejected: bool = False,
    now: datetime,
) -> tuple[ImportBatch, Survey]:
    """Take a file in whole, in the surrounding transaction and in one walk through it.

    :raises NotTakenIn: ``import_has_rejected_rows`` unless they are left out; ``import_nothing_new``.
    :raises Refused: ``table_…``, ``import_columns_missing``.
    """
    kind = services.kind_for(actor, kind_key)
    with path.open("rb") as file:
        batch = services.upload(actor, kind_key, file, path.name, encoding=encoding, sheet=sheet, now=now)
    batch.options = dict(options or {})
    survey = services.take_in(actor, batch, kind, now=now)
    if survey.counts[Outcome.REJECTED] and not leave_out_rejected:
        raise NotTakenIn("import_has_rejected_rows", survey)
    if not survey.to_apply:
        raise NotTakenIn("import_nothing_new", survey)
    services.keep_survey(batch, survey, now)
    return batch, survey
