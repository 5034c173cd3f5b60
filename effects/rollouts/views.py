"""Pages of the rollout planner: the list, a plan, what it could see, the draw, the drawn list, departures."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from courses.dates import day_of
from effects.rollouts import documents, pages, people, policies, power, queries, services, words
from effects.rollouts.forms import PlanForm, TextForm, filled, fresh
from lms import figures, tables
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown
from lms.i18n import current_locale

blueprint = Blueprint("rollouts", __name__, url_prefix="/rollouts", template_folder="templates")


@blueprint.get("")
@requires(Permission.ROLLOUT_PLAN)
def index() -> str:
    page = queries.rollouts(g.actor, page=request.args.get("page", 1, int))
    waves = queries.waves_of([rollout.id for rollout in page.rows])
    return render_template("rollouts/index.html", page=page, waves=waves, words=words, today=day_of(now()))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.ROLLOUT_PLAN)
def new() -> str | AnyResponse:
    teams = people.teams_to_choose(g.actor)
    given = None if request.method == "POST" else fresh(teams, day_of(now()), request.args.to_dict())
    form = PlanForm(request.form if request.method == "POST" else None, data=given)
    return _edit(form, teams, None)


@blueprint.route("/<int:rollout_id>/edit", methods=["GET", "POST"])
@requires(Permission.ROLLOUT_PLAN)
def edit(rollout_id: int) -> str | AnyResponse:
    rollout = policies.draft(g.actor, rollout_id)
    form = PlanForm(request.form if request.method == "POST" else None, data=filled(rollout))
    return _edit(form, people.teams_to_choose(g.actor), rollout_id)


def _edit(form: PlanForm, teams: Any, rollout_id: int | None) -> str | AnyResponse:
    courses, kpis = queries.choices()
    form.offer(courses, kpis, teams)
    if form.validate_on_submit():
        try:
            return redirect(url_for("rollouts.rollout", rollout_id=_kept(form, rollout_id)))
        except Refused as refusal:
            form.explain(refusal)
    return render_template(
        "rollouts/edit.html", form=form, rollout_id=rollout_id, teams=teams, courses=courses, kpis=kpis
    )


def _kept(form: PlanForm, rollout_id: int | None) -> int:
    """The plan is kept, and what it could see is computed at once."""
    with transaction():
        if rollout_id is None:
            kept = services.create(g.actor, form.plan(), now=now())
        else:
            kept = services.edit(g.actor, rollout_id, form.plan(), now=now())
        if not pages.is_running(queries.power_of(kept.id)):
            power.ask(g.actor, kept.id, now=now())
        return kept.id


@blueprint.get("/<int:rollout_id>")
@requires(Permission.ROLLOUT_PLAN)
def rollout(rollout_id: int) -> str:
    found = policies.seen(g.actor, rollout_id)
    number = request.args.get("page", 1, int)
    values = pages.draft(g.actor, found, now()) if found.draw is None else pages.drawn(g.actor, found, number)
    return render_template(
        "rollouts/rollout.html" if found.draw else "rollouts/draft.html",
        rollout=found,
        words=words,
        may_edit=policies.may_edit(g.actor, found),
        may_look_after=policies.may_look_after(g.actor, found),
        form=TextForm(formdata=None),
        **values,
    )


@blueprint.post("/<int:rollout_id>/power")
@requires(Permission.ROLLOUT_PLAN)
def compute(rollout_id: int) -> AnyResponse:
    with transaction():
        power.ask(g.actor, rollout_id, now=now())
    return redirect(url_for("rollouts.rollout", rollout_id=rollout_id))


@blueprint.post("/<int:rollout_id>/draw")
@requires(Permission.ROLLOUT_PLAN)
def draw(rollout_id: int) -> AnyResponse:
    with transaction():
        services.draw(g.actor, rollout_id, now=now())
    flash(_("Drawn. The list and the plan are locked from now on."), "success")
    return redirect(url_for("rollouts.rollout", rollout_id=rollout_id))


@blueprint.post("/<int:rollout_id>/discard")
@requires(Permission.ROLLOUT_PLAN)
def discard(rollout_id: int) -> AnyResponse:
    with transaction():
        services.discard(g.actor, rollout_id)
    flash(_("The plan has been thrown away."))
    return redirect(url_for("rollouts.index"))


@blueprint.post("/<int:rollout_id>/deviations")
@requires(Permission.ROLLOUT_PLAN)
def deviate(rollout_id: int) -> AnyResponse:
    form = TextForm()
    if form.validate():
        with transaction():
            services.deviate(g.actor, rollout_id, form.text.data, now=now())
        flash(_("Kept. It stands with the plan and in the report."))
    else:
        flash(_("Say in words what departs from the plan."), "error")
    return redirect(url_for("rollouts.rollout", rollout_id=rollout_id, _anchor="departures"))


@blueprint.post("/<int:rollout_id>/stop")
@requires(Permission.ROLLOUT_PLAN)
def stop(rollout_id: int) -> AnyResponse:
    form = TextForm()
    if form.validate():
        with transaction():
            services.stop(g.actor, rollout_id, form.text.data, now=now())
        flash(_("Stopped. Nobody more is enrolled."))
    else:
        flash(_("Say in words why it is stopped."), "error")
    return redirect(url_for("rollouts.rollout", rollout_id=rollout_id, _anchor="departures"))


@blueprint.get("/<int:rollout_id>/list.<any(csv,xlsx):format>")
@requires(Permission.ROLLOUT_PLAN)
def people_file(rollout_id: int, format: str) -> Response:
    found = _drawn(rollout_id)
    zone = ZoneInfo(current_app.config["TIME_ZONE"])
    content = documents.list_file(found, queries.whole_list(g.actor, found), format, zone)
    return send_file(BytesIO(content), tables.CONTENT_TYPES[format], True, documents.file_name(found, format))


@blueprint.get("/<int:rollout_id>/plan.pdf")
@requires(Permission.ROLLOUT_PLAN)
def plan_pdf(rollout_id: int) -> Response:
    found = _drawn(rollout_id)
    name = documents.file_name(found, "pdf")
    return send_file(BytesIO(documents.plan_pdf(found)), "application/pdf", True, name)


@blueprint.get("/<int:rollout_id>/plan.json")
@requires(Permission.ROLLOUT_PLAN)
def plan_json(rollout_id: int) -> Response:
    """With the drawn people's ids: for those who plan for the whole company or drew it."""
    found = _drawn(rollout_id)
    if not policies.may_look_after(g.actor, found):
        raise Unknown()
    return Response(documents.plan_json(found), mimetype="application/json")


@blueprint.get("/<int:rollout_id>/curve.svg")
@requires(Permission.ROLLOUT_PLAN)
def curve(rollout_id: int) -> Response:
    found = policies.seen(g.actor, rollout_id)
    asked = queries.power_of(found.id)
    option = documents.curve(found, asked.result) if asked and asked.result else None
    if option is None:
        raise Unknown()
    return Response(figures.svg(option, width=720, height=320, locale=current_locale()), mimetype="image/svg+xml")


def _drawn(rollout_id: int) -> Any:
    found = policies.seen(g.actor, rollout_id)
    if found.draw is None:
        raise Unknown()
    return found
