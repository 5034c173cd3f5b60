"""Reckoned first, then written: reading everybody's evidence and figures is done before the transaction, and holds nobody up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from lms.authz import Actor
from lms.db import transaction
from performance.skills import checking, services
from performance.skills.models import SkillCheck, SkillRun


def bring_up_to_date(actor: Actor, *, now: datetime) -> SkillRun:
    found = services.reckon(actor, now=now)
    with transaction():
        return services.keep(actor, found)


def snapshot(actor: Actor, quarter: date, *, now: datetime) -> SkillRun:
    """:raises Refused: as :func:`services.snapshot`."""
    found = services.reckon_snapshot(actor, quarter, now=now)
    with transaction():
        return services.keep_snapshot(actor, found)


def check(actor: Actor, *, now: datetime) -> Sequence[SkillCheck]:
    made = checking.look(actor, now=now)
    with transaction():
        return checking.keep(actor, made)
