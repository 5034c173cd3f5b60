"""A Needle of its own for the journeys: gunicorn and the worker as processes, a migrated database, a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from flask import Flask
from flask_security.utils import hash_password

from lms.app import create_app
from lms.config import ROOT
from lms.db import db, transaction
from lms.people.models import Person
from tests.fixtures import SECRETS

PASSWORD = "seven quiet herons at dusk"
STARTS_WITHIN = 600.0
"""Seconds a process may take to answer on a machine that is busy with other tests."""


class Needle:
    """A running Needle. ``app`` is the same installation opened in this process, to set scenes and to look.

    ``settings``: more of the environment of its processes.
    """

    def __init__(self, folder: Path, database: str, **settings: str) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._environment = os.environ | {
            "NEEDLE_VAR": str(folder),
            "DATABASE_URL": database,
            "BASE_URL": self.url,
            **SECRETS,
            "NEEDLE_JOBS": "queue",
            "NEEDLE_SIGN_IN_LIMIT": "1000 per minute",
            "NEEDLE_LOCALE": "en",
        } | settings
        self.app = self._open(database)
        self._processes: list[subprocess.Popen[bytes]] = []

    def _open(self, database: str) -> Flask:
        return create_app(
            {
                "VAR": self.folder,
                "SQLALCHEMY_DATABASE_URI": database,
                "STORAGE_URL": f"file://{self.folder / 'files'}",
                **SECRETS,
                "BASE_URL": self.url,
                "JOBS": "immediate",
            }
        )

    @contextmanager
    def scene(self) -> Iterator[None]:
        """``with needle.scene():`` writes to the database in one transaction, before or between acts."""
        with self.app.app_context():
            try:
                with transaction():
                    yield
            finally:
                db.session.remove()

    def start(self) -> None:
        port = self.url.rsplit(":", 1)[1]
        self._run("web", "gunicorn", "--config", "scripts/gunicorn.conf.py", "--no-control-socket",
                  "--bind", f"127.0.0.1:{port}", "wsgi:app")  # fmt: skip
        self._run("worker", "flask", "--app", "wsgi", "worker", "--nice", "0")  # nobody serves pages who would wait for it
        until = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            if time.monotonic() > until or any(each.poll() is not None for each in self._processes):
                raise RuntimeError(f"Needle did not start:\n{self.log()}")
            time.sleep(0.1)

    def _run(self, name: str, module: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", module, *arguments],
                    cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT,
                )  # fmt: skip
            )

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with self.app.app_context():
            db.engine.dispose()

    def log(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in sorted(self.folder.glob("*.log")))

    def flask(self, *arguments: str) -> str:
        """An operator's command on this installation; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    def mail_to(self, address: str, *, about: str = "", within: float = 60.0) -> EmailMessage:
        """The newest mail to ``address`` whose text holds ``about``; waits for the worker to deliver it."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            for path in sorted(self.folder.glob("mail/*.eml"), key=lambda p: p.stat().st_mtime, reverse=True):
                mail: Any = message_from_bytes(path.read_bytes(), policy=policy.default)
                if address in str(mail["To"]) and about in mail.get_content():
                    return mail  # type: ignore[no-any-return]
            time.sleep(0.1)
        raise AssertionError(f"no mail to {address}\n{self.log()}")


def give_password(person: Person) -> None:
    """Inside a scene: the person may sign in with ``PASSWORD``."""
    person.password = hash_password(PASSWORD)
    db.session.flush()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
