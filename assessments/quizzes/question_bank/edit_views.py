"""A question of the bank that is in no quiz is edited here; one that is, in its quiz."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.grading.notation import NOTED
from assessments.grading.questions import CHOICES
from assessments.quizzes import drafts, sections
from assessments.quizzes.authoring_views import at_field, question_now
from assessments.quizzes.forms import QuestionForm, keep_fields
from assessments.quizzes.models import Question
from assessments.quizzes.question_bank import queries, services
from assessments.quizzes.question_bank.reviewing import authored_question
from assessments.quizzes.words import KIND_LABELS, LINES_HELP, LINES_LABELS
from courses import files
from courses.languages import language, language_tabs
from lms.authz import Permission, requires
from lms.bodies import sent_id
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused

blueprint = Blueprint("quiz_bank_edit", __name__, url_prefix="/authoring/bank")


@blueprint.route("/<int:question_id>/edit", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def edit(question_id: int) -> str | Response:
    question = authored_question(g.actor, question_id)
    chosen = next((use for use in queries.uses_of([question])[question_id] if not use.drawn), None)
    if chosen is not None:
        return redirect(url_for("quiz_authoring.question", module_id=chosen.module_id, question_id=question_id))
    kind, before = question.kind, question_now(question)
    form = QuestionForm(data=drafts.values_of(before, language()) | _about(question))
    rows = drafts.sent_rows(request.form, kind) if form.is_submitted() else drafts.rows_of(before, language())
    del form.marks, form.section
    if form.validate_on_submit():
        try:
            _keep(question, drafts.question_data(kind, form, rows, language(), before), form)
            flash(_("Saved. Learners meet it from the next publication of the course on."), "success")
            return redirect(url_for("quiz_bank.show", question_id=question_id))
        except Refused as refusal:
            form.explain(at_field(refusal, kind))
    return _page(question, form, rows)


def _about(question: Question) -> dict[str, Any]:
    tags = ", ".join(question.tags)
    return {"competency": question.competency, "difficulty": str(question.difficulty or ""), "tags": tags}


def _keep(question: Question, data: dict[str, Any], form: QuestionForm) -> None:
    tags = re.split("[,，、;；]", form.tags.data or "")
    with transaction():
        services.rewrite(g.actor, question.id, data, competency=form.competency.data or "", now=now())
        sections.describe(g.actor, question, sent_id(form.difficulty.data), tags)


def _page(question: Question, form: QuestionForm, rows: list[drafts.OptionRow]) -> str:
    kind, address = question.kind, url_for(".edit", question_id=question.id, language=language())
    keep_fields(form, kind)
    if kind in NOTED:
        form.lines.label.text, form.lines.description = LINES_LABELS[kind], LINES_HELP[kind]
    if form.image:
        images = [each for each in files.files_of(question.course_id) if not each.video]
        form.image.choices = [SelectChoice(value=str(each.id), label=each.name) for each in images]
    return render_template(
        "quizzes/bank/edit.html",
        course=question.course,
        question=question,
        kind=kind,
        kind_label=KIND_LABELS[kind],
        form=form,
        rows=rows if kind in CHOICES else [],
        address=address,
        back=url_for("quiz_bank.show", question_id=question.id),
        tabs=language_tabs(".edit", question_id=question.id),
    )
