"""Lets the portfolio into the house."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from effects.cli import effects_cli
from effects.portfolio import api as room
from effects.portfolio import gaps, jobs, models, panels_today, schedule
from effects.portfolio.cli import portfolio_command
from effects.portfolio.refusals import MESSAGES
from effects.portfolio.views import blueprint
from lms import api, audit, errors
from lms.authz import Permission
from lms.jobs import name_kinds
from lms.navigation import NavItem, add_item, add_panel
from performance.targets import remedies

__all__ = ["jobs", "models", "register", "schedule"]

ACTIONS = {
    "course.name_primary_kpi": _l("named a course's primary KPI"),
    "portfolio.run": _l("had the portfolio computed"),
}


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    api.let_in(app, room.blueprint)
    effects_cli.add_command(portfolio_command)
    errors.register(MESSAGES)
    audit.name_actions(ACTIONS)
    name_kinds({"portfolio.run": _l("Portfolio of all courses")})
    add_item(NavItem("portfolio.index", _l("Portfolio"), "table", Permission.PORTFOLIO_READ, 51))
    add_panel(panels_today.GAPS)
    remedies.add_finder(gaps.remedy)
