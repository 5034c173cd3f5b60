"""What surveys give the roof: pages, commands, jobs, sentences of refusal, the kind of module, a panel."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.surveys import authoring_views, cli, jobs, models, refusals, sending_views, views, words
from assessments.surveys.kind import SurveyKind
from assessments.surveys.panels import PANELS
from courses import kinds
from lms import audit, errors
from lms.authz import Permission
from lms.jobs import name_kinds
from lms.navigation import NavItem, add_item, add_panel

__all__ = ["jobs", "models", "register"]

ITEM = NavItem("survey_authoring.index", _l("Surveys"), "list", Permission.SURVEY_RESULT_READ, 26)


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    name_kinds(refusals.KINDS)
    audit.name_actions(refusals.ACTIONS)
    kinds.register(SurveyKind())
    app.jinja_env.globals.update(survey_words=words)
    for blueprint in (views.blueprint, authoring_views.blueprint, authoring_views.modules, sending_views.blueprint):
        app.register_blueprint(blueprint)
    app.cli.add_command(cli.survey_cli)
    add_item(ITEM)
    for panel in PANELS:
        add_panel(panel)
