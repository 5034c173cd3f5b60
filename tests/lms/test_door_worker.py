"""Nobody waits behind a password: gunicorn with one worker, an application whose sign-in takes as long as it is told."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from lms.door_worker import signs_in

ROOT = Path(__file__).resolve().parents[2]
APP = """
from threading import Event
opened = Event()
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/login":
        opened.wait(10)
    if path == "/open":
        opened.set()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [(path + " " + environ["wsgi.input"].read().decode()).encode()]
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "held.py").write_text(APP)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}", "--no-control-socket", "--log-level", "error",
                   "--worker-class", "lms.door_worker.SignInApart", "held:app"]  # fmt: skip
        path = os.pathsep.join((str(ROOT), str(tmp_path)))
        server = subprocess.Popen(
            command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, pass_fds=[listening.fileno()]
        )
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(20) == 0


def ask(port: int, method: str, path: str, body: str = "") -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, body)
        return connection.getresponse().read().decode()


def test_a_page_is_answered_while_passwords_are_checked(port: int) -> None:
    with ThreadPoolExecutor(3) as others:
        signing_in = [others.submit(ask, port, "POST", "/login?next=%2F", f"email={n}") for n in range(3)]
        assert ask(port, "GET", "/page") == "/page "
        assert not any(each.done() for each in signing_in)
        assert ask(port, "GET", "/open") == "/open "
        assert [each.result(20) for each in signing_in] == [f"/login email={n}" for n in range(3)]


@pytest.mark.parametrize(
    ("begins", "is_one"),
    [("POST /login HTTP/1.1", True), ("POST /login?next=%2Fcourses HTTP/1.1", True), ("POST /needle/login HTTP/1.1", True),
     ("GET /login HTTP/1.1", False), ("POST /logins HTTP/1.1", False), ("POST /page?at=/login HTTP/1.1", False), ("", False)],
)  # fmt: skip
def test_a_request_that_signs_in_is_known_by_its_first_line_and_stays_whole(begins: str, is_one: bool) -> None:
    here, there = socket.socketpair()
    with here, there:
        there.sendall(f"{begins}\r\nHost: needle\r\n\r\n".encode() if begins else b"")
        there.shutdown(socket.SHUT_WR)
        assert signs_in(here) is is_one
        assert here.recv(100).decode().startswith(begins)
