"""Pages of trainers: the item analysis, and the way from a probable wrong key to its mending."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assessments.grading.notation import NOTED
from assessments.grading.questions import to_json
from assessments.quizzes import bank, drafts, grading, policies
from assessments.quizzes.analysis import shown, words
from assessments.quizzes.forms import KeyForm, keep_fields
from assessments.quizzes.models import QuestionVersion
from assessments.quizzes.words import LINES_HELP, LINES_LABELS, stem_of
from courses import files, markdown
from courses.languages import language
from lms import jobs
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.i18n import local

blueprint = Blueprint("quiz_analysis", __name__, url_prefix="/authoring/quizzes")


@blueprint.get("/<int:module_id>/analysis")
@requires(Permission.QUIZ_AUTHOR)
def show(module_id: int) -> str:
    quiz, found, kept = shown.of_quiz(g.actor, module_id)
    return render_template(
        "quizzes/analysis/items.html",
        module=quiz.module,
        course=quiz.module.course,
        found=found,
        kept=kept,
        words=words,
    )


@blueprint.route("/<int:module_id>/keys/<int:version_id>", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def key(module_id: int, version_id: int) -> str | Response:
    """The key alone; sent, it shows who would change before anything does."""
    version = grading.mendable(g.actor, module_id, version_id)
    kind = version.question.kind
    now_ = _question_now(version)
    form = KeyForm(data=drafts.key_values(kind, now_["key"]) | drafts.noted_values(kind, now_, language()))
    right = request.form.getlist("right") if form.is_submitted() else _right(now_["key"])
    preview, wanted = None, None
    if form.validate_on_submit():
        try:
            noted = kind in NOTED
            wanted = drafts.mended_key(kind, form, language(), now_) if noted else drafts.key_data(kind, form, right)
            preview = grading.preview(g.actor, module_id, version_id, wanted)
        except Refused as refusal:
            form.explain(refusal)
    return render_template(
        "quizzes/key.html",
        preview=preview,
        wanted=json.dumps(wanted),
        right=right,
        **_key_page(module_id, version, form),
    )


def _key_page(module_id: int, version: QuestionVersion, form: KeyForm) -> dict[str, Any]:
    kind = version.question.kind
    keep_fields(form, kind)
    if kind in NOTED:
        form.lines.label.text, form.lines.description = LINES_LABELS[kind], LINES_HELP[kind]
    media = files.media_of(version.question.course_id, markdown.references(local(version.stem)))
    words = {each["id"]: each["text"] for each in version.options}
    return {
        "module": policies.marked_quiz(g.actor, module_id).module,
        "version": version,
        "kind": kind,
        "form": form,
        "stem": stem_of(version.stem, media),
        "options": [(id_, words.get(id_, {})) for id_ in bank.option_ids(kind, version.options)],
    }


def _question_now(version: QuestionVersion) -> dict[str, Any]:
    """The text of the version with the key in force, as JSON."""
    in_force = bank.keys_in_force([version.id])[version.id].key
    return to_json(bank.question_of(version.question.kind, version, in_force))


def _right(found: dict[str, Any]) -> list[str]:
    correct = found.get("correct")
    return [correct] if isinstance(correct, str) else list(correct) if isinstance(correct, list) else []


@blueprint.post("/<int:module_id>/keys/<int:version_id>/mend")
@requires(Permission.QUIZ_AUTHOR)
def mend(module_id: int, version_id: int) -> Response:
    """Keep the mended key and take up what is graded, in the background."""
    try:
        wanted = json.loads(request.form.get("key", ""))
    except (ValueError, RecursionError) as error:
        raise Refused("question_key_missing") from error
    url = url_for("quiz_authoring.result_list", module_id=module_id)
    with transaction():
        mended = grading.mend(g.actor, module_id, version_id, wanted, now=now())
        job = jobs.promise(
            g.actor, "quiz.regrade", version=mended.mends_id, person=g.actor.person_id, url=url
        )
    return redirect(url_for("home.job", job_id=job.id))
