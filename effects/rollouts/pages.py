"""What the two pages of a rollout show: a plan before its draw, and what came of it afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from effects.models import Study
from effects.origins import Said
from effects.rollouts import checks, documents, people, power, queries, timing, words
from effects.rollouts.models import Rollout, RolloutPower, RolloutReport
from lms.authz import Actor, Permission
from lms.db import db
from lms.people.models import Person, Team
from lms.people.scope import in_name_order, people_in_scope


def is_running(asked: RolloutPower | None) -> bool:
    return asked is not None and asked.is_under_way


def draft(actor: Actor, rollout: Rollout, now: datetime) -> dict[str, Any]:
    """A plan before its draw: who would be drawn, what it could see, what waiting costs."""
    found = people.entrants(rollout, actor=actor, now=now)
    asked = queries.power_of(rollout.id)
    shape = power.shape_of(rollout)
    stop = power.refusal(found, shape, rollout.unit)
    current = asked is not None and asked.question == power.question(rollout, found)
    result = asked.result if asked is not None else None
    sizes = timing.even_sizes(found.panel.n_units, rollout.groups)
    return {
        "entrants": found,
        "roster": _roster(actor, rollout, found),
        "out": words.left_out(found.left_out),
        "starts": timing.wave_starts(rollout.kpi.period, rollout.first_on, rollout.waves, rollout.gap),
        "closes_on": timing.closes_on(rollout.kpi.period, rollout.first_on, shape),
        "sizes": sizes,
        "warnings": [words.warning(code, rollout.kpi) for code in timing.warnings(shape)],
        "stop": words.why_not(stop.code, stop.params, rollout.kpi) if stop else None,
        "asked": asked,
        "running": is_running(asked),
        "out_of_date": result is not None and not current,
        **_seen(rollout, result, sizes),
    }


def _seen(rollout: Rollout, result: dict[str, Any] | None, sizes: list[int]) -> dict[str, Any]:
    if result is None:
        return {"seen": None, "option": None, "table": [], "waiting": None}
    found = timing.waiting(sizes, power.shape_of(rollout))
    return {
        "seen": words.seen(rollout, result),
        "option": documents.curve(rollout, result),
        "table": documents.table(rollout, result),
        "waiting": words.waiting(rollout, found, result),
    }


def _roster(actor: Actor, rollout: Rollout, found: people.Entrants) -> list[dict[str, Any]]:
    """Who would be drawn, by team; the KPI's third only for those who may read it."""
    seats = {seat.person_id: seat for seat in found.seats(rollout.unit)}
    rows = db.session.execute(
        select(
            Person.id, Person.number, Person.name, Person.name_latin, Team.name.label("team"),
            people_in_scope(actor, Permission.KPI_READ).label("readable"),
        )
        .outerjoin(Team, Team.id == Person.team_id)
        .where(Person.id.in_(seats), people_in_scope(actor, Permission.ROLLOUT_PLAN))
        .order_by(Team.path, in_name_order())
    )  # fmt: skip
    return [
        {"person": row, "team": row.team, "tercile": words.tercile(seats[row.id].tercile if row.readable else None)}
        for row in rows
    ]


def drawn(actor: Actor, rollout: Rollout, page: int) -> dict[str, Any]:
    """A drawn rollout: waves and what became of them, the list, the locked plan, departures, the report."""
    outcomes = queries.outcomes_by_wave(rollout.id)
    waves = queries.waves_of([rollout.id]).get(rollout.id, [])
    asked = queries.power_of(rollout.id)
    sizes = [sum(outcomes.get(n, Counter()).values()) for n in range(1, rollout.groups + 1)]
    return {
        "waves": [(wave, outcomes.get(wave.number, Counter())) for wave in waves],
        "waiters": sizes[-1] if rollout.waiting else 0,
        "waited": outcomes.get(rollout.groups, Counter()) if rollout.waiting else Counter(),
        "people": sum(sizes),
        "listed": queries.list_page(actor, rollout, page),
        "facts": documents.facts(rollout),
        "stated": queries.deviations(rollout.id),
        **_seen(rollout, asked.result if asked else None, sizes),
        **_report(rollout),
    }


def _report(rollout: Rollout) -> dict[str, Any]:
    report = rollout.report
    if report is None:
        return {"report": None, "run": None, "checks": [], "test": None}
    run = queries.run_of(report)
    found = [*report.departures, *checks.of_run(rollout, run)]
    return {
        "report": report,
        "run": run,
        "checks": checks.table(found),
        "test": words.lottery_test(report.test),
    }


def beside_study(actor: Actor, study: Study) -> dict[str, Any] | None:
    """On the study's page: planned in advance, and where the plan was not kept to."""
    rollout = queries.of_study(study.id)
    if rollout is None or rollout.report is None:
        return None
    may_open = actor.can(Permission.ROLLOUT_PLAN)
    return {"url": url_for("rollouts.rollout", rollout_id=rollout.id) if may_open else None, "said": _said(rollout, rollout.report)}


def said_of(study: Study) -> Said | None:
    """The same for PDF, workbook and JSON."""
    rollout = queries.of_study(study.id)
    return _said(rollout, rollout.report) if rollout is not None and rollout.report is not None else None


def _said(rollout: Rollout, report: RolloutReport) -> Said:
    found = checks.sentences([*report.departures, *checks.of_run(rollout, queries.run_of(report))])
    hashed = _("Hash of plan and list (SHA-256): %(hash)s", hash=rollout.draw.sha256 if rollout.draw else "")
    return Said(_("Planned in advance"), words.followed(rollout, found), tuple(found), (words.lottery_test(report.test), hashed))
