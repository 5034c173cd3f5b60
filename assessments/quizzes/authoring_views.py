"""Pages of trainers: the quiz of the draft, its questions, the preview, results, and a key to be mended."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.grading.notation import NOTED
from assessments.grading.questions import CHOICES, KINDS, to_json
from assessments.quizzes import bank, drafts, editing, policies, queries, quiz_file, results, sections
from assessments.quizzes.editing import Settings
from assessments.quizzes.forms import QuestionForm, SettingsForm, keep_fields
from assessments.quizzes.integrity import activity
from assessments.quizzes.layout import of_attempt
from assessments.quizzes.models import Counts, Question, Quiz, QuizItem
from assessments.quizzes.result_columns import columns
from assessments.quizzes.words import KIND_HELP, KIND_LABELS, LINES_HELP, LINES_LABELS, stem_of
from courses import files
from courses.languages import language, language_tabs
from courses.models import Module
from lms import downloads
from lms.authz import Permission, requires
from lms.bodies import sent_id, sent_ids
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown
from lms.i18n import local

blueprint = Blueprint("quiz_authoring", __name__, url_prefix="/authoring/quizzes")


@blueprint.route("/<int:module_id>", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def editor(module_id: int) -> str | Response:
    quiz = policies.authored_quiz(g.actor, module_id)
    form = SettingsForm(data=_settings_values(quiz))
    if form.validate_on_submit():
        try:
            with transaction():
                editing.configure(g.actor, module_id, _settings(form), now=now())
            flash(_("Saved. Attempts already begun keep the rules they began with."), "success")
            return redirect(url_for(".editor", module_id=module_id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("quizzes/authoring/editor.html", form=form, **_editor_page(quiz))


def _editor_page(quiz: Quiz) -> dict[str, Any]:
    return {
        "quiz": quiz,
        "parts": sections.parts_of(quiz),
        "pools": sections.pools([quiz]),
        "module": quiz.module,
        "course": quiz.module.course,
        "latest": bank.latest_versions(item.question_id for item in quiz.items),
        "outside": results.bank_outside(quiz),
        "kinds": [(kind, KIND_LABELS[kind], KIND_HELP[kind]) for kind in KINDS],
        "removed": request.args.get("removed", type=int),
    }


def _settings_values(quiz: Quiz) -> dict[str, Any]:
    values = {name: getattr(quiz, name) for name in Settings.__struct_fields__}
    zone = ZoneInfo(current_app.config["TIME_ZONE"])
    for name in ("opens_at", "closes_at"):
        moment = getattr(quiz, name)
        values[name] = moment.astimezone(zone).replace(tzinfo=None) if moment else None
    return values | {"minutes": -(-quiz.time_limit // 60) if quiz.time_limit else None}


def _settings(form: SettingsForm) -> Settings:
    minutes = form.minutes.data
    return Settings(
        form.pass_mark.data,
        form.attempts.data,
        form.wait_minutes.data or 0,
        minutes * 60 if minutes else None,
        form.shuffle.data,
        form.review.data,
        form.layout.data,
        _moment(form.opens_at.data),
        _moment(form.closes_at.data),
        form.counts.data or Counts.BEST.value,
        form.penalty.data or 0,
        form.doubled.data or 0,
        form.one_way.data,
        form.certainty.data,
        form.practice.data,
    )


def _moment(local_time: datetime | None) -> str | None:
    """What was typed is meant in the company's time zone; as typed where there is no such moment."""
    if local_time is None:
        return None
    zone = ZoneInfo(current_app.config["TIME_ZONE"])
    try:
        return local_time.replace(tzinfo=zone).astimezone(UTC).isoformat()
    except OverflowError:
        return local_time.isoformat()


