"""The trainer's page of a calibration session."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.roleplays import calibration
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence

blueprint = Blueprint("roleplay_calibration", __name__, url_prefix="/practice/calibration")


@blueprint.route("/<int:anchor_id>", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_AUTHOR)
def session(anchor_id: int) -> str | Response:
    if request.method == "POST":
        try:
            with transaction():
                asked = calibration.ask(g.actor, anchor_id, set(request.form.getlist("rater", type=int)), now=now())
            flash(_("Asked. It waits among their ratings: %(n)s.", n=len(asked)), "success")
        except Refused as refusal:
            if refusal.status == 404:
                raise
            flash(sentence(refusal), "warning")
        return redirect(url_for(".session", anchor_id=anchor_id))
    return render_template("roleplays/calibration.html", found=calibration.session(g.actor, anchor_id))
