"""Pages of oral exams: what the person examined sees, and the desk of the examiners."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.grading import open_text
from assessments.orals import queries, services
from assessments.orals.forms import CorrectionForm, ProposalForm, ReplaceForm, SecondForm, ThirdForm
from courses.kinds import kind_of
from lms.authz import Permission, requires
from lms.bodies import sent_id
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence
from lms.i18n import called, local

blueprint = Blueprint("orals", __name__, url_prefix="/orals", template_folder="templates")


@blueprint.get("/<int:enrolment_id>/<int:module_id>")
@requires(Permission.COURSE_READ)
def module(enrolment_id: int, module_id: int) -> str:
    learning, held = queries.own_exam(g.actor, enrolment_id, module_id)
    content = learning.module.content if learning.module else {}
    criteria = open_text.parse_key({"criteria": content["criteria"]}).criteria
    return render_template("orals/module.html", learning=learning, held=held, content=content, criteria=criteria, kind_of=kind_of)


@blueprint.get("/")
@requires(Permission.ORAL_EXAMINE)
def index() -> str:
    sheets = queries.to_examine(g.actor)
    return render_template(
        "orals/index.html", sheets=sheets, apart=queries.to_talk_over(sheets), people=queries.examinable(g.actor), q=request.args.get("q", ""),
        settled=queries.settled(g.actor, request.args.get("q", "")),
    )  # fmt: skip


@blueprint.route("/open/<int:enrolment_id>/<int:module_id>", methods=["GET", "POST"])
@requires(Permission.ORAL_EXAMINE)
def convene(enrolment_id: int, module_id: int) -> str | Response:
    found = queries.one_examinable(g.actor, enrolment_id, module_id)
    form = SecondForm()
    form.second.choices = _choices({g.actor.person_id, found.person.id})
    if form.validate_on_submit():
        try:
            with transaction():
                sitting = services.convene(g.actor, enrolment_id, module_id, form.second.data, now=now())
            return redirect(url_for(".desk", sitting_id=sitting.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("orals/convene.html", found=found, form=form, many=_many(form))


def _many(form: SecondForm) -> bool:
    """Whether the choices are not all there are: then one may look for a name."""
    return len(form.second.choices) >= queries.MOST or bool(request.args.get("q"))


def _choices(excluded: set[int | None]) -> list[SelectChoice]:
    people = queries.examiners(excluded, request.args.get("q", ""))
    named = [(each, local(each.team.name) if each.team else "") for each in people]
    return [SelectChoice(value=each.id, label=" · ".join(filter(None, [called(each), team]))) for each, team in named]


@blueprint.get("/sittings/<int:sitting_id>")
@requires(Permission.ORAL_EXAMINE)
def desk(sitting_id: int) -> str:
    return _page(sitting_id)


def _page(sitting_id: int, form: ProposalForm | None = None, problem: str = "", given: Any = None) -> str:
    found = queries.desk(g.actor, sitting_id)
    third = ThirdForm(formdata=None)
    if found.apart:
        third.second.choices = _choices({found.sitting.person_id, *(each.examiner_id for each in found.sitting.sheets)})
    return render_template(
        "orals/desk.html", found=found, sitting=found.sitting, form=form or ProposalForm(formdata=None), third=third,
        problem=problem, given=given or {}, many=_many(third),
    )  # fmt: skip


@blueprint.route("/sittings/<int:sitting_id>/examiners", methods=["GET", "POST"])
@requires(Permission.ORAL_EXAMINE)
def examiners(sitting_id: int) -> str | Response:
    """Put somebody in the place of an examiner who does not hand in a sheet."""
    sitting, form, third = services.replaceable(g.actor, sitting_id), ReplaceForm(), ThirdForm(formdata=None)
    waits = [each.examiner for each in sitting.sheets if each.given_at is None]
    form.old.choices = [SelectChoice(value=each.id, label=called(each)) for each in waits]
    form.second.choices = third.second.choices = _choices({sitting.person_id, *(each.examiner_id for each in sitting.sheets)})
    if form.validate_on_submit():
        try:
            return _replaced(sitting_id, form)
        except Refused as refusal:
            form.explain(refusal)
    return render_template(
        "orals/examiners.html", sitting=sitting, form=form, third=third, waits=waits, apart=services.is_apart(sitting), many=_many(form)
    )


def _replaced(sitting_id: int, form: ReplaceForm) -> Response:
    with transaction():
        services.replace_examiner(g.actor, sitting_id, form.old.data, form.second.data, form.reason.data, now=now())
    flash(_("The sheet now waits for the other examiner."), "success")
    return redirect(url_for(".index"))


@blueprint.route("/sittings/<int:sitting_id>/result", methods=["GET", "POST"])
@requires(Permission.ORAL_EXAMINE)
def correct(sitting_id: int) -> str | Response:
    """A settled exam for the trainers of its course: sheets, results so far, and a correction."""
    sitting, form = services.correctable(g.actor, sitting_id), CorrectionForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.correct(g.actor, sitting_id, sent_id(request.form.get("seen")) or 0, form.percent.data, form.reason.data, now=now())
            flash(_("The result is corrected, and the course follows."), "success")
            return redirect(url_for(".correct", sitting_id=sitting_id))
        except Refused as refusal:
            form.explain(refusal)
    shares = {each.id: services.share_of(sitting, each.points or {}) for each in services.given(sitting)}
    return render_template(
        "orals/correct.html", sitting=sitting, form=form, key=services.key_of(sitting), results=queries.chain(sitting_id), shares=shares
    )


@blueprint.post("/sittings/<int:sitting_id>/sheet")
@requires(Permission.ORAL_EXAMINE)
def give(sitting_id: int) -> str | Response:
    """The fields are named c:TOPIC:CRITERION; what was chosen stays when something is missing."""
    points: dict[str, dict[str, str]] = {}
    for name, value in request.form.items():
        what, _colon, rest = name.partition(":")
        topic, _colon, criterion = rest.partition(":")
        if what == "c" and value:
            points.setdefault(topic, {})[criterion] = value
    try:
        with transaction():
            services.give(g.actor, sitting_id, points, request.form.get("note", ""), now=now())
        flash(_("Your sheet is handed in."), "success")
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _page(sitting_id, problem=sentence(refusal), given=request.form)
    return redirect(url_for(".desk", sitting_id=sitting_id))


@blueprint.post("/sittings/<int:sitting_id>/propose")
@requires(Permission.ORAL_EXAMINE)
def propose(sitting_id: int) -> str | Response:
    form = ProposalForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.propose(g.actor, sitting_id, form.percent.data, form.reason.data, now=now())
            flash(_("Your colleague confirms it on their own page."), "success")
            return redirect(url_for(".desk", sitting_id=sitting_id))
        except Refused as refusal:
            form.explain(refusal)
    return _page(sitting_id, form)


@blueprint.post("/sittings/<int:sitting_id>/<any(confirm, third, cancel):act>")
@requires(Permission.ORAL_EXAMINE)
def act(sitting_id: int, act: str) -> Response:
    try:
        with transaction():
            if act == "confirm":
                services.confirm(g.actor, sitting_id, request.form.get("proposal", 0, int), now=now())
            elif act == "third":
                services.call_third(g.actor, sitting_id, request.form.get("second", 0, int), now=now())
                flash(_("The sheet now waits for the other examiner."), "success")
            else:
                services.cancel(g.actor, sitting_id, now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    away = act == "cancel" or request.form.get("from") == "outside"
    return redirect(url_for(".index") if away else url_for(".desk", sitting_id=sitting_id))
