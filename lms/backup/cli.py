"""``flask backup`` and ``flask restore``: for operators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from msgspec.structs import asdict

from lms.backup import services
from lms.backup.archive import Manifest, Unusable
from lms.cli import fail, show
from lms.clock import now


@click.command("backup")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--with-secrets", is_flag=True, help="Put secret_key and password_salt into it: whoever has it can then sign in as anybody.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@with_appcontext
def backup(file: Path | None, with_secrets: bool, as_json: bool) -> None:
    """Back up database and files into FILE (a ZIP; without one, a new one in var/backups) while the server runs."""
    moment = now()
    path = file or current_app.config["VAR"] / "backups" / f"needle-{moment:%Y%m%d-%H%M%S}.zip"
    try:
        manifest = services.back_up(path, with_secrets=with_secrets, now=moment)
    except Unusable as error:
        fail(str(error))
    result = {"file": str(path), "bytes": path.stat().st_size} | _said(manifest)
    show(result, as_json=as_json, text=lambda: "\n".join([f"{path}: {_in_words(manifest)}", *_warnings(manifest, with_secrets)]))


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Only read the backup through and compare every checksum; change nothing.")
@click.option("--replace", is_flag=True, help="Also into an installation that holds people or files: they are lost.")
@click.option("--other-secrets", is_flag=True, help="Also where other secrets hold: everybody then needs a new password.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@with_appcontext
def restore(file: Path, check: bool, replace: bool, other_secrets: bool, as_json: bool) -> None:
    """Put the backup FILE in place, whole or not at all. Stop the web server and the worker before, start them after."""
    try:
        manifest = services.check(file) if check else services.restore(file, replace=replace, other_secrets=other_secrets, now=now())
    except Unusable as error:
        fail(str(error))
    verb = "is whole" if check else "is in place"
    lines = [f"{file} {verb}: {_in_words(manifest)}", *_afterwards(manifest, check)]
    show({"file": str(file)} | _said(manifest), as_json=as_json, text=lambda: "\n".join(lines))


def _said(manifest: Manifest) -> dict[str, Any]:
    """The manifest without the list of its members, which may be long."""
    return {key: value for key, value in asdict(manifest).items() if key not in ("members", "secrets")} | {"files": len(manifest.keys)}


def _in_words(manifest: Manifest) -> str:
    rows = sum(manifest.rows.values())
    return f"{manifest.database}, schema {manifest.schema}, {rows} rows, {len(manifest.keys)} files, made {manifest.made_at}, every checksum right"


def _warnings(manifest: Manifest, with_secrets: bool) -> list[str]:
    lines = [f"not in the store although the database names them: {len(manifest.missing)} files (listed in the manifest)"] if manifest.missing else []
    if with_secrets:
        return [*lines, "it holds the secrets of this installation: keep it as you keep a key"]
    return [*lines, f"it holds no secrets: keep secret_key and password_salt of {current_app.config['VAR']} in another place"]


def _afterwards(manifest: Manifest, checked: bool) -> list[str]:
    if checked:
        return []
    newest = services.revisions()[0]
    lines = [f"its schema is older than this code ({newest}): run flask db upgrade"] if manifest.schema != newest else []
    return [*lines, "start the web server and the worker anew"]


def register(app: Flask) -> None:
    """Called by the roof, for commands alone."""
    app.cli.add_command(backup)
    app.cli.add_command(restore)
