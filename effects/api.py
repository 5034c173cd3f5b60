"""Studies as JSON: the same services and queries as the pages."""

from __future__ import annotations

from typing import Any

from flask import Response, g, jsonify, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from effects import dossier, queries, services
from effects.models import Study, StudyRun
from lms import api
from lms.api import asks
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Unknown

blueprint = api.room("effects_api", __name__)


@blueprint.get("/studies")
@requires(Permission.EFFECT_READ)
@asks("course", "kpi", "page")
def studies() -> Response:
    """Studies, the one asked last first, thirty a page, each with its last finished run."""
    course, kpi = (request.args.get(name, None, int) for name in ("course", "kpi"))
    page = queries.studies(g.actor, course_id=course, kpi_id=kpi, page=request.args.get("page", 1, int))
    rows = [_study(row.study) | {"last_run": _run(row.run) if row.run else None} for row in page.rows]
    return jsonify(studies=rows, page=page.number, pages=page.pages, total=page.total)


@blueprint.get("/studies/<int:study_id>")
@requires(Permission.EFFECT_READ)
def study(study_id: int) -> Response:
    """One study: its question, who confirmed how people were chosen, and its runs, the newest first."""
    found = queries.study(g.actor, study_id)
    return jsonify(_study(found) | {"runs": [_run(run) for run in queries.runs(study_id)]})


@blueprint.get("/studies/<int:study_id>/runs/<int:number>")
@requires(Permission.EFFECT_READ)
def run(study_id: int, number: int) -> Response:
    """All figures and sentences of a finished run: what page, PDF and workbook are made of."""
    found = queries.study(g.actor, study_id)
    done = queries.finished_run(study_id, number)
    if done is None:
        raise Unknown()
    return jsonify(dossier.dossier(found, done).as_json())


@blueprint.post("/studies/<int:study_id>/runs")
@requires(Permission.EFFECT_RUN)
def run_again(study_id: int) -> tuple[AnyResponse, int]:
    """Promise a run on the data of today; it is there when its address answers."""
    with transaction():
        promised = services.start_run(g.actor, study_id, now=now())
    answer = jsonify(_run(promised))
    answer.headers["Location"] = url_for("effects_api.run", study_id=study_id, number=promised.number)
    return answer, 202


def _study(found: Study) -> dict[str, Any]:
    return {
        "id": found.id,
        "course_id": found.course_id,
        "initiative_id": found.initiative_id,
        "title": found.title,
        "kpi": {"id": found.kpi_id, "code": found.kpi.code, "name": found.kpi.name, "unit": found.kpi.unit},
        "since": found.since.isoformat() if found.since else None,
        "until": found.until.isoformat() if found.until else None,
        "horizon": found.horizon,
        "anticipation": found.anticipation,
        "chosen": found.chosen,
        "confirmed_at": found.confirmed_at.isoformat() if found.confirmed_at else None,
        "url": url_for("effects_api.study", study_id=found.id),
    }


def _run(found: StudyRun) -> dict[str, Any]:
    """``estimate``, ``low`` and ``high`` in the KPI's unit, or as differences of logarithms (``scale``)."""
    done = found.finished_at
    return {
        "number": found.number,
        "chosen": found.chosen,
        "grade": found.grade,
        "scale": found.scale,
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "data_until": found.data_until.isoformat() if found.data_until else None,
        "fingerprint": found.fingerprint,
        "version": found.version,
        "finished_at": done.isoformat() if done else None,
        "url": url_for("effects_api.run", study_id=found.study_id, number=found.number) if done else None,
    }
