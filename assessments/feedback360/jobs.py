"""Work in the background: each calls the service that a page would call."""

from __future__ import annotations

from typing import Any

from huey import crontab

from assessments.feedback360 import cycles, notices
from lms import jobs
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import transaction


@jobs.handler("feedback360.tell")
def tell(params: dict[str, Any], report: jobs.Report) -> None:
    notices.tell(params["raters"], report)


@jobs.handler("feedback360.remind")
def remind(params: dict[str, Any], report: jobs.Report) -> None:
    notices.remind(params["cycle"], report)


@jobs.handler("feedback360.report")
def report(params: dict[str, Any], report: jobs.Report) -> None:
    notices.report_ready(params["subjects"], report)


@jobs.every("feedback360.tend", crontab(minute="25"))
def tend() -> None:
    with transaction():
        cycles.tend(SYSTEM, now=now())
