"""What comes in pieces, in the manner of tus: begin with a size, ask for the offset, send what is missing, finish.

Every piece is in the store and its row committed before it is acknowledged, so that neither a lost connection nor a
restarted server loses what was acknowledged. A room has two tables of its own made of :class:`InPieces` and
:class:`PieceRow`; who may send or open what is the room's to say.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, jsonify, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from lms import downloads, ranges, storage
from lms.db import after_commit, db
from lms.errors import Refused, Unknown, sentence

PIECE = 8 * 1024 * 1024
"""The largest piece, in bytes."""
OPEN_SECONDS = 2 * 60 * 60
"""How long an address of what was received can be opened."""


class InPieces:
    """The columns of what is received in pieces."""

    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    media_type: Mapped[str | None] = mapped_column(String(100))
    """Read from the content; None until it is whole."""
    sha256: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """Its bytes are gone: refused, thrown away, or the time to keep it is over."""

    if TYPE_CHECKING:
        id: Mapped[int]
        pieces: Any


class PieceRow:
    """The columns of a piece: some bytes under a key of the store."""

    start: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int]
    key: Mapped[str] = mapped_column(String(64), unique=True)


# Receiving


def check_size(size: int, limit: int) -> None:
    """:raises Refused: ``recording_empty``, ``recording_too_large``."""
    if size <= 0:
        raise Refused("recording_empty", field="file")
    if size > limit:
        raise Refused("recording_too_large", field="file", limit=limit // 1024 // 1024)


def append(row: InPieces, make: Callable[..., Any], offset: int, data: bytes) -> None:
    """Keep the bytes that begin at ``offset``; ``row`` is locked, ``make(start, size, key)`` its piece. A piece sent twice is
    refused with the place to go on from.

    :raises Refused: ``recording_closed``, ``piece_too_large``, ``piece_out_of_place`` (offset), ``recording_empty``,
        ``recording_too_large`` beyond the size begun with.
    """
    if row.finished_at is not None or row.erased_at is not None:
        raise Refused("recording_closed")
    if len(data) > PIECE:
        raise Refused("piece_too_large", limit=PIECE // 1024 // 1024)
    if not data:
        raise Refused("recording_empty", field="file")
    if offset != row.received:
        raise Refused("piece_out_of_place", offset=row.received)
    if offset + len(data) > row.size:
        raise Refused("recording_too_large", field="file", limit=row.size // 1024 // 1024)
    key = secrets.token_hex(16)
    storage.store().put(key, data)
    db.session.add(make(start=offset, size=len(data), key=key))
    row.received = offset + len(data)
    db.session.flush()


def close(row: InPieces, media_type: str, *, now: datetime) -> None:
    """It is whole and is what it should be."""
    row.media_type, row.finished_at = media_type, now
    row.sha256 = fingerprint(chunks(row, 0, row.size - 1))
    db.session.flush()


def fingerprint(pieces: Iterable[bytes]) -> str:
    """SHA-256 of the pieces together."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def erase(row: InPieces, *, now: datetime) -> None:
    """Let go of the bytes; the row says that they were there. The store is emptied after the commit."""
    keys = [piece.key for piece in row.pieces]
    if row.erased_at is not None:
        return
    row.pieces.clear()
    row.erased_at = now
    db.session.flush()
    if keys:
        store = storage.store()
        after_commit(lambda: store.delete(keys))


# Reading


def chunks(row: InPieces, first: int, last: int) -> Iterator[bytes]:
    """The bytes from ``first`` to ``last`` inclusive, piece by piece. Opened by keys: the request may be over."""
    store = storage.store()
    wanted = [
        (piece.key, max(0, first - piece.start), min(piece.size, last + 1 - piece.start))
        for piece in row.pieces
        if piece.start <= last and piece.start + piece.size > first
    ]
    return (bytes(store.get_range(key, start=start, end=end)) for key, start, end in wanted)


def read(row: InPieces, start: int, length: int) -> bytes:
    """Some bytes of it; fewer at its end."""
    last = min(start + length, row.received) - 1
    return b"".join(chunks(row, start, last)) if last >= start else b""


# Addresses that expire


def _signer(room: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=room)


def ticket(room: str, row_id: int, viewer: int | None) -> str:
    """A word that opens a row of a room for this viewer, for two hours."""
    return str(_signer(room).dumps([row_id, viewer]))


def opened(room: str, word: str, viewer: int | None) -> int:
    """The row that a viewer's own ticket names. :raises Unknown: expired, forged and foreign look alike."""
    try:
        row_id, whose = _signer(room).loads(word, max_age=OPEN_SECONDS)
    except (BadSignature, ValueError, TypeError):
        raise Unknown() from None
    if whose != viewer or viewer is None:
        raise Unknown()
    return int(row_id)


# What is said over HTTP


def header_number(name: str, otherwise: int) -> int:
    """A number that the browser sent in a header."""
    text = request.headers.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else otherwise


def sent_piece() -> bytes:
    """The body of the request as a piece. :raises Refused: ``piece_too_large``."""
    if (request.content_length or 0) > PIECE:
        raise Refused("piece_too_large", limit=PIECE // 1024 // 1024)
    return request.get_data(cache=False)


def said(row: InPieces, status: int, location: str) -> Response:
    """How far a row has come, and where the next piece is to be sent."""
    answer = jsonify(id=row.id, offset=row.received, size=row.size)
    answer.status_code = status
    answer.headers["Upload-Offset"] = str(row.received)
    answer.headers["Upload-Length"] = str(row.size)
    answer.headers["Location"] = location
    return answer


def refused(refusal: Refused) -> Response:
    """A refusal as JSON, with the place to go on from. What is unknown is raised again."""
    if refusal.status == 404:
        raise refusal
    answer = jsonify({"code": refusal.code, "sentence": sentence(refusal), **refusal.params})
    answer.status_code = 413 if refusal.code == "recording_too_large" else refusal.status
    if "offset" in refusal.params:
        answer.headers["Upload-Offset"] = str(refusal.params["offset"])
    return answer


def response(row: InPieces, name: str, *, download: bool) -> Response:
    """The bytes for a browser, whole or the range asked for: never sniffed, never run, never kept by a cache."""
    try:
        part = ranges.asked(request.headers.get("Range"), row.size)
    except ranges.Unsatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{row.size}"})
    first, last = part or (0, row.size - 1)
    answer = Response(chunks(row, first, last), 206 if part else 200, mimetype=row.media_type)
    if part:
        answer.headers["Content-Range"] = f"bytes {first}-{last}/{row.size}"
    downloads.call(answer, name, download=download)
    answer.headers["Content-Length"] = str(last - first + 1)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
