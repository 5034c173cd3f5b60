"""Pages on which reps follow their own targets."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, g, render_template
from werkzeug.exceptions import NotFound

from lms.authz import Permission, requires
from lms.clock import today
from performance.kpis import queries as kpi_queries
from performance.kpis import wording as kpi_words
from performance.targets import pages, wording
from performance.targets.periods import span_of

blueprint = Blueprint("my_targets", __name__, url_prefix="/my/targets", template_folder="templates")


@blueprint.get("/")
@requires(Permission.TARGET_READ_OWN)
def index() -> str:
    """The viewer's targets of this year, quarter and month."""
    return render_template("targets/mine.html", found=pages.mine(g.actor, today()), words=wording, wording=kpi_words)


@blueprint.get("/<int:kpi_id>/<any(year, quarter, month):by>/<start>")
@requires(Permission.TARGET_READ_OWN)
def show(kpi_id: int, by: str, start: str) -> str:
    """One of the viewer's targets with its revisions."""
    kpi = kpi_queries.kpi(g.actor, kpi_id)
    try:
        span = span_of(by, date.fromisoformat(start))
    except ValueError as error:
        raise NotFound from error
    sheet = pages.member_sheet(g.actor, kpi, span, g.actor.person_id, today())
    return render_template("targets/show.html", sheet=sheet, form=None, own=True, at={}, **pages.values_of(kpi, span))
