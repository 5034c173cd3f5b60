"""A small load generator: eight clients in one thread, bounded by time, only to this machine.

A client is a generator: it yields a request and is sent the answer. When it ends, it begins again, unless the time
is over. Each request has a connection of its own, as behind a proxy that does not keep them.
"""

from __future__ import annotations

import gzip
import resource
import selectors
import socket
import time
from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import urlencode

import brotli
from msgspec import Struct, field

HOST = "127.0.0.1"
USER_AGENT = "needle-benchmark"
"""A browser says what it is; the session is bound to it."""
ACCEPT = f"Accept-Encoding: gzip, br\r\nAccept-Language: en\r\nUser-Agent: {USER_AGENT}\r\n"
PATIENCE = 60.0
"""Seconds after which an answer counts as lost."""


class Unexpected(RuntimeError):
    """The server answered something that the scenario did not expect: its figures would be worth nothing."""


class Ask(Struct):
    """A request; ``name`` is the step under which its time is noted."""

    path: str
    method: str = "GET"
    form: dict[str, Any] | None = None
    body: bytes = b""
    content_type: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    name: str = "page"
    expect: tuple[int, ...] = (200, 302)

    def to_bytes(self, port: int) -> bytes:
        body, kind = self.body, self.content_type
        if self.form is not None:
            body, kind = urlencode(self.form, doseq=True).encode(), "application/x-www-form-urlencoded"
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {HOST}:{port}", "Connection: close"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body or self.method != "GET":
            lines += [f"Content-Length: {len(body)}", f"Content-Type: {kind}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n" + ACCEPT + "\r\n").encode() + body


class Answer(Struct, frozen=True):
    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    raw: bytes

    @property
    def text(self) -> str:
        body = self.raw
        if self.headers.get("transfer-encoding") == "chunked":
            body = _unchunked(body)
        encoding = self.headers.get("content-encoding")
        if encoding == "br":
            body = brotli.decompress(body)
        elif encoding == "gzip":
            body = gzip.decompress(body)
        return body.decode("utf-8", "replace")


Client = Generator[Ask, Answer, None]
"""Yields requests and is sent the answers; a generator that ends has done its errand once."""


class Load(Struct):
    """What came of a round: seconds per step, errands done, how long it took."""

    seconds: float = 0.0
    times: dict[str, list[float]] = field(default_factory=dict)
    errands: int = 0
    errand_times: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(map(len, self.times.values()))


class _Place(Struct):
    """One of the clients: its generator, the connection of the moment and what has arrived on it."""

    client: Client
    begun: float
    ask: Ask | None = None
    sock: socket.socket | None = None
    sent_at: float = 0.0
    pending: bytes = b""
    received: list[bytes] = field(default_factory=list)


def run(port: int, make: Callable[[int], Client], *, clients: int, seconds: float, most: int = 1_000_000) -> Load:
    """Let ``clients`` clients run errands for ``seconds``; errands begun are finished.

    :param make: ``make(n)`` gives the generator of the nth errand.
    :param most: errands at most.
    :raises Unexpected: for a status that the request did not expect, or none within ``PATIENCE``.
    """
    load, poll, begun = Load(), selectors.DefaultSelector(), time.perf_counter()
    started = 0
    for _ in range(min(clients, most)):
        _next(port, poll, load, _Place(make(started), time.perf_counter()), None)
        started += 1
    try:
        while poll.get_map():
            events = poll.select(PATIENCE)
            if not events:
                raise Unexpected(f"no answer within {PATIENCE:.0f} s")
            for key, _mask in events:
                place: _Place = key.data
                answer = _advance(poll, place)
                if answer is None or _next(port, poll, load, place, answer):
                    continue
                if time.perf_counter() - begun < seconds and started < most:
                    _next(port, poll, load, _Place(make(started), time.perf_counter()), None)
                    started += 1
    finally:
        for key in list(poll.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        poll.close()
    load.seconds = time.perf_counter() - begun
    return load


def _next(port: int, poll: selectors.BaseSelector, load: Load, place: _Place, answer: Answer | None) -> bool:
    """Hand the client its answer and send what it asks next; False when its errand is done."""
    if answer is not None and place.ask is not None:
        load.times.setdefault(place.ask.name, []).append(time.perf_counter() - place.sent_at)
    try:
        place.ask = next(place.client) if answer is None else place.client.send(answer)
    except StopIteration:
        load.errands += 1
        load.errand_times.append(time.perf_counter() - place.begun)
        return False
    place.pending, place.received = place.ask.to_bytes(port), []
    place.sent_at = time.perf_counter()
    place.sock = socket.create_connection((HOST, port), timeout=PATIENCE)
    place.sock.sendall(place.pending)
    place.sock.setblocking(False)
    poll.register(place.sock, selectors.EVENT_READ, place)
    return True


def _advance(poll: selectors.BaseSelector, place: _Place) -> Answer | None:
    """Read what has come; the answer when the server has closed the connection."""
    assert place.sock is not None and place.ask is not None
    chunk = place.sock.recv(262_144)
    if chunk:
        place.received.append(chunk)
        return None
    poll.unregister(place.sock)
    place.sock.close()
    answer = _parsed(b"".join(place.received))
    if answer.status not in place.ask.expect:
        raise Unexpected(f"{place.ask.method} {place.ask.path}: {answer.status}\n{answer.text[:2000]}")
    return answer


def _parsed(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/1."):
        raise Unexpected("the server closed a connection without an answer")
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip()
        if name == "set-cookie":
            cookie, _, content = value.partition(";")[0].partition("=")
            cookies[cookie] = content
        headers[name] = value
    return Answer(int(first.split(" ", 2)[1]), headers, cookies, body)


def _unchunked(body: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end], 16)
        if not size:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2


def peak_mb() -> float:
    """Largest resident size of this process so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
