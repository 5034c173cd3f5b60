"""Pages of those who write questionnaires: the list, one with its parts, a part."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import undefer
from werkzeug.wrappers import Response

from assessments.feedback360 import authoring, queries, words
from assessments.feedback360.forms import CommentForm, CompetencyForm, ItemForm, NewQuestionnaireForm
from assessments.feedback360.models import FeedbackQuestionnaire
from assessments.feedback360.questionnaire import LEVELS
from assessments.feedback360.views import blueprint
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import LocalText, db, transaction
from lms.errors import Refused, Unknown
from lms.forms import Form


@blueprint.get("/questionnaires/")
@requires(Permission.FEEDBACK_AUTHOR)
def questionnaires() -> str:
    return render_template("feedback360/questionnaires.html", rows=queries.questionnaires())


@blueprint.route("/questionnaires/new", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_AUTHOR)
def new_questionnaire() -> str | Response:
    form = NewQuestionnaireForm()
    if form.validate_on_submit():
        try:
            with transaction():
                made = authoring.create(g.actor, form.code.data, form.template.data, _text(form, "title"), now=now())
            return redirect(url_for(".questionnaire", id_=made.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("feedback360/new_questionnaire.html", form=form)


@blueprint.get("/questionnaires/<int:id_>")
@requires(Permission.FEEDBACK_AUTHOR)
def questionnaire(id_: int) -> str:
    return render_template("feedback360/questionnaire.html", found=_draft(id_), versions=queries.frozen(id_), words=words)


@blueprint.post("/questionnaires/<int:id_>/<any(retire, revive):act>")
@requires(Permission.FEEDBACK_AUTHOR)
def retire_questionnaire(id_: int, act: str) -> Response:
    with transaction():
        authoring.retire(g.actor, id_, retired=act == "retire", now=now())
    return redirect(url_for(".questionnaire", id_=id_))


@blueprint.post("/questionnaires/<int:id_>/parts/<part>/remove")
@requires(Permission.FEEDBACK_AUTHOR)
def remove_part(id_: int, part: str) -> Response:
    with transaction():
        authoring.remove(g.actor, id_, part, now=now())
    flash(_("Removed. Versions that were used keep it."), "success")
    return redirect(url_for(".questionnaire", id_=id_))


@blueprint.route("/questionnaires/<int:id_>/competency", methods=["GET", "POST"])
@blueprint.route("/questionnaires/<int:id_>/competency/<part>", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_AUTHOR)
def competency(id_: int, part: str | None = None) -> str | Response:
    found = _draft(id_)
    there = _part(found.content["competencies"], part)
    form = CompetencyForm(data=_fields(there, "name") | {"word": there.get("word", "")})
    if form.validate_on_submit():
        try:
            with transaction():
                authoring.write_competency(g.actor, id_, part, _text(form, "name"), form.word.data or "", now=now())
            return redirect(url_for(".questionnaire", id_=id_))
        except Refused as refusal:
            form.explain(refusal)
    return _form_page(found, form, _("Competency"))


@blueprint.route("/questionnaires/<int:id_>/comment", methods=["GET", "POST"])
@blueprint.route("/questionnaires/<int:id_>/comment/<part>", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_AUTHOR)
def comment(id_: int, part: str | None = None) -> str | Response:
    found = _draft(id_)
    form = CommentForm(data=_fields(_part(found.content["comments"], part), "text"))
    if form.validate_on_submit():
        try:
            with transaction():
                authoring.write_comment(g.actor, id_, part, _text(form, "text"), now=now())
            return redirect(url_for(".questionnaire", id_=id_))
        except Refused as refusal:
            form.explain(refusal)
    return _form_page(found, form, _("Question for a comment"))


@blueprint.route("/questionnaires/<int:id_>/competency/<group>/item", methods=["GET", "POST"])
@blueprint.route("/questionnaires/<int:id_>/competency/<group>/item/<part>", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_AUTHOR)
def item(id_: int, group: str, part: str | None = None) -> str | Response:
    found = _draft(id_)
    there = _part(_part(found.content["competencies"], group)["items"], part)
    data = _fields(there, "text")
    for at, anchor in enumerate(there.get("anchors", ()), 1):
        data |= {f"anchor{at}_zh": anchor.get("zh_Hans", ""), f"anchor{at}_en": anchor.get("en", "")}
    form = ItemForm(data=data)
    if form.validate_on_submit():
        try:
            anchors = [_text(form, f"anchor{level}") for level in LEVELS]
            with transaction():
                authoring.write_item(g.actor, id_, group, part, _text(form, "text"), anchors, now=now())
            return redirect(url_for(".questionnaire", id_=id_))
        except Refused as refusal:
            form.explain(refusal)
    return _form_page(found, form, _("Behaviour"))


def _form_page(found: FeedbackQuestionnaire, form: Form, what: str) -> str:
    return render_template("feedback360/part.html", found=found, form=form, what=what)


def _draft(id_: int) -> FeedbackQuestionnaire:
    found = db.session.get(FeedbackQuestionnaire, id_, options=[undefer(FeedbackQuestionnaire.content)])
    if found is None:
        raise Unknown()
    return found


def _part(parts: list[dict[str, Any]], id_: str | None) -> dict[str, Any]:
    """The part of that id; an empty one where a new one is to be made. :raises Unknown: if there is none."""
    if id_ is None:
        return {}
    found = next((each for each in parts if each["id"] == id_), None)
    if found is None:
        raise Unknown()
    return found


def _fields(part: dict[str, Any], key: str) -> dict[str, str]:
    text = part.get(key, {})
    return {f"{key}_zh": text.get("zh_Hans", ""), f"{key}_en": text.get("en", "")}


def _text(form: Form, key: str) -> LocalText:
    return {"zh_Hans": form[f"{key}_zh"].data or "", "en": form[f"{key}_en"].data or ""}
