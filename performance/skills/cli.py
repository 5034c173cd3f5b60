"""``flask skills …``: for operators."""

from __future__ import annotations

from datetime import date

import click
from flask.cli import AppGroup
from sqlalchemy import select

from lms.authz import SYSTEM
from lms.cli import fail, refusals_as_exit_code, show
from lms.clock import now, today
from lms.db import db
from lms.people.models import Team
from performance.skills import queries, reckoning
from performance.skills.models import SkillCheck

skills = AppGroup("skills", help="Levels of competencies, readiness, and what readiness predicts.")


@skills.command("readiness")
@click.option("--team", metavar="CODE", help="One team with all below it.")
@click.option("--fresh", is_flag=True, help="Reckon everybody anew first.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def readiness(team: str | None, fresh: bool, as_json: bool) -> None:
    """Readiness of each rep and of each competency, from the stored run."""
    with refusals_as_exit_code():
        if fresh:
            reckoning.bring_up_to_date(SYSTEM, now=now())
        team_id = db.session.scalar(select(Team.id).where(Team.code == team)) if team else None
        if team and team_id is None:
            fail(f"there is no team with the code {team}")
        rows, briefs = queries.exported(SYSTEM, team_id, today())
    people = [
        {
            "number": row.person.number,
            "share": row.readiness.share,
            "interval": None if row.readiness.share is None else {"low": row.readiness.low, "high": row.readiness.high, "level": 0.9},
            "reason": row.readiness.reason,
            "required": row.readiness.required,
            "known": row.readiness.known,
            "met": row.readiness.met,
            "gaps": row.readiness.gaps,
            "competencies": {
                brief.code: {"required": state.required, "mean": state.mean, "error": state.error, "reliability": state.reliability,
                             "verdict": state.verdict, "probability": state.probability, "reason": state.reason}
                for brief in briefs if (state := row.cells.get(brief.id)) is not None
            },
        }
        for row in rows
    ]  # fmt: skip
    run = queries.current_run()
    result = {"as_of": run.as_of.isoformat() if run else None, "people": people}
    lines = [f"{p['number']:16} {'–' if p['share'] is None else format(p['share'], '.0%'):>5}  {p['met']}/{p['required']} met, {p['gaps']} gaps" for p in people]
    show(result, as_json=as_json, text=lambda: "\n".join(lines) or "nothing reckoned yet")


@skills.command("snapshot")
@click.argument("quarter", type=click.DateTime(["%Y-%m-%d"]))
def snapshot(quarter: date) -> None:
    """Keep readiness at the end of the quarter that holds the day QUARTER."""
    with refusals_as_exit_code():
        run = reckoning.snapshot(SYSTEM, quarter.date(), now=now())  # type: ignore[attr-defined]
    click.echo(f"{run.quarter}: {run.people} people")


@skills.command("check")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def check(as_json: bool) -> None:
    """Whether readiness at the ends of the quarters on record went with each KPI of the next quarter; the result is kept."""
    with refusals_as_exit_code():
        made = reckoning.check(SYSTEM, now=now())
    result = {"number": made[0].number if made else None, "checks": [_shown(each) for each in made]}
    lines = [f"{each.kpi.code:24} {each.verdict:12} {'–' if each.observed is None else format(each.observed, '+.2f'):>6}  {each.people} people, {each.teams} teams" for each in made]
    show(result, as_json=as_json, text=lambda: "\n".join(lines) or "no KPIs")


def _shown(each: SkillCheck) -> dict[str, object]:
    return {
        "kpi": each.kpi.code,
        "verdict": each.verdict,
        "reason": each.reason,
        "association": True,
        **{name: each.figures.get(name) for name in ("observed", "corrected", "beyond", "reliability")},
        "pairs": each.pairs,
        "people": each.people,
        "teams": each.teams,
        "quarters": each.quarters,
        "made_afterwards": each.afterwards,
    }
