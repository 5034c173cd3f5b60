"""What quizzes give the roof: pages, commands, jobs, sentences of refusal, the kind of module."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.psychometrics_cli import quiz_cli, roleplay_cli
from assessments.quizzes import (
    accommodation_views,
    answer_file_views,
    authoring_views,
    cli,
    exchange_views,
    hand_views,
    jobs,
    models,
    refusals,
    section_views,
    views,
    words,
)
from assessments.quizzes.analysis import feature as analysis
from assessments.quizzes.integrity import feature as integrity
from assessments.quizzes.kind import QuizKind
from courses import kinds
from lms import audit, errors
from lms.authz import Permission
from lms.jobs import name_kinds
from lms.navigation import NavItem, add_item

__all__ = ["cli", "jobs", "models", "register"]


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    name_kinds(refusals.KINDS)
    audit.name_actions(refusals.ACTIONS)
    kinds.register(QuizKind())
    add_item(NavItem("quiz_extra.of_all", _l("Extra time"), "clock", Permission.PERSON_MANAGE, 84))
    app.jinja_env.globals.update(quiz_words=words, answer_file_address=answer_file_views.address)
    for blueprint in (
        views.blueprint,
        authoring_views.blueprint,
        accommodation_views.blueprint,
        exchange_views.blueprint,
        hand_views.blueprint,
        answer_file_views.blueprint,
        section_views.blueprint,
    ):
        app.register_blueprint(blueprint)
    analysis.register(app)
    integrity.register(app)
    for group in (quiz_cli, roleplay_cli):
        app.cli.add_command(group)
