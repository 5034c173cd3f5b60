"""With real connections and a real server: many at once, and a server killed while it saves."""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select

from assessments.quizzes import services
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry
from courses.models import Certificate, Completion, Enrolment, ModuleOutcome
from lms.app import create_app
from lms.authz import Role
from lms.clock import now
from lms.config import ROOT
from lms.db import db, transaction
from lms.errors import Refused
from lms.people import login_sessions
from lms.people.models import Person, RoleGrant
from lms.people.scope import load_actor
from tests.assessments.quizzes.factory import Made, begin, enrolled, give, make_quiz, take
from tests.fixtures import settings
from tests.people import Cast, make_cast, make_person

AT_ONCE = 10
CROWD = 200


@pytest.fixture
def own_app(migrated_database: Callable[[str], str], tmp_path: Path) -> Iterator[Flask]:
    """An application with a database of its own, whose commits are real."""
    app = create_app(settings(tmp_path, migrated_database("parallel")))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def all_at_once(app: Flask, act: Callable[[], Any], times: int = AT_ONCE) -> list[Any]:
    """``act()`` in so many threads that begin at the same moment; what each returned, or the word of its refusal."""
    gate = threading.Barrier(times)

    def one(_number: int) -> Any:
        with app.app_context():
            gate.wait(30)
            try:
                with transaction():
                    return act()
            except Refused as refusal:
                return refusal.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def count(model: Any) -> int:
    db.session.rollback()  # what was read before is what this session goes on seeing
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def stage(**changes: Any) -> tuple[Cast, Made]:
    with transaction():
        cast = make_cast()
    return cast, make_quiz(cast, ["single"], **changes)


def test_ten_starts_at_the_same_moment_are_one_attempt(own_app: Flask) -> None:
    cast, made = stage(attempts=1)
    who, enrolment_id, module_id = load_actor(cast.ana), enrolled(cast.ana, made).id, made.module.id
    found = all_at_once(own_app, lambda: services.start(who, enrolment_id, module_id, now=now()).id)
    assert len(set(found)) == 1, "each lands in the same attempt"
    assert count(Attempt) == 1


def test_ten_starts_after_the_last_attempt_are_all_refused(own_app: Flask) -> None:
    cast, made = stage(attempts=1)
    take(cast.ana, made)
    who, enrolment_id, module_id = load_actor(cast.ana), enrolled(cast.ana, made).id, made.module.id
    found = all_at_once(own_app, lambda: services.start(who, enrolment_id, module_id, now=now()).id)
    assert found == ["attempts_used_up"] * AT_ONCE
    assert count(Attempt) == 1


def test_ten_submits_at_the_same_moment_are_one_grade_one_outcome_one_certificate(own_app: Flask) -> None:
    cast, made = stage()
    attempt = begin(cast.ana, made)
    give(cast.ana, attempt, made.questions["single"], "s2")
    who, attempt_id = load_actor(cast.ana), attempt.id
    found = all_at_once(own_app, lambda: services.submit(who, attempt_id, now=now()).id)
    assert found == [attempt_id] * AT_ONCE
    assert [count(m) for m in (GradeEntry, ModuleOutcome, Completion, Certificate)] == [1, 1, 1, 1]


def test_of_ten_answers_at_the_same_moment_the_one_of_the_highest_number_stays(own_app: Flask) -> None:
    cast, made = stage()
    who, attempt, single = load_actor(cast.ana), begin(cast.ana, made), made.questions["single"]
    attempt_id, moment = attempt.id, now()
    numbers = iter(range(1, AT_ONCE + 1))
    lock = threading.Lock()

    def save() -> int:
        with lock:
            sequence = next(numbers)
        answer = "s2" if sequence == AT_ONCE else "s1"
        services.save_answer(who, attempt_id, single, answer, sequence, moment, now=moment)
        return sequence

    all_at_once(own_app, save)
    db.session.rollback()
    row = db.session.execute(select(AnswerSave.answer, AnswerSave.sequence)).one()
    assert tuple(row) == (["s2"], AT_ONCE)


