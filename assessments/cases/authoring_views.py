"""Pages of trainers: the cases they write, their questions and documents, publishing, the module of a course."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.cases import authoring, documents, policies, queries
from assessments.cases import case as rules
from assessments.cases.forms import CaseForm, DocumentForm, ModuleForm, NewCaseForm, QuestionForm
from assessments.cases.models import Case, Goal
from assessments.cases.views import told
from assessments.cases.words import LACKING
from assessments.roleplays.models import Rubric
from courses.languages import language, language_tabs
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, sentence
from lms.i18n import local

blueprint = Blueprint("case_authoring", __name__, url_prefix="/authoring/cases")
SETTINGS = ("stage", "industry", "ending", "minutes", "open")


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.CASE_AUTHOR)
def index() -> str | Response:
    """The cases, and a form for a new one."""
    form = NewCaseForm()
    if form.validate_on_submit():
        try:
            with transaction():
                case = authoring.create(g.actor, form.code.data, {language(): form.title.data}, now=now())
            return redirect(url_for(".edit", case_id=case.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("cases/authoring/index.html", cases=queries.authored(g.actor), form=form)


@blueprint.route("/<int:case_id>", methods=["GET", "POST"])
@requires(Permission.CASE_AUTHOR)
def edit(case_id: int) -> str | Response:
    case = policies.authored_case(g.actor, case_id)
    form = CaseForm(data=_values(case))
    form.rubric.choices = _rubric_choices()
    if form.validate_on_submit():
        try:
            with transaction():
                authoring.edit(g.actor, case_id, *_given(form), real_deal=form.real_deal.data, watch=form.watched, now=now())
            flash(_("Saved. It is read like this from the next publication on."), "success")
            return redirect(url_for(".edit", case_id=case_id, language=language()))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("cases/authoring/case.html", form=form, document=DocumentForm(formdata=None), **_frame(case))


def _frame(case: Case) -> dict[str, Any]:
    return {
        "case": case,
        "documents": documents.listed(case.id),
        "tabs": language_tabs(".edit", case_id=case.id),
        "lacking": [LACKING[name] for name in authoring.lacking(case)],
    }


def _rubric_choices() -> list[SelectChoice]:
    rows = db.session.scalars(select(Rubric).order_by(Rubric.id).limit(200))
    return [SelectChoice(value=0, label=_("None")), *(SelectChoice(value=row.id, label=local(row.title)) for row in rows)]


def _values(case: Case) -> dict[str, Any]:
    content, spoken = case.content, language()
    own = {
        "title": case.title.get(spoken, ""),
        "competencies": "\n".join(content["competencies"]),
        "rubric": case.rubric_id or 0,
        "real_deal": case.real_deal,
        "watch": "\n".join(case.watch),
    }
    return {name: content[name].get(spoken, "") for name in rules.TEXTS} | {n: content[n] for n in SETTINGS} | own


def _given(form: CaseForm) -> tuple[str, str, dict[str, str], dict[str, Any], int | None]:
    data = form.data
    settings = {name: data[name] for name in SETTINGS}
    lines = (data["competencies"] or "").splitlines()
    settings["competencies"] = [line.strip()[:200] for line in lines if line.strip()][:20]
    return language(), data["title"], {name: data[name] or "" for name in rules.TEXTS}, settings, data["rubric"] or None


@blueprint.route("/<int:case_id>/questions/new", methods=["GET", "POST"], defaults={"key": None})
@blueprint.route("/<int:case_id>/questions/<key>", methods=["GET", "POST"])
@requires(Permission.CASE_AUTHOR)
def question(case_id: int, key: str | None) -> str | Response:
    case = policies.authored_case(g.actor, case_id)
    there = next((each for each in case.content["questions"] if each["key"] == key), None)
    form = QuestionForm(data={name: there[name].get(language(), "") for name in rules.QUESTION_TEXTS} if there else {})
    if form.validate_on_submit():
        try:
            with transaction():
                texts = {name: form.data[name] or "" for name in rules.QUESTION_TEXTS}
                kept = authoring.put_question(g.actor, case_id, key, language(), texts, now=now())
            flash(_("Saved. It is read like this from the next publication on."), "success")
            return redirect(url_for(".question", case_id=case_id, key=kept, language=language()))
        except Refused as refusal:
            told(refusal)
    tabs = language_tabs(".question", case_id=case_id, key=key)
    return render_template("cases/authoring/question.html", form=form, case=case, tabs=tabs, question=there)


@blueprint.post("/<int:case_id>/questions/<key>/<act>")
@requires(Permission.CASE_AUTHOR)
def change_question(case_id: int, key: str, act: str) -> Response:
    with transaction():
        authoring.change_question(g.actor, case_id, key, act, now=now())
    return redirect(url_for(".edit", case_id=case_id, _anchor="questions"))


@blueprint.post("/<int:case_id>/publish")
@requires(Permission.CASE_AUTHOR)
def publish(case_id: int) -> Response:
    try:
        with transaction():
            version = authoring.publish(g.actor, case_id, now=now())
        flash(_("Version %(number)s is published.", number=version.number), "success")
    except Refused as refusal:
        if refusal.code != "case_incomplete":
            told(refusal)
        else:
            names = str(refusal.params["missing"]).split(", ")
            flash(sentence(Refused(refusal.code, missing=_(", ").join(str(LACKING[name]) for name in names))), "warning")
        return redirect(url_for("case_review.check" if refusal.code == "case_flags_open" else ".edit", case_id=case_id))
    return redirect(url_for(".edit", case_id=case_id))


@blueprint.post("/<int:case_id>/retire")
@requires(Permission.CASE_AUTHOR)
def retire(case_id: int) -> Response:
    with transaction():
        authoring.retire(g.actor, case_id, now=now())
    flash(_("It is no longer in the library. Publishing it opens it again."), "success")
    return redirect(url_for(".edit", case_id=case_id))


@blueprint.get("/<int:case_id>/preview")
@requires(Permission.CASE_AUTHOR)
def preview(case_id: int) -> str:
    case = policies.authored_case(g.actor, case_id)
    return render_template("cases/authoring/preview.html", case=case, back=url_for(".edit", case_id=case_id))


@blueprint.post("/<int:case_id>/documents")
@requires(Permission.CASE_AUTHOR)
def add_document(case_id: int) -> Response:
    form = DocumentForm()
    try:
        if not form.validate():
            raise Refused("case_document_type")
        with transaction():
            documents.add(g.actor, case_id, form.file.data.stream, form.file.data.filename or "", now=now())
    except Refused as refusal:
        told(refusal)
    return redirect(url_for(".edit", case_id=case_id, _anchor="documents"))


@blueprint.post("/documents/<int:document_id>/remove")
@requires(Permission.CASE_AUTHOR)
def remove_document(document_id: int) -> Response:
    with transaction():
        document = documents.remove(g.actor, document_id, now=now())
    return redirect(url_for(".edit", case_id=document.case_id, _anchor="documents"))


# The module of a course


@blueprint.route("/modules/<int:module_id>", methods=["GET", "POST"])
@requires(Permission.COURSE_AUTHOR)
def module(module_id: int) -> str | Response:
    chosen = authoring.module_of(g.actor, module_id)
    form = ModuleForm(data={"case": chosen.case_id or 0, "goal": chosen.goal})
    form.case.choices = _case_choices()
    if form.validate_on_submit():
        try:
            with transaction():
                authoring.configure_module(g.actor, module_id, form.case.data or None, Goal(form.goal.data), now=now())
            flash(_("Saved. It holds from the next publication of the course on."), "success")
            return redirect(url_for(".module", module_id=module_id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template(
        "cases/authoring/module.html", form=form, chosen=chosen, module=chosen.module, course=chosen.module.course
    )


def _case_choices() -> list[SelectChoice]:
    rows = db.session.scalars(select(Case).where(Case.status == "published").order_by(Case.code).limit(300))
    named = [SelectChoice(value=row.id, label=f"{row.code} · {local(row.title)}") for row in rows]
    return [SelectChoice(value=0, label=_("None yet")), *named]


@blueprint.get("/modules/<int:module_id>/preview")
@requires(Permission.COURSE_AUTHOR)
def module_preview(module_id: int) -> str | Response:
    chosen = authoring.module_of(g.actor, module_id)
    back = url_for(".module", module_id=module_id)
    if chosen.case is None:
        return redirect(back)
    return render_template("cases/authoring/preview.html", case=chosen.case, back=back)
