"""Files: kept under their own key on disk or in S3 (``STORAGE_URL``), named and hashed in the database."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import filetype
from flask import Flask, Response, current_app
from obstore import store as stores
from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms import downloads
from lms.authz import Actor
from lms.clock import now
from lms.db import Base, db
from lms.errors import Refused

CHUNK = 1024 * 1024


class StoredFile(Base):
    """A file as it was given. Who may fetch it is decided by the feature that refers to it."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


def store() -> stores.ObjectStore:
    """Where the files are; opened when it is first asked for."""
    opened = current_app.extensions.get("needle_store")
    if opened is None:
        opened = current_app.extensions["needle_store"] = _open(current_app.config["STORAGE_URL"])
    return cast(stores.ObjectStore, opened)


def put(
    actor: Actor, content: bytes | IO[bytes], name: str, *, allowed: frozenset[str] | None = None, limit: int | None = None
) -> StoredFile:
    """Keep a file under a fresh key.

    The media type is read from the content, never from the name or the browser.

    :param allowed: media types that are accepted; anything else is refused.
    :param limit: the largest size in bytes.
    :raises Refused: ``file_empty``, ``file_too_large``, ``file_type_refused``.
    """
    data = content if isinstance(content, bytes) else content.read(-1 if limit is None else limit + 1)
    if not data:
        raise Refused("file_empty", field="file")
    if limit is not None and len(data) > limit:
        raise Refused("file_too_large", field="file", limit=limit // 1024 // 1024)
    media_type = filetype.guess_mime(data) or "application/octet-stream"
    if allowed is not None and media_type not in allowed:
        raise Refused("file_type_refused", field="file", kind=media_type)
    key = secrets.token_hex(16)
    store().put(key, data)
    file = StoredFile(
        key=key,
        name=Path(name).name[:255] or "file",
        media_type=media_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        owner_id=actor.person_id,
        created_at=now(),
    )
    db.session.add(file)
    db.session.flush()
    return file


def read(file: StoredFile) -> bytes:
    return bytes(store().get(file.key).bytes())


def stream(file: StoredFile) -> Iterator[bytes]:
    """The file in pieces. It is opened at once: when a server sends the pieces, the request is over."""
    chunks = store().get(file.key).stream(min_chunk_size=CHUNK)
    return (bytes(chunk) for chunk in chunks)


def response(file: StoredFile, *, download: bool = True) -> Response:
    """The file for a browser: never sniffed, never run; shown in the page only if ``download`` is False."""
    answer = downloads.call(Response(stream(file), mimetype=file.media_type), file.name, download=download)
    answer.headers["Content-Length"] = str(file.size)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def _folder(url: str) -> Path | None:
    return Path(url.removeprefix("file://")) if url.startswith("file://") else None


def _open(url: str) -> Any:
    folder = _folder(url)
    return stores.from_url(url) if folder is None else stores.LocalStore(str(folder))


def init_app(app: Flask) -> None:
    folder = _folder(app.config["STORAGE_URL"])
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
