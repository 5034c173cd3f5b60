"""Lets the catalogue of competencies and the job profiles into the house."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from courses.competencies import cli, importing, models, profile_views, used, views
from courses.competencies.refusals import MESSAGES
from lms import audit, errors
from lms.authz import Permission
from lms.imports import kinds
from lms.imports.refusals import register_reasons
from lms.navigation import NavItem, add_item

__all__ = ["models", "register"]

ACTIONS = {
    "competency.create": _l("added a competency"),
    "competency.edit": _l("changed a competency"),
    "competency.add_alias": _l("gave a competency another word"),
    "competency.retire": _l("retired a competency"),
    "competency.revive": _l("took a competency up again"),
    "job_profile.create": _l("added a job profile"),
    "job_profile.require": _l("changed what a job asks for"),
    "job_profile.give": _l("gave a job profile"),
    "job_profile.take_back": _l("took a job profile back"),
    "job_profile.make_default": _l("made a job profile that of everybody"),
}


def register(app: Flask) -> None:
    app.register_blueprint(views.blueprint)
    app.register_blueprint(profile_views.blueprint)
    app.cli.add_command(cli.competency)
    errors.register(MESSAGES)
    audit.name_actions(ACTIONS)
    register_reasons(importing.REASONS)
    kinds.register(importing.CompetencyImport())
    used.register(used.Room("courses", _l("courses"), used.in_courses))
    add_item(NavItem("competencies.index", _l("Competencies"), "target", Permission.COMPETENCY_MANAGE, 22))
