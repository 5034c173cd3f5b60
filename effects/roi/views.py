"""What a course cost: the form, its statements, and the figure of what drives the return."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from effects import dossier, queries
from effects.money import CURRENCIES
from effects.roi import queries as roi_queries
from effects.roi import services
from effects.roi.costing import Costing
from effects.roi.forms import LABELS, CostForm, given
from lms import figures
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown
from lms.i18n import current_locale

blueprint = Blueprint("roi", __name__, url_prefix="/effects", template_folder="templates")


@blueprint.route("/<int:study_id>/costs", methods=["GET", "POST"])
@requires(Permission.EFFECT_RUN)
def costs(study_id: int) -> str | AnyResponse:
    study = queries.study(g.actor, study_id)
    statements = roi_queries.statements(g.actor, study_id)
    form = _form(statements[0].inputs if statements else None)
    if study.kpi.unit in CURRENCIES and form.validate_on_submit():
        try:
            with transaction():
                services.state_costs(g.actor, study_id, form.costing(), now=now())
        except Refused as refusal:
            form.explain(refusal)
        else:
            flash(_("Kept. The return is worked out with these costs."))
            return redirect(url_for("effects.study", study_id=study_id, _anchor="roi"))
    in_money = study.kpi.unit in CURRENCIES
    return render_template(
        "roi/costs.html", study=study, form=form, statements=statements, in_money=in_money, totals=_totals, labels=LABELS
    )


def _form(inputs: dict[str, object] | None) -> CostForm:
    if request.method == "POST":
        return CostForm()
    return CostForm(formdata=None, data=given(Costing.from_json(inputs)) if inputs else None)


def _totals(inputs: dict[str, object]) -> Costing:
    return Costing.from_json(inputs)


@blueprint.get("/<int:study_id>/runs/<int:number>/roi.svg")
@requires(Permission.EFFECT_READ)
def chart(study_id: int, number: int) -> Response:
    study = queries.study(g.actor, study_id)
    run = queries.finished_run(study_id, number)
    option = dossier.dossier(study, run).roi.option if run else None
    if option is None:
        raise Unknown()
    return Response(figures.svg(option, width=720, height=220, locale=current_locale()), mimetype="image/svg+xml")
