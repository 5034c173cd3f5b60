"""Accounts, people, teams and roles: let in by the roof."""

from __future__ import annotations

from flask import Flask

from lms import errors
from lms.imports import kinds
from lms.imports.cli import import_command
from lms.imports.refusals import register_reasons
from lms.people import accounts, importing, models
from lms.people.cli import people
from lms.people.jobs import send_link
from lms.people.refusals import MESSAGES
from lms.people.views import blueprint

__all__ = ["models", "register", "send_link"]


def register(app: Flask) -> None:
    accounts.init_app(app)
    app.register_blueprint(blueprint)
    app.cli.add_command(people)
    errors.register(MESSAGES)
    errors.register(importing.MESSAGES)
    register_reasons(importing.REASONS)
    kinds.register(importing.PeopleImport())
    people.add_command(import_command(importing.PeopleImport()))
