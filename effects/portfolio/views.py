"""The portfolio: its page and exports, the primary KPI of a course, the mail, and the way from a gap to a course."""

from __future__ import annotations

from io import BytesIO

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from effects.portfolio import gaps, queries, services, words
from effects.portfolio import table as tables_of
from effects.portfolio.forms import PrimaryForm
from effects.portfolio.table import Portfolio, Wanted
from lms import downloads, figures, pdf
from lms.authz import Permission, requires
from lms.clock import now, today
from lms.db import transaction
from lms.errors import Refused, Unknown, sentence
from lms.i18n import current_locale

blueprint = Blueprint("portfolio", __name__, url_prefix="/portfolio", template_folder="templates")


def _wanted() -> Wanted:
    verdict = request.args.get("verdict", "")
    return Wanted(
        kpi=request.args.get("kpi", None, int),
        verdict=verdict if verdict in words.VERDICTS else None,
        sort=request.args.get("sort", "rank"),
    )


@blueprint.get("")
@requires(Permission.PORTFOLIO_READ)
def index() -> str:
    wanted = _wanted()
    found = tables_of.portfolio(g.actor, request.args.get("run", None, int), wanted)
    runs = queries.runs(g.actor)
    return render_template(
        "portfolio/index.html",
        found=found,
        newer=queries.answered_since(found.run) if found else {},
        about=tables_of.about(found.run) if found else "",
        runs=runs,
        running=next((run for run in runs if run.is_under_way), None),
        wanted=wanted,
        verdicts=[(code, words.verdict(code)) for code in words.VERDICTS],
        chart_note=words.chart_note(),
        subscribed=queries.subscribed(g.actor),
        states=words.STATES,
    )


@blueprint.post("/runs")
@requires(Permission.PORTFOLIO_RUN)
def start() -> AnyResponse:
    try:
        with transaction():
            services.start(g.actor, only_studied=request.form.get("pairs") == "studied", now=now())
    except Refused as refusal:
        flash(sentence(refusal), "error")
    return redirect(url_for(".index"))


@blueprint.post("/mail")
@requires(Permission.PORTFOLIO_READ)
def subscribe() -> AnyResponse:
    wanted = request.form.get("wanted") == "yes"
    with transaction():
        services.subscribe(g.actor, wanted, now=now())
    flash(_("You will get the summary by mail every quarter.") if wanted else _("No more summaries by mail."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/entries/<int:entry_id>/study")
@requires(Permission.EFFECT_RUN)
def study(entry_id: int) -> AnyResponse:
    queries.entry(g.actor, entry_id)
    with transaction():
        found = services.open_study(g.actor, entry_id, now=now())
    return redirect(url_for("effects.study", study_id=found.id))


def _found(number: int) -> Portfolio:
    found = tables_of.portfolio(g.actor, number, _wanted())
    if found is None:
        raise Unknown()
    return found


def _name(found: Portfolio) -> str:
    return _("Portfolio") + f" {found.run.number}"


@blueprint.get("/runs/<int:number>/export.<any(csv,xlsx):format>")
@requires(Permission.PORTFOLIO_READ)
def export(number: int, format: str) -> Response:
    found = _found(number)
    return downloads.table(found.every, tables_of.columns(), format, _name(found), title=_("Portfolio"))


@blueprint.get("/runs/<int:number>/export.json")
@requires(Permission.PORTFOLIO_READ)
def export_json(number: int) -> Response:
    return jsonify(tables_of.as_json(_found(number)))


@blueprint.get("/runs/<int:number>/export.pdf")
@requires(Permission.PORTFOLIO_READ)
def export_pdf(number: int) -> Response:
    found = _found(number)
    values = {"found": found, "about": tables_of.about(found.run), "option": found.chart(), "chart_note": words.chart_note()}
    content = pdf.render("portfolio/report.html", locale=current_locale(), **values)
    return send_file(BytesIO(content), "application/pdf", True, f"{_name(found)}.pdf")


@blueprint.get("/runs/<int:number>/chart.svg")
@requires(Permission.PORTFOLIO_READ)
def chart(number: int) -> Response:
    found = _found(number)
    option = found.chart()
    if option is None:
        raise Unknown()
    height = 60 + 34 * len(found.charted)
    return Response(figures.svg(option, width=860, height=height, locale=current_locale()), mimetype="image/svg+xml")


@blueprint.get("/primary")
@requires(Permission.PRIMARY_KPI_NAME)
def primaries() -> str:
    return render_template("portfolio/primaries.html", rows=queries.primaries(g.actor))


@blueprint.route("/primary/<int:course_id>", methods=["GET", "POST"])
@requires(Permission.PRIMARY_KPI_NAME)
def primary(course_id: int) -> str | AnyResponse:
    found = queries.primary(g.actor, course_id)
    form = PrimaryForm(kpi_id=found.primary.kpi_id if found.primary else None)
    form.offer(queries.kpi_choices())
    if form.validate_on_submit():
        with transaction():
            services.name_primary(g.actor, course_id, form.kpi_id.data, now=now())
        flash(_("Kept, with your name and the day."), "success")
        return redirect(url_for(".primary", course_id=course_id))
    named = queries.history(g.actor, course_id)
    return render_template(
        "portfolio/primary.html", course=found.course, current=found.primary, may_name=found.may_name, form=form, named=named
    )


@blueprint.get("/gaps")
@requires(Permission.KPI_READ)
def gap_page() -> str:
    team = request.args.get("team", None, int)
    return render_template("portfolio/gaps.html", **gaps.page(g.actor, request.args.get("kpi", None, int), team, today(), request.args.get("page", 1, int)))
