"""Pages of trainers: the bank of a course and of all their courses, one question with everything, its review."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.grading.questions import KINDS
from assessments.quizzes.question_bank import queries, reviewing, services, words
from assessments.quizzes.question_bank.forms import AddForm, CopyForm, ReviewForm
from assessments.quizzes.question_bank.queries import Wanted
from assessments.quizzes.words import DIFFICULTY_LABELS, KIND_LABELS, stem_of
from courses import files, markdown
from courses import policies as course_policies
from lms.authz import Permission, requires
from lms.bodies import sent_id
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.i18n import local

blueprint = Blueprint("quiz_bank", __name__, url_prefix="/authoring")


def _wanted(course_id: int = 0) -> Wanted:
    said = request.args
    texts = {name: said.get(name, "") for name in ("q", "kind", "competency", "tag", "status", "review")}
    return Wanted(**texts, difficulty=said.get("difficulty", 0, int), course=course_id or said.get("course", 0, int))


@blueprint.get("/bank")
@requires(Permission.QUIZ_AUTHOR)
def everywhere() -> str:
    return _list_page(_wanted(), None)


@blueprint.get("/<int:course_id>/bank")
@requires(Permission.QUIZ_AUTHOR)
def of_course(course_id: int) -> str:
    return _list_page(_wanted(course_id), course_policies.authored_course(g.actor, course_id))


def _list_page(wanted: Wanted, course: Any) -> str:
    return render_template(
        "quizzes/bank/list.html",
        page=queries.listed(g.actor, wanted, request.args.get("page", 1, int)),
        wanted=wanted,
        course=course,
        choices=queries.choices(g.actor, course.id if course else 0),
        reviewed_only=reviewing.reviewed_only(course.id) if course else False,
        kinds=[(kind, KIND_LABELS[kind]) for kind in KINDS],
        difficulties=DIFFICULTY_LABELS,
        words=words,
    )


@blueprint.post("/<int:course_id>/bank/rule")
@requires(Permission.QUIZ_AUTHOR)
def rule(course_id: int) -> Response:
    wanted = request.form.get("reviewed_only") == "1"
    with transaction():
        reviewing.set_rule(g.actor, course_id, wanted, now=now())
    said = _("From now on only approved questions are published and drawn.") if wanted else _("Questions are published without a review again.")
    flash(said, "success")
    return redirect(url_for(".of_course", course_id=course_id))


@blueprint.get("/bank/<int:question_id>")
@requires(Permission.QUIZ_AUTHOR)
def show(question_id: int) -> str:
    return _question_page(question_id, ReviewForm())


def _question_page(question_id: int, form: ReviewForm) -> str:
    found = queries.dossier(g.actor, question_id)
    course, add, copy = found.question.course, AddForm(), CopyForm()
    inside = {use.module_id for use in found.uses if not use.drawn}
    add.module.choices = [SelectChoice(value=str(each.id), label=local(each.title)) for each in services.quizzes_of(course.id) if each.id not in inside]
    others = queries.other_courses(g.actor, course.id)
    copy.course.choices = [SelectChoice(value=str(each.id), label=f"{each.code} {local(each.title)}") for each in others]
    image = (found.held.body or {}).get("image", "").removeprefix("file:")
    media = files.media_of(course.id, {*markdown.references(local(found.stem)), *([image] if image else [])})
    return render_template(
        "quizzes/bank/question.html",
        found=found,
        question=found.question,
        course=course,
        stem=stem_of(found.stem, media),
        picture=media.get(image),
        form=form,
        add=add,
        copy=copy,
        words=words,
    )


@blueprint.post("/bank/<int:question_id>/<any(retire, bring_back):act>")
@requires(Permission.QUIZ_AUTHOR)
def turn(question_id: int, act: str) -> Response:
    with transaction():
        {"retire": services.retire, "bring_back": services.bring_back}[act](g.actor, question_id, now=now())
    said = {
        "retire": _("The question is retired: it is drawn and added no longer. What is published stays."),
        "bring_back": _("The question is in use again."),
    }
    flash(said[act], "success")
    return redirect(url_for(".show", question_id=question_id))


@blueprint.post("/bank/<int:question_id>/add")
@requires(Permission.QUIZ_AUTHOR)
def add(question_id: int) -> Response:
    module_id = sent_id(request.form.get("module")) or 0
    with transaction():
        services.add_to(g.actor, question_id, module_id, now=now())
    return redirect(url_for("quiz_authoring.editor", module_id=module_id, _anchor=f"question-{question_id}"))


@blueprint.post("/bank/<int:question_id>/copy")
@requires(Permission.QUIZ_AUTHOR)
def copy(question_id: int) -> Response:
    with transaction():
        made = services.copy_to(g.actor, question_id, sent_id(request.form.get("course")) or 0, now=now())
    flash(_("This is the copy. The two questions know nothing of each other from now on."), "success")
    return redirect(url_for(".show", question_id=made.id))


@blueprint.post("/bank/<int:question_id>/review/<any(ask, approve, send_back):act>")
@requires(Permission.QUIZ_AUTHOR)
def review(question_id: int, act: str) -> str | Response:
    form = ReviewForm()
    said, seen = form.comment.data or "", sent_id(request.form.get("version")) or 0
    judge = {"approve": partial(reviewing.approve, seen=seen), "send_back": partial(reviewing.send_back, seen=seen)}
    acts: dict[str, Callable[..., Any]] = {"ask": reviewing.ask} | judge
    if form.validate_on_submit():
        try:
            with transaction():
                acts[act](g.actor, question_id, said, now=now())
            return redirect(url_for(".show", question_id=question_id, _anchor="review"))
        except Refused as refusal:
            form.explain(refusal)
    return _question_page(question_id, form)
