"""Lets targets into the house."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms import audit, errors
from lms.authz import Permission
from lms.imports import kinds
from lms.imports.refusals import register_reasons
from lms.navigation import NavItem, add_item
from performance.kpis import goals
from performance.targets import importing, models, own_views, queries, views
from performance.targets.refusals import MESSAGES

__all__ = ["models", "register"]

ACTIONS = {
    "target.set": _l("set targets"),
    "target.withdraw": _l("withdrew a target"),
    "target.seniority": _l("stated the seniority table"),
}


def register(app: Flask) -> None:
    errors.register(MESSAGES)
    audit.name_actions(ACTIONS)
    register_reasons(importing.REASONS)
    kinds.register(importing.TargetImport())
    for blueprint in (own_views.blueprint, views.blueprint):
        app.register_blueprint(blueprint)
    goals.register(queries.own_goals, queries.goals_in_care)
    add_item(NavItem("my_targets.index", _l("My targets"), "flag", Permission.TARGET_READ_OWN, 15))
    add_item(NavItem("targets.index", _l("Targets"), "flag", Permission.TARGET_READ, 33))
