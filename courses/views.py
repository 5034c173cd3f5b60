"""What every learner meets: the catalogue, the course page, learning, certificates; and the public check."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from courses import certificates, documents, files, markdown, own, policies, queries, services, why
from courses import lesson as lessons
from courses.competencies.queries import meant_by
from courses.dates import day_of
from courses.described import described
from courses.forms import AREA_LABELS
from courses.kinds import kind_of
from courses.models import CourseFile
from lms import storage
from lms.authz import Permission, public, requires
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Unknown
from lms.i18n import local

blueprint = Blueprint("courses", __name__, url_prefix="/courses", template_folder="templates")
learning = Blueprint("learning", __name__, url_prefix="/learning")
checking = Blueprint("verify", __name__, url_prefix="/verify")


@blueprint.get("")
@requires(Permission.COURSE_READ)
def catalogue() -> str:
    q, area = request.args.get("q", ""), request.args.get("area", "")
    page = queries.catalogue(g.actor, query=q, area=area, page=request.args.get("page", 1, int))
    return render_template("courses/catalogue.html", page=page, q=q, area=area, areas=AREA_LABELS)


@blueprint.get("/<int:course_id>")
@requires(Permission.COURSE_READ)
def course(course_id: int) -> str:
    found = queries.course_page(g.actor, course_id)
    said = described(found.course.version_id, found.course.published_at)
    return render_template(
        "courses/course.html",
        course=found.course,
        enrolment=found.enrolment,
        described=said,
        trains=meant_by(said.trains),
        may_enrol=g.actor.can(Permission.COURSE_ENROL_SELF),
        may_author=policies.may_author(g.actor, found.course),
    )


@blueprint.post("/<int:course_id>/enrol")
@requires(Permission.COURSE_ENROL_SELF)
def enrol(course_id: int) -> Response:
    with transaction():
        enrolment = services.enrol(g.actor, course_id, now=now())
    return redirect(url_for("learning.course", enrolment_id=enrolment.id))


@blueprint.get("/files/<int:file_id>")
@requires(Permission.COURSE_READ)
def file(file_id: int) -> Response:
    found = db.session.get(CourseFile, file_id)
    if found is None or not queries.may_see_course(g.actor, found.course_id):
        raise Unknown()
    answer = storage.response(found.file, download=False)
    return answer.make_conditional(request, accept_ranges=True, complete_length=found.file.size)


@learning.get("")
@requires(Permission.COURSE_READ)
def mine() -> str:
    return render_template(
        "courses/mine.html",
        rows=own.my_learning(g.actor),
        certificates=own.my_certificates(g.actor),
        state=certificates.state,
        today=day_of(now()),
    )


@learning.get("/<int:enrolment_id>", endpoint="course")
@requires(Permission.COURSE_READ)
def learn(enrolment_id: int) -> str:
    found = queries.learning(g.actor, enrolment_id)
    return render_template(
        "courses/learn.html",
        learning=found,
        kind_of=kind_of,
        reasons=why.sentences(found),
        certificate=queries.certificate_in_force(found.enrolment),
        today=day_of(now()),
    )


@learning.post("/<int:enrolment_id>/start")
@requires(Permission.COURSE_READ)
def start(enrolment_id: int) -> Response:
    with transaction():
        services.start(g.actor, enrolment_id, now=now())
    found = queries.learning(g.actor, enrolment_id)
    module = found.next_module or found.modules[0]
    return redirect(kind_of(module.kind).learn_url(module, found.enrolment))


@learning.post("/<int:enrolment_id>/withdraw")
@requires(Permission.COURSE_ENROL_SELF)
def withdraw(enrolment_id: int) -> Response:
    with transaction():
        enrolment = services.withdraw(g.actor, enrolment_id, now=now())
    flash(_("You have withdrawn from the course."), "success")
    return redirect(url_for("courses.course", course_id=enrolment.course_id))


@learning.get("/<int:enrolment_id>/lessons/<int:module_id>")
@requires(Permission.COURSE_READ)
def lesson(enrolment_id: int, module_id: int) -> str:
    found = queries.learning(g.actor, enrolment_id, module_id)
    if found.module is None or found.module.kind != lessons.Lesson.key:
        raise Unknown()
    body = local(found.module.content["body"])
    media = files.media_of(found.version.course_id, markdown.references(body))
    return render_template(
        "courses/lesson.html", learning=found, kind_of=kind_of, body=markdown.render(body, media)
    )


@learning.post("/<int:enrolment_id>/lessons/<int:module_id>/read")
@requires(Permission.COURSE_READ)
def read(enrolment_id: int, module_id: int) -> Response:
    with transaction():
        lessons.mark_read(g.actor, enrolment_id, module_id, now=now())
    found = queries.learning(g.actor, enrolment_id, module_id)
    following = found.beside(1)
    if following is None or found.judgement.met:
        return redirect(url_for("learning.course", enrolment_id=enrolment_id))
    return redirect(kind_of(following.kind).learn_url(following, found.enrolment))


@learning.get("/certificates/<int:certificate_id>.pdf")
@requires(Permission.CERTIFICATE_READ_OWN)
def certificate_file(certificate_id: int) -> Response:
    certificate = queries.certificate_for(g.actor, certificate_id)
    return storage.response(certificate.file or documents.finish(certificate.id, now=now()))


@checking.get("/check")
@public
def ask() -> str | Response:
    code = certificates.normal_code(request.args.get("code", ""))
    if code:
        return redirect(url_for("verify.show", code=code))
    return render_template("courses/verify.html", code="", certificate=None)


@checking.get("/<code>")
@public
def show(code: str) -> tuple[str, int]:
    wanted = certificates.normal_code(code)
    certificate = queries.certificate_by_code(wanted)
    state = certificates.state(certificate, day_of(now())) if certificate else None
    completed_on = date.fromisoformat(certificate.values["completed_on"]) if certificate else None
    page = render_template(
        "courses/verify.html", code=wanted, certificate=certificate, state=state, completed_on=completed_on
    )
    return page, 200 if certificate else 404
