"""Pages of authors: the list of surveys, the editor, a question, the preview, the survey of a course's module."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.surveys import authoring, drafts, policies, queries, views
from assessments.surveys.authoring import Settings
from assessments.surveys.forms import ItemForm, ModuleForm, NewSurveyForm, SurveyForm, keep_fields
from assessments.surveys.items import KINDS, SECTION, Item, fresh_id
from assessments.surveys.models import Purpose, Survey, SurveyModule
from assessments.surveys.words import KIND_LABELS, PURPOSE_LABELS
from courses.policies import authored_module
from lms import downloads
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, Unknown, sentence
from lms.i18n import local, with_remark

blueprint = Blueprint("survey_authoring", __name__, url_prefix="/authoring/surveys")
modules = Blueprint("survey_module", __name__, url_prefix="/authoring/survey-modules")


@blueprint.get("")
@requires(Permission.SURVEY_RESULT_READ)
def index() -> str:
    q = request.args.get("q", "")
    page = queries.surveys(g.actor, page=request.args.get("page", 1, int), query=q)
    return render_template("surveys/authoring/index.html", page=page, q=q, may_create=policies.may_create(g.actor), purposes=PURPOSE_LABELS)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.SURVEY_AUTHOR)
def new() -> str | Response:
    form = NewSurveyForm()
    if form.validate_on_submit():
        title = drafts.side_by_side(form.title_zh.data, form.title_en.data)
        try:
            with transaction():
                survey = authoring.create(g.actor, form.code.data, form.template.data, title, now=now())
            return redirect(url_for(".editor", survey_id=survey.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("surveys/authoring/new.html", form=form)


@blueprint.route("/<int:survey_id>", methods=["GET", "POST"])
@requires(Permission.SURVEY_AUTHOR)
def editor(survey_id: int) -> str | Response:
    survey = policies.authored_survey(g.actor, survey_id)
    form = SurveyForm(data=_settings_values(survey))
    if form.validate_on_submit():
        try:
            with transaction():
                authoring.configure(g.actor, survey_id, _settings(form), now=now())
            flash(_("Saved. Respondents meet it from the next publication on."), "success")
            return redirect(url_for(".editor", survey_id=survey_id))
        except Refused as refusal:
            form.explain(refusal)
    items = authoring.items_of(survey)
    return render_template(
        "surveys/authoring/editor.html", form=form, survey=survey, items=items,
        kinds=[(kind, KIND_LABELS[kind]) for kind in (*KINDS, SECTION)],
        problems=[sentence(each) for each in authoring.problems(items)],
        changed=authoring.has_changes(survey, authoring.current_version(survey)))  # fmt: skip


def _settings_values(survey: Survey) -> dict[str, Any]:
    values: dict[str, Any] = {"purpose": survey.purpose, "anonymous": survey.anonymous}
    for name in ("title", "intro", "thanks"):
        text = getattr(survey, name)
        values |= {f"{name}_zh": text.get("zh_Hans", ""), f"{name}_en": text.get("en", "")}
    return values


def _settings(form: SurveyForm) -> Settings:
    return Settings(
        title=drafts.side_by_side(form.title_zh.data, form.title_en.data),
        intro=drafts.side_by_side(form.intro_zh.data, form.intro_en.data),
        thanks=drafts.side_by_side(form.thanks_zh.data, form.thanks_en.data),
        purpose=Purpose(form.purpose.data),
        anonymous=form.anonymous.data,
    )


@blueprint.route("/<int:survey_id>/questions/new/<kind>", methods=["GET", "POST"])
@requires(Permission.SURVEY_AUTHOR)
def new_item(survey_id: int, kind: str) -> str | Response:
    survey = policies.authored_survey(g.actor, survey_id)
    if kind not in (*KINDS, SECTION):
        raise Unknown()
    return _item_page(survey, kind, None)


@blueprint.route("/<int:survey_id>/questions/<item_id>", methods=["GET", "POST"])
@requires(Permission.SURVEY_AUTHOR)
def item(survey_id: int, item_id: str) -> str | Response:
    survey = policies.authored_survey(g.actor, survey_id)
    found = next((each for each in authoring.items_of(survey) if each.id == item_id), None)
    if found is None:
        raise Unknown()
    return _item_page(survey, found.kind, found)


def _item_page(survey: Survey, kind: str, found: Item | None) -> str | Response:
    form = ItemForm(data=drafts.values_of(found))
    keep_fields(form, kind)
    items = authoring.items_of(survey)
    lines = drafts.form_of(found, kind)
    if form.is_submitted():
        try:
            lines = drafts.sent_form(request.form, kind)
            if form.validate():
                data = drafts.item_data(found.id if found else fresh_id(items), kind, form, lines)
                with transaction():
                    kept = authoring.put_item(g.actor, survey.id, data, now=now())
                return redirect(url_for(".editor", survey_id=survey.id, _anchor=f"item-{kept.id}"))
        except Refused as refusal:
            form.explain(refusal)
    return render_template(
        "surveys/authoring/item.html", survey=survey, form=form, kind=kind, kind_label=KIND_LABELS[kind], item=found,
        lines=lines, sources=drafts.sources(items, found.id if found else None))  # fmt: skip


@blueprint.post("/<int:survey_id>/questions/<item_id>/<any(up, down, remove):act>")
@requires(Permission.SURVEY_AUTHOR)
def change_item(survey_id: int, item_id: str, act: str) -> Response:
    with transaction():
        if act == "remove":
            authoring.remove_item(g.actor, survey_id, item_id, now=now())
        else:
            authoring.move_item(g.actor, survey_id, item_id, -1 if act == "up" else 1, now=now())
    return redirect(url_for(".editor", survey_id=survey_id, _anchor=f"item-{item_id}"))


@blueprint.get("/<int:survey_id>/preview")
@requires(Permission.SURVEY_AUTHOR)
def preview(survey_id: int) -> str:
    survey = policies.authored_survey(g.actor, survey_id)
    return _preview_page(survey, url_for(".editor", survey_id=survey_id))


def _preview_page(survey: Survey, back: str) -> str:
    sheet = queries.sheet_of(survey)
    return render_template("surveys/authoring/preview.html", survey=survey, sheet=sheet, raw={}, problems={}, back=back,
                           conditions=views.conditions(sheet.items))  # fmt: skip


@blueprint.post("/<int:survey_id>/<any(publish, retire):act>")
@requires(Permission.SURVEY_AUTHOR)
def change(survey_id: int, act: str) -> Response:
    try:
        with transaction():
            {"publish": authoring.publish, "retire": authoring.retire}[act](g.actor, survey_id, now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
        return redirect(url_for(".editor", survey_id=survey_id))
    if act == "publish":
        flash(_("Published. It can be sent now."), "success")
        return redirect(url_for("survey_sending.show", survey_id=survey_id))
    return redirect(url_for(".editor", survey_id=survey_id))


@blueprint.get("/<int:survey_id>/export.json")
@requires(Permission.SURVEY_AUTHOR)
def export(survey_id: int) -> Response:
    survey = policies.authored_survey(g.actor, survey_id)
    text = json.dumps(authoring.exported(survey), ensure_ascii=False, indent=1) + "\n"
    answer = Response(text, mimetype="application/json")
    return downloads.call(answer, f"{survey.code}.json")


@modules.route("/<int:module_id>", methods=["GET", "POST"])
@requires(Permission.SURVEY_AUTHOR)
def choose(module_id: int) -> str | Response:
    module = authored_module(g.actor, module_id)
    chosen = _module(module_id)
    form = ModuleForm(survey=chosen.survey_id)
    form.survey.choices = [SelectChoice(value=str(each.id), label=with_remark(local(each.title), each.code)) for each in queries.open_surveys(g.actor)]
    if form.validate_on_submit():
        with transaction():
            authoring.choose_for_module(g.actor, module_id, form.survey.data, now=now())
        return redirect(url_for("authoring.modules", course_id=module.course_id))
    return render_template("surveys/authoring/module.html", form=form, module=module, course=module.course, chosen=chosen.survey)


@modules.get("/<int:module_id>/preview")
@requires(Permission.SURVEY_AUTHOR)
def preview_module(module_id: int) -> str | Response:
    module = authored_module(g.actor, module_id)
    survey = _module(module_id).survey
    if survey is None:
        return redirect(url_for(".choose", module_id=module_id))
    return _preview_page(survey, url_for("authoring.modules", course_id=module.course_id))


def _module(module_id: int) -> SurveyModule:
    chosen = db.session.get(SurveyModule, module_id)
    if chosen is None:
        raise Unknown()
    return chosen
