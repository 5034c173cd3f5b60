"""Pages of trainers: questions from a file with a preview, and questions into a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from assessments.quizzes import exchange, exchange_words, policies
from assessments.quizzes.exchange import FORMATS
from assessments.quizzes.forms import ImportForm
from courses.languages import language
from lms import downloads
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown
from lms.i18n import LOCALES

blueprint = Blueprint("quiz_exchange", __name__, url_prefix="/authoring/quizzes")


@blueprint.route("/<int:module_id>/import", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def bring(module_id: int) -> str | Response:
    """The file is read and shown; nothing comes into the quiz before that is accepted."""
    quiz = policies.authored_quiz(g.actor, module_id)
    form = ImportForm(data={"language": language()})
    preview: dict[str, Any] = {"found": None}
    if form.validate_on_submit():
        try:
            preview = _preview(module_id, form)
        except Refused as refusal:
            form.explain(refusal)
    return render_template(
        "quizzes/authoring/import.html",
        form=form,
        module=quiz.module,
        course=quiz.module.course,
        words=exchange_words,
        **preview,
    )


def _preview(module_id: int, form: ImportForm) -> dict[str, Any]:
    sent = form.file.data
    content = sent.read(exchange.LARGEST_WITH_PICTURES + 1)
    kind = exchange.format_of(sent.filename or "", form.format.data or "", content)
    found = exchange.read(kind, content, form.language.data)
    with transaction():
        file = exchange.keep(g.actor, module_id, content, sent.filename or "questions")
    fields = {"file": file.id, "format": kind.name, "language": form.language.data}
    return {"found": found, "fields": fields, "file_language": form.language.data}


@blueprint.post("/<int:module_id>/import/accept")
@requires(Permission.QUIZ_AUTHOR)
def accept(module_id: int) -> Response:
    policies.authored_quiz(g.actor, module_id)
    kind, said = FORMATS.get(request.form.get("format", "")), request.form.get("language", "")
    if kind is None or said not in LOCALES:
        raise Unknown()
    found = exchange.read(kind, exchange.kept(g.actor, request.form.get("file", 0, int)), said)
    with transaction():
        count = exchange.load(g.actor, module_id, found, now=now())
    flash(ngettext("%(num)s question has been added.", "%(num)s questions have been added.", count), "success")
    return redirect(url_for("quiz_authoring.editor", module_id=module_id))


@blueprint.get("/questions.xlsx")
@requires(Permission.QUIZ_AUTHOR)
def template() -> Response:
    answer = Response(exchange.template(), content_type=FORMATS["xlsx"].media_type)
    return downloads.call(answer, "questions.xlsx")


@blueprint.get("/<int:module_id>/export")
@requires(Permission.QUIZ_AUTHOR)
def give(module_id: int) -> str:
    """For each format: what it can hold of this quiz, and the file."""
    quiz = policies.authored_quiz(g.actor, module_id)
    said = language()
    given = exchange.source(quiz)
    written = {name: exchange.written(quiz, each, said, given) for name, each in FORMATS.items()}
    return render_template(
        "quizzes/authoring/export.html",
        quiz=quiz,
        module=quiz.module,
        course=quiz.module.course,
        written=written,
        drawing={name for name, each in FORMATS.items() if "draws" in each.carries},
        size=len(given.entries),
        language=said,
        words=exchange_words,
    )


@blueprint.get("/<int:module_id>/export/<name>")
@requires(Permission.QUIZ_AUTHOR)
def download(module_id: int, name: str) -> Response:
    quiz, form = policies.authored_quiz(g.actor, module_id), FORMATS.get(name)
    if form is None:
        raise Unknown()
    answer = Response(exchange.written(quiz, form, language()).content, content_type=form.media_type)
    return downloads.call(answer, f"{quiz.module.course.code}-quiz-{module_id}.{form.suffix}")
