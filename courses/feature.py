"""What this floor gives the roof: pages, commands, jobs, sentences of refusal, the lesson, panels."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from courses import (
    authoring_views,
    cli,
    importing,
    jobs,
    kinds,
    models,
    progress_views,
    queries,
    refusals,
    views,
)
from courses.actions import ACTIONS
from courses.lesson import Lesson
from courses.panels import PANELS
from lms import audit, errors
from lms.authz import Permission
from lms.imports import kinds as import_kinds
from lms.imports.refusals import register_reasons
from lms.jobs import name_kinds, show_at
from lms.navigation import NavItem, add_item, add_panel
from lms.people import course_scopes

__all__ = ["jobs", "models", "register"]

ITEMS = (
    NavItem("learning.mine", _l("My learning"), "practice", Permission.COURSE_ENROL_SELF, 10, phone=True),
    NavItem("courses.catalogue", _l("Courses"), "courses", Permission.COURSE_READ, 12, phone=True),
    NavItem("authoring.index", _l("Teaching"), "edit", Permission.COURSE_AUTHOR, 20),
    NavItem("progress.index", _l("Progress"), "team", Permission.PROGRESS_READ, 30),
    NavItem("certificates.index", _l("Certificates"), "certificate", Permission.CERTIFICATE_EXPORT, 40),
)
JOBS = {
    "certificate.render": _l("PDF of a certificate"),
    "certificate.bundle": _l("Certificates in one file"),
    "courses.tell_assigned": _l("Tell people of their new courses"),
    "certificate.remind": _l("Tell people that certificates expire"),
}


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    audit.name_actions(ACTIONS)
    name_kinds(JOBS)
    course_scopes.let_in(queries.course_names)
    show_at({"certificate.bundle": lambda job: f"/certificates/bundles/{job.id}"})
    register_reasons(importing.REASONS)
    import_kinds.register(importing.CompletionImport())
    kinds.register(Lesson())
    for blueprint in (
        views.blueprint,
        views.learning,
        views.checking,
        authoring_views.blueprint,
        progress_views.blueprint,
        progress_views.certificate_pages,
    ):
        app.register_blueprint(blueprint)
    for command in (cli.course, cli.completion, cli.certificate):
        app.cli.add_command(command)
    for item in ITEMS:
        add_item(item)
    for panel in PANELS:
        add_panel(panel)
