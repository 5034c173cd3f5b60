"""The quiz as a kind of module: what courses ask of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from assessments.quizzes import policies, quiz_file, sections
from assessments.quizzes.models import Quiz, QuizItem, QuizSection
from assessments.quizzes.question_bank import reviewing
from courses import files
from courses.markdown import REFERENCE, references
from courses.models import Enrolment, Module, ModuleVersion
from lms.authz import Actor
from lms.db import db
from lms.i18n import local, moment, number, percent

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
        empty = {
            module.id: [_("The quiz has no questions yet.")]
            for module in modules
            if not counts.get(module.id, (0, 0))[0]
        }
        found = empty | _short(modules)
        for id_, lacks in reviewing.lacking(modules).items():
            found[id_] = [*found.get(id_, []), *_lacks(lacks)]
        return found

    def remarks(self, modules: Sequence[Module], now: datetime) -> dict[int, list[str]]:
        """A quiz that nobody could take any more, or that nobody could fail."""
        query = select(Quiz.module_id, Quiz.pass_mark, Quiz.closes_at).where(
            Quiz.module_id.in_([module.id for module in modules])
        )
        found: dict[int, list[str]] = {}
        for module_id, pass_mark, closes_at in db.session.execute(query):
            said = []
            if closes_at is not None and closes_at <= now:
                said.append(_("The quiz closed on %(moment)s, so nobody can take it any more.", moment=moment(closes_at)))
            if pass_mark == 0:
                said.append(_("The pass mark is %(share)s, so whoever hands in passes.", share=percent(0)))
            if said:
                found[module_id] = said
        return found

    def summaries(self, modules: Sequence[Module]) -> dict[int, str]:
        return {id_: _summary(*found) for id_, found in _counts(modules).items()}

    def freeze(self, module: Module) -> dict[str, Any]:
        return quiz_file.frozen(policies.quiz_of(module.id))

    def export(self, module: Module) -> dict[str, Any]:
        data = quiz_file.exported(policies.quiz_of(module.id))
        named = {name for text in _texts(data) for name in references(text)}
        return data | {"files": files.exported(module.course_id, named)}

    def load(self, actor: Actor, module: Module, data: dict[str, Any], now: datetime) -> None:
        renamed = files.loaded(actor, module.course, data.get("files") or {})
        quiz_file.load(actor, module.id, _renamed(data, renamed), now=now)


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


def _short(modules: Sequence[Module]) -> dict[int, list[str]]:
    """The quizzes with a section that draws more questions than the bank has for it, in three statements at most."""
    drawing = exists().where(QuizSection.quiz_id == Quiz.id, QuizSection.draw.is_not(None))
    quizzes = db.session.scalars(
        select(Quiz)
        .options(selectinload(Quiz.sections), selectinload(Quiz.items), joinedload(Quiz.module))
        .where(Quiz.module_id.in_([module.id for module in modules]), drawing)
    ).all()
    pools = sections.pools(quizzes)
    found = {}
    for quiz in quizzes:
        short = sections.short_of(quiz, pools)
        if short is not None:
            found[quiz.module_id] = [_drawn_short(short, len(pools[short.id]))]
    return found


def _lacks(lacks: reviewing.Lacking) -> list[str]:
    gone, new = lacks.retired, lacks.unreviewed
    said = [
        ngettext(
            "%(num)s question of the quiz is retired. Take it out or bring it back.",
            "%(num)s questions of the quiz are retired. Take them out or bring them back.",
            gone,
        )
        if gone
        else "",
        ngettext(
            "%(num)s question has not been approved by a second trainer, as this course asks.",
            "%(num)s questions have not been approved by a second trainer, as this course asks.",
            new,
        )
        if new
        else "",
    ]
    return list(filter(None, said))


def _drawn_short(section: QuizSection, fit: int) -> str:
    words = {"title": local(section.title), "draw": number(section.draw), "fit": number(fit)}
    if fit < (section.draw or 0):
        return _("The section “%(title)s” draws %(draw)s questions, but only %(fit)s in the bank fit.", **words)
    return _("The section “%(title)s” draws %(draw)s questions; %(fit)s in the bank fit, but other sections need them too.", **words)


def _counts(modules: Sequence[Module]) -> dict[int, tuple[int, int]]:
    """Module → number of questions, pass mark in percent."""
    chosen = select(func.count(QuizItem.id)).where(QuizItem.quiz_id == Quiz.id).scalar_subquery()
    drawn = select(func.coalesce(func.sum(QuizSection.draw), 0)).where(QuizSection.quiz_id == Quiz.id).scalar_subquery()
    rows = db.session.execute(
        select(Quiz.module_id, chosen + drawn, Quiz.pass_mark).where(
            Quiz.module_id.in_([module.id for module in modules])
        )
    )
    return {module_id: (count, pass_mark) for module_id, count, pass_mark in rows}


def _summary(count: int, pass_mark: int) -> str:
    questions = ngettext("%(num)s question", "%(num)s questions", count)
    return questions + _(", ") + _("pass mark %(share)s", share=percent(pass_mark / 100))
