"""``flask kpi …``: for operators."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from lms.authz import SYSTEM
from lms.cli import refusals_as_exit_code, show
from lms.clock import now
from lms.db import transaction
from lms.i18n import local
from performance.kpis import queries, services

kpi = AppGroup("kpi", help="KPI definitions and records.")


@kpi.command("seed")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def seed(as_json: bool) -> None:
    """Add the KPIs of key-account selling that are not there yet."""
    with refusals_as_exit_code(), transaction():
        added = [found.code for found in services.seed(SYSTEM, now=now())]
    show({"added": added}, as_json=as_json, text=lambda: f"{len(added)} added: {', '.join(added) or '–'}")


@kpi.command("list")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def list_(as_json: bool) -> None:
    """List the KPIs with what they measure and how many current records each has."""
    counts = queries.record_counts(SYSTEM)
    rows = [
        {
            "code": found.code,
            "name": found.name,
            "kind": found.kind,
            "unit": found.unit,
            "direction": found.direction,
            "period": found.period,
            "retired": found.retired_at is not None,
            "records": counts.get(found.id, 0),
        }
        for found in queries.kpis(SYSTEM, retired=True)
    ]
    lines = (f"{row['code']:24} {row['kind']:7} {row['period']:8} {row['records']:>10,}  " for row in rows)
    names = (local(found.name) for found in queries.kpis(SYSTEM, retired=True))
    show({"kpis": rows}, as_json=as_json, text=lambda: "\n".join(map("".join, zip(lines, names, strict=True))))
