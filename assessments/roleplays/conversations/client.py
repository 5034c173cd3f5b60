"""Asking the configured endpoint, in the protocol of OpenAI's chat completions, streamed."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from assessments.roleplays.conversations import protocol
from assessments.roleplays.conversations.endpoint import Endpoint
from assessments.roleplays.conversations.prompt import Message
from assessments.roleplays.conversations.protocol import LONGEST_ANSWER, ModelFailure

log = logging.getLogger(__name__)

CONNECT_SECONDS = 8.0
SHORTEST_WAIT, LONGEST_WAIT = 1, 3600
"""Seconds, for what a busy server asks to wait."""
DEFAULT_WAIT = 20
LIMITS = ("max_tokens", "max_completion_tokens")
"""The two names of the longest answer: servers know the one, the other, or both."""


def ask(place: Endpoint, messages: Sequence[Message], *, most_tokens: int) -> Iterator[str]:
    """The model's answer, piece by piece. Nothing of it, of the question or of the key is logged.

    :raises ModelFailure: while it is read. The connection is closed when the iterator is.
    """
    yield from protocol.without_thoughts(_answer(place, messages, most_tokens))


def _answer(place: Endpoint, messages: Sequence[Message], most_tokens: int) -> Iterator[str]:
    until = time.monotonic() + place.seconds
    for limit in LIMITS:
        body = {"model": place.name, "messages": list(messages), "stream": True, limit: most_tokens}
        with closing(_connection(place)) as connection:
            try:
                line, response = _sent(place, connection, body)
                if response.status == 400 and limit == LIMITS[0] and LIMITS[1].encode() in response.read(4096):
                    continue
                _check(response)
                yield from _read(response, line, until)
                return
            except TimeoutError:
                raise _noted("model_slow", place) from None
            except (OSError, http.client.HTTPException) as wrong:
                raise _noted("model_unreachable", place, type(wrong).__name__) from None
            except ModelFailure as failure:
                raise _noted(failure.code, place, wait=failure.wait) from None


def _connection(place: Endpoint) -> http.client.HTTPConnection:
    if place.secure:
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(place.host, place.port, timeout=CONNECT_SECONDS, context=context)
    return http.client.HTTPConnection(place.host, place.port, timeout=CONNECT_SECONDS)


def _sent(
    place: Endpoint, connection: http.client.HTTPConnection, body: dict[str, Any]
) -> tuple[socket.socket, http.client.HTTPResponse]:
    """The request goes out; its line is kept, since the connection lets go of it while the answer is read."""
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream", "Connection": "close"}
    if place.key:
        headers["Authorization"] = f"Bearer {place.key}"
    connection.connect()
    line = connection.sock
    line.settimeout(place.seconds)
    connection.request("POST", place.path, json.dumps(body).encode(), headers)
    return line, connection.getresponse()


def _check(response: http.client.HTTPResponse) -> None:
    """:raises ModelFailure: for every answer but 200; a redirection is none."""
    if response.status == 429 or (response.status == 503 and response.headers.get("Retry-After")):
        raise ModelFailure("model_busy", _wait(response.headers.get("Retry-After")))
    if response.status in (401, 403):
        raise ModelFailure("model_denied")
    if response.status != 200:
        raise ModelFailure("model_failing")


def _wait(asked: str | None) -> int:
    if not asked or not asked.isascii() or not asked.isdecimal() or len(asked) > 6:
        return DEFAULT_WAIT
    return min(max(int(asked), SHORTEST_WAIT), LONGEST_WAIT)


def _read(response: http.client.HTTPResponse, line: socket.socket, until: float) -> Iterator[str]:
    if response.headers.get_content_type() == "text/event-stream":
        yield from protocol.pieces(protocol.lines(_blocks(response, line, until)))
        return
    body = b""
    for block in _blocks(response, line, until):
        body += block
        if len(body) > LONGEST_ANSWER:
            raise ModelFailure("model_garbled")
    yield protocol.whole(body)


def _blocks(response: http.client.HTTPResponse, line: socket.socket, until: float) -> Iterator[bytes]:
    """What has come, as it comes, until the time for the whole answer is over."""
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)
        block = response.read1(16 * 1024)
        if not block:
            return
        yield block


def _noted(code: str, place: Endpoint, kind: str = "", wait: int = 0) -> ModelFailure:
    log.warning("the language model at %s did not answer: %s %s", place.host, code, kind)
    return ModelFailure(code, wait)
