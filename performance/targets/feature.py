"""Lets targets into the house."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms import audit, errors
from performance.targets import models
from performance.targets.refusals import MESSAGES

__all__ = ["models", "register"]

ACTIONS = {
    "target.set": _l("set targets"),
    "target.withdraw": _l("withdrew a target"),
    "target.seniority": _l("stated the seniority table"),
}


def register(app: Flask) -> None:
    errors.register(MESSAGES)
    audit.name_actions(ACTIONS)
