"""Pages of KPIs for managers and HR: the overview of their people, one KPI by rep, a record with its revisions."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms import downloads, tables
from lms.authz import Permission, requires
from lms.clock import today
from lms.i18n import local
from lms.people.queries import team_choices
from lms.people.scope import team_in_scope
from performance.kpis import measures, pages, queries, series, wording
from performance.kpis.models import Kpi
from performance.kpis.periods import shift

blueprint = Blueprint("kpis", __name__, url_prefix="/kpis", template_folder="templates")


def start_arg(text: str) -> date:
    """A period in the address by its first day; anything else is no page."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)


@blueprint.get("/")
@requires(Permission.KPI_READ)
def index() -> str:
    """Teams × KPIs for one period."""
    every = queries.kpis(g.actor)
    kinds = list(dict.fromkeys(kpi.period for kpi in every))
    kind = request.args.get("by", "")
    kpis = [kpi for kpi in every if kpi.period == (kind if kind in kinds else kinds[0])]
    values = pages.overview(g.actor, kpis, request.args.get("period"), today()) if kpis else {}
    return render_template(
        "kpis/index.html", kpis=kpis, kinds=kinds, wording=wording, figure_of=measures.figure_of, **values
    )


@blueprint.get("/<int:kpi_id>")
@requires(Permission.KPI_READ)
def show(kpi_id: int) -> str:
    """One KPI: everybody together by period, and each rep in one period."""
    kpi = queries.kpi(g.actor, kpi_id)
    wanted, team, last = _wanted(kpi)
    since = pages.chart_start([kpi], last) or wanted.start
    totals = series.totals(g.actor, [kpi.id], min(since, wanted.start), wanted.team_path)
    return render_template(
        "kpis/show.html",
        kpi=kpi,
        wanted=wanted,
        team=team,
        teams=team_choices(g.actor, Permission.KPI_READ, today()),
        **_periods(kpi, wanted.start),
        sums=totals.get(kpi.id, {}),
        chart=pages.chart(kpi, pages.entries_of(kpi, totals.get(kpi.id, {}))),
        page=series.reps(g.actor, kpi, wanted, request.args.get("page", 1, int)),
        wording=wording,
        figure_of=measures.figure_of,
    )


def _periods(kpi: Kpi, start: date) -> dict[str, Any]:
    following = shift(kpi.period, start, 1)
    return {
        "previous": shift(kpi.period, start, -1),
        "next": following if following <= today() else None,
    }


def _wanted(kpi: Kpi) -> tuple[series.Wanted, Any, dict[int, date]]:
    team_id = request.args.get("team", type=int)
    team = team_in_scope(g.actor, Permission.KPI_READ, team_id) if team_id else None
    last = series.latest(g.actor, [kpi.id])
    wanted = series.Wanted(
        start=pages.chosen_start(kpi.period, request.args.get("period"), last, today()),
        team_path=team.path if team else None,
        text=request.args.get("q", "").strip(),
        sort=request.args.get("sort", "name"),
    )
    return wanted, team, last


COLUMNS = (
    tables.Column("number", _l("Person number")),
    tables.Column("name", _l("Name")),
    tables.Column("name_latin", _l("Name in Latin letters")),
    tables.Column("team", _l("Team"), value=lambda row: local(row.team)),
)


@blueprint.get("/<int:kpi_id>/export.<any(csv,xlsx):format>")
@requires(Permission.KPI_READ)
def export(kpi_id: int, format: str) -> Response:
    """The same list as a file; numbers are numbers."""
    kpi = queries.kpi(g.actor, kpi_id)
    wanted, *_others = _wanted(kpi)
    rows = series.reps_export(g.actor, kpi, wanted)
    return downloads.table(rows, _columns(kpi, wanted), format, f"{kpi.code}-{wanted.start}", title=local(kpi.name))


def _columns(kpi: Kpi, wanted: series.Wanted) -> list[tables.Column]:
    share = measures.is_share(kpi.kind, kpi.unit)
    kind = tables.Kind.PERCENT if share else tables.Kind.NUMBER
    before = shift(kpi.period, wanted.start, -1)
    columns = [*COLUMNS, tables.Column("value", wording.period(kpi.period, wanted.start), kind)]
    if kpi.kind == "rate":
        columns.append(tables.Column("numerator", local(kpi.numerator_name) or _("Numerator"), tables.Kind.NUMBER))
        columns.append(tables.Column("denominator", local(kpi.denominator_name) or _("Denominator"), tables.Kind.NUMBER))
    return [*columns, tables.Column("before", wording.period(kpi.period, before), kind)]


@blueprint.get("/<int:kpi_id>/people/<int:person_id>")
@requires(Permission.KPI_READ)
def person(kpi_id: int, person_id: int) -> str:
    """One KPI of one rep over time."""
    kpi, who = queries.kpi(g.actor, kpi_id), series.person(g.actor, person_id)
    chart = pages.chart(kpi, series.entries(g.actor, kpi_id, person_id))
    crumbs = [(_("KPIs"), url_for(".index")), (local(kpi.name), url_for(".show", kpi_id=kpi.id)), (who.name, None)]
    return render_template(
        "kpis/person.html",
        kpi=kpi,
        title=_("%(kpi)s of %(name)s", kpi=local(kpi.name), name=who.name),
        chart=chart,
        crumbs=crumbs,
        record_url=lambda start: url_for(".record", kpi_id=kpi.id, person_id=who.id, start=start),
        wording=wording,
    )


@blueprint.get("/<int:kpi_id>/people/<int:person_id>/<start>")
@requires(Permission.KPI_READ)
def record(kpi_id: int, person_id: int, start: str) -> str:
    """One figure with every revision: who brought it, when, from which import."""
    kpi, who, day = queries.kpi(g.actor, kpi_id), series.person(g.actor, person_id), start_arg(start)
    found = series.revisions(g.actor, kpi_id, person_id, day) or abort(404)
    back = url_for(".person", kpi_id=kpi.id, person_id=who.id)
    return render_template(
        "kpis/record.html",
        kpi=kpi,
        start=day,
        revisions=found,
        crumbs=[
            (_("KPIs"), url_for(".index")),
            (local(kpi.name), url_for(".show", kpi_id=kpi.id)),
            (who.name, back),
            (wording.period(kpi.period, day), None),
        ],
        opens_batch=_opens_batch,
        wording=wording,
    )


def _opens_batch(revision: series.Revision) -> bool:
    """Whether the viewer may open the import that a revision came from."""
    if revision.batch_id is None or not g.actor.can(Permission.KPI_IMPORT):
        return False
    return g.actor.company_wide(Permission.KPI_IMPORT) or revision.batch_actor_id == g.actor.person_id
