"""The first web process loads for all, and the group stands and falls together: real gunicorn, a small application."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs

import pytest

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
PROCESSES = 3
WITHIN = 30.0
"""Seconds that a machine busy with other tests may take."""
APART, THREADS = "lms.door_worker.SignInApart", "lms.thread_worker.Threads"
SETTINGS = """
workers, graceful_timeout, accesslog, access_log_format = 1, 20, "access.log", "%(p)s"
def post_fork(server, worker):
    server.app.wsgi()
    worker.split(3)
"""
APP = """
import os, time
from pathlib import Path
def note(word):
    Path(f"{word}.{os.getpid()}").touch()
note("loaded")
def app(environ, start_response):
    path, asked = environ["PATH_INFO"], environ["QUERY_STRING"]
    if asked and int(asked) != os.getpid():
        path = "/"
    if path == "/hold":
        note("held")
        while not os.path.exists("open"):
            time.sleep(0.01)
    if path == "/hang":
        note("hung")
        while True:
            time.sleep(1)
    if path == "/who":
        time.sleep(0.01)  # for the others to get their share
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"path={path}&me={os.getpid()}&parent={os.getppid()}".encode()]
"""


class Group:
    """gunicorn in a folder of its own, and what it answers."""

    def __init__(self, folder: Path, timeout: int = 120, kind: str = APART) -> None:
        self.folder = folder
        (folder / "small.py").write_text(APP)
        (folder / "settings.py").write_text(f"{SETTINGS}timeout, worker_class, threads = {timeout}, {kind!r}, {1 if kind == APART else 4}")
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(100)
            self.port = int(listening.getsockname()[1])
            command = [sys.executable, "-m", "gunicorn", "--config", "settings.py", "--bind", f"fd://{listening.fileno()}",
                       "--no-control-socket", "--log-level", "critical", "small:app"]  # fmt: skip
            path = os.pathsep.join((str(ROOT), str(folder)))
            self.arbiter = subprocess.Popen(
                command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, pass_fds=[listening.fileno()]
            )

    def ask(self, path: str) -> dict[str, str]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=WITHIN)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise HTTPException(answer.status)
            return {name: values[0] for name, values in parse_qs(answer.read().decode()).items()}

    def hold(self, pid: int) -> dict[str, str]:
        """An answer of that process, for which it needs until the file ``open`` is there."""
        return eventually(lambda: answer if (answer := self.ask(f"/hold?{pid}"))["path"] == "/hold" else None)

    def hang(self, pid: int) -> None:
        """Let that process hang, if it is the one that takes the request."""
        self.ask(f"/hang?{pid}")

    def serving(self) -> dict[int, int]:
        """Who answers → whose child it is."""
        with ThreadPoolExecutor(12) as clients:
            answers = list(clients.map(lambda _: self.ask("/who"), range(36)))
        return {int(each["me"]): int(each["parent"]) for each in answers}

    def whole(self) -> dict[int, int]:
        """When all of the group have answered."""
        return eventually(lambda: found if len(found := self.serving()) == PROCESSES else None)

    def first_and_others(self) -> tuple[int, set[int]]:
        serving = self.whole()
        first = next(pid for pid, parent in serving.items() if parent == self.arbiter.pid)
        return first, set(serving) - {first}

    def noted(self, word: str) -> set[int]:
        return {int(path.suffix[1:]) for path in self.folder.glob(f"{word}.*")}

    def end(self) -> None:
        (self.folder / "open").touch()
        with suppress(ProcessLookupError):
            self.arbiter.send_signal(signal.SIGTERM)
        self.arbiter.wait(WITHIN)


def eventually(ask: Callable[[], T | None]) -> T:
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        with suppress(OSError, HTTPException):
            if (found := ask()) is not None:
                return found
        time.sleep(0.02)
    raise TimeoutError


def all_gone(pids: set[int]) -> bool | None:
    return True if not any(Path(f"/proc/{pid}").exists() for pid in pids) else None


def ended(pid: int) -> bool:
    """Whether the process serves no more; the first may not have asked for its last word yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def group(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Group]:
    started = Group(tmp_path, **getattr(request, "param", {}))
    try:
        yield started
    finally:
        started.end()


