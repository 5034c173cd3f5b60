"""Work by the clock: recordings and written talks whose time is over are erased every night."""

from __future__ import annotations

from huey import crontab

from assessments.roleplays import uploads
from assessments.roleplays.conversations import transcripts
from lms import jobs
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import transaction


@jobs.every("erase_recordings", crontab(minute="20", hour="3"))
def erase_recordings() -> None:
    """A batch is a transaction; it ends when a batch finds nothing more."""
    erased = 1
    while erased:
        with transaction():
            erased = uploads.erase_overdue(SYSTEM, now=now()) + transcripts.erase_overdue(SYSTEM, now=now())
