"""What cases give the roof: pages, sentences of refusal, the kind of module."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.cases import (
    agreement_views,
    authoring_views,
    models,
    proposal_views,
    refusals,
    review_views,
    scoring_views,
    views,
    words,
)
from assessments.cases.kind import CaseKind
from courses import kinds
from lms import audit, errors
from lms.authz import Permission
from lms.navigation import NavItem, add_item

__all__ = ["models", "register"]


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    audit.name_actions(refusals.ACTIONS)
    kinds.register(CaseKind())
    app.jinja_env.globals.update(case_words=words)
    for pages in (views, proposal_views, scoring_views, agreement_views, authoring_views, review_views):
        app.register_blueprint(pages.blueprint)
    add_item(NavItem("cases.index", _l("Cases"), "document", Permission.CASE_READ, 14))
