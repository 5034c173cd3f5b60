"""Lets the return on the cost into the house, with the studies it belongs to."""

from __future__ import annotations

from flask import Flask

from effects.roi import models
from effects.roi.refusals import MESSAGES
from effects.roi.views import blueprint
from lms import errors

__all__ = ["models", "register"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    errors.register(MESSAGES)
