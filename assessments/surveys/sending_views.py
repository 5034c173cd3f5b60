"""Pages of those who ask: rules, sendings by hand and by links, reminders, closing; and the results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.surveys import figures, policies, queries, result_columns, results, sending, words
from assessments.surveys.forms import LinksForm, RuleForm, SendForm
from assessments.surveys.models import Recipient, Survey
from assessments.surveys.results import Filter
from assessments.surveys.summary import Result
from lms import audit, downloads, tables
from lms.authz import Permission, requires
from lms.clock import now, today
from lms.db import transaction
from lms.errors import Refused, Unknown, sentence
from lms.figures import svg
from lms.i18n import current_locale, local, with_remark

blueprint = Blueprint("survey_sending", __name__, url_prefix="/authoring/surveys")
OPEN_FOR = timedelta(days=14)


@blueprint.get("/<int:survey_id>/sendings")
@requires(Permission.SURVEY_SEND)
def show(survey_id: int) -> str:
    survey = _survey(survey_id)
    return render_template("surveys/authoring/sendings.html", rows=queries.sendings(g.actor, survey),
                           rules=queries.rules(survey), moment=now(), **_frame(survey))  # fmt: skip


def _survey(survey_id: int) -> Survey:
    """A survey that the actor may send, or edits. :raises Unknown: otherwise."""
    try:
        return policies.sendable_survey(g.actor, survey_id)
    except Unknown:
        return policies.authored_survey(g.actor, survey_id)


def _frame(survey: Survey) -> dict[str, Any]:
    return {"survey": survey, "may_author": policies.may_author(g.actor, survey), "words": words}


@blueprint.route("/<int:survey_id>/send", methods=["GET", "POST"])
@requires(Permission.SURVEY_SEND)
def send(survey_id: int) -> str | Response:
    survey = policies.sendable_survey(g.actor, survey_id)
    form = SendForm(closes_on=today() + OPEN_FOR)
    form.course.choices = [SelectChoice(value="", label=_("No course")), *_course_choices()]
    if form.validate_on_submit():
        try:
            return _sent(survey, form)
        except Refused as refusal:
            form.explain(refusal)
    return render_template("surveys/authoring/send.html", form=form, choice=queries.choice(g.actor),
                           ticked=set(request.form.getlist("teams", type=int)), **_frame(survey))  # fmt: skip


def _sent(survey: Survey, form: SendForm) -> Response:
    numbers = (form.numbers.data or "").replace(",", " ").replace("，", " ").replace("、", " ").split()
    people = queries.people_named(g.actor, request.form.getlist("teams", type=int), numbers)
    course = int(form.course.data) if form.course.data else None
    with transaction():
        sending.send(g.actor, survey.id, people, form.closes_on.data, course_id=course, remind_days=form.remind_days.data, now=now())
    flash(ngettext("%(num)s person is asked.", "%(num)s people are asked.", len(people)), "success")
    return redirect(url_for(".show", survey_id=survey.id))


@blueprint.route("/<int:survey_id>/links", methods=["GET", "POST"])
@requires(Permission.SURVEY_SEND)
def links(survey_id: int) -> str | Response:
    survey = policies.sendable_survey(g.actor, survey_id)
    form = LinksForm(closes_on=today() + OPEN_FOR)
    if form.validate_on_submit():
        try:
            return _links_file(survey, form)
        except Refused as refusal:
            form.explain(refusal)
    return render_template("surveys/authoring/links.html", form=form, **_frame(survey))


def _links_file(survey: Survey, form: LinksForm) -> Response:
    """The links as a file: their addresses are known now and never again."""
    labels = [line.strip() for line in form.labels.data.splitlines() if line.strip()]
    number = (form.about.data or "").strip()
    about = queries.people_named(g.actor, [], [number])[0] if number else None
    with transaction():
        made = sending.make_links(g.actor, survey.id, labels, about, form.closes_on.data, now=now())
    return _file(made, result_columns.links(), "csv", f"{survey.code}-links", local(survey.title))


@blueprint.route("/<int:survey_id>/rules/new", methods=["GET", "POST"])
@requires(Permission.SURVEY_SEND)
def new_rule(survey_id: int) -> str | Response:
    survey = policies.authored_survey(g.actor, survey_id)
    form = RuleForm()
    form.course.choices = _course_choices()
    if form.validate_on_submit():
        try:
            with transaction():
                sending.set_rule(g.actor, survey_id, form.course.data, Recipient(form.recipient.data), form.days.data,
                                 form.open_days.data, form.remind_days.data, now=now())  # fmt: skip
            flash(_("The rule holds from today on."), "success")
            return redirect(url_for(".show", survey_id=survey_id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("surveys/authoring/rule.html", form=form, **_frame(survey))


@blueprint.post("/<int:survey_id>/rules/<int:rule_id>/end")
@requires(Permission.SURVEY_SEND)
def end_rule(survey_id: int, rule_id: int) -> Response:
    with transaction():
        sending.end_rule(g.actor, survey_id, rule_id, now=now())
    return redirect(url_for(".show", survey_id=survey_id))


@blueprint.post("/<int:survey_id>/sendings/<int:sending_id>/<any(close, remind):act>")
@requires(Permission.SURVEY_SEND)
def tend(survey_id: int, sending_id: int, act: str) -> Response:
    try:
        with transaction():
            {"close": sending.close, "remind": sending.remind}[act](g.actor, sending_id, now=now())
        flash(_("Closed. The results can be read.") if act == "close" else _("The reminder is on its way."), "success")
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    return redirect(url_for(".show", survey_id=survey_id))


def _course_choices() -> list[SelectChoice]:
    return [SelectChoice(value=str(each.id), label=with_remark(local(each.title), each.code)) for each in queries.courses_to_ask_about(g.actor)]


# --- results --------------------------------------------------------------------------------------


@blueprint.get("/<int:survey_id>/results")
@requires(Permission.SURVEY_RESULT_READ)
def result_page(survey_id: int) -> str:
    survey = policies.readable_survey(g.actor, survey_id)
    wanted = _wanted()
    found = results.findings(g.actor, survey_id, wanted)
    return render_template(
        "surveys/results.html", found=found, wanted=wanted, figures=figures, blocks=_blocks(found.results) if found else [],
        courses=results.courses_of(found.sendings) if found else [], days=results.rules_days(found.sendings) if found else [],
        query=request.query_string.decode(), **_frame(survey))  # fmt: skip


def _wanted() -> Filter:
    number = request.args.get
    return Filter(number("version", None, int), number("course", None, int), number("sending", None, int), number("team", None, int),
                  number("days", None, int), number("first", "")[:7], number("last", "")[:7])  # fmt: skip


def _blocks(found: Sequence[Result]) -> list[list[Result]]:
    """Results of one question together: the statements of a grid are one figure."""
    blocks: list[list[Result]] = []
    for each in found:
        if blocks and blocks[-1][0].item.id == each.item.id:
            blocks[-1].append(each)
        else:
            blocks.append([each])
    return blocks


@blueprint.get("/<int:survey_id>/results/<item_id>.svg")
@requires(Permission.SURVEY_RESULT_READ)
def figure(survey_id: int, item_id: str) -> Response:
    """The figure of a question as a picture, for readers without scripts: drawn from the same values."""
    found = results.findings(g.actor, survey_id, _wanted())
    block = [each for each in found.results if each.item.id == item_id and each.n] if found else []
    if not block:
        raise Unknown()
    grid = block[0].item.kind == "likert"
    option = figures.diverging(block, words.label_of, words.heading) if grid else figures.distribution(block[0], words.label_of)
    return Response(svg(option, width=720, height=figures.height(block), locale=current_locale()), mimetype="image/svg+xml")


@blueprint.get("/<int:survey_id>/results.<any(csv, xlsx):format>")
@requires(Permission.SURVEY_RESULT_READ)
def export(survey_id: int, format: str) -> Response:
    survey = policies.readable_survey(g.actor, survey_id)
    found = results.findings(g.actor, survey_id, _wanted())
    if found is None:
        raise Unknown()
    _audited(survey_id, named=False)
    return _file(result_columns.rows(found), result_columns.columns(), format, f"{survey.code}-results", local(survey.title))


@blueprint.get("/<int:survey_id>/answers.<any(csv, xlsx):format>")
@requires(Permission.SURVEY_AUTHOR)
def export_named(survey_id: int, format: str) -> Response:
    """Each answer with its name, of a named survey, for its authors."""
    survey = policies.authored_survey(g.actor, survey_id)
    version, rows = results.named_rows(g.actor, survey_id, request.args.get("version", survey.version, int))
    _audited(survey_id, named=True)
    return _file(rows, result_columns.named_columns(version), format, f"{survey.code}-answers", local(survey.title))


def _audited(survey_id: int, *, named: bool) -> None:
    with transaction():
        audit.record(g.actor, "survey.export", "survey", survey_id, named=named)


def _file(rows: Sequence[Any], columns: Sequence[tables.Column], format: str, name: str, title: str) -> Response:
    zone = ZoneInfo(current_app.config["TIME_ZONE"])
    answer = downloads.table(rows, columns, format, name, title=title, zone=zone)
    answer.headers["Cache-Control"] = "no-store"
    return answer


