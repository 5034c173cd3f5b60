"""``flask course …``, ``flask completion …``, ``flask certificate …``: for operators and for checking by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select

from courses import authoring, certificates, exchange, queries
from courses.dates import day_of
from courses.importing import CompletionImport
from courses.models import Certificate, Course
from lms.authz import SYSTEM
from lms.cli import fail, refusals_as_exit_code, show, write_text
from lms.clock import now
from lms.db import db, transaction
from lms.i18n import local
from lms.imports.cli import import_command

course = AppGroup("course", help="Courses as files.")
completion = AppGroup("completion", help="Completions earned elsewhere.")
completion.add_command(import_command(CompletionImport()))
certificate = AppGroup("certificate", help="Certificates.")


@course.command("import")
@click.argument("file", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def import_course(file: str, as_json: bool) -> None:
    """Make a draft from a course FILE (docs/course-format.md): whole or not at all."""
    path = Path(file)
    if not path.is_file():
        fail(f"there is no file {file}")
    with refusals_as_exit_code(), transaction():
        made = exchange.load(SYSTEM, path.read_bytes(), now=now())
        modules = len(authoring.modules_of(made.id))
    result = {
        "id": made.id,
        "code": made.code,
        "title": made.title,
        "modules": modules,
        "status": made.status,
    }
    show(
        result, as_json=as_json, text=lambda: f"{made.code}: {local(made.title)}, {modules} modules, a draft"
    )


@course.command("export")
@click.argument("code")
@click.option("-o", "--output", type=click.Path(), help="The file to write; standard output otherwise.")
def export_course(code: str, output: str | None) -> None:
    """Write the course CODE as a file, with its images and questions."""
    found = db.session.scalar(select(Course).where(Course.code == code))
    if found is None:
        fail(f"there is no course {code}")
    text = exchange.exported_text(found)
    write_text(text, output)


@certificate.command("verify")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def verify(code: str, as_json: bool) -> None:
    """Say what the certificate with this CODE is worth today; exit code 2 if there is none."""
    found = queries.certificate_by_code(certificates.normal_code(code))
    if found is None:
        fail(f"there is no certificate {code}")
    result = _verified(found)
    show(result, as_json=as_json, text=lambda: "\n".join(f"{key}: {value}" for key, value in result.items()))


def _verified(found: Certificate) -> dict[str, Any]:
    return {
        "code": found.code,
        "state": certificates.state(found, day_of(now())),
        "name": found.values["person"]["name"],
        "course": local(found.values["course"]["title"]),
        "completed_on": found.values["completed_on"],
        "issued_on": found.issued_on.isoformat(),
        "expires_on": found.expires_on.isoformat() if found.expires_on else None,
        "revoked_at": found.revoked_at.isoformat() if found.revoked_at else None,
        "pdf_sha256": found.pdf_sha256,
    }
