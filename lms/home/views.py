"""The page that each role lands on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, render_template
from werkzeug.wrappers import Response

from lms.authz import Permission, public, requires
from lms.clock import now
from lms.navigation import today_panels

blueprint = Blueprint("home", __name__, template_folder="templates")


@blueprint.get("/")
@requires(Permission.TODAY_READ)
def today() -> Any:
    return render_template("home/today.html", panels=today_panels(g.actor, now()), now=now())


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    return jsonify(ok=True)
