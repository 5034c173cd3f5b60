"""The today page, jobs, health, audit trail, settings and files: let in by the roof."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms import audit, errors
from lms.authz import Permission, Role
from lms.home import jobs, panels
from lms.home.refusals import KINDS, MESSAGES
from lms.home.views import blueprint
from lms.jobs import name_kinds
from lms.navigation import NavItem, TodayPanel, add_item, add_panel

__all__ = ["jobs", "register"]

ADMIN = frozenset({Role.ADMIN})
ACTIONS = {
    "backup.make": _l("made a backup"), "backup.restore": _l("put a backup in place"), "demo.fill": _l("filled the demo company"),
}  # fmt: skip
"""Acts of the commands ``backup``, ``restore`` and ``demo``, which web processes do not load."""


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    errors.register(MESSAGES)
    name_kinds(KINDS)
    audit.name_actions(ACTIONS)
    add_item(NavItem("home.today", _l("Today"), "today", Permission.TODAY_READ, 0, phone=True))
    add_item(NavItem("home.audit", _l("Audit trail"), "audit", Permission.AUDIT_READ, 92))
    add_item(NavItem("home.settings", _l("Settings"), "settings", Permission.SETTING_MANAGE, 94))
    add_panel(TodayPanel("health", ADMIN, 900, "home/_health.html", panels.health_panel))
    add_panel(TodayPanel("jobs", ADMIN, 910, "home/_jobs.html", panels.jobs_panel))
    add_panel(TodayPanel("audit", ADMIN, 920, "home/_audit.html", panels.audit_panel))
