"""Who may see, edit and draw a rollout."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.orm import joinedload

from effects.rollouts.models import Rollout, RolloutDraw
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Refused, Unknown


def visible(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``Rollout``: what was drawn is for all who plan (it names nobody out of scope); a plan before
    its draw for who made it and for those who plan for the whole company."""
    if actor.company_wide(Permission.ROLLOUT_PLAN):
        return true()
    return or_(Rollout.created_by_id == actor.person_id, exists().where(RolloutDraw.rollout_id == Rollout.id))


def may_edit(actor: Actor, rollout: Rollout) -> bool:
    """Who made the plan, or plans for the whole company, as long as nothing is drawn."""
    return rollout.draw is None and may_look_after(actor, rollout)


def may_look_after(actor: Actor, rollout: Rollout) -> bool:
    """Who states deviations and stops what was drawn."""
    mine = rollout.created_by_id is not None and rollout.created_by_id == actor.person_id
    return actor.can(Permission.ROLLOUT_PLAN) and (mine or actor.company_wide(Permission.ROLLOUT_PLAN))


def seen(actor: Actor, rollout_id: int) -> Rollout:
    """:raises Unknown: if there is none that the actor may see."""
    found = db.session.scalar(
        select(Rollout)
        .where(Rollout.id == rollout_id, visible(actor))
        .options(joinedload(Rollout.course), joinedload(Rollout.kpi), joinedload(Rollout.created_by))
        .options(joinedload(Rollout.draw).joinedload(RolloutDraw.drawn_by), joinedload(Rollout.stop))
        .options(joinedload(Rollout.report))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Unknown()
    return found


def draft(actor: Actor, rollout_id: int) -> Rollout:
    """A plan that the actor may still change.

    :raises Unknown: if it is not the actor's. :raises Refused: ``rollout_drawn``.
    """
    rollout = seen(actor, rollout_id)
    if not may_look_after(actor, rollout):
        raise Unknown()
    if rollout.draw is not None:
        raise Refused("rollout_drawn")
    return rollout
