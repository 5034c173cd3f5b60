"""The words of a chat completion as they come over the wire (server-sent events), and what may go wrong. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

LONGEST_LINE = 64 * 1024
LONGEST_ANSWER = 1024 * 1024
"""Bytes; a model that sends more is not listened to any longer."""
_THINKS, _THOUGHT = "<think>", "</think>"


class ModelFailure(Exception):
    """The model did not answer. ``code``: ``model_busy`` (with the seconds to wait), ``model_denied``, ``model_failing``,
    ``model_slow``, ``model_unreachable``, ``model_garbled``, ``model_silent``."""

    def __init__(self, code: str, wait: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait = wait


def lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """The lines in blocks of any length. :raises ModelFailure: ``model_garbled`` for what is too long or no UTF-8."""
    rest, seen = b"", 0
    for block in blocks:
        seen += len(block)
        rest += block
        *whole, rest = rest.split(b"\n")
        if seen > LONGEST_ANSWER or len(rest) > LONGEST_LINE:
            raise ModelFailure("model_garbled")
        yield from (_text(line) for line in whole)
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError:
        raise ModelFailure("model_garbled") from None


def pieces(stream: Iterable[str]) -> Iterator[str]:
    """What the model says, piece by piece, from the lines of its events.

    :raises ModelFailure: ``model_garbled`` where an event is no event, ``model_failing`` where the model says that it
        failed, or where the stream ends before the model has ended.
    """
    for line in stream:
        if not line.startswith("data:"):
            if line and line[0] != ":" and ":" not in line:
                raise ModelFailure("model_garbled")
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        text, ended = _event(data)
        if text:
            yield text
        if ended:
            return
    raise ModelFailure("model_failing")


def _event(data: str) -> tuple[str, bool]:
    found = _object(data)
    choices = found.get("choices")
    if choices == []:
        return "", False
    try:
        choice = choices[0]  # type: ignore[index]
        text = (choice.get("delta") or {}).get("content")
        ended = choice.get("finish_reason") is not None
    except (TypeError, AttributeError, KeyError, IndexError):
        raise ModelFailure("model_garbled") from None
    if text is not None and not isinstance(text, str):
        raise ModelFailure("model_garbled")
    return text or "", ended


def _object(data: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise ModelFailure("model_garbled") from None
    if not isinstance(found, dict):
        raise ModelFailure("model_garbled")
    if found.get("error"):
        raise ModelFailure("model_failing")
    return found


def whole(body: bytes) -> str:
    """What a server says that does not stream. :raises ModelFailure: as :func:`pieces`."""
    try:
        text = _object(_text(body))["choices"][0]["message"]["content"]
    except (TypeError, KeyError, IndexError):
        raise ModelFailure("model_garbled") from None
    if not isinstance(text, str):
        raise ModelFailure("model_garbled")
    return text


def without_thoughts(stream: Iterable[str]) -> Iterator[str]:
    """Some models think aloud first, between marks: that is not said to the rep."""
    begun, thinking = "", None
    for piece in stream:
        if thinking is False:
            yield piece
            continue
        begun += piece
        start = begun.lstrip()
        if thinking is None and not _THINKS.startswith(start[: len(_THINKS)]):
            thinking = False
            yield start
        elif _THOUGHT in start:
            thinking = False
            yield start.partition(_THOUGHT)[2].lstrip()
        elif len(start) >= len(_THINKS):
            thinking = True
    if thinking is None and begun.strip():
        yield begun.strip()


def clean(text: str) -> str:
    """Without control characters, except line breaks."""
    return "".join(letter for letter in text if letter >= " " and letter != "\x7f" or letter == "\n")
