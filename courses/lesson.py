"""The lesson: a text in Markdown with images and videos; it is done when its reader says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select

from courses import authoring, files, services
from courses.completion import Judgement, Outcome
from courses.markdown import REFERENCE, references
from courses.models import Enrolment, LessonContent, Module, ModuleVersion
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused
from lms.i18n import LOCALES, with_language

LONGEST_BODY = 200_000
_READ = "read"
"""The source of the outcome of a lesson: reading it twice is reading it once."""


class Lesson:
    key = "lesson"
    label = _l("Lesson")
    icon = "lesson"
    scored = False

    def create(self, actor: Actor, module: Module, now: datetime) -> None:
        db.session.add(LessonContent(module_id=module.id, body={}))
        db.session.flush()

    def edit_url(self, module: Module) -> str:
        return url_for("authoring.lesson", module_id=module.id)

    def preview_url(self, module: Module) -> str:
        return url_for("authoring.lesson_preview", module_id=module.id)

    def learn_url(self, module: ModuleVersion, enrolment: Enrolment) -> str:
        return url_for("learning.lesson", enrolment_id=enrolment.id, module_id=module.module_id)

    def problems(self, modules: Sequence[Module]) -> dict[int, list[str]]:
        bodies = _bodies([module.id for module in modules])
        return {
            id_: [_("The lesson has no text yet.")] for id_, body in bodies.items() if not any(body.values())
        }

    def summaries(self, modules: Sequence[Module]) -> dict[int, str]:
        return {id_: _summary(body) for id_, body in _bodies([module.id for module in modules]).items()}

    def freeze(self, module: Module) -> dict[str, Any]:
        return {"body": dict(content_of(module.id).body)}

    def export(self, module: Module) -> dict[str, Any]:
        body = content_of(module.id).body
        found = {reference for text in body.values() for reference in references(text)}
        return {"body": dict(body), "files": files.exported(module.course_id, found)}

    def load(self, actor: Actor, module: Module, data: dict[str, Any], now: datetime) -> None:
        body = data.get("body")
        if not isinstance(body, dict) or not all(
            k in LOCALES and isinstance(v, str) for k, v in body.items()
        ):
            raise Refused("course_file_unreadable", where="body")
        if any(len(text) > LONGEST_BODY for text in body.values()):
            raise Refused("lesson_too_long", most=LONGEST_BODY)
        renamed = files.loaded(actor, module.course, data.get("files") or {})
        content_of(module.id).body = {
            language: REFERENCE.sub(lambda match: f"file:{renamed.get(match[1], match[1])}", text)
            for language, text in body.items()
        }
        db.session.flush()


def content_of(module_id: int) -> LessonContent:
    content = db.session.get(LessonContent, module_id)
    if content is None:
        raise Refused("module_kind_unknown", kind="")
    return content


def write(actor: Actor, module_id: int, language: str, body: str, *, now: datetime) -> LessonContent:
    """Set the text of a lesson of the draft in one language. :raises Refused: ``lesson_too_long``."""
    require(actor, Permission.COURSE_AUTHOR)
    module = authoring.touched(actor, module_id, now=now)
    if len(body) > LONGEST_BODY:
        raise Refused("lesson_too_long", field="body", most=LONGEST_BODY)
    content: LessonContent = content_of(module.id)
    content.body = with_language(content.body, language, body)
    db.session.flush()
    return content


def mark_read(actor: Actor, enrolment_id: int, module_id: int, *, now: datetime) -> Judgement:
    """The learner has read it; said twice, it counts from the first time."""
    require(actor, Permission.COURSE_READ)
    known = services.outcomes_of([enrolment_id]).get(enrolment_id, {}).get(module_id, [])
    at = next((outcome.at for outcome in known if outcome.source == _READ), now)
    return services.record_outcome(actor, enrolment_id, module_id, Outcome(True, None, at, _READ), now=now)


def _bodies(module_ids: Sequence[int]) -> dict[int, LocalText]:
    rows = db.session.execute(
        select(LessonContent.module_id, LessonContent.body).where(LessonContent.module_id.in_(module_ids))
    )
    return dict(rows.all())


def _summary(body: LocalText) -> str:
    pictures = max((len(references(text)) for text in body.values()), default=0)
    longest = max((len(text) for text in body.values()), default=0)
    if not longest:
        return _("empty")
    words = ngettext("%(num)s character", "%(num)s characters", longest)
    if not pictures:
        return words
    return words + _(", ") + ngettext("%(num)s picture or video", "%(num)s pictures or videos", pictures)
