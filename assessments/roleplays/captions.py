"""The words of a recording: kept by its performer or a trainer who may watch it, read by whoever may watch it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from assessments.roleplays import policies, webvtt
from assessments.roleplays.models import Recording, RecordingCaption
from assessments.roleplays.webvtt import Cue, NotCaptions
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused
from lms.i18n import LANGUAGE_NAMES, LOCALES


class Track(NamedTuple):
    """The captions of a recording in one language."""

    language: str
    text: str

    @property
    def name(self) -> str:
        return LANGUAGE_NAMES[self.language]

    @property
    def cues(self) -> Sequence[Cue]:
        return webvtt.read(self.text)


def save(actor: Actor, recording_id: int, language: str, data: bytes, *, now: datetime) -> RecordingCaption:
    """Keep captions in the place of earlier ones; an empty text takes them away.

    :raises Unknown: if the actor may not watch the recording. :raises Forbidden: if others write its captions.
    :raises Refused: ``captions_large``, ``captions_encoding``, ``captions_language``, and the codes of :class:`NotCaptions` (line).
    """
    require(actor, Permission.ROLEPLAY_PRACTISE)
    recording = policies.captioned_recording(actor, recording_id)
    if language not in LOCALES:
        raise Refused("captions_language")
    row = RecordingCaption(
        recording_id=recording.id, language=language, text=_checked(data), by_id=actor.person_id, at=now
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "recording.captions", "play", recording.play_id, recording=recording.id, language=language)
    return row


def _checked(data: bytes) -> str:
    if len(data) > webvtt.MOST_BYTES:
        raise Refused("captions_large", field="text", most=webvtt.MOST_BYTES // 1024)
    try:
        text = data.decode("utf-8-sig")
        return webvtt.write(webvtt.read(text)) if text.strip() else ""
    except UnicodeDecodeError:
        raise Refused("captions_encoding", field="text") from None
    except NotCaptions as wrong:
        raise Refused(wrong.code, field="text", line=wrong.line) from None


def tracks(recordings: Sequence[Recording]) -> dict[int, list[Track]]:
    """Recording → its captions. The caller has found the recordings for a viewer who may watch them."""
    ids = [recording.id for recording in recordings if recording.erased_at is None]
    if not ids:
        return {}
    newest = (
        select(func.max(RecordingCaption.id))
        .where(RecordingCaption.recording_id.in_(ids))
        .group_by(RecordingCaption.recording_id, RecordingCaption.language)
    )
    rows = db.session.scalars(
        select(RecordingCaption)
        .where(RecordingCaption.id.in_(newest), RecordingCaption.text != "")
        .order_by(RecordingCaption.language)
    )
    found: dict[int, list[Track]] = {}
    for row in rows:
        found.setdefault(row.recording_id, []).append(Track(row.language, row.text))
    return found


def track(recording: Recording, language: str) -> Track | None:
    """The captions in one language, if there are any."""
    return next((each for each in tracks([recording]).get(recording.id, []) if each.language == language), None)


def writes(actor: Actor, recording: Recording) -> bool:
    """Whether somebody who may watch it may write its captions: its performer, and trainers."""
    return recording.play.person_id == actor.person_id or actor.can(Permission.ROLEPLAY_AUTHOR)
