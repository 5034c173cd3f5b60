"""Lets skills into the house: levels, readiness, what they predict; and says which words for competencies the rooms below use."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.cases import evidence as cases
from assessments.quizzes import evidence as quizzes
from assessments.roleplays import evidence as roleplays
from assessments.roleplays.dialogues import evidence as dialogues
from courses.competencies import used
from lms import audit, errors
from lms.authz import Permission
from lms.jobs import name_kinds
from lms.navigation import NavItem, add_item
from performance.skills import jobs, models
from performance.skills.cli import skills
from performance.skills.refusals import MESSAGES
from performance.skills.views import blueprint

__all__ = ["jobs", "models", "register"]

ACTIONS = {
    "skills.snapshot": _l("kept readiness at the end of a quarter"),
    "skills.check": _l("checked what readiness predicts"),
}
ROOMS = (
    used.Room("questions", _l("quiz questions"), quizzes.words_in_use),
    used.Room("rubrics", _l("rubrics"), roleplays.words_in_rubrics),
    used.Room("scenarios", _l("scenarios"), roleplays.words_in_scenarios),
    used.Room("dialogues", _l("dialogues"), dialogues.words_in_use),
    used.Room("cases", _l("cases"), cases.words_in_use),
)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.cli.add_command(skills)
    errors.register(MESSAGES)
    audit.name_actions(ACTIONS)
    name_kinds({"skills.compute": _l("Levels of everybody"), "skills.check": _l("What readiness predicts")})
    for room in ROOMS:
        used.register(room)
    add_item(NavItem("skills.mine", _l("What I know"), "target", Permission.SKILL_READ_OWN, 15))
    add_item(NavItem("skills.team", _l("Team skills"), "target", Permission.SKILL_READ, 33))
