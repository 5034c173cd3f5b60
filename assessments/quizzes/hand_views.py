"""Pages of graders: the open answers that wait, one at a time, without names."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.quizzes import hand_grading
from assessments.quizzes.forms import HandForm
from assessments.quizzes.words import stem_of
from courses import files, markdown
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.i18n import local

blueprint = Blueprint("quiz_hands", __name__, url_prefix="/authoring/quizzes")


@blueprint.get("/<int:module_id>/open-answers")
@requires(Permission.QUIZ_AUTHOR)
def desk(module_id: int) -> str:
    found = hand_grading.desk(g.actor, module_id)
    module = found.quiz.module
    return render_template("quizzes/hands/desk.html", desk=found, module=module, course=module.course)


@blueprint.route("/<int:module_id>/open-answers/<code>", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def answer(module_id: int, code: str) -> str | Response:
    found = hand_grading.desk(g.actor, module_id)
    each = hand_grading.on_desk(found, code)
    given = {one.id: request.form.get(f"c-{one.id}", "") for one in each.key.criteria}
    form = HandForm(data={"comment": each.own.comment if each.own else ""})
    if form.validate_on_submit():
        points = {name: value for name, value in given.items() if value}
        try:
            with transaction():
                hand_grading.grade(g.actor, module_id, code, points, form.comment.data or "", now=now())
            flash(_("Graded."), "success")
            return _onwards(module_id, code, found)
        except Refused as refusal:
            form.explain(refusal)
    if not form.is_submitted() and each.own:
        given = {name: str(value) for name, value in each.own.points.items()}
    module = found.quiz.module
    media = files.media_of(module.course_id, markdown.references(local(each.stem)))
    return render_template(
        "quizzes/hands/answer.html",
        each=each,
        given=given,
        form=form,
        stem=stem_of(each.stem, media),
        module=module,
        course=module.course,
        left=len(found.waiting),
    )


def _onwards(module_id: int, code: str, before: hand_grading.Desk) -> Response:
    """To the next answer that waits, else back to the desk."""
    following = next((each.code for each in before.waiting if each.code > code), None)
    if following is None:
        return redirect(url_for(".desk", module_id=module_id))
    return redirect(url_for(".answer", module_id=module_id, code=following))
