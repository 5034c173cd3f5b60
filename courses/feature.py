"""What this floor gives the roof: pages, commands, jobs, sentences of refusal, the lesson, panels."""

from __future__ import annotations

from flask import Flask

from courses import jobs, models, refusals, services
from lms import errors

__all__ = ["jobs", "models", "register", "services"]


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
