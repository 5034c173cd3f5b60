"""What the bank gives the roof: pages, the panel of what waits for review, the nightly count, sentences."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.quizzes.question_bank import edit_views, jobs, models, refusals, views
from assessments.quizzes.question_bank.panels import PANEL
from lms import audit, errors
from lms.authz import Permission
from lms.navigation import NavItem, add_item, add_panel

__all__ = ["jobs", "models", "register"]


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    audit.name_actions(refusals.ACTIONS)
    add_item(NavItem("quiz_bank.everywhere", _l("Question bank"), "quiz", Permission.QUIZ_AUTHOR, 21))
    add_panel(PANEL)
    app.register_blueprint(views.blueprint)
    app.register_blueprint(edit_views.blueprint)
