"""Work in the background: each calls the service that a page would call."""

from __future__ import annotations

from typing import Any

from huey import crontab

from courses import documents, expiry, notices
from courses.dates import day_of
from lms import jobs
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import db
from lms.i18n import speaking
from lms.people.models import Person
from lms.people.scope import load_actor


@jobs.handler("certificate.render")
def render_certificate(params: dict[str, Any], _report: jobs.Report) -> None:
    documents.finish(params["certificate"], now=now(), issuing=True)


@jobs.handler("certificate.bundle")
def bundle_certificates(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    """The export is made with the rights its orderer has now, not with those at the time of ordering."""
    person = db.session.get(Person, params["person"]) if params["person"] else None
    actor = load_actor(person) if person else SYSTEM
    with speaking(params["locale"]):
        file = documents.bundle(actor, params["filters"], day_of(now()), report, now=now())
    return {"file": file.id}


@jobs.handler("courses.tell_assigned")
def tell_assigned(params: dict[str, Any], report: jobs.Report) -> None:
    notices.tell_assigned(params["enrolments"], report)


@jobs.every("remind_of_certificates", crontab(minute="30", hour="0"))
def remind_of_certificates() -> None:
    expiry.plan(day_of(now()))


@jobs.handler("certificate.remind")
def remind(params: dict[str, Any], report: jobs.Report) -> None:
    expiry.remind(params["certificates"], report, now=now())
