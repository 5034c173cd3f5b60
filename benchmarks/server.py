"""gunicorn as the product runs it, and what its processes cost: CPU and memory from ``/proc``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from benchmarks.load import HOST

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN = 90.0
_TICK = os.sysconf("SC_CLK_TCK")


class NotReady(RuntimeError):
    """The server did not answer in time; the message holds what it said."""


class Server(Struct, frozen=True):
    port: int
    pid: int
    ready_after: float
    """Seconds from the start to the first answer."""

    def processes(self) -> list[int]:
        """The arbiter, its workers and those that they split off."""
        found, asked = [self.pid], 0
        while asked < len(found):
            parent = found[asked]
            found += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
            asked += 1
        return found

    def cpu_ms(self) -> float:
        """User and system time of all processes so far, ended workers included."""
        return sum(_cpu_ms(pid) for pid in self.processes()) + _cpu_ms(self.pid, ended_children=True)

    def pss_mb(self) -> float:
        """Memory of all processes; what several share is counted once."""
        return sum(_pss_kb(pid) for pid in self.processes()) / 1024


def _cpu_ms(pid: int, *, ended_children: bool = False) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    at = 13 if ended_children else 11
    return (int(fields[at]) + int(fields[at + 1])) * 1000 / _TICK


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


@contextmanager
def serving(
    target: str, environment: Mapping[str, str], *, log: Path, options: Sequence[str] = (), workers: int = 2
) -> Iterator[Server]:
    """Serve the WSGI ``target`` on a free port until the block is left; only this server is ended.

    :raises NotReady: if it does not answer within ``READY_WITHIN`` seconds.
    """
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", f"{HOST}:{port}", "--workers", str(workers),
        "--timeout", "120", "--log-level", "warning", *options, target,
    ]  # fmt: skip
    begun = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output
        )
    try:
        _wait(process, port, begun, log)
        yield Server(port, process.pid, time.perf_counter() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, begun: float, log: Path) -> None:
    while time.perf_counter() - begun < READY_WITHIN:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection((HOST, port), timeout=10) as sock:
                sock.sendall(f"HEAD /healthz HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
                if sock.recv(64).startswith(b"HTTP/1."):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise NotReady(log.read_text(errors="replace")[-4000:])
