"""The oral exam as a kind of module: what courses ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from msgspec.structs import asdict, fields
from sqlalchemy import select

from assessments.orals import authoring, services
from assessments.orals.authoring import Rules
from assessments.orals.models import OralExam
from courses.models import Enrolment, Module, ModuleVersion
from lms.authz import Actor
from lms.db import db
from lms.i18n import percent


class OralKind:
    key = services.KIND
    label = _l("Oral exam")
    icon = "microphone"
    scored = True

    def create(self, actor: Actor, module: Module, now: datetime) -> None:
        db.session.add(OralExam(module_id=module.id, content={}, **asdict(Rules())))
        db.session.flush()

    def edit_url(self, module: Module) -> str:
        return url_for("oral_authoring.edit", module_id=module.id)

    def preview_url(self, module: Module) -> str:
        return url_for("oral_authoring.preview", module_id=module.id)

    def learn_url(self, module: ModuleVersion, enrolment: Enrolment) -> str:
        return url_for("orals.module", enrolment_id=enrolment.id, module_id=module.module_id)

    def problems(self, modules: Sequence[Module]) -> dict[int, list[str]]:
        found = {}
        for exam in _exams(modules):
            there = len(exam.content.get("topics", []))
            if there < exam.draw:
                found[exam.module_id] = [_("The oral exam draws more questions than it has.") if there else _("The oral exam has no questions yet.")]
        return found

    def summaries(self, modules: Sequence[Module]) -> dict[int, str]:
        return {
            exam.module_id: ngettext("%(num)s question", "%(num)s questions", exam.draw)
            + _(", ")
            + _("pass mark %(share)s", share=percent(exam.pass_mark / 100))
            for exam in _exams(modules)
        }

    def freeze(self, module: Module) -> dict[str, Any]:
        exam = db.session.get_one(OralExam, module.id)
        return authoring.checked(exam.content) | asdict(authoring.rules_of(exam))

    def export(self, module: Module) -> dict[str, Any]:
        exam = db.session.get_one(OralExam, module.id)
        return dict(exam.content) | asdict(authoring.rules_of(exam))

    def load(self, actor: Actor, module: Module, data: dict[str, Any], now: datetime) -> None:
        """An exam that was exported before anything was written into it comes back as empty as it was."""
        exam = db.session.get_one(OralExam, module.id)
        rules = Rules(**{each.name: data.get(each.name, each.default) for each in fields(Rules)})
        for name, value in asdict(authoring.checked_rules(rules)).items():
            setattr(exam, name, value)
        exam.content = authoring.checked(data) if data.get("topics") else {}
        db.session.flush()


def _exams(modules: Sequence[Module]) -> Sequence[OralExam]:
    return db.session.scalars(select(OralExam).where(OralExam.module_id.in_([module.id for module in modules]))).all()
