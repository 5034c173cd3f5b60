"""Answers that are a file or a recording of one's voice: what may be given, and what a file is by its content. Pure.

The body of such a question is ``{"accept": ["pdf", "image"], "most_mb": 20}`` for a file and ``{"seconds": 180}`` for an oral
answer; its key holds the criteria of an open question (``open_text``). The answer itself names what was received: ``("12",)``.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import filetype
from msgspec import Struct

from assessments.grading.texts import BadQuestion

FILED = ("file", "oral")
FAMILIES = {
    "pdf": ("application/pdf",),
    "image": ("image/jpeg", "image/png", "image/webp", "image/heic"),
    "office": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
}
"""What can be asked for, and the media types of each."""
SUFFIXES = {
    **dict(zip(FAMILIES["pdf"] + FAMILIES["image"], ("pdf", "jpg", "png", "webp", "heic"), strict=True)),
    **dict(zip(FAMILIES["office"], ("docx", "xlsx", "pptx"), strict=True)),
    "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg",
}  # fmt: skip
MOST_MB = 50
SHORTEST, LONGEST = 10, 1800
"""Of an oral answer, in seconds."""
_MB = 1024 * 1024
_SECOND = 40_000
"""Bytes of a second of sound: more than a telephone's own recorder writes."""


class FileRule(Struct, frozen=True):
    """What may be given: ``accept`` families and ``most_mb`` for a file, ``seconds`` for an oral answer."""

    accept: tuple[str, ...] = ()
    most_mb: int = 0
    seconds: int = 0

    @property
    def limit(self) -> int:
        """The largest size in bytes."""
        return self.most_mb * _MB if self.accept else max(5 * _MB, self.seconds * _SECOND)

    @property
    def media_types(self) -> tuple[str, ...]:
        return tuple(each for name in self.accept for each in FAMILIES[name]) or ("audio/webm", "audio/mp4", "audio/ogg")


def parse_rule(kind: str, body: dict[str, Any]) -> FileRule:
    """:raises BadQuestion: ``question_file_kinds``, ``question_file_size``, ``question_seconds``."""
    if kind == "oral":
        seconds = body.get("seconds")
        if not _whole(seconds, SHORTEST, LONGEST):
            raise BadQuestion("question_seconds", "seconds")
        return FileRule(seconds=int(seconds or 0))
    accept, most = body.get("accept"), body.get("most_mb")
    if not isinstance(accept, list) or not accept or not all(each in FAMILIES for each in accept if isinstance(each, str)):
        raise BadQuestion("question_file_kinds", "accept")
    if not all(isinstance(each, str) for each in accept):
        raise BadQuestion("question_file_kinds", "accept")
    if not _whole(most, 1, MOST_MB):
        raise BadQuestion("question_file_size", "most_mb")
    return FileRule(tuple(name for name in FAMILIES if name in accept), int(most or 0))


def rule_to_json(rule: FileRule) -> dict[str, Any]:
    return {"accept": list(rule.accept), "most_mb": rule.most_mb} if rule.accept else {"seconds": rule.seconds}


def media_type_of(content: bytes) -> str | None:
    """What a file is, by its content alone; None for one with macros, for a broken one and for every other kind."""
    kind = filetype.guess_mime(content)
    if kind in FAMILIES["office"]:
        return kind if _is_plain_office(content) else None
    return kind if any(kind in types for types in FAMILIES.values()) else None


def _is_plain_office(content: bytes) -> bool:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError):
        return False
    return "[Content_Types].xml" in names and not any(name.endswith("vbaProject.bin") for name in names)


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
