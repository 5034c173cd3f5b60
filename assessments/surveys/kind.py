"""The survey as a kind of module: what courses ask of it. Done when it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select

from assessments.surveys import authoring
from assessments.surveys.models import Survey, SurveyModule
from courses.models import Enrolment, Module, ModuleVersion
from lms.authz import Actor
from lms.db import db
from lms.errors import Refused
from lms.i18n import local

KEY = "survey"


class SurveyKind:
    key = KEY
    label = _l("Survey")
    icon = "list"
    scored = False

    def create(self, actor: Actor, module: Module, now: datetime) -> None:
        module.need = "done"
        db.session.add(SurveyModule(module_id=module.id))
        db.session.flush()

    def edit_url(self, module: Module) -> str:
        return url_for("survey_module.choose", module_id=module.id)

    def preview_url(self, module: Module) -> str:
        return url_for("survey_module.preview_module", module_id=module.id)

    def learn_url(self, module: ModuleVersion, enrolment: Enrolment) -> str:
        return url_for("surveys.in_course", enrolment_id=enrolment.id, module_id=module.module_id)

    def problems(self, modules: Sequence[Module]) -> dict[int, list[str]]:
        chosen = _chosen(modules)
        return {
            module.id: [_("Choose a published survey.")]
            for module in modules
            if (survey := chosen.get(module.id)) is None or not survey.version
        }

    def summaries(self, modules: Sequence[Module]) -> dict[int, str]:
        return {id_: _summary(survey) if survey else _("none chosen yet") for id_, survey in _chosen(modules).items()}

    def freeze(self, module: Module) -> dict[str, Any]:
        survey = _survey(module.id)
        version = authoring.current_version(survey)
        if version is None:
            raise Refused("survey_not_published")
        return {"survey": survey.id, "version": version.id}

    def export(self, module: Module) -> dict[str, Any]:
        chosen = db.session.get(SurveyModule, module.id)
        return {"survey": authoring.exported(chosen.survey) if chosen and chosen.survey else None}

    def load(self, actor: Actor, module: Module, data: dict[str, Any], now: datetime) -> None:
        """A survey of the same code that says the same is taken; else a new one is made and published."""
        if data.get("survey") is None:
            return
        code, content = authoring.from_file(data["survey"])
        known = db.session.scalar(select(Survey).where(Survey.code == code))
        if known is None or not known.version or authoring.exported(known) != content:
            known = authoring.load(actor, _free(code), content, now=now)
            authoring.publish(actor, known.id, now=now)
        db.session.get_one(SurveyModule, module.id).survey_id = known.id
        db.session.flush()


def _survey(module_id: int) -> Survey:
    chosen = db.session.get(SurveyModule, module_id)
    if chosen is None or chosen.survey is None:
        raise Refused("survey_not_published")
    return chosen.survey


def _chosen(modules: Sequence[Module]) -> dict[int, Survey | None]:
    rows = db.session.execute(
        select(SurveyModule.module_id, Survey)
        .outerjoin(Survey, Survey.id == SurveyModule.survey_id)
        .where(SurveyModule.module_id.in_([module.id for module in modules]))
    )
    return dict(rows.all())


def _summary(survey: Survey) -> str:
    asks = sum(item.asks for item in authoring.items_of(survey))
    questions = ngettext("%(num)s question", "%(num)s questions", asks)
    return local(survey.title) + _(", ") + questions + (_(", ") + _("anonymous") if survey.anonymous else "")


def _free(code: str) -> str:
    """The code, with a number behind it where another survey has it."""
    taken = set(db.session.scalars(select(Survey.code).where(Survey.code.startswith(code, autoescape=True))))
    return next(name for at in range(1, len(taken) + 2) if (name := code if at == 1 else f"{code}-{at}") not in taken)
