"""What the worker does for the administrator: it says every minute that it lives."""

from __future__ import annotations

from huey import crontab

from lms import jobs
from lms.clock import now
from lms.home import health


@jobs.every("worker_sign", crontab(minute="*"))
def worker_sign() -> None:
    health.give_sign(now())