class Server:
    """gunicorn with two workers on a free port, to be killed without warning and started again."""

    def __init__(self, folder: Path, url: str, config: dict[str, Any]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = folder / "web.log"
        self._environment = os.environ | {
            "NEEDLE_VAR": str(folder),
            "DATABASE_URL": url,
            "SECRET_KEY": config["SECRET_KEY"],
            "SECURITY_PASSWORD_SALT": config["SECURITY_PASSWORD_SALT"],
            "NEEDLE_JOBS": "immediate",
            "WEB_WORKERS": "2",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--no-control-socket", "--config", "scripts/gunicorn.conf.py",
                 "--log-level", "error", "--bind", f"127.0.0.1:{self.port}", "wsgi:app"],
                cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if self.ask("GET", "/healthz").status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(self.log.read_text())

    def kill(self) -> None:
        """kill -9 of the whole group that this server is: master and workers, in the middle of whatever they do."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None
    ) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.text = answer.read().decode()  # type: ignore[attr-defined]
            return answer
        finally:
            connection.close()


@contextmanager
def running(folder: Path, app: Flask) -> Iterator[Server]:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    server = Server(folder, url, app.config)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def signed_in(app: Flask, person: Any) -> dict[str, str]:
    """The headers of a browser in which the person is signed in and has a page open: its cookie and its token."""
    key = login_sessions.begin(person.id, now())
    serializer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    raw = secrets.token_hex(20)
    session = {login_sessions.KEY: key, "_user_id": person.fs_uniquifier, "_fresh": True, "csrf_token": raw}
    token = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(raw)
    return {
        "Cookie": f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(session)}", "X-CSRFToken": str(token),
        "Content-Type": "application/json", "Accept": "application/json",
    }  # fmt: skip


class Taker:
    """Somebody at the attempt's page who answers without pause, and notes what the server has acknowledged."""

    def __init__(self, server: Server, headers: dict[str, str], attempt_id: int, question_id: int) -> None:
        self.server, self.attempt_id, self.question_id, self.headers = server, attempt_id, question_id, headers
        self.sequence = 0
        self.acknowledged: tuple[int, str] | None = None
        self.last_sent: tuple[int, str] | None = None

    def answer(self) -> None:
        """:raises OSError: or HTTPException when the server is gone."""
        self.sequence += 1
        self.last_sent = (self.sequence, f"word {self.sequence}")
        body = {
            "question": str(self.question_id), "answer": self.last_sent[1], "sequence": self.sequence,
            "attempt": str(self.attempt_id), "given_at": now().isoformat(),
        }  # fmt: skip
        answer = self.server.ask(
            "POST", f"/quizzes/attempts/{self.attempt_id}/answers", self.headers, json.dumps(body)
        )
        assert answer.status == 200, answer.text[:300]
        assert json.loads(answer.text)["saved"] is True
        self.acknowledged = self.last_sent

    def answer_until_gone(self, gone: threading.Event) -> None:
        while not gone.is_set():
            with suppress(OSError, HTTPException):  # the server is gone, or so many came at once: as a browser does, try again
                self.answer()
            gone.wait(0.2)


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.01)


def crowd(made: Made, ana: Person, attempt: Attempt, size: int) -> list[tuple[Person, Attempt]]:
    """Ana and as many others beside her as to make ``size``, each enrolled as she is and in an attempt like hers."""
    enrolment = db.session.get_one(Enrolment, attempt.enrolment_id)
    found = [(ana, attempt)]
    with transaction():
        people = [make_person(f"Taker {at}", ana.team) for at in range(1, size)]
        roles = [RoleGrant(person_id=person.id, role=Role.REP, scope="company", granted_at=now()) for person in people]
        enrolments = [_like(enrolment, person_id=person.id) for person in people]
        db.session.add_all(roles)
        db.session.add_all(enrolments)
        db.session.flush()
        attempts = [_like(attempt, person_id=each.person_id, enrolment_id=each.id) for each in enrolments]
        db.session.add_all(attempts)
        db.session.flush()
        found += zip(people, attempts, strict=True)
    return found


def _like(row: Any, **changes: Any) -> Any:
    """A new row with the columns of another, but for its number and the changes."""
    columns = {each.name for each in row.__table__.columns} - {"id"}
    return type(row)(**{name: getattr(row, name) for name in columns} | changes)


@pytest.mark.slow
def test_a_server_killed_while_two_hundred_save_loses_no_acknowledged_answer(own_app: Flask, tmp_path: Path) -> None:
    with transaction():
        cast = make_cast()
    made = make_quiz(cast, ["short_text"])
    own_app.config["WTF_CSRF_ENABLED"] = True
    everybody = crowd(made, cast.ana, begin(cast.ana, made), CROWD)
    with transaction():
        headers = {attempt.id: signed_in(own_app, person) for person, attempt in everybody}
    question_id, chance = made.questions["short_text"], random.Random(20261122)
    db.session.remove()
    with running(tmp_path, own_app) as server:
        takers = [Taker(server, headers[id_], id_, question_id) for id_ in headers]
        for _round in range(2):
            gone = threading.Event()
            before = {taker: taker.acknowledged for taker in takers}
            threads = [threading.Thread(target=t.answer_until_gone, args=(gone,)) for t in takers]
            for thread in threads:
                thread.start()
            wait_for(lambda seen=before: all(t.acknowledged != seen[t] for t in takers), 120)
            time.sleep(chance.uniform(0, 0.1))
            server.kill()
            gone.set()
            for thread in threads:
                thread.join(30)
            server.start()
            held = {
                row.attempt_id: (row.sequence, row.answer)
                for row in db.session.execute(
                    select(AnswerSave.attempt_id, AnswerSave.sequence, AnswerSave.answer)
                )
            }
            db.session.remove()
            for taker in takers:
                assert taker.acknowledged is not None, "nothing was saved before the kill"
                sequence, words = held[taker.attempt_id]
                assert sequence >= taker.acknowledged[0], "an acknowledged answer is gone"
                assert words == [f"word {sequence}"], "an answer is half written"
        assert count(Attempt) == CROWD, "nobody's attempt is there twice"
        page = server.ask(
            "GET", f"/quizzes/attempts/{takers[0].attempt_id}", takers[0].headers | {"Accept": "text/html"}
        )
        assert re.search(r'value="word \d+"', page.text)
