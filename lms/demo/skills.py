"""The demo's competencies and job profiles, readiness kept at the ends of past quarters, and what it predicted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from courses.competencies import cli, profiles, services
from courses.competencies.models import Competency
from courses.dates import day_of
from lms.authz import SYSTEM
from lms.db import db
from lms.demo import observations
from lms.demo.company import CHANNEL, OPENED, Company
from lms.i18n import in_languages
from lms.people.models import Team
from performance.kpis.periods import shift, start_of
from performance.skills import checking
from performance.skills import services as skills

PARTNER = ("PARTNER-REP", in_languages("Channel representative", "渠道代表"))
ASKED_OF_PARTNERS = {"KA-THINK": 2, "KA-VISIT": 3, "KA-LEADS": 2, "KA-PLAN": 3, "KA-GOAL": 3, "KA-CASH": 3}
SNAPSHOTS = 5
"""Quarters that are over."""


def fill(seed: int, company: Company, *, now: datetime) -> None:
    """Joint visits and the catalogue by the trainer, everybody's levels today and at the ends of the last quarters, and the check."""
    trainer = company.actors["trainer"]
    observations.fill(seed, company, now=now)
    services.seed(trainer, now=OPENED + timedelta(days=3))
    cli.seed_profile()
    partner = profiles.create(trainer, *PARTNER, now=OPENED + timedelta(days=4))
    ids = dict(db.session.execute(select(Competency.code, Competency.id)).all())
    asked = {ids[code]: level for code, level in ASKED_OF_PARTNERS.items()}
    profiles.require_levels(trainer, partner.id, asked, now=OPENED + timedelta(days=4))
    channel = db.session.scalars(select(Team.id).where(Team.code == CHANNEL)).one()
    profiles.give_to_team(trainer, partner.id, channel, now=OPENED + timedelta(days=4))
    this = start_of("quarter", day_of(now))
    for back in range(SNAPSHOTS, 0, -1):
        skills.snapshot(SYSTEM, shift("quarter", this, -back), now=now)
    skills.bring_up_to_date(SYSTEM, now=now)
    checking.run(SYSTEM, now=now)
