"""Long work: promised in a transaction, done once by a worker, its progress there to be read.

The ``job`` row is the truth; the queue only carries its number. A job is enqueued after the commit that
promised it; one whose process died in between, or whose worker was killed, is swept up and run again.
Handlers therefore do their work in transactions that are whole: ``complete`` belongs to the last of them.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from flask_babel import LazyString
from huey import Huey, RedisHuey, SqliteHuey, crontab
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, exists, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from lms.authz import Actor
from lms.clock import now
from lms.db import Base, after_commit, db, transaction
from lms.errors import Refused, Unknown

log = logging.getLogger(__name__)

LOST_AFTER = timedelta(minutes=5)
"""A running job that has not given a sign for so long has lost its worker."""
MOST_TRIES = 3


class Job(Base):
    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state_known"),
        Index("ix_job_state", "state", "heartbeat_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    params: Mapped[dict[str, Any]]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1, or None while it is not known."""
        return self.done / self.total if self.total else None


class Promised:
    """Mixed into a table whose rows a job fills: ``job_id``, ``job`` and ``finished_at`` of the row itself.

    A row that is not finished is under way only as long as its job is: one whose job failed or was lost is filled by nobody.
    """

    if TYPE_CHECKING:
        job_id: Any
        job: Any
        finished_at: Any

    @property
    def is_under_way(self) -> bool:
        return self.finished_at is None and self.job is not None and self.job.finished_at is None

    @classmethod
    def under_way(cls) -> ColumnElement[bool]:
        """The same in SQL."""
        open_: ColumnElement[bool] = cls.finished_at.is_(None)
        return open_ & exists().where(Job.id == cls.job_id, Job.finished_at.is_(None))


Report = Callable[[int, int], None]
"""``report(done, total)``: a handler says how far it is; also the sign that it lives."""
Handler = Callable[[dict[str, Any], Report], dict[str, Any] | None]
_handlers: dict[str, Handler] = {}
_forgetting: set[str] = set()


def handler(kind: str, *, forgets: bool = False) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of ``kind``: three lines that call the same services.

    With ``forgets`` what a job was promised with is emptied at its end: nothing does it again afterwards.
    """

    def register(act: Handler) -> Handler:
        if _handlers.get(kind, act) is not act:
            raise ValueError(f"two handlers for {kind!r}")
        _handlers[kind] = act
        if forgets:
            _forgetting.add(kind)
        return act

    return register


_kind_names: dict[str, LazyString] = {}


def name_kinds(names: dict[str, LazyString]) -> None:
    """Add a feature's words for its kinds of jobs, as people read them in lists."""
    _kind_names.update(names)


def kind_name(kind: str) -> str:
    """The words for a kind of job; its code where nobody has given it any."""
    return str(_kind_names.get(kind, kind))


_pages: dict[str, Callable[[Job], str]] = {}


def show_at(pages: dict[str, Callable[[Job], str]]) -> None:
    """Add where the work of a feature's kinds of jobs is seen by whoever ordered it: an address of this site."""
    _pages.update(pages)


def page_of(job: Job) -> str | None:
    """See :func:`show_at`."""
    page = _pages.get(job.kind)
    return page(job) if page else None


def promise(actor: Actor, kind: str, **params: Any) -> Job:
    """Promise a job inside the current transaction; it is enqueued when that is committed."""
    if kind not in _handlers:
        raise ValueError(f"no handler for {kind!r}")
    moment = now()
    job = Job(kind=kind, params=params, owner_id=actor.person_id, created_at=moment, heartbeat_at=moment)
    db.session.add(job)
    db.session.flush()
    job_id = job.id
    after_commit(lambda: enqueue(job_id))
    return job


def enqueue(job_id: int) -> None:
    if current_app.config["JOBS"] == "immediate":
        run(job_id)
    else:
        current_app.extensions["needle_execute"](job_id)


def owned(actor: Actor, job_id: int) -> Job:
    """The actor's own job. :raises Unknown: if it is somebody else's."""
    job = db.session.get(Job, job_id)
    if job is None or job.owner_id != actor.person_id:
        raise Unknown()
    return job


