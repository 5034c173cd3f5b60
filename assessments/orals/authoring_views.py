"""Pages of trainers: the oral exam of a course's draft."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from msgspec.structs import asdict
from werkzeug.wrappers import Response

from assessments.grading import open_text
from assessments.orals import authoring
from assessments.orals.authoring import RULES, Rules
from assessments.orals.forms import ExamForm
from courses.languages import language, language_tabs
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused

blueprint = Blueprint("oral_authoring", __name__, url_prefix="/authoring/orals")


@blueprint.route("/<int:module_id>", methods=["GET", "POST"])
@requires(Permission.COURSE_AUTHOR)
def edit(module_id: int) -> str | Response:
    exam = authoring.authored(g.actor, module_id)
    topics, criteria = authoring.lines_of(exam, language())
    form = ExamForm(data=asdict(authoring.rules_of(exam)) | {"topics": topics, "criteria": criteria})
    if form.validate_on_submit():
        try:
            rules = Rules(**{name: form[name].data for name in (*RULES, "attempts")})
            with transaction():
                authoring.edit(g.actor, module_id, language(), form.topics.data, form.criteria.data, rules, now=now())
            flash(_("Saved. It is asked like this from the next publication of the course on."), "success")
            return redirect(url_for(".edit", module_id=module_id, language=language()))
        except Refused as refusal:
            form.explain(refusal)
    tabs = language_tabs(".edit", module_id=module_id)
    return render_template("orals/authoring.html", form=form, exam=exam, module=exam.module, course=exam.module.course, tabs=tabs)


@blueprint.get("/<int:module_id>/preview")
@requires(Permission.COURSE_AUTHOR)
def preview(module_id: int) -> str:
    exam = authoring.authored(g.actor, module_id)
    criteria = open_text.parse_key({"criteria": exam.content["criteria"]}).criteria if exam.content else ()
    return render_template("orals/preview.html", exam=exam, criteria=criteria, module=exam.module, course=exam.module.course)
