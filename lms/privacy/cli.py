"""``flask people export-data`` and ``flask people erase``: for operators."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from lms.authz import SYSTEM
from lms.cli import fail, refusals_as_exit_code, show
from lms.clock import now
from lms.db import transaction
from lms.people import queries
from lms.people.cli import people
from lms.privacy import erasing, exporting


@people.command("export-data")
@click.argument("number")
@click.argument("file", type=click.Path(path_type=Path))
def export_data(number: str, file: Path) -> None:
    """Write everything held about the person with this NUMBER into FILE, a ZIP that only you can read."""
    person_id = _person(number)
    part = file.with_name(file.name + ".part")
    if file.exists():
        fail(f"{file} is there already")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as stream, transaction():
            exporting.export(SYSTEM, person_id, stream, now=now())
        part.rename(file)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}")
    finally:
        part.unlink(missing_ok=True)
    click.echo(str(file))


@people.command("erase")
@click.argument("number")
@click.option("--name", required=True, help="The person's name, to be sure it is the right one: this cannot be undone.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def erase(number: str, name: str, as_json: bool) -> None:
    """Erase the person with this NUMBER, whose account is closed: words and ways in go, statistics stay."""
    person_id, moment = _person(number), now()
    with refusals_as_exit_code(), transaction():
        person = erasing.erase(SYSTEM, person_id, name, now=moment)
    show(_said(person.number, moment), as_json=as_json, text=lambda: f"erased; what is left has the number {person.number}")


def _said(number: str, moment: datetime) -> dict[str, str]:
    return {"left": number, "at": moment.isoformat(timespec="seconds")}


def _person(number: str) -> int:
    ids, unknown = queries.ids_of_numbers([number])
    if unknown:
        fail(f"no person has the number {number}")
    return ids[0]
