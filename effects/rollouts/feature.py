"""Lets the rollout planner into the house."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from effects.cli import effects_cli
from effects.origins import Origin, add_origin
from effects.rollouts import api as room
from effects.rollouts import cli, concluding, jobs, models, pages, panels_today, queries
from effects.rollouts.refusals import MESSAGES
from effects.rollouts.views import blueprint
from lms import api, errors
from lms.audit import name_actions
from lms.authz import Permission
from lms.jobs import name_kinds
from lms.navigation import NavItem, add_item, add_panel

__all__ = ["jobs", "models", "register"]


def register(app: Flask) -> None:
    """Called by the roof."""
    app.register_blueprint(blueprint)
    api.let_in(app, room.blueprint)
    for command in cli.COMMANDS:
        effects_cli.add_command(command)
    errors.register(MESSAGES)
    name_kinds(
        {
            "rollouts.power": _l("What a rollout could see"),
            "rollouts.enrol": _l("Enrolment of a wave"),
            "rollouts.conclude": _l("Report of a planned rollout"),
        }
    )
    name_actions(
        {
            "rollout.create": _l("Rollout planned"),
            "rollout.edit": _l("Plan of a rollout changed"),
            "rollout.discard": _l("Plan of a rollout thrown away"),
            "rollout.draw": _l("Rollout drawn and its plan locked"),
            "rollout.deviate": _l("Departure from a locked plan stated"),
            "rollout.stop": _l("Rollout stopped"),
            "rollout.enrol": _l("Wave of a rollout enrolled"),
            "rollout.report": _l("Rollout reported"),
        }
    )
    add_item(NavItem("rollouts.index", _l("Planner"), "planner", Permission.ROLLOUT_PLAN, 55))
    add_panel(panels_today.SOON)
    add_origin(Origin("rollouts", queries.member_ids, "rollouts/_beside_study.html", pages.beside_study, pages.said_of, concluding.plan_for))
