"""The clock's part: a fresh look over everything every month or quarter, by setting."""

from __future__ import annotations

import logging

from flask import current_app
from huey import crontab

from effects.portfolio import services
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.jobs import every

log = logging.getLogger(__name__)
MONTHS = {"month": range(1, 13), "quarter": (1, 4, 7, 10), "off": ()}
"""Months of the year on whose second day the portfolio is computed afresh, by the setting ``PORTFOLIO_REFRESH``."""


@every("portfolio_refresh", crontab(minute="15", hour="2", day="2"))
def refresh() -> None:
    """On the second, when the figures of the month are usually in; a run under way is left to itself."""
    if now().month not in MONTHS.get(current_app.config["PORTFOLIO_REFRESH"], ()):
        return
    try:
        with transaction():
            services.start(SYSTEM, origin="schedule", now=now())
    except Refused as refusal:
        log.info("no refresh of the portfolio: %s", refusal.code)
