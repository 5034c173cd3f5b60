"""Lets the log of attempts and the agreement of answers into the room of quizzes."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.quizzes.integrity import models, views
from lms import audit

__all__ = ["models", "register"]


def register(app: Flask) -> None:
    audit.name_actions({"attempt.look": _l("opened an attempt of somebody else")})
    app.register_blueprint(views.told)
    app.register_blueprint(views.pages)
