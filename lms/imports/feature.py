"""Lets imports in: pages, jobs, sentences, the navigation."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms import audit, errors
from lms.authz import Permission
from lms.imports import jobs, models, views
from lms.imports.refusals import MESSAGES
from lms.jobs import Job, name_kinds, show_at
from lms.navigation import NavItem, add_item

__all__ = ["jobs", "models", "register"]

ACTIONS = {"import.accept": _l("accepted an import"), "import.undo": _l("undid an import")}


def _page(job: Job) -> str:
    return f"/imports/{job.params['batch_id']}"


def register(app: Flask) -> None:
    errors.register(MESSAGES)
    audit.name_actions(ACTIONS)
    show_at(dict.fromkeys(("import_preview", "import_accept", "import_undo"), _page))
    name_kinds({
        "import_preview": _l("Preview of an import"), "import_accept": _l("Import of a file"),
        "import_undo": _l("Undoing an import"),
    })
    app.register_blueprint(views.blueprint)
    add_item(NavItem("imports.index", _l("Imports"), "import", Permission.IMPORT_READ, order=80))
