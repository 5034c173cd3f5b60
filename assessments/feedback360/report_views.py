"""The report: page, figure, PDF and table, all from one value."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import g, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.feedback360 import columns, figure, report, words
from assessments.feedback360.report import Report
from assessments.feedback360.views import blueprint
from lms import audit, downloads, pdf
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.figures import svg
from lms.i18n import called, current_locale, local


@blueprint.get("/people/<int:subject_id>/report", endpoint="report")
@requires(Permission.FEEDBACK_TAKE_PART)
def page(subject_id: int) -> str:
    if report.to_be_noted(g.actor, subject_id):
        with transaction():
            report.note_reading(g.actor, subject_id, now=now())
    found = _found(subject_id)
    query = request.query_string.decode()
    return render_template(
        "feedback360/report.html", figure_url=url_for(".figure", subject_id=subject_id) + (f"?{query}" if query else ""),
        query=f"?{query}" if query else "", own=found.subject.person_id == g.actor.person_id, **_values(found))  # fmt: skip


@blueprint.get("/people/<int:subject_id>/report.svg", endpoint="figure")
@requires(Permission.FEEDBACK_TAKE_PART)
def drawn(subject_id: int) -> Response:
    """The figure as a picture, for readers without scripts: drawn from the same values."""
    found = _found(subject_id)
    drawing = svg(_option(found), width=720, height=figure.height(len(found.findings)), locale=current_locale())
    return Response(drawing, mimetype="image/svg+xml")


@blueprint.get("/people/<int:subject_id>/report.pdf")
@requires(Permission.FEEDBACK_TAKE_PART)
def report_pdf(subject_id: int) -> Response:
    found = _found(subject_id)
    content = pdf.render("feedback360/print/report.html", locale=current_locale(), height=figure.height, **_values(found))
    _exported(found, "pdf")
    answer = send_file(BytesIO(content), "application/pdf", True, f"{_title(found)}.pdf")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/people/<int:subject_id>/report.<any(csv, xlsx):format>")
@requires(Permission.FEEDBACK_TAKE_PART)
def report_table(subject_id: int, format: str) -> Response:
    found = _found(subject_id)
    answer = downloads.table(columns.rows(found), columns.columns(), format, _title(found), title=_("360° feedback"))
    _exported(found, format)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _found(subject_id: int) -> Report:
    return report.of(g.actor, subject_id, frozenset(request.args.getlist("groups")))


def _exported(found: Report, format: str) -> None:
    with transaction():
        audit.record(g.actor, "feedback.export", "feedback_subject", found.subject.id, format=format)


def _values(found: Report) -> dict[str, Any]:
    return {"found": found, "option": _option(found), "steps": report.steps(found), "words": words, "title": _title(found)}


def _option(found: Report) -> dict[str, Any]:
    rows = [(local(dict(each.competency.name)), each.row.own, each.row.others) for each in found.findings]
    return figure.profile(rows, words.groups(["self"]), _("All others"))


def _title(found: Report) -> str:
    return _("360° feedback: %(name)s", name=called(found.subject.person))
