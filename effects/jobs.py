"""Studies in the background."""

from __future__ import annotations

from typing import Any

from effects import services
from lms import jobs
from lms.clock import now
from lms.db import transaction


@jobs.handler("effects.run")
def run(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    answer = services.compute(params["run_id"], report)
    with transaction():
        run = services.keep(params["run_id"], answer, now=now()) if answer else None
    return {"url": f"/effects/{run.study_id}?run={run.number}"} if run else {}
