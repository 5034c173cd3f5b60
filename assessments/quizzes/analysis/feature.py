"""Lets the analysis of quizzes into the room of quizzes: its pages, its jobs, its words."""

from __future__ import annotations

from flask import Flask
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from assessments.quizzes.analysis import jobs, models, more_views, views
from assessments.quizzes.analysis.panels import PANEL
from lms import audit, errors
from lms.jobs import name_kinds
from lms.navigation import add_panel

__all__ = ["jobs", "models", "register"]

MESSAGES: dict[str, LazyString] = {
    "analysis_running": _l("This is being computed already. Load the page again in a moment."),
    "pairing_with_itself": _l("A quiz cannot be its own pre-test."),
}
KINDS: dict[str, LazyString] = {
    "quiz.analyse": _l("Analysis of a quiz"),
    "quiz.summarise": _l("Figures of all quizzes"),
}
ACTIONS: dict[str, LazyString] = {
    "quiz.analyse": _l("had a quiz analysed"),
    "quiz.pair": _l("named the pre-test of a quiz"),
}


def register(app: Flask) -> None:
    errors.register(MESSAGES)
    name_kinds(KINDS)
    audit.name_actions(ACTIONS)
    add_panel(PANEL)
    for blueprint in (views.blueprint, more_views.scales, more_views.fair, more_views.learnt, more_views.every):
        app.register_blueprint(blueprint)
