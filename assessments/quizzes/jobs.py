"""Work in the background: each calls the service that a page would call."""

from __future__ import annotations

from typing import Any

from huey import crontab

from assessments.quizzes import answer_files, grading, services
from lms import jobs
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import db, transaction
from lms.people.models import Person
from lms.people.scope import load_actor

BATCH = 100


@jobs.handler("quiz.regrade")
def regrade(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    """Grade in the name of the trainer who mended the key, with the rights that person has now."""
    person = db.session.get(Person, params["person"]) if params["person"] else None
    actor = load_actor(person) if person else SYSTEM
    ids = grading.to_regrade(actor, params["version"])
    changed = 0
    for at in range(0, len(ids), BATCH):
        with transaction():
            changed += grading.regrade(actor, ids[at : at + BATCH], now=now())
        report(min(at + BATCH, len(ids)), len(ids))
    return {"graded": len(ids), "changed": changed, "url": params["url"]}


@jobs.every("close_overdue_attempts", crontab(minute="*"))
def close_overdue() -> None:
    """A batch is a transaction; whoever waits for a lock waits for one batch and not for all of a storm."""
    closed = services.MOST_AT_ONCE
    while closed == services.MOST_AT_ONCE:
        with transaction():
            closed = services.expire(SYSTEM, now=now())


@jobs.every("erase_answer_files", crontab(minute="40", hour="3"))
def erase_answer_files() -> None:
    """A batch is a transaction; it ends when a batch finds nothing more."""
    erased = 1
    while erased:
        with transaction():
            erased = answer_files.erase_overdue(SYSTEM, now=now())
