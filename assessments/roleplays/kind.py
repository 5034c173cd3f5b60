"""The role-play as a kind of module: what courses ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from assessments.roleplays import scenarios
from assessments.roleplays.dialogues import authoring as dialogues
from assessments.roleplays.dialogues.models import Dialogue
from assessments.roleplays.models import RolePlay, Scenario
from assessments.roleplays.words import DIFFICULTIES, STAGES
from courses.models import Enrolment, Module, ModuleVersion
from lms.authz import Actor
from lms.db import db
from lms.errors import Refused
from lms.i18n import local

KEY = "roleplay"


class RolePlayKind:
    key = KEY
    label = _l("Role-play")
    icon = "practice"
    scored = True

    def create(self, actor: Actor, module: Module, now: datetime) -> None:
        db.session.add(RolePlay(module_id=module.id))
        db.session.flush()

    def edit_url(self, module: Module) -> str:
        return url_for("roleplay_authoring.module", module_id=module.id)

    def preview_url(self, module: Module) -> str:
        return url_for("roleplay_authoring.module_preview", module_id=module.id)

    def learn_url(self, module: ModuleVersion, enrolment: Enrolment) -> str:
        return url_for("roleplays.module", enrolment_id=enrolment.id, module_id=module.module_id)

    def problems(self, modules: Sequence[Module]) -> dict[int, list[str]]:
        chosen = _chosen(modules)
        missing = _("Choose a scenario or a dialogue for this role-play that is published.")
        return {
            module.id: [missing]
            for module in modules
            if module.id not in chosen or chosen[module.id].status != "published"
        }

    def summaries(self, modules: Sequence[Module]) -> dict[int, str]:
        return {module_id: _summary(row) for module_id, row in _chosen(modules).items()}

    def freeze(self, module: Module) -> dict[str, Any]:
        role_play = db.session.get(RolePlay, module.id)
        if role_play is not None and role_play.dialogue_id is not None:
            return _frozen_dialogue(role_play.dialogue_id, role_play.attempts)
        version = scenarios.current(role_play.scenario_id) if role_play and role_play.scenario_id else None
        if role_play is None or version is None:
            raise Refused("scenario_not_open")
        return {"scenario": version.scenario_id, "version": version.id, "attempts": role_play.attempts}

    def export(self, module: Module) -> dict[str, Any]:
        """Scenario and dialogue go by their codes: they belong to the library and not to the course."""
        role_play = db.session.get(RolePlay, module.id)
        code = role_play.scenario.code if role_play and role_play.scenario else None
        dialogue = role_play.dialogue.code if role_play and role_play.dialogue else None
        return {"scenario": code, "dialogue": dialogue, "attempts": role_play.attempts if role_play else None}

    def load(self, actor: Actor, module: Module, data: dict[str, Any], now: datetime) -> None:
        code, dialogue, attempts = data.get("scenario"), data.get("dialogue"), data.get("attempts")
        found = db.session.scalar(select(Scenario.id).where(Scenario.code == str(code))) if code else None
        talk = db.session.scalar(select(Dialogue.id).where(Dialogue.code == str(dialogue))) if dialogue else None
        if attempts is not None and (not isinstance(attempts, int) or not 1 <= attempts <= 100):
            raise Refused("scenario_setting", field="attempts")
        role_play = db.session.get(RolePlay, module.id)
        if role_play is not None:
            role_play.scenario_id, role_play.attempts = found, attempts
            role_play.dialogue_id = talk if found is None else None
            db.session.flush()


def _frozen_dialogue(dialogue_id: int, attempts: int | None) -> dict[str, Any]:
    version = dialogues.current(dialogue_id)
    if version is None:
        raise Refused("dialogue_not_open")
    return {"dialogue": dialogue_id, "version": version.id, "attempts": attempts}


def _chosen(modules: Sequence[Module]) -> dict[int, Scenario | Dialogue]:
    """Module → its scenario or dialogue."""
    rows = db.session.execute(
        select(RolePlay.module_id, Scenario, Dialogue)
        .outerjoin(Scenario, Scenario.id == RolePlay.scenario_id)
        .outerjoin(Dialogue, Dialogue.id == RolePlay.dialogue_id)
        .where(RolePlay.module_id.in_([module.id for module in modules]))
    )
    return {module_id: scenario or dialogue for module_id, scenario, dialogue in rows if scenario or dialogue}


def _summary(row: Scenario | Dialogue) -> str:
    if isinstance(row, Dialogue):
        return _("%(title)s · dialogue", title=local(row.title))
    parts = (local(row.title), str(STAGES[row.content["stage"]]), str(DIFFICULTIES[row.content["difficulty"]]))
    return " · ".join(parts)
