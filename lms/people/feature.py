"""Accounts, people, teams and roles: let in by the roof."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms import audit, errors
from lms.authz import Permission
from lms.imports import kinds
from lms.imports.cli import import_command
from lms.imports.refusals import register_reasons
from lms.navigation import NavItem, add_item
from lms.people import account_views, accounts, importing, jobs, models, team_views, token_views
from lms.people.actions import ACTIONS
from lms.people.cli import people
from lms.people.refusals import MESSAGES
from lms.people.tokens import models as token_models
from lms.people.views import blueprint

__all__ = ["account_views", "jobs", "models", "register", "team_views", "token_models", "token_views"]


def register(app: Flask) -> None:
    accounts.init_app(app)
    app.register_blueprint(blueprint)
    app.cli.add_command(people)
    errors.register(MESSAGES)
    errors.register(importing.MESSAGES)
    register_reasons(importing.REASONS)
    kinds.register(importing.PeopleImport())
    people.add_command(import_command(importing.PeopleImport()))
    audit.name_actions(ACTIONS)
    add_item(NavItem("people.index", _l("People"), "person", Permission.PERSON_READ, 80, phone=True))
