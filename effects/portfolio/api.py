"""The portfolio as JSON."""

from __future__ import annotations

from flask import Response, g, jsonify, request

from effects.portfolio import table
from effects.portfolio.table import Wanted
from lms import api
from lms.api import asks
from lms.authz import Permission, requires

blueprint = api.room("portfolio_api", __name__)


@blueprint.get("/portfolio")
@requires(Permission.PORTFOLIO_READ)
@asks("run", "kpi")
def portfolio() -> Response:
    """Every course by KPI of the last finished look, or of the one asked for: effect, rank, verdict, cost and benefit."""
    wanted = Wanted(kpi=request.args.get("kpi", None, int), verdict=None, sort="rank")
    found = table.portfolio(g.actor, request.args.get("run", None, int), wanted)
    return jsonify(table.as_json(found) if found else {"run": None, "pairs": []})
