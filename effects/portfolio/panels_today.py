"""The portfolio on the today pages of managers and HR: one sentence, and the way on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from effects.portfolio import queries, words
from effects.portfolio.models import PortfolioEntry
from lms.authz import Actor, Permission, Role
from lms.db import db
from lms.navigation import TodayPanel


def _verdicts(actor: Actor, _moment: datetime) -> dict[str, Any] | None:
    run = queries.finished(actor) if actor.can(Permission.PORTFOLIO_READ) else None
    if run is None:
        return None
    rows = db.session.execute(
        select(PortfolioEntry.verdict, func.count()).where(PortfolioEntry.run_id == run.id).group_by(PortfolioEntry.verdict)
    )
    counts = {str(verdict): n for verdict, n in rows}
    return {"sentence": words.headline(counts, sum(counts.values())), "run": run}


GAPS = TodayPanel(
    "portfolio", frozenset({Role.MANAGER, Role.HR}), 610, "portfolio/_today.html", _verdicts
)
