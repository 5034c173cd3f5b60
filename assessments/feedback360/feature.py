"""What 360° feedback gives the roof: pages, jobs, sentences of refusal, a place in the navigation, a panel."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.feedback360 import (
    cycle_views,
    jobs,
    models,
    questionnaire_views,
    refusals,
    report_views,
    views,
)
from assessments.feedback360.panels import PANELS
from lms import audit, errors
from lms.authz import Permission
from lms.jobs import name_kinds
from lms.navigation import NavItem, add_item, add_panel

__all__ = ["cycle_views", "jobs", "models", "questionnaire_views", "register", "report_views"]

ITEM = NavItem("feedback360.index", _l("360° feedback"), "audit", Permission.FEEDBACK_TAKE_PART, 27)


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    name_kinds(refusals.KINDS)
    audit.name_actions(refusals.ACTIONS)
    app.register_blueprint(views.blueprint)
    add_item(ITEM)
    for panel in PANELS:
        add_panel(panel)
