"""A worker of gunicorn in which nobody waits behind a password that is being checked.

Checking a password takes fifty milliseconds on purpose (argon2id), a page five. A worker that does one thing after the other
would let all pages wait when many sign in at once, on a Monday morning. Here requests that sign in go to a thread of their
own, one after the other; argon2 computes without the interpreter's lock, so pages go on beside it. Named in
``scripts/gunicorn.conf.py``; docs/decisions/0008-sign-in-apart.md.
"""

from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any

from gunicorn.workers.sync import SyncWorker

from lms.web_group import OneOfAGroup

MOST_WAITING = 64
"""Requests that sign in and wait for the thread; one more is answered by the worker itself, like everything else."""
LOOKED_AT = 2048
"""Bytes of a request that are looked at to tell whether it signs in: the address with its query stands in the first line."""
SIGNS_IN = re.compile(rb"POST [^ ?]*/login[ ?]")


class SignInApart(OneOfAGroup, SyncWorker):  # type: ignore[misc]
    """gunicorn's own worker, with a thread beside it for those who sign in."""

    def run(self) -> None:
        self.waiting = BoundedSemaphore(MOST_WAITING)
        with ThreadPoolExecutor(1, "sign-in") as self.door:  # left when all who wait have been answered
            super().run()

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        if signs_in(client) and self.waiting.acquire(blocking=False):
            self.door.submit(self._sign_in, listener, client, addr)
        else:
            super().handle(listener, client, addr)

    def _sign_in(self, listener: Any, client: socket.socket, addr: Any) -> None:
        try:
            super().handle(listener, client, addr)
        finally:
            self.waiting.release()


def signs_in(client: socket.socket) -> bool:
    """Whether what has come so far begins a request that signs in; it stays to be read. Nothing is known of one under TLS."""
    try:
        return SIGNS_IN.match(client.recv(LOOKED_AT, socket.MSG_PEEK)) is not None
    except OSError:
        return False
