"""What oral exams give the roof: pages, sentences of refusal, the kind of module, what waits for an examiner."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.orals import authoring_views, models, queries, views
from assessments.orals.kind import OralKind
from courses import kinds
from lms import audit, errors
from lms.authz import Actor, Permission, Role
from lms.navigation import NavItem, TodayPanel, add_item, add_panel

__all__ = ["models", "register"]
ACTIONS = {
    "oral.edit": _l("wrote an oral exam"),
    "oral.open": _l("opened an oral exam"),
    "oral.sheet": _l("handed in the sheet of an oral exam"),
    "oral.third": _l("asked a third examiner"),
    "oral.replace": _l("replaced an examiner of an oral exam"),
    "oral.propose": _l("proposed a score after talking it over"),
    "oral.cancel": _l("took back an oral exam that was not held"),
    "oral.result": _l("Oral exam scored"),
    "oral.correct": _l("corrected the result of an oral exam"),
}
MESSAGES = {
    "oral_topics": _l("Write at least one question and at most 100, of at most 1,000 characters each."),
    "oral_rule": _l("This value is not possible here."),
    "oral_own": _l("Nobody examines themselves."),
    "oral_second": _l("Choose another examiner: a trainer or manager who is not one already."),
    "oral_attempts": _l("All attempts at this oral exam are used."),
    "oral_open": _l("Somebody else has opened this exam already. If one of its examiners cannot go on, replace them on the page of oral exams."),
    "oral_sheet_given": _l("Choose an examiner whose sheet has not been handed in."),
    "oral_replace_reason": _l("Say why, in at most 500 characters."),
    "oral_closed": _l("This oral exam is closed."),
    "oral_not_apart": _l("This is only possible while two sheets lie too far apart and nobody else has been asked."),
    "oral_percent": _l("Give a score from 0 to 100 percent."),
    "oral_reason": _l("Say what decided it, in at most 2,000 characters."),
    "oral_proposal_other": _l("Another score has been put down in the meantime, or it is your own. Look again."),
    "oral_result_changed": _l("The result was corrected in the meantime. Look again."),
    "oral_result_same": _l("This is the result already."),
    "oral_begun": _l("A sheet has been handed in: the exam counts."),
}


def to_examine(actor: Actor, now: datetime) -> dict[str, Any] | None:
    """The sheets that wait for the actor; None when there are none."""
    sheets = queries.to_examine(actor, limit=5)
    return {"sheets": sheets} if sheets else None


def register(app: Flask) -> None:
    errors.register(MESSAGES)
    audit.name_actions(ACTIONS)
    kinds.register(OralKind())
    for pages in (views, authoring_views):
        app.register_blueprint(pages.blueprint)
    add_item(NavItem("orals.index", _l("Oral exams"), "microphone", Permission.ORAL_EXAMINE, 24))
    examiners = frozenset({Role.MANAGER, Role.TRAINER})
    add_panel(TodayPanel("orals_to_examine", examiners, 46, "orals/panel.html", to_examine, asks=queries.ANY_TO_EXAMINE))
