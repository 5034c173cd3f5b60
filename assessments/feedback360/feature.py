"""What 360° feedback gives the roof: pages, jobs, sentences of refusal, a place in the navigation, a panel."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.feedback360 import jobs, models, refusals
from lms import audit, errors
from lms.jobs import name_kinds

__all__ = ["jobs", "models", "register"]


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    name_kinds(refusals.KINDS)
    audit.name_actions(refusals.ACTIONS)
