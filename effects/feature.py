"""Lets training-effect studies into the house."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from effects import api as room
from effects import feedback_rung, jobs, models, panels_today, survey_rungs
from effects.actions import ACTIONS
from effects.affected import studies_of
from effects.cli import effects_cli
from effects.ladder import add_rung
from effects.learning import learning
from effects.refusals import MESSAGES
from effects.roi import feature as roi
from effects.subgroups import models as subgroup_models
from effects.untouchable import models as untouchable_models
from effects.views import blueprint
from lms import api, audit, errors
from lms.authz import Permission
from lms.jobs import name_kinds
from lms.navigation import NavItem, add_item, add_panel
from performance.kpis import affected

__all__ = ["jobs", "models", "register", "subgroup_models", "untouchable_models"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    api.let_in(app, room.blueprint)
    app.cli.add_command(effects_cli)
    errors.register(MESSAGES)
    audit.name_actions(ACTIONS)
    name_kinds({"effects.run": _l("Training-effect study")})
    add_item(NavItem("effects.index", _l("Evidence"), "evidence", Permission.EFFECT_READ, 50))
    add_rung(1, survey_rungs.reaction)
    add_rung(2, learning)
    add_rung(3, survey_rungs.seen_by_managers)
    add_rung(3, survey_rungs.said_of_themselves)
    add_rung(3, feedback_rung.seen_by_others)
    roi.register(app)
    add_panel(panels_today.LATEST)
    affected.add_finder(studies_of)
