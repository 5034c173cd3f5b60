"""Pages of trainers: the sections of a quiz and what they draw."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.quizzes import policies, sections
from assessments.quizzes.forms import SectionForm
from assessments.quizzes.models import Quiz, QuizSection
from assessments.quizzes.sections import Section
from courses.languages import language, language_tabs
from lms.authz import Permission, requires
from lms.bodies import sent_id
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused

blueprint = Blueprint("quiz_sections", __name__, url_prefix="/authoring/quizzes")


@blueprint.route("/<int:module_id>/sections/new", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def new(module_id: int) -> str | Response:
    quiz = policies.authored_quiz(g.actor, module_id)
    form = SectionForm()
    if form.validate_on_submit():
        try:
            with transaction():
                row = sections.add(g.actor, module_id, _sent(form, None), now=now())
            return _back(module_id, row.id)
        except Refused as refusal:
            form.explain(refusal)
    return _page(quiz, form, None)


@blueprint.route("/<int:module_id>/sections/<int:section_id>", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def edit(module_id: int, section_id: int) -> str | Response:
    quiz = policies.authored_quiz(g.actor, module_id)
    row = sections.of_quiz(quiz, section_id)
    form = SectionForm(data=_values(row))
    if form.validate_on_submit():
        try:
            with transaction():
                sections.edit(g.actor, module_id, section_id, _sent(form, row), now=now())
            return _back(module_id, section_id)
        except Refused as refusal:
            form.explain(refusal)
    return _page(quiz, form, row)


@blueprint.post("/<int:module_id>/sections/<int:section_id>/<any(up, down, remove):act>")
@requires(Permission.QUIZ_AUTHOR)
def change(module_id: int, section_id: int, act: str) -> Response:
    with transaction():
        if act == "remove":
            sections.remove(g.actor, module_id, section_id, now=now())
        else:
            sections.move(g.actor, module_id, section_id, -1 if act == "up" else 1, now=now())
    if act == "remove":
        flash(_("The section is gone. The questions it held are still in the quiz."), "success")
    return _back(module_id, section_id)


def _values(row: QuizSection) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in ("draw", "competency", "tag", "marks")}
    texts = {name: getattr(row, name).get(language(), "") for name in ("title", "introduction")}
    return values | texts | {"difficulty": str(row.difficulty or "")}


def _sent(form: SectionForm, row: QuizSection | None) -> Section:
    """The texts of the language being edited; those of the others stay."""
    texts = {
        name: {**(getattr(row, name) if row else {}), language(): form[name].data or ""}
        for name in ("title", "introduction")
    }
    return Section(
        **texts,
        draw=form.draw.data,
        competency=form.competency.data or "",
        difficulty=sent_id(form.difficulty.data),
        tag=form.tag.data or "",
        marks=form.marks.data or 1,
    )


def _page(quiz: Quiz, form: SectionForm, row: QuizSection | None) -> str:
    endpoint = ".edit" if row else ".new"
    own: dict[str, Any] = {"module_id": quiz.module_id} | ({"section_id": row.id} if row else {})
    return render_template(
        "quizzes/authoring/section.html",
        quiz=quiz,
        module=quiz.module,
        course=quiz.module.course,
        form=form,
        section=row,
        pool=sections.pools([quiz]).get(row.id) if row else None,
        address=url_for(endpoint, language=language(), **own),
        tabs=language_tabs(endpoint, **own) if row else [],
    )


def _back(module_id: int, section_id: int) -> Response:
    return redirect(url_for("quiz_authoring.editor", module_id=module_id, _anchor=f"section-{section_id}"))
