"""Lets other measures than courses into the house."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from effects.initiatives import importing, models
from effects.initiatives.refusals import MESSAGES
from effects.initiatives.views import blueprint
from lms import audit, errors
from lms.imports import kinds
from lms.imports.refusals import register_reasons

__all__ = ["models", "register"]

ACTIONS = {
    "initiative.record": _l("recorded a measure"),
    "initiative.add_people": _l("added people to a measure"),
    "initiative.correct_start": _l("corrected a person's start in a measure"),
}


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    errors.register(MESSAGES)
    audit.name_actions(ACTIONS)
    register_reasons(importing.REASONS)
    kinds.register(importing.InitiativeImport())