def test_one_loads_and_it_serves_like_those_it_split_off(group: Group) -> None:
    serving = group.whole()
    (first,) = group.noted("loaded")
    assert serving[first] == group.arbiter.pid
    assert [parent for pid, parent in serving.items() if pid != first] == [first, first]


@pytest.mark.parametrize("group", [{}, {"kind": THREADS}], indirect=True, ids=["one at a time", "threads"])
@pytest.mark.parametrize("lost", ["first", "other"])
def test_when_one_is_lost_a_new_group_takes_its_place(group: Group, lost: str) -> None:
    first, others = group.first_and_others()
    before = {first, *others}
    os.kill(first if lost == "first" else max(others), signal.SIGKILL)
    after = eventually(lambda: new if not (new := set(group.whole())) & before else None)
    assert eventually(lambda: all_gone(before))
    assert len(after) == PROCESSES
    assert len(group.noted("loaded")) == 2


@pytest.mark.parametrize("busy", ["first", "others"])
def test_what_was_begun_is_answered_when_the_server_is_told_to_end(group: Group, busy: str) -> None:
    first, others = group.first_and_others()
    at_work = {first} if busy == "first" else others
    with ThreadPoolExecutor(PROCESSES) as clients:
        answers = [clients.submit(group.hold, pid) for pid in at_work]
        assert eventually(lambda: held if len(held := group.noted("held")) == len(at_work) else None) == at_work
        group.arbiter.send_signal(signal.SIGTERM)
        if busy == "first":
            eventually(lambda: True if all(ended(pid) for pid in others) else None)
        else:
            time.sleep(0.5)
        assert not any(answer.done() for answer in answers)
        (group.folder / "open").touch()
        assert {int(answer.result(WITHIN)["me"]) for answer in answers} == at_work
    assert group.arbiter.wait(WITHIN) == 0
    assert all_gone({first, *others})


@pytest.mark.parametrize("group", [{}, {"kind": THREADS}], indirect=True, ids=["one at a time", "threads"])
@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGKILL])
def test_nobody_outlives_the_arbiter(group: Group, word: signal.Signals) -> None:
    serving = set(group.whole())
    group.arbiter.send_signal(word)
    group.arbiter.wait(WITHIN)
    assert eventually(lambda: all_gone(serving))


@pytest.mark.parametrize("group", [{"timeout": 2}], indirect=True, ids=["two seconds"])
@pytest.mark.parametrize("hanging", ["first", "other"])
def test_one_that_hangs_is_ended(group: Group, hanging: str) -> None:
    first, others = group.first_and_others()
    before, hung = {first, *others}, first if hanging == "first" else max(others)
    with ThreadPoolExecutor(1) as client:
        lost = client.submit(eventually, lambda: {} if hung in group.noted("hung") else group.hang(hung))
        assert eventually(lambda: group.noted("hung") or None) == {hung}
        assert eventually(lambda: new if not (new := set(group.whole())) & before else None)
        assert eventually(lambda: all_gone(before))
        lost.result(WITHIN)


def test_all_of_it_open_their_logs_again_when_told(group: Group) -> None:
    serving = set(group.whole())
    (group.folder / "access.log").rename(group.folder / "access.log.1")
    group.arbiter.send_signal(signal.SIGUSR1)
    eventually(lambda: True if (group.folder / "access.log").exists() else None)

    def written() -> set[int] | None:
        group.serving()
        found = {int(line.strip("<>")) for line in (group.folder / "access.log").read_text().split()}
        return found if found == serving else None

    assert eventually(written) == serving


@pytest.mark.parametrize("said", ["two", "0", "-1"])
def test_a_number_of_processes_that_is_none_is_refused_with_a_sentence(said: str) -> None:
    command = [sys.executable, "-m", "gunicorn", "--config", "scripts/gunicorn.conf.py", "--bind", "127.0.0.1:0", "wsgi:app"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "WEB_WORKERS": said}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == f"WEB_WORKERS must be a number of processes, 1 or more, and is '{said}'\n"
