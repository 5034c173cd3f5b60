"""Pages of managers, trainers and HR: progress, assigning, certificates."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from courses import assigning, certificates, documents, enrolments, matrix, reports, services
from courses.dates import day_of
from courses.forms import CHOSEN_LABELS, AssignForm, DueForm, RevokeForm, TakeOutForm
from courses.models import Chosen
from courses.why import due_word
from lms import downloads, jobs, storage
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, Unknown, sentence
from lms.i18n import current_locale, local, with_remark
from lms.jobs import Job
from lms.storage import StoredFile

blueprint = Blueprint("progress", __name__, url_prefix="/progress")
certificate_pages = Blueprint("certificates", __name__, url_prefix="/certificates")


@blueprint.get("")
@requires(Permission.PROGRESS_READ)
def index() -> str:
    today = day_of(now())
    return render_template(
        "courses/progress/index.html",
        rows=reports.progress_by_course(g.actor, today),
        stuck=reports.stuck(g.actor, today, limit=20),
        may_assign=g.actor.can(Permission.COURSE_ASSIGN),
        due_word=due_word,
        today=today,
    )


@blueprint.get("/<int:course_id>")
@requires(Permission.PROGRESS_READ)
def participants(course_id: int) -> str:
    q, sort = request.args.get("q", ""), request.args.get("sort", "name")
    found = reports.participants(g.actor, course_id, q=q, sort=sort, page=request.args.get("page", 1, int))
    return render_template(
        "courses/progress/participants.html",
        found=found,
        q=q,
        sort=sort,
        chosen_labels=CHOSEN_LABELS,
        due_word=due_word,
        today=day_of(now()),
        may_assign=g.actor.can(Permission.COURSE_ASSIGN),
    )


@blueprint.get("/<int:course_id>/participants.<any(csv, xlsx):format>")
@requires(Permission.PROGRESS_READ)
def export(course_id: int, format: str) -> Response:
    q, sort = request.args.get("q", ""), request.args.get("sort", "name")
    course = reports.course_for_progress(g.actor, course_id)
    columns = matrix.columns(reports.modules_now(course))
    rows = reports.every_participant(g.actor, course_id, q=q, sort=sort)
    zone = ZoneInfo(current_app.config["TIME_ZONE"])
    return downloads.table(rows, columns, format, f"{course.code}-participants", title=local(course.title), zone=zone)


@blueprint.route("/assign", methods=["GET", "POST"])
@requires(Permission.COURSE_ASSIGN)
def assign() -> str | Response:
    form = AssignForm(**_prefilled())
    form.course.choices = [
        SelectChoice(value=str(id_), label=with_remark(local(title), code))
        for id_, code, title in reports.open_courses()
    ]
    if form.validate_on_submit():
        try:
            return _assigned(form)
        except Refused as refusal:
            form.explain(refusal)
    choice = assigning.choice(g.actor)
    ticked = set(request.form.getlist("people", type=int)), set(request.form.getlist("teams", type=int))
    return render_template("courses/progress/assign.html", form=form, choice=choice, ticked=ticked)


def _prefilled() -> dict[str, Any]:
    """What a link to the page may say already: the course, the people, how and why they were chosen."""
    values: dict[str, Any] = {name: request.args[name] for name in ("numbers", "reason") if name in request.args}
    chosen = request.args.get("chosen", "")
    if chosen in set(Chosen):
        values["chosen"] = chosen
    return values | {"course": request.args.get("course", type=int)}


def _assigned(form: AssignForm) -> Response:
    people, teams, numbers = form.chosen_people(request.form)
    with transaction():
        done = services.assign(
            g.actor,
            form.course.data,
            assigning.people_named(g.actor, people, teams, numbers),
            chosen=Chosen(form.chosen.data),
            reason=form.reason.data or "",
            due_on=form.due_on.data,
            again=form.again.data,
            now=now(),
        )
    flash(assigned_sentence(done), "success")
    return redirect(url_for(".participants", course_id=form.course.data))


def assigned_sentence(done: services.Assigned) -> str:
    """What an assignment did, in a sentence or three."""
    parts = [ngettext("%(num)s person enrolled.", "%(num)s people enrolled.", done.enrolled)]
    if done.learning:
        parts.append(
            ngettext(
                "%(num)s was learning already; nothing changes there. The due date can be changed in this list.",
                "%(num)s were learning already; nothing changes there. Due dates can be changed in this list.",
                done.learning,
            )
        )
    if done.completed:
        parts.append(
            ngettext("%(num)s had completed it before.", "%(num)s had completed it before.", done.completed)
        )
    return " ".join(parts)


@blueprint.route("/enrolments/<int:enrolment_id>", methods=["GET", "POST"])
@requires(Permission.COURSE_ASSIGN)
def enrolment(enrolment_id: int) -> str | Response:
    """One enrolment: its due date is changed, or it is ended."""
    found = enrolments.cared_for(g.actor, enrolment_id)
    due, out = DueForm(formdata=None, due_on=found.due_on), TakeOutForm(formdata=None)
    if request.method == "POST":
        form: DueForm | TakeOutForm
        if request.form.get("act") == "withdraw":
            form = out = TakeOutForm()
        else:
            form = due = DueForm()
        if form.validate():
            try:
                with transaction():
                    if isinstance(form, DueForm):
                        enrolments.set_due(g.actor, enrolment_id, form.due_on.data, now=now())
                    else:
                        enrolments.take_out(g.actor, enrolment_id, form.reason.data, now=now())
                flash(_("Saved.") if isinstance(form, DueForm) else _("The enrolment is withdrawn."), "success")
                return redirect(url_for(".participants", course_id=found.course_id))
            except Refused as refusal:
                form.explain(refusal)
    open_ = enrolments.is_open(found)
    return render_template(
        "courses/progress/enrolment.html", enrolment=found, open=open_, due=due, out=out, chosen_labels=CHOSEN_LABELS
    )


@certificate_pages.get("", endpoint="index")
@requires(Permission.CERTIFICATE_EXPORT)
def index_of_certificates() -> str:
    filters, today = _filters(), day_of(now())
    page = reports.certificates(g.actor, today, **filters, page=request.args.get("page", 1, int))
    return render_template(
        "courses/progress/certificates.html",
        page=page,
        filters=filters,
        state=certificates.state,
        state_word=documents.state_word,
        today=today,
        may_revoke=g.actor.can(Permission.CERTIFICATE_REVOKE),
    )


def _filters() -> dict[str, Any]:
    source = request.values
    return {
        "q": source.get("q", ""),
        "course_id": source.get("course_id", type=int),
        "state": source.get("state", ""),
    }


@certificate_pages.route("/<int:certificate_id>/revoke", methods=["GET", "POST"])
@requires(Permission.CERTIFICATE_REVOKE)
def revoke(certificate_id: int) -> str | Response:
    row = reports.certificate_row(g.actor, certificate_id)
    form = RevokeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                certificates.revoke(g.actor, certificate_id, form.reason.data or "", now=now())
            flash(_("The certificate is revoked; whoever checks it sees so at once."), "success")
            return redirect(url_for(".index"))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("courses/progress/revoke.html", form=form, row=row)


@certificate_pages.post("/bundles")
@requires(Permission.CERTIFICATE_EXPORT)
def order_bundle() -> Response:
    with transaction():
        job = jobs.promise(
            g.actor,
            "certificate.bundle",
            person=g.actor.person_id,
            locale=current_locale(),
            filters=_filters(),
        )
    return redirect(url_for(".bundle", job_id=job.id))


@certificate_pages.get("/bundles/<int:job_id>")
@requires(Permission.CERTIFICATE_EXPORT)
def bundle(job_id: int) -> str:
    job = _bundle_job(job_id)
    failure = sentence(Refused(job.error, **(job.result or {}).get("params", {}))) if job.error else None
    return render_template("courses/progress/bundle.html", job=job, failure=failure)


@certificate_pages.get("/bundles/<int:job_id>/state")
@requires(Permission.CERTIFICATE_EXPORT)
def bundle_state(job_id: int) -> Response:
    job = _bundle_job(job_id)
    state = "waiting" if job.state == "queued" else job.state
    message = _("%(done)s of %(all)s certificates", done=job.done, all=job.total) if job.total else ""
    return jsonify(state=state, progress=job.share, message=message, url=url_for(".bundle", job_id=job_id))


@certificate_pages.get("/bundles/<int:job_id>.zip")
@requires(Permission.CERTIFICATE_EXPORT)
def bundle_file(job_id: int) -> Response:
    job = _bundle_job(job_id)
    if job.state != "done" or not job.result:
        raise Unknown()
    return storage.response(db.session.get_one(StoredFile, job.result["file"]))


def _bundle_job(job_id: int) -> Job:
    job = jobs.owned(g.actor, job_id)
    if job.kind != "certificate.bundle":
        raise Unknown()
    return job
