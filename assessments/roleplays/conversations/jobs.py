"""Long work of conversations: a model is asked for scores after the rep has gone."""

from __future__ import annotations

from typing import Any

from assessments.roleplays.conversations import proposing
from lms import jobs
from lms.clock import now


@jobs.handler(proposing.KIND)
def propose(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    found = proposing.ask(params["play"], params["language"], now=now())
    return {"proposal": found.id if found else None}
