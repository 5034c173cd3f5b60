"""The encoding of a text file: byte order mark, then strict UTF-8, then the likeliest of three others. Pure.

A Chinese file of few Chinese characters gives a general detector too little to go by (it takes a GB18030
list of mostly Latin addresses for cp1252), so each candidate that decodes the whole file is first scored by
the share of its characters that are *common* in that encoding: both national standards put the everyday
characters into a first plane (GB 2312 level 1: lead bytes B0–D7; Big5 level 1: A4–C6). The detector decides
where the scores leave it open and there is enough text for it; otherwise the commoner encoding is taken, and
the preview offers the others.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

import charset_normalizer

from lms.tables.problems import TableProblem

CHOICES = ("utf-8", "gb18030", "big5", "cp1252", "utf-16")
"""What a reader may be offered when the guess was wrong."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSES = ("gb18030", "big5", "cp1252")
_CHUNK = 2**20
_SAMPLE = 64 * 1024
_CLEAR = 0.1  # a lead in the share of common characters that needs no second opinion
_ENOUGH = 64  # bytes above 7F from which the general detector beats the prior

_HIGH_RUN = re.compile(rb"[\x80-\xff][\x40-\xff]*")
_LATIN_LETTERS = frozenset(range(0xC0, 0x100)) - {0xD7, 0xF7}


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk


def decodes(file: BinaryIO, encoding: str) -> bool:
    """Whether every byte of the file is lawful in ``encoding``. The file is left anywhere."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for chunk in _chunks(file):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def telling_lines(file: BinaryIO) -> bytes:
    """The lines with a byte above 7F, up to 64 KB of them: pure ASCII says nothing about the encoding."""
    sample = bytearray()
    rest = b""
    for chunk in _chunks(file):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()[-_SAMPLE:]
        for line in lines:
            if not line.isascii():
                sample += line + b"\n"
        if len(sample) >= _SAMPLE:
            break
    else:
        sample += b"" if rest.isascii() else rest
    return bytes(sample[:_SAMPLE])


def _pairs(run: bytes, encoding: str) -> Iterator[tuple[int, int]]:
    """Lead and trail bytes as the two-byte encoding would cut the run."""
    at = 0
    while at < len(run):
        if run[at] < 0x80:
            at += 1
        elif encoding == "gb18030" and at + 1 < len(run) and 0x30 <= run[at + 1] <= 0x39:
            at += 4
        else:
            yield run[at], run[at + 1] if at + 1 < len(run) else 0
            at += 2


def _is_common(lead: int, trail: int, encoding: str) -> bool:
    if encoding == "gb18030":
        return (0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3) and trail >= 0xA1
    return 0xA4 <= lead <= 0xC6 or (lead == 0xA1 and trail >= 0x40)


def commonness(sample: bytes, encoding: str) -> float:
    """The share of the non-ASCII characters that are everyday ones, 0 to 1.

    In cp1252 those are accented letters that stand alone between ASCII, as they do in European names.
    """
    common = total = 0
    if encoding == "cp1252":
        for run in re.findall(rb"[\x80-\xff]+", sample):
            total += len(run)
            common += sum(byte in _LATIN_LETTERS for byte in run) if len(run) < 2 else 0
    else:
        for run in _HIGH_RUN.findall(sample):
            for lead, trail in _pairs(run, encoding):
                total += 1
                common += _is_common(lead, trail, encoding)
    return common / total if total else 0.0


def _guess(sample: bytes, candidates: list[str]) -> str:
    scores = {name: commonness(sample, name) for name in candidates}
    ranked = sorted(candidates, key=lambda name: -scores[name])
    if len(ranked) == 1 or scores[ranked[0]] - scores[ranked[1]] > _CLEAR:
        return ranked[0]
    if sum(byte > 0x7F for byte in sample) < _ENOUGH:
        return next(
            name for name in _GUESSES if name in scores and scores[name] >= scores[ranked[0]] - _CLEAR
        )
    best = charset_normalizer.from_bytes(sample, cp_isolation=candidates, enable_fallback=False).best()
    return best.encoding if best is not None and best.encoding in candidates else ranked[0]


def detect(file: BinaryIO, override: str | None = None) -> str:
    """The Python name of the encoding of a seekable binary file.

    :param override: what a person chose instead of the guess; checked against the whole file.
    :raises TableProblem: ``table_encoding_mismatch`` if the override does not fit, ``table_encoding_unknown``
        if nothing does.
    """
    if override is not None:
        name = "utf-8-sig" if override == "utf-8" else override
        if override not in CHOICES or not decodes(file, name):
            raise TableProblem("table_encoding_mismatch", value=override)
        return name
    file.seek(0)
    start = file.read(4)
    for mark, name in _MARKS:
        if start.startswith(mark):
            if not decodes(file, name):
                raise TableProblem("table_encoding_mismatch", value=name)
            return name
    if decodes(file, "utf-8"):
        return "utf-8"
    candidates = [name for name in _GUESSES if decodes(file, name)]
    if not candidates:
        raise TableProblem("table_encoding_unknown")
    return _guess(telling_lines(file), candidates)
