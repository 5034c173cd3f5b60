"""Each night the figures of the bank are counted anew."""

from __future__ import annotations

from huey import crontab

from assessments.quizzes.question_bank import figures
from lms import jobs
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import transaction


@jobs.every("question_figures", crontab(minute="40", hour="2"))
def count_figures() -> None:
    with transaction():
        figures.count(SYSTEM, now=now())
