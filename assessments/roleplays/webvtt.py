"""Captions in the format WebVTT (W3C): read strictly, kept as times and plain words, and written anew. Pure.

What a file brings beside them (styles, regions, notes, places on the screen, mark-up) is left out: nothing of it reaches
another person's browser. The voice of ``<v Name>`` becomes ``Name: …``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

MOST_BYTES = 512 * 1024
MOST_CUES = 5000
LONGEST_CUE = 1000
_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"^{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]+)>")
_TAG = re.compile(r"<[^<>]*>")


class NotCaptions(Exception):
    """Why a text is no WebVTT, and in which line (from 1): ``captions_head``, ``captions_time``, ``captions_order``,
    ``captions_long``, ``captions_many``, ``captions_none``."""

    def __init__(self, code: str, line: int) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


class Cue(Struct, frozen=True):
    """``text`` is said from ``start`` to ``end``, in seconds."""

    start: float
    end: float
    text: str


def read(text: str) -> tuple[Cue, ...]:
    """The cues in their order. :raises NotCaptions: where the text is not as it must be."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").split("\n")
    if not re.match(r"^WEBVTT(?:[ \t].*)?$", lines[0]):
        raise NotCaptions("captions_head", 1)
    cues: list[Cue] = []
    for at, block in _blocks(lines):
        cue = _cue(at, block)
        if cue is None:
            continue
        if cues and cue.start < cues[-1].start:
            raise NotCaptions("captions_order", at)
        cues.append(cue)
        if len(cues) > MOST_CUES:
            raise NotCaptions("captions_many", at)
    if not cues:
        raise NotCaptions("captions_none", len(lines))
    return tuple(cues)


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The blocks behind the head, each with the number of its first line."""
    block: list[str] = []
    head = True
    for at, line in enumerate([*lines, ""], 1):
        if line.strip():
            block.append(line)
            continue
        if block and not head:
            yield at - len(block), block
        block, head = [], False


def _cue(at: int, block: list[str]) -> Cue | None:
    """A cue; None for notes, styles, regions and cues without words."""
    timed = next((i for i, line in enumerate(block[:2]) if "-->" in line), None)
    if timed is None:
        if block[0].split(" ")[0].strip() in {"NOTE", "STYLE", "REGION"}:
            return None
        raise NotCaptions("captions_time", at)
    if timed == 1 and block[0].startswith("NOTE"):
        return None
    match = _TIMING.match(block[timed].strip())
    if match is None:
        raise NotCaptions("captions_time", at + timed)
    start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
    if end <= start:
        raise NotCaptions("captions_order", at + timed)
    words = plain("\n".join(block[timed + 1 :]))
    if len(words) > LONGEST_CUE:
        raise NotCaptions("captions_long", at)
    return Cue(start, end, words) if words else None


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths) / 1000


def plain(words: str) -> str:
    """Without mark-up; who speaks is said in words."""
    return html.unescape(_TAG.sub("", _VOICE.sub(r"\1: ", words))).strip()


def write(cues: Sequence[Cue]) -> str:
    """WebVTT with times and words alone."""
    said = [f"{_clock(cue.start)} --> {_clock(cue.end)}\n{_escaped(cue.text)}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *said])


def _escaped(words: str) -> str:
    lines = (line.strip() for line in html.escape(words, quote=False).splitlines())
    return "\n".join(line for line in lines if line)


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
