"""What a recording really is, read from its bytes: WebM (Matroska) and MP4 with an own walk, Ogg by its mark. Pure.

A file is what its structure says, whatever its name or the browser claims. Only the beginning is needed for WebM and
Ogg; of MP4 the top-level boxes are walked, for some cameras write the index at the end.
"""

from __future__ import annotations

from collections.abc import Callable

Read = Callable[[int, int], bytes]
"""``read(start, length)``: bytes of the file; fewer at its end."""

VIDEO, AUDIO = 1, 2
EBML, DOC_TYPE, SEGMENT, TRACKS, TRACK, TRACK_TYPE, CLUSTER = (
    0x1A45DFA3, 0x4282, 0x18538067, 0x1654AE6B, 0xAE, 0x83, 0x1F43B675,
)  # fmt: skip
HEAD = 256 * 1024
"""WebM's tracks come within this many bytes."""
MOST_BOXES = 10_000


def kind_of(read: Read, size: int) -> str | None:
    """The media type (``video/webm``, ``audio/webm``, ``video/mp4``, ``audio/mp4``, ``audio/ogg``), or None for
    everything else, also for a file that begins like one and holds no track or no content."""
    head = read(0, min(size, HEAD))
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return _webm(head)
    if head[4:8] == b"ftyp":
        return _mp4(read, size)
    if head[:4] == b"OggS" and (b"OpusHead" in head[:256] or b"\x01vorbis" in head[:256]):
        return "audio/ogg"
    return None


def _number(data: bytes, at: int, *, marker: bool) -> tuple[int, int] | None:
    """An EBML variable-length number and the place after it; None where the data ends. All ones: unknown size (-1)."""
    if at >= len(data) or data[at] == 0:
        return None
    length = 9 - data[at].bit_length()
    if at + length > len(data):
        return None
    value = int.from_bytes(data[at : at + length], "big")
    if not marker:
        value &= (1 << (7 * length)) - 1
        if value == (1 << (7 * length)) - 1:
            value = -1
    return value, at + length


def _elements(data: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    """``(id, start of content, end of content)`` of the elements between ``at`` and ``end``, as far as they can be read."""
    found: list[tuple[int, int, int]] = []
    while at < end:
        name = _number(data, at, marker=True)
        size = _number(data, name[1], marker=False) if name else None
        if name is None or size is None:
            break
        stop = end if size[0] < 0 else size[1] + size[0]
        found.append((name[0], size[1], stop))
        at = stop
    return found


def _webm(data: bytes) -> str | None:
    top = _elements(data, 0, len(data))
    names = {data[start:stop] for id_, a, b in top if id_ == EBML for i, start, stop in _elements(data, a, b) if i == DOC_TYPE}
    segment = next(((start, min(stop, len(data))) for id_, start, stop in top if id_ == SEGMENT), None)
    if segment is None or not {name.rstrip(b"\0") for name in names} & {b"webm", b"matroska"}:
        return None
    parts = _elements(data, *segment)
    if CLUSTER not in {id_ for id_, _, _ in parts}:
        return None
    kinds = {
        int.from_bytes(data[c:d], "big")
        for id_, a, b in parts if id_ == TRACKS
        for track, start, stop in _elements(data, a, min(b, len(data))) if track == TRACK
        for part, c, d in _elements(data, start, min(stop, len(data))) if part == TRACK_TYPE
    }  # fmt: skip
    return "video/webm" if VIDEO in kinds else "audio/webm" if AUDIO in kinds else None


def _mp4(read: Read, size: int) -> str | None:
    """Needs an index (``moov``) and content (``mdat``), every box whole within the file."""
    at, index, content = 0, b"", False
    for _ in range(MOST_BOXES):
        if at >= size:
            break
        head = read(at, 16)
        if len(head) < 8:
            return None
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(head[8:16], "big"), 16
        length = size - at if length == 0 else length
        if length < header or at + length > size:
            return None
        if head[4:8] == b"moov":
            index = read(at, min(length, HEAD))
        content = content or (head[4:8] == b"mdat" and length > header)
        at += length
    if not index or not content:
        return None
    return "video/mp4" if b"vide" in index else "audio/mp4" if b"soun" in index else None
