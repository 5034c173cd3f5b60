"""Studies: the list, a new question, the evidence page, its PDF, figure and JSON."""

from __future__ import annotations

from io import BytesIO

from flask import (
    Blueprint,
    Response,
    current_app,
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

from effects import compared, documents, dossier, origins, queries, services, workbook
from effects.forms import ChosenForm, StudyForm
from effects.guide import guide
from effects.policies import may_confirm, require_confirmer
from effects.stats.design import Chosen
from effects.subgroups import services as subgroups
from effects.subgroups.queries import in_force
from effects.untouchable import queries as untouchable
from effects.untouchable.services import name_untouchable
from effects.words import chosen as chosen_words
from effects.words import dropped_reason
from lms import figures
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown
from lms.i18n import current_locale
from lms.tables import CONTENT_TYPES

blueprint = Blueprint("effects", __name__, url_prefix="/effects", template_folder="templates")


@blueprint.get("")
@requires(Permission.EFFECT_READ)
def index() -> str:
    course, kpi = (request.args.get(name, None, int) for name in ("course", "kpi"))
    page = queries.studies(g.actor, course_id=course, kpi_id=kpi, page=request.args.get("page", 1, int))
    courses, kpis = queries.studied()
    return render_template(
        "effects/index.html",
        page=page,
        measure_of=documents.measure_of,
        courses=courses,
        kpis=kpis,
        course=course,
        kpi=kpi,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.EFFECT_RUN)
def new() -> str | AnyResponse:
    courses, kpis = queries.choices()
    form = StudyForm(request.form if request.method == "POST" else None, **request.args.to_dict())
    form.offer(courses, kpis)
    if form.validate_on_submit():
        try:
            with transaction():
                study = _ask(form)
            return redirect(url_for("effects.study", study_id=study.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("effects/new.html", form=form, courses=courses, kpis=kpis)


def _ask(form: StudyForm) -> services.Study:
    study = services.ask(
        g.actor,
        form.course_id.data,
        form.kpi_id.data,
        since=form.since.data,
        until=form.until.data,
        horizon=form.horizon.data,
        anticipation=form.anticipation.data or 0,
        now=now(),
    )
    if may_confirm(g.actor, study):
        _keep(form, study.id)
    elif study.chosen is None:
        flash(_("The study is asked. How these people were chosen is still to be confirmed by HR or a manager of all their teams; your answer was not kept."))
        return study
    services.start_run(g.actor, study.id, now=now())
    return study


@blueprint.get("/how-to-read")
@requires(Permission.EFFECT_READ)
def how_to_read() -> str:
    return render_template("effects/guide.html", text=guide(current_locale()))


@blueprint.get("/<int:study_id>")
@requires(Permission.EFFECT_READ)
def study(study_id: int) -> str:
    found = queries.study(g.actor, study_id)
    return _page(found, _confirmation(found))


def _page(found: services.Study, form: ChosenForm) -> str:
    """The evidence page, with the form of how people were chosen as given."""
    run = queries.finished_run(found.id, request.args.get("run", None, int))
    runs = queries.runs(found.id)
    report = dossier.shown(dossier.dossier(found, run)) if run else {"study": found, "run": None}
    return render_template(
        "effects/study.html",
        **report,
        runs=runs,
        running=next((r for r in runs if r.is_under_way), None),
        left_out=queries.names_left_out(g.actor, run) if run else [],
        dropped_reason=dropped_reason,
        how_enrolled=queries.how_enrolled(found.course_id),
        chosen_words=chosen_words,
        form=form,
        may_run=g.actor.can(Permission.EFFECT_RUN),
        may_confirm=may_confirm(g.actor, found),
        beside=origins.beside(g.actor, found),
        planner=_planner(found),
    )


def _confirmation(study: services.Study, *, sent: bool = False) -> ChosenForm:
    """The form of what a person answers for a study: as sent, or filled with what holds."""
    kpis, named = untouchable.choices(study)
    values = {"chosen": study.chosen, "reason": study.chosen_reason, "splits": in_force(study.id)}
    form = ChosenForm() if sent else ChosenForm(formdata=None, **values, untouchable_id=named)
    form.offer_untouchable(kpis)
    return form


def _planner(study: services.Study) -> str | None:
    """Where the next waves can be planned with this course and KPI filled in, for those who may."""
    if "rollouts.new" not in current_app.view_functions or study.course_id is None or not g.actor.can("rollout:plan"):
        return None
    return url_for("rollouts.new", course_id=study.course_id, kpi_id=study.kpi_id)


@blueprint.post("/<int:study_id>/chosen")
@requires(Permission.EFFECT_RUN)
def confirm(study_id: int) -> str | AnyResponse:
    found = queries.study(g.actor, study_id)
    require_confirmer(g.actor, found)
    form = _confirmation(found, sent=True)
    if form.validate():
        try:
            with transaction():
                _keep(form, study_id)
                services.start_run(g.actor, study_id, now=now())
            flash(_("Kept. The study is computed again with this answer."))
            return redirect(url_for("effects.study", study_id=study_id))
        except Refused as refusal:
            form.explain(refusal)
    return _page(found, form)


def _keep(form: ChosenForm, study_id: int) -> None:
    """What was answered of a study: how people were chosen, and what is named before it is computed."""
    services.confirm_chosen(g.actor, study_id, Chosen(form.chosen.data), form.reason.data or "", now=now())
    subgroups.name_splits(g.actor, study_id, form.splits.data or [], now=now())
    name_untouchable(g.actor, study_id, form.untouchable_id.data, now=now())


@blueprint.post("/<int:study_id>/run")
@requires(Permission.EFFECT_RUN)
def run_again(study_id: int) -> AnyResponse:
    with transaction():
        services.start_run(g.actor, study_id, now=now())
    return redirect(url_for("effects.study", study_id=study_id))


@blueprint.get("/<int:study_id>/compare")
@requires(Permission.EFFECT_READ)
def compare(study_id: int) -> str:
    found = queries.study(g.actor, study_id)
    runs = [run for run in queries.runs(study_id) if run.finished_at]
    numbers = queries.pair_of([run.number for run in runs], *(request.args.get(name, None, int) for name in "ab"))
    pair = [dossier.dossier(*_finished(study_id, number)) for number in numbers]
    return render_template("effects/compare.html", study=found, runs=runs, found=compared.compared(*pair))


def _finished(study_id: int, number: int) -> tuple[services.Study, services.StudyRun]:
    found = queries.study(g.actor, study_id)
    run = queries.finished_run(study_id, number)
    if run is None:
        raise Unknown()
    return found, run


@blueprint.get("/<int:study_id>/runs/<int:number>.pdf")
@requires(Permission.EFFECT_READ)
def pdf(study_id: int, number: int) -> Response:
    found, run = _finished(study_id, number)
    name = documents.file_name(found, run, "pdf")
    return send_file(BytesIO(dossier.as_pdf(dossier.dossier(found, run))), "application/pdf", True, name)


@blueprint.get("/<int:study_id>/runs/<int:number>.xlsx")
@requires(Permission.EFFECT_READ)
def xlsx(study_id: int, number: int) -> Response:
    found, run = _finished(study_id, number)
    book = workbook.as_xlsx(dossier.dossier(found, run), queries.names_left_out(g.actor, run))
    return send_file(BytesIO(book), CONTENT_TYPES["xlsx"], True, documents.file_name(found, run, "xlsx"))


@blueprint.get("/<int:study_id>/runs/<int:number>.json")
@requires(Permission.EFFECT_READ)
def figures_json(study_id: int, number: int) -> Response:
    return jsonify(dossier.dossier(*_finished(study_id, number)).as_json())


@blueprint.get("/<int:study_id>/runs/<int:number>.svg")
@requires(Permission.EFFECT_READ)
def chart(study_id: int, number: int) -> Response:
    option = documents.chart(*_finished(study_id, number))
    if option is None:
        raise Unknown()
    return Response(figures.svg(option, width=720, height=320, locale=current_locale()), mimetype="image/svg+xml")
