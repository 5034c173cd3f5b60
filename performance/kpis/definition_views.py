"""Pages of KPI definitions, for HR."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from performance.kpis import queries, services, wording
from performance.kpis.forms import kpi_form

blueprint = Blueprint("kpi_definitions", __name__, url_prefix="/kpis/definitions", template_folder="templates")


@blueprint.get("/")
@requires(Permission.KPI_DEFINE)
def index() -> str:
    """Every KPI, the retired ones too."""
    found, counts = queries.kpis(g.actor, retired=True), queries.record_counts(g.actor)
    return render_template("kpis/definitions.html", kpis=found, counts=counts, wording=wording)


@blueprint.post("/seed")
@requires(Permission.KPI_DEFINE)
def seed() -> BaseResponse:
    with transaction():
        added = len(services.seed(g.actor, now=now()))
    flash(ngettext("%(num)s KPI was added.", "%(num)s KPIs were added.", added), "success")
    return redirect(url_for(".index"))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.KPI_DEFINE)
def new() -> str | BaseResponse:
    form = kpi_form(None)
    if form.validate_on_submit():
        try:
            with transaction():
                services.define(g.actor, form.definition(), now=now())
            flash(_("Defined. Records can be imported now."), "success")
            return redirect(url_for(".index"))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("kpis/define.html", form=form, kpi=None)


@blueprint.route("/<int:kpi_id>", methods=["GET", "POST"])
@requires(Permission.KPI_DEFINE)
def edit(kpi_id: int) -> str | BaseResponse:
    form = kpi_form(queries.kpi(g.actor, kpi_id))
    if form.validate_on_submit():
        try:
            with transaction():
                services.redefine(g.actor, kpi_id, form.definition(), now=now())
            flash(_("Saved."), "success")
            return redirect(url_for(".index"))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("kpis/define.html", form=form, kpi=queries.kpi(g.actor, kpi_id))


@blueprint.post("/<int:kpi_id>/retire")
@requires(Permission.KPI_DEFINE)
def retire(kpi_id: int) -> BaseResponse:
    with transaction():
        services.retire(g.actor, kpi_id, now=now())
    flash(_("Retired. Its records stay and can be studied."), "success")
    return redirect(url_for(".index"))
