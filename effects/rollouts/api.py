"""Planned rollouts as JSON: what each could see, its locked plan, its report."""

from __future__ import annotations

from typing import Any

from flask import Response, g, jsonify, request, url_for

from effects.rollouts import policies, queries
from effects.rollouts.models import Rollout
from lms import api
from lms.api import asks
from lms.authz import Permission, requires

blueprint = api.room("rollouts_api", __name__)


@blueprint.get("/rollouts")
@requires(Permission.ROLLOUT_PLAN)
@asks("page")
def rollouts() -> Response:
    """Rollouts, the one that begins last first, thirty a page."""
    page = queries.rollouts(g.actor, page=request.args.get("page", 1, int))
    return jsonify(rollouts=[_rollout(row) for row in page.rows], page=page.number, pages=page.pages, total=page.total)


@blueprint.get("/rollouts/<int:rollout_id>")
@requires(Permission.ROLLOUT_PLAN)
def rollout(rollout_id: int) -> Response:
    """One rollout: its shape, what it could see (smallest effect, by waves and months), what it is locked by, its report."""
    found = policies.seen(g.actor, rollout_id)
    asked, report = queries.power_of(found.id), found.report
    return jsonify(
        _rollout(found)
        | {
            "power": asked.result if asked else None,
            "sha256": found.draw.sha256 if found.draw else None,
            "report": {"study_id": report.study_id, "run": report.run_number, "test": report.test, "departures": report.departures}
            if report
            else None,
        }
    )


def _rollout(found: Rollout) -> dict[str, Any]:
    """Its shape and where it stands; who was drawn is in the lists of the pages."""
    return {
        "id": found.id,
        "course_id": found.course_id,
        "kpi_id": found.kpi_id,
        "unit": found.unit,
        "waves": found.waves,
        "gap": found.gap,
        "horizon": found.horizon,
        "waiting": found.waiting,
        "first_on": found.first_on.isoformat(),
        "drawn_at": found.draw.drawn_at.isoformat() if found.draw else None,
        "closes_on": found.draw.closes_on.isoformat() if found.draw else None,
        "stopped": found.stop is not None,
        "reported": found.report is not None,
        "url": url_for("rollouts_api.rollout", rollout_id=found.id),
    }
