"""Web processes of which the first loads the product, splits the others off and then serves as they do.

gunicorn knows two ways: each worker loads for itself, or the arbiter loads and splits the workers off. The arbiter never
serves, and the interpreter counts references in the objects themselves: whatever the workers look at becomes their own soon,
and the arbiter keeps an original that nobody reads. Here the arbiter loads nothing; its one worker is the first of a group.
The group stands and falls together: it is ended as one, and when one of it is lost the arbiter is left to start a new one.
docs/decisions/0010-the-first-worker-loads.md.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.base import Worker
from gunicorn.workers.workertmp import WorkerTmp

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class OneOfAGroup(Worker):  # type: ignore[misc]
    """What a worker of gunicorn needs to be the first of several, or one of those. To stand before the class of the worker itself."""

    alive: bool
    ppid: int
    tmp: WorkerTmp
    others: dict[int, WorkerTmp]
    """Known to the first alone: those it split off, and the file by which each says that it is alive."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.others = {}

    def split(self, processes: int) -> None:
        """Become the first of so many processes. To be called when the product is loaded and before anything is served; returns in each of them."""
        _end_with_parent(self.ppid)
        for _other in range(processes - 1):
            alive, first = WorkerTmp(self.cfg), os.getpid()
            pid = os.fork()
            if pid:
                self.others[pid] = alive
                continue
            for theirs in (self.tmp, *self.others.values()):
                theirs.close()
            self.others, self.tmp, self.pid, self.ppid = {}, alive, os.getpid(), first
            _end_with_parent(first)
            return

    def init_signals(self) -> None:
        super().init_signals()
        if self.others:
            signal.signal(signal.SIGCHLD, self.handle_chld)
            signal.siginterrupt(signal.SIGCHLD, False)
            self.handle_chld()  # whoever is lost already

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._see_the_others_off()

    def notify(self) -> None:
        """Say that this process is alive, and end others that have not said so for as long as the arbiter would wait."""
        super().notify()
        for pid, alive in self.others.items():
            if self.cfg.timeout and time.monotonic() - alive.last_update() > self.cfg.timeout:
                self.log.critical("WORKER TIMEOUT (pid:%s)", pid)
                _send(pid, signal.SIGKILL)

    def handle_chld(self, *_signal: object) -> None:
        for pid in list(self.others):
            if _has_ended(pid):
                self.others.pop(pid).close()
                if self.alive:
                    self.log.warning("Worker (pid:%s) is lost; its group ends for a new one to start.", pid)
                    self.alive = False

    def handle_exit(self, sig: int, frame: object) -> None:
        self._pass_on(sig)
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: object) -> None:
        self._pass_on(sig)
        super().handle_quit(sig, frame)

    def handle_usr1(self, sig: int, frame: object) -> None:
        self._pass_on(sig)
        super().handle_usr1(sig, frame)

    def handle_abort(self, sig: int, frame: object) -> None:
        self._pass_on(signal.SIGQUIT)
        super().handle_abort(sig, frame)

    def _pass_on(self, sig: int) -> None:
        for pid in self.others:
            _send(pid, sig)

    def _see_the_others_off(self) -> None:
        """Until all have answered what they had begun, or as long as the arbiter would wait: it knows of this process alone."""
        if not self.others:
            return
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._pass_on(signal.SIGTERM)
        until = time.monotonic() + self.cfg.graceful_timeout - 1
        while self.others:
            self.tmp.notify()
            for pid in list(self.others):
                if _has_ended(pid):
                    self.others.pop(pid).close()
            if time.monotonic() > until:
                self._pass_on(signal.SIGKILL)
            time.sleep(0.02)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _send(pid: int, sig: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, sig)


def _end_with_parent(parent: int) -> None:
    """Be told to end when ``parent`` does, even without a word. On another system than Linux gunicorn looks for itself, at times."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
