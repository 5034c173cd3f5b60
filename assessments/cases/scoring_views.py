"""What a rater meets: the works that wait, without names, and the score sheet."""

from __future__ import annotations

import secrets

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.cases import queries, scoring
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence

blueprint = Blueprint("case_scoring", __name__, url_prefix="/cases/scores")


@blueprint.get("/")
@requires(Permission.CASE_SCORE)
def index() -> str:
    return render_template("cases/scores.html", page=queries.to_score(g.actor, request.args.get("page", 1, int)))


@blueprint.get("/<int:work_id>")
@requires(Permission.CASE_SCORE)
def sheet(work_id: int) -> str:
    found = queries.sheet(g.actor, work_id)
    return render_template("cases/sheet.html", found=found, given={}, key=secrets.token_hex(16), problem="")


@blueprint.post("/<int:work_id>")
@requires(Permission.CASE_SCORE)
def submit(work_id: int) -> Response | tuple[str, int]:
    given = request.form
    points = {name[2:]: value for name, value in given.items() if name.startswith("c:")}
    best, change, key = (given.get(name, "") for name in ("best", "change", "key"))
    try:
        with transaction():
            scoring.submit(g.actor, work_id, points, best, change, key, now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        found = queries.sheet(g.actor, work_id)
        return render_template("cases/sheet.html", found=found, given=given, key=key, problem=sentence(refusal)), 409
    flash(_("Your score is kept."), "success")
    return redirect(url_for(".sheet", work_id=work_id))
