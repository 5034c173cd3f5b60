"""The command line of imports: ``people import FILE``, ``kpi import FILE`` and whatever else has a kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext as _

from lms import heap
from lms.authz import SYSTEM
from lms.cli import fail, refusals_as_exit_code, show
from lms.clock import now
from lms.db import transaction
from lms.imports import direct
from lms.imports.diff import Outcome
from lms.imports.kinds import ImportKind
from lms.imports.refusals import reason
from lms.imports.survey import Survey
from lms.tables import ENCODINGS


def import_command(kind: ImportKind) -> click.Command:
    """A command ``import FILE`` for one kind, with a flag for each of its options.

    Exit code 0 when the file is imported (or would be), also when there is nothing new in it; 2 with a line per
    problem on stderr when the file or a row cannot be taken: then nothing is written.
    """

    def run(
        file: str, dry_run: bool, skip_rejected: bool, as_json: bool, encoding: str | None, **rest: Any
    ) -> None:
        sheet = rest.pop("sheet")
        _run(kind, Path(file), dry_run, skip_rejected, as_json, encoding, sheet, rest)

    run.__doc__ = f"Import {kind.key} from a CSV or XLSX FILE: whole or not at all."
    command: Callable[..., Any] = run
    for option in kind.options:
        flag = option.key.replace("_", "-")
        command = click.option(
            f"--{flag}", option.key, is_flag=True, default=option.default, help=str(option.label)
        )(command)
    for decorate in (
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
        click.option(
            "--skip-rejected", is_flag=True, help="Import the other rows although some are rejected."
        ),
        click.option("--sheet", help="Sheet of a workbook; the first visible one otherwise."),
        click.option("--encoding", type=click.Choice(ENCODINGS), help="Instead of the recognised one."),
        click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing."),
        click.argument("file", type=click.Path()),
    ):
        command = decorate(command)
    return click.command("import")(command)


def _run(
    kind: ImportKind,
    path: Path,
    dry_run: bool,
    skip_rejected: bool,
    as_json: bool,
    encoding: str | None,
    sheet: str | None,
    options: dict[str, bool],
) -> None:
    if not path.is_file():
        fail(_("There is no file %(path)s.", path=path))
    heap.spare_the_collector()
    batch_id = None
    given: dict[str, Any] = {"encoding": encoding, "sheet": sheet, "options": options}
    with refusals_as_exit_code():
        if dry_run:
            survey = direct.survey_file(SYSTEM, kind.key, path, **given)
        else:
            survey, batch_id = _take_in(kind, path, given, skip_rejected)
    show(
        _result(survey, dry_run, batch_id), as_json=as_json, text=lambda: _summary(survey, dry_run, batch_id)
    )
    for row in survey.shown:
        if row["outcome"] in ("rejected", "notice"):
            click.echo(_line(row), err=True)
    if survey.counts[Outcome.REJECTED] and not skip_rejected:
        fail(_("Rejected rows: %(rows)s. Nothing was imported.", rows=survey.counts[Outcome.REJECTED]))


def _take_in(
    kind: ImportKind, path: Path, given: dict[str, Any], skip_rejected: bool
) -> tuple[Survey, int | None]:
    try:
        with transaction():
            batch, survey = direct.import_file(
                SYSTEM, kind.key, path, **given, leave_out_rejected=skip_rejected, now=now()
            )
            return survey, batch.id
    except direct.NotTakenIn as refusal:
        return refusal.survey, None


def _result(survey: Survey, dry_run: bool, batch_id: int | None) -> dict[str, Any]:
    def remarks(outcome: str) -> list[dict[str, Any]]:
        return [
            {name: row[name] for name in ("row", "column", "value", "code")}
            | {"reason": reason(row["code"], row["params"])}
            for row in survey.shown
            if row["outcome"] == outcome
        ]

    return {
        "dry_run": dry_run,
        "accepted": batch_id is not None,
        "batch": batch_id,
        "rows": survey.rows,
        "counts": {name.value: survey.counts[name] for name in Outcome if name is not Outcome.NOTICE},
        "rejected_rows": remarks("rejected"),
        "warnings": remarks("notice"),
        "changed_rows": [
            {
                "row": row["row"],
                "key": row["key"],
                "fields": {name: {"old": old, "new": new} for name, old, new in row["fields"]},
            }
            for row in survey.shown
            if row["outcome"] == "changed"
        ],
    }


def _line(row: dict[str, Any]) -> str:
    where = _("row %(row)s", row=row["row"])
    if row["column"]:
        where += ", " + row["column"]
    return f"{where}: {row['value']!r} {reason(row['code'], row['params'])}"


def _summary(survey: Survey, dry_run: bool, batch_id: int | None) -> str:
    counts = _(
        "%(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(rejected)s rejected.",
        new=survey.counts[Outcome.NEW],
        changed=survey.counts[Outcome.CHANGED],
        unchanged=survey.counts[Outcome.UNCHANGED],
        rejected=survey.counts[Outcome.REJECTED],
    )
    if batch_id is not None:
        return str(counts + " " + _("Imported as batch %(id)s.", id=batch_id))
    return str(counts + " " + _("Nothing was written.") if dry_run else counts)
