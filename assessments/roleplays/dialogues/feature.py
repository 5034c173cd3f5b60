"""What dialogues give the room of role-plays: pages, sentences of refusal, words."""

from __future__ import annotations

from flask import Flask

from assessments.roleplays.dialogues import authoring_views, models, refusals, views, words
from lms import audit, errors

__all__ = ["models", "register"]


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    audit.name_actions(refusals.ACTIONS)
    app.jinja_env.globals.update(dialogue_words=words)
    for pages in (views, authoring_views):
        app.register_blueprint(pages.blueprint)
