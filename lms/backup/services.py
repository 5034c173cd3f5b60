"""Backing an installation up and putting it back: database, stored files and, if wanted, the secrets."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy.engine import make_url

from lms import audit, config, storage
from lms.authz import SYSTEM
from lms.backup import archive
from lms.backup.archive import Manifest, Reader, Unusable, Writer
from lms.backup.databases import Database, database
from lms.db import db, transaction

SECRETS = {"secret_key": "SECRET_KEY", "password_salt": "SECURITY_PASSWORD_SALT"}
"""File beside the data → setting (and variable of the environment) of each secret."""


def back_up(path: Path, *, with_secrets: bool = False, now: datetime) -> Manifest:
    """Write a backup to ``path`` while the server runs; it is read again and verified before it gets its name.

    The database is copied first and the files after it: a file is in the store before a row names it, so whatever the copy
    names is there, unless it was erased in between. :raises Unusable: if ``path`` is taken, or something is damaged.
    """
    if path.exists():
        raise Unusable(f"{path} is there already: a backup never overwrites one")
    source = _database()
    part = path.with_name(path.name + ".part")
    with _one_line(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with _workshop() as folder, os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
                manifest = _write(stream, folder, source, with_secrets, now)
                stream.flush()
                os.fsync(stream.fileno())
            with Reader(part) as reader:
                reader.verify()
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
    with transaction():
        audit.record(SYSTEM, "backup.make", "installation", None, file=path.name, files=len(manifest.keys))
    return manifest


def _write(stream: Any, folder: Path, source: Database, with_secrets: bool, now: datetime) -> Manifest:
    copy = folder / "copy"
    found = source.copy(copy)
    with Writer(stream) as writer:
        with copy.open("rb") as content:
            writer.add(archive.DATABASE, iter(lambda: content.read(archive.CHUNK), b""), compress=source.name == "sqlite")
        for key in _stored():
            with suppress(FileNotFoundError):  # erased since the list was made
                writer.add(archive.FILES + key, _object(key))
        if with_secrets:
            for name, setting in SECRETS.items():
                writer.add(archive.SECRETS + name, [current_app.config[setting].encode()])
        missing = sorted(key for key in found.keys if archive.FILES + key not in writer.members)
        made_at, held = now.isoformat(timespec="seconds"), _fingerprints()
        manifest = Manifest(made_at, source.name, found.schema, found.rows, missing, held, writer.members)
        writer.finish(manifest)
    return manifest


def check(path: Path) -> Manifest:
    """Read a backup through and compare every checksum. :raises Unusable: if anything is amiss."""
    with Reader(path) as reader:
        reader.verify()
        return reader.manifest


def restore(path: Path, *, replace: bool = False, other_secrets: bool = False, now: datetime) -> Manifest:
    """Put a backup in place, whole or not at all.

    Files come first, beside those that are there: nobody sees them until a row names them. The database follows in one
    transaction of its own; then what it does not name is thrown away. :raises Unusable: and nothing has changed.
    """
    with Reader(path) as reader, _one_line(path), _workshop() as folder:
        manifest, target = reader.manifest, _database()
        _require_fit(manifest, target)
        _require_secrets(manifest, other_secrets)
        if not replace and (target.occupied() or _stored()):
            raise Unusable("this installation holds people or files: they would be lost. Back them up, then say --replace")
        reader.verify()
        reader.save(archive.DATABASE, folder / "copy")
        put_in_place = target.prepare(folder / "copy", folder, manifest.rows)
        before = set(_stored())
        _put_files(reader, before)
        db.session.remove()
        db.engine.dispose()
        try:
            put_in_place()
        except BaseException:
            _throw_away(set(_stored()) - before)
            raise
        _throw_away(before - set(manifest.keys))
        _put_secrets(reader)
    if manifest.schema == revisions()[0]:
        with transaction():
            audit.record(SYSTEM, "backup.restore", "installation", None, file=path.name, made_at=manifest.made_at)
    return manifest


def revisions() -> list[str]:
    """The revisions of the schema that this code knows, the newest first."""
    script = ScriptDirectory(str(config.ROOT / "migrations"))
    return [revision.revision for revision in script.walk_revisions()]


# --- the rules behind the verbs -------------------------------------------------------------------


def _require_fit(manifest: Manifest, target: Database) -> None:
    if manifest.database != target.name:
        raise Unusable(f"this backup is of {manifest.database} and this installation runs on {target.name} (DATABASE_URL)")
    if manifest.schema not in revisions():
        raise Unusable(f"this backup was made by a newer version of Needle (schema {manifest.schema}): install that version first")


def _require_secrets(manifest: Manifest, other_secrets: bool) -> None:
    """Passwords, second factors and links were made under secrets; under others they are worth nothing."""
    here = _fingerprints()
    other = [name for name in SECRETS if manifest.secrets.get(name) != here[name]]
    brought = [name for name in other if archive.SECRETS + name in manifest.members]
    given = [SECRETS[name] for name in brought if os.environ.get(SECRETS[name])]
    if given:
        raise Unusable(f"the backup brings secrets of its own, but {' and '.join(given)} is set in the environment: take it away first")
    if set(other) - set(brought) and not other_secrets:
        raise Unusable(
            f"the backup was made under another {' and '.join(sorted(set(other) - set(brought)))}: put these files of that installation"
            f" into {current_app.config['VAR']} first, or say --other-secrets (then everybody needs a new password and second factor)"
        )


def _fingerprints() -> dict[str, str]:
    return {name: archive.fingerprint(current_app.config[setting]) for name, setting in SECRETS.items()}


def _put_secrets(reader: Reader) -> None:
    here = _fingerprints()
    for name in SECRETS:
        if archive.SECRETS + name not in reader.manifest.members or reader.manifest.secrets[name] == here[name]:
            continue
        path = current_app.config["VAR"] / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(reader.read(archive.SECRETS + name))


def _database() -> Database:
    return database(make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]))


def _stored() -> list[str]:
    """The keys of everything in the store."""
    return sorted(entry["path"] for page in storage.store().list() for entry in page)


def _object(key: str) -> Iterator[bytes]:
    return (bytes(piece) for piece in storage.store().get(key).stream(min_chunk_size=archive.CHUNK))


def _put_files(reader: Reader, there: set[str]) -> None:
    """What is there already with the same content stays; keys are never used twice."""
    wanted = reader.manifest.members
    added = []
    try:
        for key in reader.manifest.keys:
            if key in there and _sha256(key) == wanted[archive.FILES + key].sha256:
                continue
            storage.store().put(key, reader.pieces(archive.FILES + key))
            added.append(key)
    except BaseException:
        _throw_away(set(added) - there)
        raise


def _sha256(key: str) -> str:
    digest = hashlib.sha256()
    for piece in _object(key):
        digest.update(piece)
    return digest.hexdigest()


def _throw_away(keys: set[str]) -> None:
    if keys:
        storage.store().delete(sorted(keys))


@contextmanager
def _workshop() -> Iterator[Path]:
    """A folder beside the data for what is on its way; nobody else can look into it."""
    parent = current_app.config["VAR"]
    with tempfile.TemporaryDirectory(prefix="backup-", dir=parent) as folder:
        yield Path(folder)


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """A full disk or a folder that may not be written is a line for the operator."""
    try:
        yield
    except OSError as error:
        raise Unusable(f"{error.filename or path}: {error.strerror or error}") from None
