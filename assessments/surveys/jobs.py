"""Work in the background: each calls the service that a page would call."""

from __future__ import annotations

from datetime import date
from typing import Any

from huey import crontab

from assessments.surveys import notices, sending
from lms import jobs
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import transaction


@jobs.handler("surveys.tell")
def tell(params: dict[str, Any], report: jobs.Report) -> None:
    notices.tell(params["invitations"], report)


@jobs.handler("surveys.remind")
def remind(params: dict[str, Any], report: jobs.Report) -> None:
    notices.remind(params["sending"], date.fromisoformat(params["since"]) if params["since"] else None, report)


@jobs.every("surveys.tend", crontab(minute="10"))
def tend() -> None:
    with transaction():
        sending.tend(SYSTEM, now=now())
