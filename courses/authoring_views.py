"""Pages of trainers: their courses, the parts, the modules, the rule, the check before publishing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from courses import authoring, exchange, files, kinds, lesson, markdown, policies, publishing, reports
from courses.completion import Need
from courses.forms import (
    AREA_LABELS,
    NEED_LABELS,
    LessonForm,
    ModuleForm,
    NewCourseForm,
    NoteForm,
    PartsForm,
    RuleForm,
    UploadForm,
)
from courses.languages import language, language_tabs
from courses.models import PARTS, Area, Course, Module, Status
from lms import downloads
from lms.authz import Permission, requires
from lms.bodies import sent_ids
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.i18n import current_locale, local

blueprint = Blueprint("authoring", __name__, url_prefix="/authoring")


@blueprint.get("")
@requires(Permission.COURSE_AUTHOR)
def index() -> str:
    status = request.args.get("status", "")
    page = reports.authored_courses(g.actor, status=status, page=request.args.get("page", 1, int))
    return render_template(
        "courses/authoring/index.html", page=page, status=status, may_create=policies.may_create(g.actor)
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.COURSE_AUTHOR)
def new() -> str | Response:
    form = NewCourseForm()
    if form.validate_on_submit():
        title = {current_locale(): form.title.data or ""}
        try:
            with transaction():
                course = authoring.create(
                    g.actor, form.code.data or "", title, Area(form.area.data), now=now()
                )
            return redirect(url_for(".parts", course_id=course.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("courses/authoring/new.html", form=form)


@blueprint.route("/<int:course_id>/parts", methods=["GET", "POST"])
@requires(Permission.COURSE_AUTHOR)
def parts(course_id: int) -> str | Response:
    course = policies.authored_course(g.actor, course_id)
    form = PartsForm(data=_texts(course))
    if form.validate_on_submit():
        texts = {name: form[name].data or "" for name in ("title", *PARTS)}
        names = (form.competencies.data or "").replace("，", ",").replace("、", ",").split(",")
        try:
            with transaction():
                authoring.edit_parts(
                    g.actor,
                    course_id,
                    language(),
                    texts,
                    area=Area(form.area.data),
                    competencies=names,
                    now=now(),
                )
            flash(_("Saved."), "success")
            return redirect(url_for(".parts", course_id=course_id, language=language()))
        except Refused as refusal:
            form.explain(refusal)
    tabs = language_tabs(".parts", course_id=course_id)
    return render_template("courses/authoring/parts.html", course=course, form=form, parts=PARTS, tabs=tabs)


def _texts(course: Course) -> dict[str, Any]:
    texts = {name: getattr(course, name).get(language(), "") for name in ("title", *PARTS)}
    return texts | {"area": course.area, "competencies": ", ".join(course.competencies)}


@blueprint.route("/<int:course_id>/modules", methods=["GET", "POST"])
@requires(Permission.COURSE_AUTHOR)
def modules(course_id: int) -> str | Response:
    course = policies.authored_course(g.actor, course_id)
    form = _module_form()
    if form.validate_on_submit():
        title = {current_locale(): form.title.data or ""}
        with transaction():
            module = authoring.add_module(g.actor, course_id, form.kind.data, title, now=now())
        return redirect(kinds.kind_of(module.kind).edit_url(module))
    return render_template("courses/authoring/modules.html", form=form, **_module_page(course))


def _module_form() -> ModuleForm:
    form = ModuleForm()
    form.kind.choices = [SelectChoice(value=kind.key, label=kind.label) for kind in kinds.every_kind()]
    return form


def _module_page(course: Course) -> dict[str, Any]:
    rows = authoring.modules_of(course.id)
    summaries: dict[int, str] = {}
    for kind, group in kinds.by_kind(rows):
        summaries |= kind.summaries(group)
    return {"course": course, "rows": rows, "summaries": summaries, "kind_of": kinds.kind_of}


@blueprint.post("/modules/<int:module_id>/move/<any(up, down):way>")
@requires(Permission.COURSE_AUTHOR)
def move(module_id: int, way: str) -> Response:
    with transaction():
        module = authoring.move_module(g.actor, module_id, -1 if way == "up" else 1, now=now())
    return redirect(url_for(".modules", course_id=module.course_id))


@blueprint.post("/<int:course_id>/order")
@requires(Permission.COURSE_AUTHOR)
def order(course_id: int) -> Response:
    body = request.get_json(silent=True)
    ids = sent_ids(body.get("order")) if isinstance(body, dict) else None
    if ids is None:
        raise Refused("order_outdated")
    with transaction():
        authoring.order_modules(g.actor, course_id, ids, now=now())
    return jsonify(ok=True)


@blueprint.post("/modules/<int:module_id>/remove")
@requires(Permission.COURSE_AUTHOR)
def remove(module_id: int) -> Response:
    with transaction():
        module = authoring.remove_module(g.actor, module_id, now=now())
    return redirect(url_for(".modules", course_id=module.course_id, removed=module.id))


@blueprint.post("/modules/<int:module_id>/restore")
@requires(Permission.COURSE_AUTHOR)
def restore(module_id: int) -> Response:
    with transaction():
        module = authoring.restore_module(g.actor, module_id, now=now())
    return redirect(url_for(".modules", course_id=module.course_id))


@blueprint.route("/lessons/<int:module_id>", methods=["GET", "POST"], endpoint="lesson")
@requires(Permission.COURSE_AUTHOR)
def edit_lesson(module_id: int) -> str | Response:
    module = policies.authored_module(g.actor, module_id)
    body = lesson.content_of(module.id).body.get(language(), "")
    form = LessonForm(
        data={"title": module.title.get(language(), ""), "minutes": module.minutes, "body": body}
    )
    if form.validate_on_submit():
        with transaction():
            lesson.write(g.actor, module_id, language(), form.body.data or "", now=now())
            authoring.rename_module(
                g.actor, module_id, language(), form.title.data or "", form.minutes.data, now=now()
            )
        flash(_("Saved."), "success")
        return redirect(url_for(".lesson", module_id=module_id, language=language()))
    return _lesson_page(module, form, UploadForm(formdata=None))


def _lesson_page(module: Module, form: LessonForm, upload_form: UploadForm) -> str:
    return render_template(
        "courses/authoring/lesson.html",
        module=module,
        course=module.course,
        form=form,
        upload_form=upload_form,
        files=files.files_of(module.course_id),
        language=language(),
        tabs=language_tabs(".lesson", module_id=module.id),
    )


@blueprint.post("/lessons/<int:module_id>/files")
@requires(Permission.COURSE_AUTHOR)
def upload(module_id: int) -> str | Response:
    form = UploadForm()
    module = policies.authored_module(g.actor, module_id)
    if form.validate_on_submit():
        try:
            with transaction():
                files.add(g.actor, module.course, form.file.data.stream, form.file.data.filename or "")
            return redirect(url_for(".lesson", module_id=module_id, language=language()) + "#files")
        except Refused as refusal:
            form.explain(refusal)
    body = lesson.content_of(module.id).body.get(language(), "")
    data = {"title": module.title.get(language(), ""), "minutes": module.minutes, "body": body}
    return _lesson_page(module, LessonForm(formdata=None, data=data), form)


@blueprint.get("/lessons/<int:module_id>/preview")
@requires(Permission.COURSE_AUTHOR)
def lesson_preview(module_id: int) -> str:
    module = policies.authored_module(g.actor, module_id)
    body = local(lesson.content_of(module.id).body)
    media = files.media_of(module.course_id, markdown.references(body))
    return render_template(
        "courses/authoring/lesson_preview.html", module=module, body=markdown.render(body, media)
    )


@blueprint.route("/<int:course_id>/rule", methods=["GET", "POST"])
@requires(Permission.COURSE_AUTHOR)
def rule(course_id: int) -> str | Response:
    course = policies.authored_course(g.actor, course_id)
    form = RuleForm(data={"at_least": course.at_least, "valid_months": course.valid_months})
    rows = authoring.modules_of(course_id)
    if form.validate_on_submit():
        try:
            with transaction():
                authoring.set_rule(
                    g.actor,
                    course_id,
                    {module.id: _module_rule(module) for module in rows},
                    at_least=form.at_least.data,
                    valid_months=form.valid_months.data,
                    now=now(),
                )
            flash(_("Saved. The rule takes effect when the course is published."), "success")
            return redirect(url_for(".rule", course_id=course_id))
        except Refused as refusal:
            form.explain(refusal)
            rows = authoring.modules_of(course_id)
    return render_template(
        "courses/authoring/rule.html",
        course=course,
        form=form,
        rows=rows,
        kind_of=kinds.kind_of,
        needs=NEED_LABELS,
    )


def _module_rule(module: Module) -> authoring.ModuleRule:
    """What the form says of a module; a score is typed in percent."""
    need = request.form.get(f"need-{module.id}", "")
    score = request.form.get(f"minimum-{module.id}", type=float)
    minimum = score / 100 if score is not None and 0 <= score <= 100 else None
    wanted = Need(need) if need in NEED_LABELS else Need(module.need)
    return authoring.ModuleRule(f"required-{module.id}" in request.form, wanted, minimum)


@blueprint.get("/<int:course_id>/check")
@requires(Permission.COURSE_AUTHOR)
def check(course_id: int) -> str:
    course = policies.authored_course(g.actor, course_id)
    rows = authoring.modules_of(course_id)
    return render_template(
        "courses/authoring/check.html",
        course=course,
        rows=rows,
        problems=publishing.problems(course, rows),
        remarks=publishing.remarks(rows, now()),
        changed=course.version == 0 or publishing.has_changes(course),
        versions=publishing.versions(course),
        form=NoteForm(),
        kind_of=kinds.kind_of,
        may_publish=g.actor.can(Permission.COURSE_PUBLISH),
        statuses=Status,
    )


@blueprint.get("/<int:course_id>/preview")
@requires(Permission.COURSE_AUTHOR)
def preview(course_id: int) -> str:
    course = policies.authored_course(g.actor, course_id)
    return render_template(
        "courses/authoring/preview.html",
        parts=[(part, local(getattr(course, part))) for part in PARTS],
        markdown=markdown.render,
        areas=AREA_LABELS,
        **_module_page(course),
    )


@blueprint.post("/<int:course_id>/<any(submit, publish, retire, reopen):act>")
@requires(Permission.COURSE_AUTHOR)
def change_state(course_id: int, act: str) -> Response:
    with transaction():
        {
            "submit": publishing.submit_for_review,
            "publish": publishing.publish,
            "retire": publishing.retire,
            "reopen": publishing.reopen,
        }[act](g.actor, course_id, now=now())
    if act == "publish":
        flash(_("Published. Who enrols from now on learns this version."), "success")
    return redirect(url_for(".check", course_id=course_id))


@blueprint.post("/<int:course_id>/send-back")
@requires(Permission.COURSE_PUBLISH)
def send_back(course_id: int) -> Response:
    with transaction():
        publishing.send_back(g.actor, course_id, NoteForm().note.data or "", now=now())
    return redirect(url_for(".check", course_id=course_id))


@blueprint.get("/<int:course_id>/export")
@requires(Permission.COURSE_AUTHOR)
def export(course_id: int) -> Response:
    course = policies.authored_course(g.actor, course_id)
    answer = Response(exchange.exported_text(course), mimetype="application/json")
    return downloads.call(answer, f"{course.code}.json")


@blueprint.route("/import", methods=["GET", "POST"], endpoint="import_course")
@requires(Permission.COURSE_AUTHOR)
def load() -> str | Response:
    form = UploadForm()
    form.file.label.text, form.file.description = (
        _("Course file"),
        _("A JSON file that was exported from Needle."),
    )
    if form.validate_on_submit():
        try:
            with transaction():
                course = exchange.load(g.actor, form.file.data.stream.read(exchange.LARGEST + 1), now=now())
            return redirect(url_for(".check", course_id=course.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("courses/authoring/import.html", form=form)
