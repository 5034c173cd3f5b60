"""What role-plays give the roof: pages, jobs, sentences of refusal, the kind of module."""

from __future__ import annotations

from flask import Flask

from assessments.roleplays import models, rating_models, refusals
from lms import audit, errors
from lms.jobs import name_kinds

__all__ = ["models", "rating_models", "register"]


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    name_kinds(refusals.KINDS)
    audit.name_actions(refusals.ACTIONS)
