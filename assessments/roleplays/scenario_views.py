"""Pages of trainers: the library of scenarios, the module of a course, objections and anchors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.roleplays import appeals, queries, rubrics, scenario, scenarios
from assessments.roleplays.conversations import services as conversing
from assessments.roleplays.dialogues.authoring_views import preview_of
from assessments.roleplays.dialogues.models import Dialogue
from assessments.roleplays.forms import ModuleForm, NewRubricForm, NewScenarioForm, ScenarioForm
from assessments.roleplays.models import RolePlay, Rubric, Scenario
from assessments.roleplays.rating_models import Objection
from assessments.roleplays.words import LACKING
from courses.languages import language, language_tabs
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, sentence
from lms.i18n import local

blueprint = Blueprint("roleplay_authoring", __name__, url_prefix="/authoring/roleplays")
SETTINGS = (
    *("buying_role", "stage", "industry", "difficulty", "minutes", "recorded", "live", "conversation", "media", "takes"),
    "retention_days",
)


@blueprint.get("/")
@requires(Permission.ROLEPLAY_AUTHOR)
def index() -> str:
    return _library(NewScenarioForm(formdata=None), NewRubricForm(formdata=None))


def _library(new_scenario: NewScenarioForm, new_rubric: NewRubricForm) -> str:
    """The scenarios and rubrics, with a form for a new one of each."""
    return render_template(
        "roleplays/authoring/index.html",
        scenarios=db.session.scalars(select(Scenario).order_by(Scenario.code).limit(200)).all(),
        rubrics=_rubrics(),
        objections=queries.open_objections(g.actor),
        new_scenario=new_scenario,
        new_rubric=new_rubric,
    )


def _rubrics() -> Sequence[Rubric]:
    return db.session.scalars(select(Rubric).order_by(Rubric.id).limit(200)).all()


@blueprint.post("/scenarios")
@requires(Permission.ROLEPLAY_AUTHOR)
def create() -> str | Response:
    form = NewScenarioForm()
    if form.validate():
        try:
            with transaction():
                row = scenarios.create(g.actor, form.code.data, {language(): form.title.data}, now=now())
            return redirect(url_for(".edit", scenario_id=row.id))
        except Refused as refusal:
            form.explain(refusal)
    return _library(form, NewRubricForm(formdata=None))


@blueprint.post("/rubrics")
@requires(Permission.ROLEPLAY_AUTHOR)
def create_rubric() -> str | Response:
    form = NewRubricForm()
    if form.validate():
        with transaction():
            rubric = rubrics.create(g.actor, {language(): form.title.data}, now=now())
        return redirect(url_for("roleplay_rubrics.edit", rubric_id=rubric.id))
    return _library(NewScenarioForm(formdata=None), form)


@blueprint.route("/scenarios/<int:scenario_id>", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_AUTHOR)
def edit(scenario_id: int) -> str | Response:
    row = scenarios.authored(g.actor, scenario_id)
    form = ScenarioForm(data=_values(row))
    form.rubric.choices = _rubric_choices()
    if not conversing.endpoint_set():
        form.conversation.data = row.content.get("conversation", False)
    if form.validate_on_submit():
        try:
            with transaction():
                scenarios.edit(g.actor, scenario_id, language(), *_given(form), now=now())
            flash(_("Saved. It is played like this from the next publication on."), "success")
            return redirect(url_for(".edit", scenario_id=scenario_id, language=language()))
        except Refused as refusal:
            form.explain(refusal)
    return render_template(
        "roleplays/authoring/scenario.html",
        form=form,
        scenario=row,
        tabs=language_tabs(".edit", scenario_id=scenario_id),
        with_machine=conversing.endpoint_set(),
        unchanged=scenarios.unchanged(row) is not None,
        lacking=[LACKING[name] for name in scenarios.lacking(row)],
    )


def _rubric_choices() -> list[SelectChoice]:
    none = SelectChoice(value=0, label=_("None yet"))
    return [none, *(SelectChoice(value=each.id, label=local(each.title)) for each in _rubrics())]


def _values(row: Scenario) -> dict[str, Any]:
    content, spoken = row.content, language()
    texts = {name: content[name].get(spoken, "") for name in (*scenario.TEXTS, scenario.HIDDEN)}
    parts = {f"part_{part}": content["parts"].get(part, {}).get(spoken, "") for part in scenario.PARTS}
    settings = {name: content.get(name, False) for name in SETTINGS} | content["raters"]
    return (
        texts
        | parts
        | settings
        | {
            "title": row.title.get(spoken, ""),
            "competencies": "\n".join(content["competencies"]),
            "rubric": row.rubric_id or 0,
        }
    )


def _given(form: ScenarioForm) -> tuple[str, dict[str, str], dict[str, str], dict[str, Any], int | None]:
    """Title, texts, parts, settings, rubric."""
    data = form.data
    texts = {name: data[name] or "" for name in (*scenario.TEXTS, scenario.HIDDEN)}
    parts = {part: data[f"part_{part}"] or "" for part in scenario.PARTS}
    settings = {name: data[name] for name in SETTINGS}
    lines = (data["competencies"] or "").splitlines()
    settings["competencies"] = [line.strip()[:200] for line in lines if line.strip()][:20]
    settings["raters"] = {name: data[name] for name in scenario.RATER_LIMITS}
    return data["title"], texts, parts, settings, data["rubric"] or None


@blueprint.post("/scenarios/<int:scenario_id>/publish")
@requires(Permission.ROLEPLAY_AUTHOR)
def publish(scenario_id: int) -> Response:
    try:
        with transaction():
            version = scenarios.publish(g.actor, scenario_id, now=now())
        flash(_("Version %(number)s is open for practice.", number=version.number), "success")
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(_not_published(refusal), "warning")
    return redirect(url_for(".edit", scenario_id=scenario_id))


def _not_published(refusal: Refused) -> str:
    names = str(refusal.params.get("missing", "")).split(", ")
    words = _(", ").join(str(LACKING.get(name, name)) for name in names)
    return sentence(Refused(refusal.code, missing=words))


@blueprint.post("/scenarios/<int:scenario_id>/retire")
@requires(Permission.ROLEPLAY_AUTHOR)
def retire(scenario_id: int) -> Response:
    with transaction():
        scenarios.retire(g.actor, scenario_id, now=now())
    flash(_("It is no longer in the catalogue. Publishing it opens it again."), "success")
    return redirect(url_for(".edit", scenario_id=scenario_id))


@blueprint.get("/scenarios/<int:scenario_id>/preview")
@requires(Permission.ROLEPLAY_AUTHOR)
def preview(scenario_id: int) -> str:
    row = scenarios.authored(g.actor, scenario_id)
    return render_template("roleplays/authoring/preview.html", **_preview(row), back=url_for(".edit", scenario_id=row.id))


def _preview(row: Scenario) -> dict[str, Any]:
    return {"scenario": row, "content": row.content, "rubric": row.rubric}


# The module of a course


@blueprint.route("/modules/<int:module_id>", methods=["GET", "POST"])
@requires(Permission.COURSE_AUTHOR)
def module(module_id: int) -> str | Response:
    role_play = scenarios.module_of(g.actor, module_id)
    form = ModuleForm(
        data={
            "scenario": role_play.scenario_id or 0,
            "dialogue": role_play.dialogue_id or 0,
            "attempts": role_play.attempts,
        }
    )
    form.scenario.choices, form.dialogue.choices = _published(Scenario), _published(Dialogue)
    if form.validate_on_submit():
        try:
            with transaction():
                scenarios.configure_module(
                    g.actor,
                    module_id,
                    form.scenario.data or None,
                    form.attempts.data,
                    dialogue_id=form.dialogue.data or None,
                    now=now(),
                )
            flash(_("Saved. It holds from the next publication of the course on."), "success")
            return redirect(url_for(".module", module_id=module_id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("roleplays/authoring/module.html", form=form, role_play=role_play, **_of_course(role_play))


def _published(kind: Any) -> list[SelectChoice]:
    rows = db.session.scalars(select(kind).where(kind.status == "published").order_by(kind.code).limit(300))
    named = [SelectChoice(value=row.id, label=f"{row.code} · {local(row.title)}") for row in rows]
    return [SelectChoice(value=0, label=_("None yet")), *named]


def _of_course(role_play: RolePlay) -> dict[str, Any]:
    return {"module": role_play.module, "course": role_play.module.course}


@blueprint.get("/modules/<int:module_id>/preview")
@requires(Permission.COURSE_AUTHOR)
def module_preview(module_id: int) -> str | Response:
    role_play = scenarios.module_of(g.actor, module_id)
    back = url_for(".module", module_id=module_id)
    if role_play.dialogue is not None:
        return preview_of(role_play.dialogue, url_for(".module_preview", module_id=module_id), back)
    if role_play.scenario is None:
        return redirect(back)
    return render_template("roleplays/authoring/preview.html", **_preview(role_play.scenario), back=back)


# Objections and anchors


@blueprint.route("/objections/<int:objection_id>", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_AUTHOR)
def objection(objection_id: int) -> str | Response:
    if request.method == "POST":
        try:
            with transaction():
                appeals.answer(
                    g.actor, objection_id, request.form.get("decision", ""), request.form.get("text", ""), now=now()
                )
            flash(_("Answered."), "success")
            return redirect(url_for(".index"))
        except Refused as refusal:
            if refusal.status == 404:
                raise
            flash(sentence(refusal), "warning")
    row = db.session.get(Objection, objection_id)
    found = queries.play_page(g.actor, row.play_id if row else 0)
    return render_template("roleplays/authoring/objection.html", objection=row, found=found)


@blueprint.route("/plays/<int:play_id>/anchor", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_AUTHOR)
def anchor(play_id: int) -> str | Response:
    found = queries.play_page(g.actor, play_id)
    if request.method == "POST":
        points = {name[2:]: value for name, value in request.form.items() if name.startswith("c:")}
        try:
            with transaction():
                appeals.set_anchor(g.actor, play_id, points, request.form.get("why", ""), now=now())
            flash(_("It is an anchor now: raters meet it between the others."), "success")
            return redirect(url_for("roleplay_rating.index"))
        except Refused as refusal:
            if refusal.status == 404:
                raise
            flash(sentence(refusal), "warning")
    values = {"play": found.play, "rubric": found.play.version.rubric, "anchor": appeals.anchor_of(found.play)}
    return render_template("roleplays/authoring/anchor.html", **values, given=request.form, found=found)


@blueprint.post("/anchors/<int:anchor_id>/end")
@requires(Permission.ROLEPLAY_AUTHOR)
def end_anchor(anchor_id: int) -> Response:
    with transaction():
        appeals.end_anchor(g.actor, anchor_id, now=now())
    flash(_("It is no anchor any more. Its ratings stay."), "success")
    return redirect(url_for("roleplay_rating.index"))


