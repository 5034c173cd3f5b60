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
        chosen = _scenarios(modules)
        missing = _("Choose a scenario for this role-play that is published.")
        return {
            module.id: [missing]
            for module in modules
            if module.id not in chosen or chosen[module.id].status != "published"
        }

    def summaries(self, modules: Sequence[Module]) -> dict[int, str]:
        return {module_id: _summary(row) for module_id, row in _scenarios(modules).items()}

    def freeze(self, module: Module) -> dict[str, Any]:
        role_play = db.session.get(RolePlay, module.id)
        version = scenarios.current(role_play.scenario_id) if role_play and role_play.scenario_id else None
        if role_play is None or version is None:
            raise Refused("scenario_not_open")
        return {"scenario": version.scenario_id, "version": version.id, "attempts": role_play.attempts}

    def export(self, module: Module) -> dict[str, Any]:
        """The scenario goes by its code: it belongs to the library and not to the course."""
        role_play = db.session.get(RolePlay, module.id)
        code = role_play.scenario.code if role_play and role_play.scenario else None
        return {"scenario": code, "attempts": role_play.attempts if role_play else None}

    def load(self, actor: Actor, module: Module, data: dict[str, Any], now: datetime) -> None:
        code, attempts = data.get("scenario"), data.get("attempts")
        found = db.session.scalar(select(Scenario.id).where(Scenario.code == str(code))) if code else None
        if attempts is not None and (not isinstance(attempts, int) or not 1 <= attempts <= 100):
            raise Refused("scenario_setting", field="attempts")
        role_play = db.session.get(RolePlay, module.id)
        if role_play is not None:
            role_play.scenario_id, role_play.attempts = found, attempts
            db.session.flush()


def _scenarios(modules: Sequence[Module]) -> dict[int, Scenario]:
    rows = db.session.execute(
        select(RolePlay.module_id, Scenario)
        .join(Scenario, Scenario.id == RolePlay.scenario_id)
        .where(RolePlay.module_id.in_([module.id for module in modules]))
    )
    return dict(rows.all())


def _summary(row: Scenario) -> str:
    parts = (local(row.title), str(STAGES[row.content["stage"]]), str(DIFFICULTIES[row.content["difficulty"]]))
    return " · ".join(parts)
