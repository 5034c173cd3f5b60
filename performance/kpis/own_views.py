"""Pages on which reps follow their own KPIs."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template, url_for
from flask_babel import gettext as _

from lms.authz import Permission, requires
from lms.clock import today
from lms.i18n import local
from performance.kpis import pages, queries, series, wording
from performance.kpis.views import start_arg

blueprint = Blueprint("my_kpis", __name__, url_prefix="/my/kpis", template_folder="templates")


@blueprint.get("/")
@requires(Permission.KPI_READ_OWN)
def index() -> str:
    """Each of the viewer's KPIs with its line and its trend."""
    kpis = queries.kpis(g.actor, retired=True)
    tiles = pages.own_tiles(g.actor, kpis, today())
    return render_template("kpis/mine.html", tiles=tiles, wording=wording)


@blueprint.get("/<int:kpi_id>")
@requires(Permission.KPI_READ_OWN)
def show(kpi_id: int) -> str:
    """One of the viewer's KPIs over time."""
    kpi = queries.kpi(g.actor, kpi_id)
    return render_template(
        "kpis/person.html",
        kpi=kpi,
        title=local(kpi.name),
        chart=pages.chart(kpi, series.entries(g.actor, kpi_id, g.actor.person_id)),
        crumbs=[(_("My KPIs"), url_for(".index")), (local(kpi.name), None)],
        record_url=lambda start: url_for(".record", kpi_id=kpi.id, start=start),
        wording=wording,
    )


@blueprint.get("/<int:kpi_id>/<start>")
@requires(Permission.KPI_READ_OWN)
def record(kpi_id: int, start: str) -> str:
    """One of the viewer's figures with every revision."""
    kpi, day = queries.kpi(g.actor, kpi_id), start_arg(start)
    found = series.revisions(g.actor, kpi_id, g.actor.person_id, day) or abort(404)
    return render_template(
        "kpis/record.html",
        kpi=kpi,
        start=day,
        revisions=found,
        crumbs=[
            (_("My KPIs"), url_for(".index")),
            (local(kpi.name), url_for(".show", kpi_id=kpi.id)),
            (wording.period(kpi.period, day), None),
        ],
        opens_batch=lambda revision: False,
        wording=wording,
    )
