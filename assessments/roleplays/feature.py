"""What role-plays give the roof: pages, jobs, sentences of refusal, the kind of module, the panel of what to rate."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.roleplays import (
    calibration_views,
    caption_views,
    jobs,
    models,
    panels,
    queries,
    rating_models,
    rating_views,
    refusals,
    rubric_views,
    scenario_views,
    trust_views,
    upload_views,
    views,
    words,
)
from assessments.roleplays.conversations import feature as conversations
from assessments.roleplays.dialogues import feature as dialogues
from assessments.roleplays.kind import RolePlayKind
from courses import kinds
from lms import audit, errors
from lms.authz import Permission, Role
from lms.jobs import name_kinds
from lms.navigation import NavItem, TodayPanel, add_item, add_panel

__all__ = ["jobs", "models", "rating_models", "register"]


def register(app: Flask) -> None:
    errors.register(refusals.MESSAGES)
    name_kinds(refusals.KINDS)
    audit.name_actions(refusals.ACTIONS)
    kinds.register(RolePlayKind())
    app.jinja_env.globals.update(roleplay_words=words)
    for pages in (views, calibration_views, caption_views, upload_views, rating_views, scenario_views, rubric_views, trust_views):
        app.register_blueprint(pages.blueprint)
    dialogues.register(app)
    conversations.register(app)
    add_item(NavItem("roleplays.index", _l("Role-plays"), "video", Permission.ROLEPLAY_PRACTISE, 13))
    raters = frozenset({Role.REP, Role.MANAGER, Role.TRAINER})
    add_panel(
        TodayPanel(
            "roleplays_to_rate", raters, 45, "roleplays/panels/to_rate.html", panels.to_rate, asks=queries.ANY_TO_RATE
        )
    )
