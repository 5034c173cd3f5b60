"""What quizzes give the roof: pages, commands, jobs, sentences of refusal, the kind of module."""

from __future__ import annotations

from flask import Flask

from assessments.psychometrics_cli import quiz_cli, roleplay_cli
from assessments.quizzes import (
    accommodation_views,
    analysis_views,
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
from assessments.quizzes.kind import QuizKind
from courses import kinds
from lms import errors
from lms.jobs import name_kinds

__all__ = ["cli", "jobs", "models", "register"]


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    name_kinds(refusals.KINDS)
    kinds.register(QuizKind())
    app.jinja_env.globals.update(quiz_words=words)
    for blueprint in (
        views.blueprint,
        authoring_views.blueprint,
        analysis_views.blueprint,
        accommodation_views.blueprint,
        exchange_views.blueprint,
        hand_views.blueprint,
        section_views.blueprint,
    ):
        app.register_blueprint(blueprint)
    for group in (quiz_cli, roleplay_cli):
        app.cli.add_command(group)
