"""Pages of trainers about what others wrote: proposals, the anonymity check, discussions, lessons."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.cases import anonymizing, discussion, policies, proposals, queries
from assessments.cases.views import told
from courses.languages import language
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused

blueprint = Blueprint("case_review", __name__, url_prefix="/authoring/cases")


@blueprint.post("/<int:case_id>/accept")
@requires(Permission.CASE_AUTHOR)
def accept(case_id: int) -> Response:
    with transaction():
        proposals.accept(g.actor, case_id, now=now())
    flash(_("Taken over. Mend what the anonymity check found, and add questions."), "success")
    return redirect(url_for(".check", case_id=case_id))


@blueprint.post("/<int:case_id>/decline")
@requires(Permission.CASE_AUTHOR)
def decline(case_id: int) -> Response:
    try:
        with transaction():
            proposals.decline(g.actor, case_id, request.form.get("why", ""), now=now())
    except Refused as refusal:
        told(refusal)
    return redirect(url_for("case_authoring.edit", case_id=case_id))


@blueprint.get("/<int:case_id>/check")
@requires(Permission.CASE_AUTHOR)
def check(case_id: int) -> str:
    case = policies.authored_case(g.actor, case_id)
    flags = anonymizing.check(case)
    left = sum(each.dismissed is None for each in flags)
    return render_template("cases/authoring/check.html", case=case, flags=flags, left=left)


@blueprint.post("/<int:case_id>/check")
@requires(Permission.CASE_AUTHOR)
def dismiss(case_id: int) -> Response:
    place, kind, text, reason = (request.form.get(name, "") for name in ("place", "kind", "text", "reason"))
    try:
        with transaction():
            anonymizing.dismiss(g.actor, case_id, place, kind, text, reason, now=now())
    except Refused as refusal:
        told(refusal)
    return redirect(url_for(".check", case_id=case_id))


@blueprint.get("/<int:case_id>/discussion")
@requires(Permission.CASE_AUTHOR)
def talk(case_id: int) -> str:
    case = policies.authored_case(g.actor, case_id)
    page = queries.talk(g.actor, case_id, request.args.get("page", 1, int))
    titles = {each["key"]: each["title"] for each in case.content["questions"]}
    return render_template("cases/authoring/talk.html", case=case, page=page, titles=titles)


@blueprint.post("/comments/<int:comment_id>/hide")
@requires(Permission.CASE_AUTHOR)
def hide(comment_id: int) -> Response:
    comment = policies.moderated_comment(g.actor, comment_id)
    try:
        with transaction():
            discussion.hide(g.actor, comment_id, request.form.get("why", ""), now=now())
    except Refused as refusal:
        told(refusal)
    return redirect(url_for(".talk", case_id=comment.version.case_id))


@blueprint.post("/comments/<int:comment_id>/show")
@requires(Permission.CASE_AUTHOR)
def show(comment_id: int) -> Response:
    with transaction():
        comment = discussion.show(g.actor, comment_id)
    return redirect(url_for(".talk", case_id=comment.version.case_id))


@blueprint.post("/<int:case_id>/lessons")
@requires(Permission.CASE_AUTHOR)
def add_lesson(case_id: int) -> Response:
    text, comment_id = request.form.get("text", ""), request.form.get("comment", type=int)
    try:
        with transaction():
            discussion.draw_lesson(g.actor, case_id, language(), text, comment_id, now=now())
        flash(_("The lesson is on the page of the case."), "success")
    except Refused as refusal:
        told(refusal)
    return redirect(url_for("cases.lessons", case_id=case_id))


@blueprint.post("/lessons/<int:lesson_id>")
@requires(Permission.CASE_AUTHOR)
def say_lesson(lesson_id: int) -> Response:
    with transaction():
        lesson = discussion.say_lesson(g.actor, lesson_id, language(), request.form.get("text", ""))
    return redirect(url_for("cases.lessons", case_id=lesson.case_id))


@blueprint.post("/lessons/<int:lesson_id>/remove")
@requires(Permission.CASE_AUTHOR)
def remove_lesson(lesson_id: int) -> Response:
    with transaction():
        lesson = discussion.remove_lesson(g.actor, lesson_id, now=now())
    return redirect(url_for("cases.lessons", case_id=lesson.case_id))
