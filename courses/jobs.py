"""Work in the background: each calls the service that a page would call."""

from __future__ import annotations

from typing import Any

from courses import documents, notices
from lms import jobs
from lms.clock import now


@jobs.handler("certificate.render")
def render_certificate(params: dict[str, Any], _report: jobs.Report) -> None:
    documents.finish(params["certificate"], now=now())


@jobs.handler("courses.tell_assigned")
def tell_assigned(params: dict[str, Any], report: jobs.Report) -> None:
    notices.tell_assigned(params["enrolments"], report)
