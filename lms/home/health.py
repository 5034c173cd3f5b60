"""How the installation does: database, queue and worker, disk, mail. Each answer says what to do if it is not well."""

from __future__ import annotations

import shutil
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from lms.authz import Actor, Permission, require
from lms.db import db
from lms.i18n import moment as moment_in_words
from lms.i18n import number
from lms.jobs import Job

SIGN_KEY = "worker_sign"
SIGN_EVERY = timedelta(minutes=1)
SILENT_AFTER = timedelta(minutes=3)
WAITING_TOO_LONG = timedelta(minutes=10)
LOW_DISK = 1024**3
GIB = 1024**3


class Check(Struct, frozen=True):
    """``state`` ok, warn or bad; ``word`` for it; what was asked; the answer in a sentence."""

    state: str
    word: str
    question: str
    answer: str


def database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def checks(actor: Actor, moment: datetime) -> list[Check]:
    """Every check, for administrators."""
    require(actor, Permission.JOB_READ)
    return [_database(), _worker(moment), _waiting(moment), _disk(), _mail(moment)]


def give_sign(moment: datetime) -> None:
    """Kept in the queue's own store, so that every web node sees that a worker lives."""
    huey = current_app.extensions.get("needle_huey")
    if huey is not None:
        huey.put(SIGN_KEY, moment.isoformat())


def last_sign() -> datetime | None:
    huey = current_app.extensions.get("needle_huey")
    value = huey.get(SIGN_KEY, peek=True) if huey is not None else None
    return datetime.fromisoformat(value) if value else None


def _ok(question: str, answer: str) -> Check:
    return Check("ok", _("fine"), question, answer)


def _warn(question: str, answer: str) -> Check:
    return Check("warn", _("look at it"), question, answer)


def _bad(question: str, answer: str) -> Check:
    return Check("bad", _("not well"), question, answer)


def _database() -> Check:
    start = time.perf_counter()
    well = database_answers()
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(db.engine.dialect.name, db.engine.dialect.name)
    question = _("Does the database answer?")
    if not well:
        return _bad(question, _("%(name)s does not answer.", name=name))
    return _ok(question, _("%(name)s answered in %(ms)s ms.", name=name, ms=number((time.perf_counter() - start) * 1000, 1)))


def _worker(moment: datetime) -> Check:
    question = _("Is a worker there?")
    if current_app.config["JOBS"] == "immediate":
        return _ok(question, _("None is needed: by this setting long work is done at once."))
    sign = last_sign()
    if sign is None:
        return _bad(question, _("No worker has given a sign yet. Start one: flask --app wsgi worker."))
    if moment - sign > SILENT_AFTER:
        return _bad(question, _("The last sign was given at %(when)s. Start a worker: flask --app wsgi worker.",
                                when=moment_in_words(sign)))  # fmt: skip
    return _ok(question, _("The last sign was given at %(when)s.", when=moment_in_words(sign)))


def _waiting(moment: datetime) -> Check:
    question = _("Does work wait?")
    query = select(func.count(), func.min(Job.created_at)).where(Job.state == "queued")
    waiting, oldest = db.session.execute(query).one()
    if not waiting:
        return _ok(question, _("Nothing waits."))
    answer = _("Jobs that wait: %(n)s, the first since %(when)s.", n=number(waiting), when=moment_in_words(oldest))
    return _warn(question, answer) if moment - oldest > WAITING_TOO_LONG else _ok(question, answer)


def _disk() -> Check:
    question = _("Is there room on the disk?")
    usage = shutil.disk_usage(current_app.config["VAR"])
    answer = _("%(free)s of %(total)s GiB are free.", free=number(usage.free / GIB, 1), total=number(usage.total / GIB, 1))
    return _warn(question, answer) if usage.free < LOW_DISK else _ok(question, answer)


def _mail(moment: datetime) -> Check:
    question = _("Do mails go out?")
    since = moment - timedelta(days=1)
    query = select(func.count()).where(Job.kind == "mail.deliver", Job.state == "failed", Job.created_at > since)
    failed = db.session.scalar(query) or 0
    if failed:
        return _bad(question, _("Mails that failed in the last 24 hours: %(n)s. The list of jobs says why.", n=number(failed)))
    url = current_app.config["SMTP_URL"]
    if not url:
        return _warn(question, _("No mail server is set (SMTP_URL): mails are kept in the folder %(folder)s.", folder="var/mail"))
    return _ok(question, _("They go out through %(server)s.", server=urlsplit(url).hostname or "SMTP"))
