"""The portfolio in the background: one pair at a time, each kept as soon as it is computed."""

from __future__ import annotations

from typing import Any

from effects.portfolio import mailing, services
from lms import jobs
from lms.clock import now
from lms.db import transaction


@jobs.handler("portfolio.run")
def run(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    run_id = params["run_id"]
    left, total = services.pairs_left(run_id)
    for done, pair in enumerate(left, total - len(left)):
        report(done, total)
        looked = services.look_at(run_id, pair)
        with transaction():
            services.keep(run_id, looked, now=now())
    with transaction():
        finished = services.finish(run_id, now=now())
        mailing.send_summaries(finished, now=now())
    return {"url": f"/portfolio?run={finished.number}"}
