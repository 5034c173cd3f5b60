"""Rollouts in the background: what could be seen, waves on their day, and the report when the last window closes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from huey import crontab
from sqlalchemy import select

from courses.dates import day_of
from effects.rollouts import concluding, enrolling, power, queries
from lms import jobs
from lms.authz import SYSTEM
from lms.clock import now
from lms.db import db, transaction
from lms.jobs import Job


@jobs.handler("rollouts.power")
def compute_power(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    found = power.compute(params["power_id"], report)
    with transaction():
        kept = power.keep(params["power_id"], found, now=now()) if found else None
    return {"url": f"/rollouts/{kept.rollout_id}"} if kept else {}


@jobs.handler("rollouts.enrol")
def enrol(params: dict[str, Any], _report: jobs.Report) -> dict[str, Any]:
    with transaction():
        return dict(enrolling.enrol_wave(SYSTEM, params["rollout_id"], params["wave"], now=now()))


@jobs.handler("rollouts.conclude")
def conclude(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    found = concluding.compute(params["rollout_id"], report, now=now())
    with transaction():
        kept = concluding.keep(SYSTEM, params["rollout_id"], found, now=now()) if found else None
    return {"url": f"/effects/{kept.study_id}"} if kept else {}


@jobs.every("rollouts", crontab(minute="7"))
def promise_what_is_due() -> None:
    """Each hour: waves whose day has come, also those that a stopped worker missed, and reports that can be made."""
    moment = now()
    with transaction():
        _promise("rollouts.enrol", ("rollout_id", "wave"), queries.due_waves(day_of(moment)))
        closed = [(i,) for i in queries.closed(day_of(moment)) if concluding.ready(i, now=moment)]
        _promise("rollouts.conclude", ("rollout_id",), closed)


def _promise(kind: str, names: tuple[str, ...], wanted: list[Any]) -> None:
    """Promise each unless it is promised already."""
    if not wanted:
        return
    open_ = select(Job.params).where(Job.kind == kind, Job.state.in_(("queued", "running")))
    promised = [tuple(params[name] for name in names) for params in db.session.scalars(open_)]
    for values in wanted:
        if tuple(values) not in promised:
            jobs.promise(SYSTEM, kind, **dict(zip(names, values, strict=True)))


def do_what_is_due(moment: datetime, say: Callable[[str], None]) -> dict[str, Any]:
    """The same at once and for a given time: for operators and trials."""
    done: dict[str, Any] = {"enrolled": [], "reports": []}
    for rollout_id, wave in queries.due_waves(day_of(moment)):
        with transaction():
            counts = enrolling.enrol_wave(SYSTEM, rollout_id, wave, now=moment)
        say(f"rollout {rollout_id}, wave {wave}: {counts}")
        done["enrolled"].append({"rollout": rollout_id, "wave": wave} | counts)
    for rollout_id in queries.closed(day_of(moment)):
        if concluding.ready(rollout_id, now=moment):
            say(f"rollout {rollout_id}: the report is made")
            done["reports"].append(_conclude(rollout_id, moment))
    return done


def _conclude(rollout_id: int, moment: datetime) -> dict[str, Any]:
    found = concluding.compute(rollout_id, lambda _done, _total: None, now=moment)
    if found is None:
        return {"rollout": rollout_id}
    with transaction():
        kept = concluding.keep(SYSTEM, rollout_id, found, now=moment)
    return {"rollout": rollout_id, "study": kept.study_id, "run": kept.run_number}
