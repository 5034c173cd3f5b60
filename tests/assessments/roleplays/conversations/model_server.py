"""A small server that speaks the protocol of chat completions, and fails in the ways that real ones fail."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.model.asked.append(json.loads(body))
        self.server.model.headers.append(dict(self.headers))
        self.server.model.paths.append(self.path)
        plan = self.server.model.plan
        (plan.pop(0) if len(plan) > 1 else plan[0])(self)

    def do_GET(self) -> None:
        self.server.model.paths.append(self.path)
        self.plain(200, b"")

    def plain(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_words: Any) -> None:
        """Silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    model: Model

    def handle_error(self, *_who: Any) -> None:
        """A client that went away is no error here."""


@dataclass
class Model:
    """``plan``: what is answered to one request after the other; the last one from then on."""

    url: str
    plan: list[Answer]
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def event(text: str | None = None, ended: str | None = None) -> bytes:
    delta = {} if text is None else {"content": text}
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": ended}]}).encode() + b"\n\n"


def says(*pieces: str) -> Answer:
    """Streamed, cut at places where no character and no line ends."""

    def answer(to: Handler) -> None:
        to.begin()
        stream = b": hello\n\n" + b"".join(event(piece) for piece in pieces) + event(ended="stop") + b"data: [DONE]\n\n"
        for at in range(0, len(stream), 37):
            to.chunk(stream[at : at + 37])
        to.chunk(b"")

    return answer


def says_whole(text: str) -> Answer:
    """A server that does not stream."""
    return lambda to: to.plain(200, json.dumps({"choices": [{"message": {"content": text}}]}).encode())


def fails(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    return lambda to: to.plain(status, body, **headers)


def cut(to: Handler) -> None:
    """Says something and is gone."""
    to.begin()
    to.chunk(event("Well, we "))
    to.close_connection = True
    to.connection.close()


def garbage(to: Handler) -> None:
    to.begin()
    to.chunk(b"\xff\xfe not an event\n\n")
    to.chunk(b"")


def endless_line(to: Handler) -> None:
    to.begin()
    to.chunk(b"data: " + b"x" * 70_000)
    to.chunk(b"")


def broken_event(to: Handler) -> None:
    to.begin()
    to.chunk(b'data: {"choices": 7}\n\n')
    to.chunk(b"")


def error_event(to: Handler) -> None:
    to.begin()
    to.chunk(event("Well"))
    to.chunk(b'data: {"error": {"message": "overloaded"}}\n\n')
    to.chunk(b"")


def drips(to: Handler) -> None:
    """Never ends, a word at a time."""
    to.begin()
    for _ in range(60):
        to.chunk(event("well "))
        time.sleep(0.05)


def silent(to: Handler) -> None:
    """Accepts the request and says nothing for a while."""
    time.sleep(1.2)
    to.close_connection = True


@contextmanager
def model(*plan: Answer) -> Iterator[Model]:
    server = Server(("127.0.0.1", 0), Handler)
    server.model = Model(f"http://127.0.0.1:{server.server_port}/v1", list(plan))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
