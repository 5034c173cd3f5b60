"""By the clock: everybody's levels every night; a snapshot after each quarter, and then the check of what readiness predicts."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from huey import crontab

from courses.dates import day_of
from lms import jobs
from lms.authz import SYSTEM
from lms.clock import now
from lms.errors import Refused
from performance.kpis.periods import start_of
from performance.skills import reckoning

log = logging.getLogger(__name__)


@jobs.handler("skills.compute")
def compute(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    reckoning.bring_up_to_date(SYSTEM, now=now())
    return {"url": "/skills"}


@jobs.handler("skills.check")
def check(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    reckoning.check(SYSTEM, now=now())
    return {"url": "/skills/check"}


@jobs.every("skills_nightly", crontab(minute="40", hour="2"))
def every_night() -> None:
    reckoning.bring_up_to_date(SYSTEM, now=now())


@jobs.every("skills_quarterly", crontab(minute="10", hour="4", month="1,4,7,10", day="1-20"))
def every_quarter() -> None:
    """On the first day of a quarter; were it missed, on one of those after."""
    moment = now()
    ended = start_of("quarter", day_of(moment)) - timedelta(days=1)
    try:
        reckoning.snapshot(SYSTEM, ended, now=moment)
    except Refused as refusal:
        log.info("no snapshot of readiness: %s", refusal.code)


@jobs.every("skills_check", crontab(minute="30", hour="4", month="1,4,7,10", day="21"))
def check_what_readiness_predicts() -> None:
    """Three weeks later, when the figures of the quarter that ended are usually in."""
    reckoning.check(SYSTEM, now=now())
