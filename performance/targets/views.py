"""Pages of targets for managers and HR: a team with those below it, one target, handing down, the seniority table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from lms import downloads
from lms.authz import Permission, requires
from lms.clock import now, today
from lms.db import transaction
from lms.errors import Refused, Unknown, sentence
from performance.kpis import queries as kpi_queries
from performance.kpis.models import Kpi
from performance.kpis.periods import day_asked, shift
from performance.targets import columns, handing, pages, queries, remedies, services, wording
from performance.targets.forms import SeniorityForm, TargetForm, as_lines
from performance.targets.periods import SPANS, Span, fits, span_of
from performance.targets.services import Subject

blueprint = Blueprint("targets", __name__, url_prefix="/targets", template_folder="templates")


def wanted() -> tuple[Kpi | None, Span]:
    """The KPI and period of the address; else the first KPI and this year. :raises Unknown: for a KPI that is not there."""
    every = kpi_queries.kpis(g.actor)
    kpi_id = request.args.get("kpi", None, int)
    kpi = next((each for each in every if kpi_id is None or each.id == kpi_id), None)
    if kpi is None and kpi_id is not None:
        raise Unknown()
    kinds = [kind for kind in SPANS if kpi is None or fits(kpi.period, kind)]
    kind = request.args.get("by", "")
    return kpi, span_of(kind if kind in kinds else kinds[0], day_asked(request.args.get("period")) or today())


def _named() -> tuple[Kpi, Span]:
    kpi, span = wanted()
    if kpi is None or "kpi" not in request.args:
        raise Unknown()
    return kpi, span


def address(kpi: Kpi, span: Span) -> dict[str, Any]:
    """The arguments that name a KPI and period."""
    return {"kpi": kpi.id, "by": span.kind, "period": span.start.isoformat()}


def _values(kpi: Kpi, span: Span, **more: Any) -> dict[str, Any]:
    return pages.values_of(kpi, span, at=address(kpi, span), **more)


@blueprint.get("/")
@requires(Permission.TARGET_READ)
def index() -> str:
    """A team's target and those of the teams and members directly below it."""
    kpi, span = wanted()
    team_id = request.args.get("team", None, int)
    board = pages.board(g.actor, kpi, span, team_id, today(), request.args.get("page", 1, int)) if kpi else None
    if kpi is None or board is None:
        return render_template("targets/index.html", board=None, kpi=kpi, words=wording)
    more = {
        "board": board,
        "kpis": kpi_queries.kpis(g.actor),
        "kinds": [kind for kind in SPANS if fits(kpi.period, kind)],
        "previous": shift(span.kind, span.start, -1),
        "next": shift(span.kind, span.start, 1),
        "remedy": remedies.find(g.actor, kpi.id, board.team.id) if board.behind else None,
    }
    return render_template("targets/index.html", **_values(kpi, span, **more))


@blueprint.get("/export.<any(csv, xlsx):format>")
@requires(Permission.TARGET_READ)
def export(format: str) -> Response:
    """The same list as a file; numbers are numbers."""
    kpi, span = _named()
    board = pages.board(g.actor, kpi, span, request.args.get("team", None, int), today(), None)
    rows = [board.row, *board.rows] if board else []
    return downloads.table(rows, columns.of(kpi), format, f"targets-{kpi.code}-{span.kind}-{span.start}", title=_("Targets"))


@blueprint.route("/team/<int:team_id>", methods=["GET", "POST"])
@requires(Permission.TARGET_READ)
def team(team_id: int) -> str | AnyResponse:
    """The target of a team: its figures, its letters, its revisions; and the form for those who may set it."""
    kpi, span = _named()
    return _sheet(kpi, span, pages.team_sheet(g.actor, kpi, span, team_id, today()))


@blueprint.route("/member/<int:person_id>", methods=["GET", "POST"])
@requires(Permission.TARGET_READ)
def member(person_id: int) -> str | AnyResponse:
    """The same of a member."""
    kpi, span = _named()
    return _sheet(kpi, span, pages.member_sheet(g.actor, kpi, span, person_id, today()))


