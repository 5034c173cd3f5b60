"""The case as a kind of module: what courses ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from assessments.cases import authoring, services
from assessments.cases.models import Case, CaseModule, Goal
from assessments.cases.words import ENDINGS, GOALS, STAGES
from courses.models import Enrolment, Module, ModuleVersion
from lms.authz import Actor
from lms.db import db
from lms.errors import Refused
from lms.i18n import local


class CaseKind:
    key = services.KIND
    label = _l("Case")
    icon = "document"
    scored = True

    def create(self, actor: Actor, module: Module, now: datetime) -> None:
        db.session.add(CaseModule(module_id=module.id, goal=Goal.ANSWERED.value))
        db.session.flush()

    def edit_url(self, module: Module) -> str:
        return url_for("case_authoring.module", module_id=module.id)

    def preview_url(self, module: Module) -> str:
        return url_for("case_authoring.module_preview", module_id=module.id)

    def learn_url(self, module: ModuleVersion, enrolment: Enrolment) -> str:
        return url_for("cases.module", enrolment_id=enrolment.id, module_id=module.module_id)

    def problems(self, modules: Sequence[Module]) -> dict[int, list[str]]:
        chosen = _chosen(modules)
        return {
            module.id: [_("Choose a case that is published.")]
            for module in modules
            if module.id not in chosen or chosen[module.id][1].status != "published"
        }

    def summaries(self, modules: Sequence[Module]) -> dict[int, str]:
        return {
            id_: f"{local(case.title)} · {STAGES[case.content['stage']]} · {ENDINGS[case.content['ending']]} · {GOALS[goal]}"
            for id_, (goal, case) in _chosen(modules).items()
        }

    def freeze(self, module: Module) -> dict[str, Any]:
        chosen = db.session.get(CaseModule, module.id)
        version = authoring.current(chosen.case_id) if chosen and chosen.case_id else None
        if chosen is None or version is None:
            raise Refused("case_not_open")
        if chosen.goal == Goal.PASSED and version.rubric_version_id is None:
            raise Refused("case_rubric_needed")
        return {"case": version.case_id, "version": version.id, "goal": chosen.goal}

    def export(self, module: Module) -> dict[str, Any]:
        """The case goes by its code: it belongs to the library and not to the course."""
        chosen = db.session.get(CaseModule, module.id)
        return {
            "case": chosen.case.code if chosen and chosen.case else None,
            "goal": chosen.goal if chosen else Goal.ANSWERED.value,
        }

    def load(self, actor: Actor, module: Module, data: dict[str, Any], now: datetime) -> None:
        code, goal = data.get("case"), data.get("goal", Goal.ANSWERED.value)
        if goal not in {each.value for each in Goal}:
            raise Refused("case_setting", field="goal")
        chosen = db.session.get_one(CaseModule, module.id)
        chosen.case_id = db.session.scalar(select(Case.id).where(Case.code == str(code))) if code else None
        chosen.goal = goal
        db.session.flush()


def _chosen(modules: Sequence[Module]) -> dict[int, tuple[str, Case]]:
    rows = db.session.execute(
        select(CaseModule.module_id, CaseModule.goal, Case)
        .join(Case, Case.id == CaseModule.case_id)
        .where(CaseModule.module_id.in_([module.id for module in modules]))
    )
    return {module_id: (goal, case) for module_id, goal, case in rows}
