"""Pages of imports: the list, upload, how the file is read, preview, result."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from lms import downloads, tables
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence
from lms.imports import kinds, queries, services, undoing
from lms.imports.forms import AcceptForm, UploadForm, settle_form
from lms.imports.models import ImportBatch
from lms.imports.refusals import reason

blueprint = Blueprint("imports", __name__, url_prefix="/imports", template_folder="templates")
OUTCOMES = ("rejected", "notice", "changed", "new")


@blueprint.get("/")
@requires(Permission.IMPORT_READ)
def index() -> str:
    """All imports, and what can be imported."""
    page = queries.batches(g.actor, request.args.get("page", 1, int))
    labels = {kind.key: kind.label for kind in kinds.open_to(g.actor)}
    return render_template("imports/index.html", page=page, labels=labels)


@blueprint.route("/new/<kind_key>", methods=["GET", "POST"])
@requires(Permission.IMPORT_READ)
def upload(kind_key: str) -> str | BaseResponse:
    """Give a file."""
    kind, form = services.kind_for(g.actor, kind_key), UploadForm()
    if form.validate_on_submit():
        file = form.file.data
        try:
            with transaction():
                batch = services.upload(g.actor, kind.key, file.stream, file.filename or "", now=now())
            return redirect(url_for(".settle", batch_id=batch.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("imports/upload.html", kind=kind, form=form)


@blueprint.get("/template/<kind_key>.xlsx")
@requires(Permission.IMPORT_READ)
def template(kind_key: str) -> Response:
    """An empty file with the right headings and an example row."""
    kind = services.kind_for(g.actor, kind_key)
    columns = [tables.Column(column.key, column.label) for column in kind.columns]
    example = {column.key: column.example for column in kind.columns}
    return downloads.table([example], columns, "xlsx", kind.key, title=str(kind.label))


@blueprint.route("/<int:batch_id>/settle", methods=["GET", "POST"])
@requires(Permission.IMPORT_READ)
def settle(batch_id: int) -> str | BaseResponse:
    """Say how the file is read: encoding, columns, options."""
    batch = queries.batch(g.actor, batch_id)
    kind = kinds.find(batch.kind)
    form = settle_form(kind, batch, queries.sheets(batch))
    if form.validate_on_submit():
        try:
            return _settled(
                batch, form.chosen("encoding"), form.chosen("sheet"), form.mapping(), form.options()
            )
        except Refused as refusal:
            form.explain(refusal)
    rows = queries.first_rows(batch)
    return render_template("imports/settle.html", batch=batch, kind=kind, form=form, rows=rows)


def _settled(
    batch: ImportBatch,
    encoding: str | None,
    sheet: str | None,
    mapping: dict[str, int],
    options: dict[str, bool],
) -> BaseResponse:
    """Back to the same page when the file is read anew, on to the preview otherwise."""
    reopened = (encoding or batch.encoding) != batch.encoding or (sheet or batch.sheet) != batch.sheet
    with transaction():
        services.settle(g.actor, batch.id, mapping=mapping, options=options, encoding=encoding, sheet=sheet)
        if not reopened:
            services.order_preview(g.actor, batch.id)
    return redirect(url_for(".settle" if reopened else ".show", batch_id=batch.id))


@blueprint.get("/<int:batch_id>")
@requires(Permission.IMPORT_READ)
def show(batch_id: int) -> str:
    """The preview or the result of an import."""
    batch = queries.batch(g.actor, batch_id)
    kind = kinds.find(batch.kind)
    counted = {name: batch.notices if name == "notice" else getattr(batch, name) for name in OUTCOMES}
    wanted = request.args.get("show", next((name for name in OUTCOMES if counted[name]), "new"))
    outcome = wanted if wanted in OUTCOMES else "new"
    page = queries.preview_rows(g.actor, batch_id, outcome, request.args.get("page", 1, int))
    return render_template(
        "imports/show.html",
        batch=batch,
        kind=kind,
        counted=counted,
        outcome=outcome,
        page=page,
        shown=queries.rejected_rows_shown(batch) if outcome == "rejected" else page.total,
        affected=queries.affected(batch),
        form=AcceptForm(),
        reason=reason,
        labels={column.key: column.label for column in kind.columns},
        remark_class=lambda row: "row-changed" if row.outcome == "notice" else f"row-{row.outcome}",
        failure=_failure(batch),
    )


def _failure(batch: ImportBatch) -> str | None:
    """Why the last piece of work was not done, as a sentence."""
    job = batch.job
    if job is None or job.state != "failed" or not job.error:
        return None
    return sentence(Refused(job.error, **(job.result or {}).get("params", {})))


@blueprint.post("/<int:batch_id>/accept")
@requires(Permission.IMPORT_READ)
def accept(batch_id: int) -> BaseResponse:
    with transaction():
        services.order_acceptance(
            g.actor, batch_id, leave_out_rejected=bool(AcceptForm().leave_out_rejected.data)
        )
    return redirect(url_for(".show", batch_id=batch_id))


@blueprint.post("/<int:batch_id>/preview")
@requires(Permission.IMPORT_READ)
def preview(batch_id: int) -> BaseResponse:
    with transaction():
        services.order_preview(g.actor, batch_id)
    return redirect(url_for(".show", batch_id=batch_id))


@blueprint.post("/<int:batch_id>/undo")
@requires(Permission.IMPORT_READ)
def undo(batch_id: int) -> BaseResponse:
    with transaction():
        undoing.order_undo(g.actor, batch_id)
    return redirect(url_for(".show", batch_id=batch_id))


@blueprint.get("/<int:batch_id>/progress")
@requires(Permission.IMPORT_READ)
def progress(batch_id: int) -> Response:
    """How far the work on a batch is, as the page's progress bar asks for it."""
    job = queries.batch(g.actor, batch_id).job
    if job is None:
        abort(404)
    state = "waiting" if job.state == "queued" else job.state
    message = _("%(done)s of %(all)s rows", done=job.done, all=job.total) if job.total else ""
    url = url_for(".show", batch_id=batch_id)
    return jsonify(state=state, progress=job.share, message=message, url=url)


@blueprint.get("/<int:batch_id>/rejected.<any(csv, xlsx):format>")
@requires(Permission.IMPORT_READ)
def rejected(batch_id: int, format: str) -> Response:
    """The rejected rows with their reasons, to mend them by."""
    rows = queries.rejected_rows(g.actor, batch_id)
    columns = [
        tables.Column("row", _("Row"), tables.Kind.INTEGER),
        tables.Column("column", _("Column")),
        tables.Column("value", _("Value")),
        tables.Column("code", _("Reason"), value=lambda row: reason(row.code, row.params)),
    ]
    return downloads.table(rows, columns, format, f"rejected-{batch_id}", title=_("Rejected"))
