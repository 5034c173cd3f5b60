"""Can the scores of cases be trusted? The trainers' pages, with the figures of role-plays."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from assessments.cases import agreement
from assessments.roleplays import trust_queries
from assessments.roleplays.trust_views import figures_of
from lms.authz import Permission, requires

blueprint = Blueprint("case_agreement", __name__, url_prefix="/cases/agreement")


@blueprint.get("/")
@requires(Permission.CASE_AUTHOR)
def index() -> str:
    return render_template("cases/agreement/index.html", rows=agreement.rubrics_in_use(g.actor))


@blueprint.get("/<int:version_id>")
@requires(Permission.CASE_AUTHOR)
def rubric(version_id: int) -> str:
    version = trust_queries.rubric_version(version_id)
    return render_template("cases/agreement/rubric.html", **figures_of(version, agreement.trust_of(g.actor, version)))
