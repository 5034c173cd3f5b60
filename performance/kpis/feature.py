"""KPIs: definitions, records, imports, pages: let in by the roof."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms import audit, errors
from lms.authz import Permission, Role
from lms.imports import kinds
from lms.imports.cli import import_command
from lms.imports.refusals import register_reasons
from lms.navigation import NavItem, TodayPanel, add_item, add_panel
from performance.kpis import definition_views, importing, models, own_views, panels, views
from performance.kpis.cli import kpi
from performance.kpis.refusals import MESSAGES

__all__ = ["models", "register"]

ACTIONS = {
    "kpi.define": _l("defined a KPI"),
    "kpi.redefine": _l("changed a KPI"),
    "kpi.retire": _l("retired a KPI"),
    "kpi.seed": _l("added the standard KPIs"),
}


REP, MANAGER, HR = (frozenset({role}) for role in (Role.REP, Role.MANAGER, Role.HR))


def register(app: Flask) -> None:
    app.cli.add_command(kpi)
    errors.register(MESSAGES)
    register_reasons(importing.REASONS)
    kinds.register(importing.KpiImport())
    kpi.add_command(import_command(importing.KpiImport()))
    audit.name_actions(ACTIONS)
    for blueprint in (definition_views.blueprint, own_views.blueprint, views.blueprint):
        app.register_blueprint(blueprint)
    add_item(NavItem("my_kpis.index", _l("My KPIs"), "kpi", Permission.KPI_READ_OWN, 14, phone=True))
    add_item(NavItem("kpis.index", _l("KPIs"), "kpi", Permission.KPI_READ, 32, phone=True))
    add_panel(TodayPanel("own_kpis", REP, 30, "kpis/_own_panel.html", panels.own_panel))
    add_panel(TodayPanel("team_kpis", MANAGER, 30, "kpis/_team_panel.html", panels.team_panel))
    add_panel(TodayPanel("kpi_imports", HR, 30, "kpis/_imports_panel.html", panels.imports_panel))
