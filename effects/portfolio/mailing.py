"""The quarterly summary by mail, to those who asked for it, in each reader's language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from effects.portfolio import table
from effects.portfolio.models import PortfolioRun, PortfolioSubscription
from lms import mail
from lms.authz import Permission
from lms.db import db
from lms.i18n import speaking
from lms.people.scope import load_actor
from performance.kpis.periods import label

BEST = 5
"""Effects and changes a mail names; the page has the rest."""


def quarter(day: date) -> str:
    """ "2026-Q4"."""
    return label("quarter", day)


def send_summaries(run: PortfolioRun, *, now: datetime) -> int:
    """After a scheduled run: promise the mail to everybody who wants it and has not had it this quarter; how many.

    Who may no longer read the portfolio, or has left, gets nothing.
    """
    if run.origin != "schedule":
        return 0
    this = quarter(now.date())
    wanting = db.session.scalars(
        select(PortfolioSubscription)
        .where(PortfolioSubscription.wanted, PortfolioSubscription.last_quarter.is_distinct_from(this))
        .options(joinedload(PortfolioSubscription.person))
        .order_by(PortfolioSubscription.person_id)
    ).all()
    sent = 0
    for each in wanting:
        person = each.person
        if person.email and person.active and load_actor(person).can(Permission.PORTFOLIO_READ):
            _send(person.email, person.name, person.locale, run)
            each.last_quarter = this
            sent += 1
    db.session.flush()
    return sent


def _send(to: str, name: str, locale: str | None, run: PortfolioRun) -> None:
    with speaking(locale):
        found = table.composed(run, table.Wanted())
    url = f"{current_app.config['BASE_URL']}/portfolio"
    best = [row for row in found.rows if row.entry.badge][:BEST]
    values: dict[str, Any] = {"name": name, "found": found, "best": best, "changes": found.changes[:BEST], "url": url}
    mail.send(to, "portfolio/emails/summary", locale=locale, **values)