def run(job_id: int) -> None:
    """Do a queued job; a job that another worker has taken is left to it."""
    job = _take(job_id)
    if job is None:
        return
    kind, params = job.kind, dict(job.params)
    try:
        with _heartbeat(job_id):
            result = _handlers[kind](params, lambda done, total: _report(job_id, done, total))
    except Refused as refusal:
        _finish(job_id, "failed", error=refusal.code, result={"params": refusal.params})
    except Exception:
        log.exception("job %s (%s) failed", job_id, kind)
        _finish(job_id, "failed", error="job_failed")
        if current_app.testing:
            raise
    else:
        _finish(job_id, "done", result=result or {})


def _take(job_id: int) -> Job | None:
    with transaction():
        taken = db.session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == "queued")
            .values(state="running", started_at=now(), heartbeat_at=now(), tries=Job.tries + 1)
        )
        return db.session.get(Job, job_id) if taken.rowcount else None  # type: ignore[attr-defined]


def _report(job_id: int, done: int, total: int) -> None:
    """Outside a handler's own transaction the progress is seen at once; inside, with its commit."""
    with transaction():
        db.session.execute(
            update(Job).where(Job.id == job_id).values(done=done, total=total, heartbeat_at=now())
        )


def _finish(job_id: int, state: str, *, error: str | None = None, result: dict[str, Any] | None = None) -> None:
    with transaction():
        db.session.execute(
            update(Job)
            .where(Job.id == job_id)
            .values(state=state, error=error, result=result, finished_at=now(), heartbeat_at=now())
        )
        db.session.execute(update(Job).where(Job.id == job_id, Job.kind.in_(_forgetting)).values(params={}))


@contextmanager
def _heartbeat(job_id: int) -> Iterator[None]:
    """Give a sign every half minute while the handler computes, so that only lost jobs are swept up."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if app.config["JOBS"] == "immediate":
        yield
        return
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(30):
            # while the handler itself holds the write lock the sign has to wait for the next beat
            with suppress(OperationalError), app.app_context(), transaction():
                db.session.execute(update(Job).where(Job.id == job_id).values(heartbeat_at=now()))

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def sweep(moment: datetime) -> list[int]:
    """Take up again what nobody is doing: queued and forgotten, or running without a sign of life."""
    with transaction():
        lost = db.session.scalars(
            select(Job).where(Job.state.in_(("queued", "running")), Job.heartbeat_at < moment - LOST_AFTER)
        ).all()
        for job in lost:
            if job.tries >= MOST_TRIES:
                job.state, job.error, job.finished_at = "failed", "job_lost", moment
                job.params = {} if job.kind in _forgetting else job.params
            else:
                job.state, job.heartbeat_at = "queued", moment
        again = [job.id for job in lost if job.state == "queued"]
    for job_id in again:
        enqueue(job_id)
    return again


_schedule: list[tuple[str, Callable[[], None], Callable[[datetime], bool]]] = []


def every(name: str, when: Callable[[datetime], bool]) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register an act done by the worker's clock, e.g. ``@every("reminders", crontab(minute="0", hour="6"))``."""

    def register(act: Callable[[], None]) -> Callable[[], None]:
        if name not in {known for known, _act, _when in _schedule}:
            _schedule.append((name, act, when))
        return act

    return register


def queue(app: Flask) -> Huey:
    """The queue by setting: SQLite beside the data, or Redis."""
    if app.config["REDIS_URL"]:
        return RedisHuey("needle", url=app.config["REDIS_URL"])
    app.config["VAR"].mkdir(parents=True, exist_ok=True)
    return SqliteHuey("needle", filename=str(app.config["VAR"] / "queue.db"))


def init_app(app: Flask) -> None:
    if app.config["JOBS"] == "immediate":
        return
    huey = queue(app)
    app.extensions["needle_huey"] = huey

    @huey.task(name="execute")
    def execute(job_id: int) -> None:
        with app.app_context():
            run(job_id)

    app.extensions["needle_execute"] = execute

    @huey.periodic_task(crontab(minute="*"), name="sweep")
    def sweep_up() -> None:
        with app.app_context():
            sweep(now())

    for name, act, when in _schedule:
        _add_periodic(app, huey, name, act, when)


def _add_periodic(
    app: Flask, huey: Huey, name: str, act: Callable[[], None], when: Callable[[datetime], bool]
) -> None:
    @huey.periodic_task(when, name=name)
    def periodic() -> None:
        with app.app_context():
            act()


