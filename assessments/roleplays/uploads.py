"""Recordings come in pieces (``lms/pieces``). What a recording is, is read from its bytes when it is whole."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import IO

from flask import current_app
from sqlalchemy import delete, func, select

from assessments.roleplays import policies
from assessments.roleplays.models import Play, Recording, RecordingCaption, RecordingPiece
from lms import audit, pieces
from lms.authz import Actor, Permission, require
from lms.containers import kind_of
from lms.db import db
from lms.errors import Refused
from lms.pieces import PIECE, chunks, fingerprint, read

__all__ = ["PIECE", "chunks", "fingerprint", "read"]
MARKS = (b"\x1a\x45\xdf\xa3", b"OggS")
ROOM = "roleplays.recording"


def limit_bytes() -> int:
    return int(current_app.config.get("RECORDING_MAX_MB", 500)) * 1024 * 1024


def begin(actor: Actor, play_id: int, size: int, *, now: datetime) -> Recording:
    """A place for a recording of ``size`` bytes.

    :raises Unknown: if the performance is somebody else's.
    :raises Refused: ``play_closed``, ``takes_used_up``, ``recording_empty``, ``recording_too_large``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    play = policies.own_play(actor, play_id)
    db.session.execute(select(Play.id).where(Play.id == play_id).with_for_update())
    if play.submitted_at is not None or play.abandoned_at is not None or play.way != "recorded":
        raise Refused("play_closed")
    pieces.check_size(size, limit_bytes())
    if len(finished(play_id)) >= play.takes:
        raise Refused("takes_used_up", takes=play.takes)
    last = db.session.scalar(select(func.max(Recording.number)).where(Recording.play_id == play_id)) or 0
    recording = Recording(play_id=play_id, number=last + 1, size=size, received=0, started_at=now)
    db.session.add(recording)
    db.session.flush()
    return recording


def finished(play_id: int) -> Sequence[Recording]:
    """The takes that were made, thrown away ones included, in their order."""
    return db.session.scalars(
        select(Recording)
        .where(Recording.play_id == play_id, Recording.finished_at.is_not(None))
        .order_by(Recording.number)
    ).all()


def append(actor: Actor, recording_id: int, offset: int, data: bytes, *, now: datetime) -> Recording:
    """Keep the bytes that begin at ``offset``.

    :raises Refused: as :func:`lms.pieces.append`; ``recording_type`` when the first bytes are no recording's.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    recording = _locked(actor, recording_id)
    if offset == 0 and 8 <= len(data) <= PIECE and not (data.startswith(MARKS) or data[4:8] == b"ftyp"):
        raise Refused("recording_type", field="file")
    pieces.append(recording, partial(RecordingPiece, recording_id=recording.id), offset, data)
    return recording


def _locked(actor: Actor, recording_id: int) -> Recording:
    recording = policies.own_recording(actor, recording_id)
    db.session.execute(
        select(Recording.id).where(Recording.id == recording_id).with_for_update()
    )
    db.session.refresh(recording)
    return recording


def finish(actor: Actor, recording_id: int, claimed: str, *, now: datetime) -> Recording:
    """It is whole: read what it is. Whoever calls it throws a refused one away (:func:`discard`).

    :raises Refused: ``piece_out_of_place`` while bytes are missing, ``recording_type``, ``recording_lies``,
        ``recording_audio_only``, ``takes_used_up``.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    recording = _locked(actor, recording_id)
    if recording.finished_at is not None:
        return recording
    if recording.received != recording.size:
        raise Refused("piece_out_of_place", offset=recording.received)
    play = recording.play
    if len(finished(play.id)) >= play.takes:
        raise Refused("takes_used_up", takes=play.takes)
    found = kind_of(lambda start, length: read(recording, start, length), recording.size)
    if found is None:
        raise Refused("recording_type", field="file")
    claim = claimed.split(";")[0].strip().lower()
    if claim and claim.partition("/")[2] != found.partition("/")[2]:
        raise Refused("recording_lies", field="file", claimed=claim[:40])
    if play.version.content["media"] == "video" and not found.startswith("video/"):
        raise Refused("recording_audio_only", field="file")
    pieces.close(recording, found, now=now)
    return recording


def whole(actor: Actor, play_id: int, content: IO[bytes], claimed: str, *, now: datetime) -> Recording:
    """A recording sent at once, by an ordinary form: the same steps."""
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    recording = begin(actor, play_id, size, now=now)
    while piece := content.read(PIECE):
        append(actor, recording.id, recording.received, piece, now=now)
    return finish(actor, recording.id, claimed, now=now)


def discard(actor: Actor, recording_id: int, *, now: datetime) -> None:
    """Throw a take of one's own away that was not sent; a finished one still counts among the takes."""
    require(actor, Permission.ROLEPLAY_PRACTISE)
    recording = _locked(actor, recording_id)
    if recording.sent_at is not None:
        raise Refused("play_closed")
    erase(recording, now=now)


def erase(recording: Recording, *, now: datetime) -> None:
    """Let go of its bytes and of its captions."""
    pieces.erase(recording, now=now)
    db.session.execute(delete(RecordingCaption).where(RecordingCaption.recording_id == recording.id))


def erase_all_of(actor: Actor, play: Play, *, now: datetime, but: int | None = None) -> int:
    """Erase every take of a performance, except the one with the id ``but``; how many had bytes."""
    rows = db.session.scalars(
        select(Recording).where(Recording.play_id == play.id, Recording.erased_at.is_(None))
    ).all()
    gone = [row for row in rows if row.id != but]
    for row in gone:
        erase(row, now=now)
        audit.record(actor, "recording.erase", "play", play.id, recording=row.id)
    return len(gone)


def overdue(today: datetime, most: int = 200) -> Sequence[Play]:
    """Performances whose recordings have been kept long enough."""
    kept = select(Recording.play_id).where(Recording.erased_at.is_(None))
    return db.session.scalars(
        select(Play).where(Play.delete_after < today.date(), Play.id.in_(kept)).order_by(Play.id).limit(most)
    ).all()


def erase_overdue(actor: Actor, *, now: datetime) -> int:
    """Erase what is overdue; the number of recordings."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    return sum(erase_all_of(actor, play, now=now) for play in overdue(now))


# Addresses that expire


def ticket(actor: Actor, recording: Recording) -> str:
    """A word that opens the recording for this viewer, for two hours."""
    return pieces.ticket(ROOM, recording.id, actor.person_id)


def opened(actor: Actor, word: str) -> Recording:
    """The recording that a ticket opens, if it is the actor's own ticket and they may still watch it.

    :raises Unknown: otherwise; expired, forged and foreign look alike.
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    return policies.watched_recording(actor, pieces.opened(ROOM, word, actor.person_id))