def _sheet(kpi: Kpi, span: Span, sheet: pages.Sheet) -> str | AnyResponse:
    stated = sheet.row.draft or sheet.row.published
    form = TargetForm(value=wording.typed(kpi, stated.value if stated else None))
    if request.method == "POST" and (request.form.get("act") == "withdraw" or form.validate_on_submit()):
        try:
            with transaction():
                _act(kpi, span, sheet, form)
            return redirect(request.full_path)
        except Refused as refusal:
            form.explain(refusal)
    return render_template("targets/show.html", **_values(kpi, span, sheet=sheet, form=form, own=False, until_day=span.end - timedelta(days=1)))


def _act(kpi: Kpi, span: Span, sheet: pages.Sheet, form: TargetForm) -> None:
    reason, subject = form.reason.data or "", sheet.row.subject
    if request.form.get("act") == "withdraw":
        services.withdraw(g.actor, kpi.id, span, subject, reason=reason, now=now())
        flash(_("Withdrawn. Its revisions stay."), "success")
        return
    goal = handing.goal_of(g.actor, kpi, span, subject, sheet.team_path, form.number)
    publish = request.form.get("act") == "publish"
    services.set_targets(g.actor, kpi.id, span, [goal], publish=publish, reason=reason, now=now())
    flash(_("Published.") if publish else _("Kept as a draft."), "success")


@blueprint.route("/team/<int:team_id>/hand-down", methods=["GET", "POST"])
@requires(Permission.TARGET_SET)
def hand_down(team_id: int) -> str | AnyResponse:
    """Hand a team's target down to the teams and members directly below it."""
    kpi, span = _named()
    desk = handing.desk(g.actor, kpi, span, team_id, request.args.get("method", ""), today())
    if desk.form.validate_on_submit():
        goals = desk.goals(request.form)
        try:
            with transaction():
                _save(kpi, span, goals, desk)
            return redirect(url_for(".index", team=team_id, **address(kpi, span)))
        except Refused as refusal:
            desk.form.explain(refusal)
    return render_template("targets/hand_down.html", **_values(kpi, span, desk=desk, typed=request.form))


def _save(kpi: Kpi, span: Span, goals: list[services.Goal], desk: handing.Desk) -> None:
    if desk.form.form_errors:
        raise Refused("target_number_unreadable")
    publish = request.form.get("act") == "publish"
    n = services.set_targets(g.actor, kpi.id, span, goals, publish=publish, reason=desk.form.reason.data or "", now=now())
    said = ngettext("%(num)s target was published.", "%(num)s targets were published.", n) if publish else ngettext("%(num)s target was kept as a draft.", "%(num)s targets were kept as drafts.", n)
    flash(said, "success")


@blueprint.post("/team/<int:team_id>/publish")
@requires(Permission.TARGET_SET)
def publish(team_id: int) -> AnyResponse:
    """Publish all drafts directly below a team."""
    kpi, span = _named()
    board = pages.board(g.actor, kpi, span, team_id, today(), None)
    try:
        with transaction():
            drafts: list[Subject] = list(board.drafts.subjects) if board else []
            n = services.publish(g.actor, kpi.id, span, drafts, reason=request.form.get("reason", "").strip()[:500], now=now())
        flash(ngettext("%(num)s target was published.", "%(num)s targets were published.", n), "success")
    except Refused as refusal:
        flash(sentence(refusal), "error")
    return redirect(url_for(".index", team=team_id, **address(kpi, span)))


@blueprint.route("/seniority", methods=["GET", "POST"])
@requires(Permission.TARGET_READ)
def seniority() -> str | AnyResponse:
    """The seniority table, stated; HR for the company changes it."""
    bands, table = queries.seniority_table()
    form = SeniorityForm(bands=as_lines(bands))
    may = services.may_state_seniority(g.actor)
    if may and form.validate_on_submit():
        try:
            with transaction():
                services.state_seniority(g.actor, form.read(), reason=form.reason.data, now=now())
            flash(_("Saved."), "success")
            return redirect(url_for(".seniority"))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("targets/seniority.html", bands=bands, table=table, form=form, may=may)
