"""The quiz as a kind of module: what courses ask of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import func, select

from assessments.quizzes import editing, policies
from assessments.quizzes.models import Quiz, QuizItem
from courses import files
from courses.markdown import REFERENCE, references
from courses.models import Enrolment, Module, ModuleVersion
from lms.authz import Actor
from lms.db import db
from lms.i18n import percent

KEY = "quiz"


class QuizKind:
    key = KEY
    label = _l("Quiz")
    icon = "quiz"
    scored = True

    def create(self, actor: Actor, module: Module, now: datetime) -> None:
        db.session.add(Quiz(module_id=module.id))
        db.session.flush()

    def edit_url(self, module: Module) -> str:
        return url_for("quiz_authoring.editor", module_id=module.id)

    def preview_url(self, module: Module) -> str:
        return url_for("quiz_authoring.preview", module_id=module.id)

    def learn_url(self, module: ModuleVersion, enrolment: Enrolment) -> str:
        return url_for("quizzes.offer", enrolment_id=enrolment.id, module_id=module.module_id)

    def problems(self, modules: Sequence[Module]) -> dict[int, list[str]]:
        counts = _counts(modules)
        return {
            module.id: [_("The quiz has no questions yet.")]
            for module in modules
            if not counts.get(module.id, (0, 0))[0]
        }

    def summaries(self, modules: Sequence[Module]) -> dict[int, str]:
        return {id_: _summary(*found) for id_, found in _counts(modules).items()}

    def freeze(self, module: Module) -> dict[str, Any]:
        return editing.frozen(policies.quiz_of(module.id))

    def export(self, module: Module) -> dict[str, Any]:
        data = editing.exported(policies.quiz_of(module.id))
        named = {name for text in _texts(data) for name in references(text)}
        return data | {"files": files.exported(module.course_id, named)}

    def load(self, actor: Actor, module: Module, data: dict[str, Any], now: datetime) -> None:
        renamed = files.loaded(actor, module.course, data.get("files") or {})
        editing.load(actor, module.id, _renamed(data, renamed), now=now)


def _texts(data: Any) -> list[str]:
    """Every string in a JSON value."""
    if isinstance(data, str):
        return [data]
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else []
    return [text for each in inner for text in _texts(each)]


def _renamed(data: Any, renamed: Mapping[str, str]) -> Any:
    """The same JSON value, its images and videos under the names they have here."""
    if isinstance(data, str):
        return REFERENCE.sub(lambda match: f"file:{renamed.get(match[1], match[1])}", data)
    if isinstance(data, dict):
        return {key: _renamed(value, renamed) for key, value in data.items()}
    return [_renamed(each, renamed) for each in data] if isinstance(data, list) else data


def _counts(modules: Sequence[Module]) -> dict[int, tuple[int, int]]:
    """Module → number of questions, pass mark in percent."""
    rows = db.session.execute(
        select(Quiz.module_id, func.count(QuizItem.id), Quiz.pass_mark)
        .outerjoin(QuizItem, QuizItem.quiz_id == Quiz.id)
        .where(Quiz.module_id.in_([module.id for module in modules]))
        .group_by(Quiz.id, Quiz.module_id, Quiz.pass_mark)
    )
    return {module_id: (count, pass_mark) for module_id, count, pass_mark in rows}


def _summary(count: int, pass_mark: int) -> str:
    questions = ngettext("%(num)s question", "%(num)s questions", count)
    return questions + _(", ") + _("pass mark %(share)s", share=percent(pass_mark / 100))
