"""KPIs: definitions, records, imports, pages: let in by the roof."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms import audit, errors
from lms.imports import kinds
from lms.imports.cli import import_command
from lms.imports.refusals import register_reasons
from performance.kpis import importing, models
from performance.kpis.cli import kpi
from performance.kpis.refusals import MESSAGES

__all__ = ["models", "register"]

ACTIONS = {
    "kpi.define": _l("defined a KPI"),
    "kpi.redefine": _l("changed a KPI"),
    "kpi.retire": _l("retired a KPI"),
    "kpi.seed": _l("added the standard KPIs"),
}


def register(app: Flask) -> None:
    app.cli.add_command(kpi)
    errors.register(MESSAGES)
    register_reasons(importing.REASONS)
    kinds.register(importing.KpiImport())
    kpi.add_command(import_command(importing.KpiImport()))
    audit.name_actions(ACTIONS)
