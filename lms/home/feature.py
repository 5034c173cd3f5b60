"""The today page, the jobs, the health of the installation, the audit trail: let in by the roof."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms.authz import Permission
from lms.home.views import blueprint
from lms.navigation import NavItem, add_item


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    add_item(NavItem("home.today", _l("Today"), "today", Permission.TODAY_READ, 0, phone=True))
