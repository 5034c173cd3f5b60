"""What administrators find on their today page: health, failed jobs, the latest acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lms.audit import action_name
from lms.authz import Actor
from lms.home import health, progress, queries
from lms.jobs import kind_name


def health_panel(actor: Actor, moment: datetime) -> dict[str, Any]:
    return {"checks": health.checks(actor, moment)}


def jobs_panel(actor: Actor, _moment: datetime) -> dict[str, Any]:
    return {
        "counts": queries.job_counts(actor),
        "failed": queries.failed_jobs(actor),
        "kind_name": kind_name,
        "job_sentence": progress.job_sentence,
    }


def audit_panel(actor: Actor, _moment: datetime) -> dict[str, Any]:
    return {"acts": queries.latest_acts(actor), "action_name": action_name}