@blueprint.route("/<int:module_id>/questions/new/<kind>", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def new_question(module_id: int, kind: str) -> str | Response:
    quiz = policies.authored_quiz(g.actor, module_id)
    if kind not in KINDS:
        raise Unknown()
    form = QuestionForm(tolerance="0")
    rows = drafts.sent_rows(request.form, kind) if form.is_submitted() else drafts.rows_of(None, language())
    if form.validate_on_submit():
        try:
            data = drafts.question_data(kind, form, rows, language(), None)
            with transaction():
                item = editing.add_question(g.actor, module_id, data, **_place(form), now=now())
                _describe(module_id, item, form)
            return _after_question(module_id, item.question_id)
        except Refused as refusal:
            form.explain(at_field(refusal, kind))
    return _question_page(quiz, kind, form, rows)


@blueprint.route("/<int:module_id>/questions/<int:question_id>", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def question(module_id: int, question_id: int) -> str | Response:
    quiz = policies.authored_quiz(g.actor, module_id)
    item = editing.item_of(quiz, question_id)
    kind, before = item.question.kind, question_now(item.question)
    place = {"marks": item.marks, "competency": item.question.competency, "section": str(item.section_id or "")}
    place |= {"difficulty": str(item.question.difficulty or ""), "tags": ", ".join(item.question.tags)}
    form = QuestionForm(data=drafts.values_of(before, language()) | place)
    rows = drafts.sent_rows(request.form, kind) if form.is_submitted() else drafts.rows_of(before, language())
    if form.validate_on_submit():
        try:
            data = drafts.question_data(kind, form, rows, language(), before)
            with transaction():
                editing.edit_question(g.actor, module_id, question_id, data, **_place(form), now=now())
                _describe(module_id, item, form)
            flash(_("Saved. Learners meet it from the next publication of the course on."), "success")
            return _after_question(module_id, question_id)
        except Refused as refusal:
            form.explain(at_field(refusal, kind))
    return _question_page(quiz, kind, form, rows, item.question)


def question_now(asked: Question) -> dict[str, Any]:
    """The newest text with the key in force, as JSON."""
    latest = bank.latest_versions([asked.id])[asked.id]
    return to_json(bank.question_of(asked.kind, latest, bank.keys_in_force([latest.id])[latest.id].key))


def _place(form: QuestionForm) -> dict[str, Any]:
    return {"marks": form.marks.data, "competency": form.competency.data or ""}


def _describe(module_id: int, item: QuizItem, form: QuestionForm) -> None:
    """What draws go by, and the section; a browser that does not send them changes nothing."""
    if "tags" in request.form:
        tags = re.split("[,，、;；]", form.tags.data or "")
        sections.describe(g.actor, item.question, sent_id(form.difficulty.data), tags)
    if "section" in request.form:
        sections.place(g.actor, module_id, item.question_id, sent_id(form.section.data), now=now())


def at_field(refusal: Refused, kind: str) -> Refused:
    """The refusal at the form's own field: a key is what is marked, or the fields of the kind."""
    names = {"key": "truth"} if refusal.code == "question_key_missing" else {}
    field = names.get(refusal.field or "", refusal.field or "")
    in_lines = field.split(".")[0] in ("parts", "options", "key", "areas", "criteria", "variables", "points")
    refusal.field = "lines" if kind in NOTED and in_lines else field
    return refusal


def _after_question(module_id: int, question_id: int) -> Response:
    if request.form.get("go") == "another":
        return redirect(url_for(".editor", module_id=module_id, _anchor="new"))
    return redirect(url_for(".editor", module_id=module_id, _anchor=f"question-{question_id}"))


def _question_page(
    quiz: Quiz, kind: str, form: QuestionForm, rows: list[drafts.OptionRow], asked: Question | None = None
) -> str:
    keep_fields(form, kind)
    if kind in NOTED:
        form.lines.label.text, form.lines.description = LINES_LABELS[kind], LINES_HELP[kind]
    if form.image:
        images = [each for each in files.files_of(quiz.module.course_id) if not each.video]
        form.image.choices = [SelectChoice(value=str(each.id), label=each.name) for each in images]
        form.image.flags.optional = False  # the question sees to it that there is one; the form itself takes none as an answer
    holding = [each for each in quiz.sections if not each.draw]
    if holding:
        names = [SelectChoice(value=str(each.id), label=local(each.title)) for each in holding]
        form.section.choices = [SelectChoice(value="", label=_("Before the first section")), *names]
    else:
        del form.section
    own: dict[str, Any] = {"question_id": asked.id} if asked else {"kind": kind}
    own["module_id"] = quiz.module_id
    endpoint = ".question" if asked else ".new_question"
    return render_template(
        "quizzes/authoring/question.html",
        quiz=quiz,
        module=quiz.module,
        course=quiz.module.course,
        kind=kind,
        kind_label=KIND_LABELS[kind],
        form=form,
        rows=rows if kind in CHOICES else [],
        question=asked,
        address=url_for(endpoint, language=language(), **own),
        back=url_for(".editor", module_id=quiz.module_id),
        tabs=language_tabs(endpoint, **own) if asked else [],
    )


@blueprint.post("/<int:module_id>/questions/<int:question_id>/move/<any(up, down):way>")
@requires(Permission.QUIZ_AUTHOR)
def move(module_id: int, question_id: int, way: str) -> Response:
    with transaction():
        editing.move(g.actor, module_id, question_id, -1 if way == "up" else 1, now=now())
    return redirect(url_for(".editor", module_id=module_id, _anchor=f"question-{question_id}"))


@blueprint.post("/<int:module_id>/order")
@requires(Permission.QUIZ_AUTHOR)
def order(module_id: int) -> Response:
    body = request.get_json(silent=True)
    ids = sent_ids(body.get("order")) if isinstance(body, dict) else None
    if ids is None:
        raise Refused("questions_outdated")
    with transaction():
        editing.order(g.actor, module_id, ids, now=now())
    return jsonify(ok=True)


@blueprint.post("/<int:module_id>/questions/<int:question_id>/<any(take_in, take_out):act>")
@requires(Permission.QUIZ_AUTHOR)
def change_items(module_id: int, question_id: int, act: str) -> Response:
    with transaction():
        {"take_in": editing.take_in, "take_out": editing.take_out}[act](
            g.actor, module_id, question_id, now=now()
        )
    removed = question_id if act == "take_out" else None
    return redirect(url_for(".editor", module_id=module_id, removed=removed))


@blueprint.get("/<int:module_id>/preview")
@requires(Permission.QUIZ_AUTHOR)
def preview(module_id: int) -> str:
    quiz = policies.authored_quiz(g.actor, module_id)
    content = quiz_file.frozen(quiz)
    short = sections.short_of(quiz, sections.pools([quiz])) if quiz.sections else None
    if short is not None:  # shown without what is drawn
        content["sections"] = [{**each, "draw": None} for each in content["sections"]]
    kept = of_attempt(content | {"settings": content["settings"] | {"shuffle": False}})
    questions = queries.asked(kept["items"], {})
    heads = queries.headed(kept, questions)
    media = queries.media_of(quiz.module.course_id, questions, [each["introduction"] for each in heads.values()])
    return render_template(
        "quizzes/authoring/preview.html",
        quiz=quiz,
        module=quiz.module,
        course=quiz.module.course,
        questions=questions,
        heads=heads,
        short=short,
        certainty=quiz.certainty,
        stems={each.id: stem_of(each.stem, media) for each in questions},
        media=media,
    )


@blueprint.get("/<int:module_id>/results")
@requires(Permission.QUIZ_RESULT_READ)
def result_list(module_id: int) -> str:
    q, sort = request.args.get("q", ""), request.args.get("sort", "name")
    quiz, page, totals = results.results(
        g.actor, module_id, q=q, sort=sort, page=request.args.get("page", 1, int)
    )
    return render_template(
        "quizzes/results.html", page=page, totals=totals, q=q, sort=sort, **_result_page(quiz)
    )


def _result_page(quiz: Quiz) -> dict[str, Any]:
    module: Module = quiz.module
    return {
        "module": module,
        "course": module.course,
        "may_author": policies.may_mark(g.actor, quiz),
    }


@blueprint.get("/<int:module_id>/results.<any(csv, xlsx):format>")
@requires(Permission.QUIZ_RESULT_READ)
def export(module_id: int, format: str) -> Response:
    quiz = policies.course_of_results(g.actor, module_id)
    q, sort = request.args.get("q", ""), request.args.get("sort", "name")
    rows = results.every_result(g.actor, module_id, q=q, sort=sort)
    zone = ZoneInfo(current_app.config["TIME_ZONE"])
    name = f"{quiz.module.course.code}-{module_id}-results"
    return downloads.table(rows, columns(), format, name, title=local(quiz.module.title), zone=zone)


@blueprint.get("/<int:module_id>/results/<int:attempt_id>")
@requires(Permission.QUIZ_AUTHOR)
def attempt(module_id: int, attempt_id: int) -> str:
    found, person = results.result_of(g.actor, module_id, attempt_id)
    media = queries.media_of(found.sheet.course_id, [each.question for each in found.judged])
    stems = {each.question.id: stem_of(each.question.stem, media) for each in found.judged}
    module = policies.marked_quiz(g.actor, module_id).module
    page = render_template(
        "quizzes/attempt_of.html", found=found, person=person, stems=stems, media=media, module=module, course=module.course
    )
    with transaction():
        activity.looked(g.actor, attempt_id)
    return page


@blueprint.get("/<int:module_id>/export.json")
@requires(Permission.QUIZ_AUTHOR)
def export_quiz(module_id: int) -> Response:
    quiz = policies.authored_quiz(g.actor, module_id)
    text = json.dumps(quiz_file.file_of(quiz), ensure_ascii=False, indent=1) + "\n"
    answer = Response(text, mimetype="application/json")
    return downloads.call(answer, f"{quiz.module.course.code}-quiz-{module_id}.json")
