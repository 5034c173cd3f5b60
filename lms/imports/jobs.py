"""Imports in the background: each handler calls the service that a person or the command line would."""

from __future__ import annotations

from typing import Any

from lms.authz import Actor
from lms.clock import now
from lms.db import db, transaction
from lms.imports import services, undoing
from lms.imports.models import ImportBatch
from lms.jobs import Job, Report, handler
from lms.people.models import Person
from lms.people.scope import load_actor


def _batch_and_actor(params: dict[str, Any]) -> tuple[ImportBatch, Actor]:
    """The batch and the person who ordered the work, with the permissions they have now."""
    batch = db.session.get_one(ImportBatch, params["batch_id"])
    job = db.session.get_one(Job, batch.job_id)
    return batch, load_actor(db.session.get_one(Person, job.owner_id))


@handler("import_preview")
def preview(params: dict[str, Any], report: Report) -> None:
    batch, actor = _batch_and_actor(params)
    survey = services.look_through(actor, batch.id, report)
    with transaction():
        services.keep_preview(actor, batch.id, survey, now=now())


@handler("import_accept")
def accept(params: dict[str, Any], report: Report) -> None:
    batch, actor = _batch_and_actor(params)
    if batch.state != "previewed":
        return  # taken in by an earlier try of this job, whose worker died after the commit
    with transaction():
        services.accept(
            actor,
            batch.id,
            leave_out_rejected=params["leave_out_rejected"],
            report=report,
            now=now(),
        )


@handler("import_undo")
def undo(params: dict[str, Any], report: Report) -> None:
    batch, actor = _batch_and_actor(params)
    if batch.state != "accepted":
        return
    with transaction():
        undoing.undo(actor, batch.id, now=now())
