"""What talks with a model's customer give the room of role-plays: pages, the job that asks for scores, sentences of refusal."""

from __future__ import annotations

from flask import Flask

from assessments.roleplays.conversations import jobs, models, refusals, views, words
from assessments.roleplays.conversations.endpoint import endpoint
from lms import audit, errors
from lms.jobs import name_kinds

__all__ = ["jobs", "models", "register"]


def register(app: Flask) -> None:
    """:raises SettingInvalid: if the settings of the language model cannot be used."""
    endpoint(app.config)
    errors.register(refusals.MESSAGES)
    audit.name_actions(refusals.ACTIONS)
    name_kinds(refusals.KINDS)
    app.jinja_env.globals.update(conversation_words=words)
    app.register_blueprint(views.blueprint)
