"""KPIs on the today pages: a rep's own, a manager's team, and for HR the imports that wait."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lms.authz import Actor, Permission
from performance.kpis import goals, pages, queries, series, wording

TILES = 4


def own_panel(actor: Actor, moment: datetime) -> dict[str, Any] | None:
    """The four KPIs defined first that the rep has records in, against their targets."""
    tiles = pages.first_own_tiles(actor, moment.date(), TILES)
    return {"tiles": tiles, "wording": wording} if tiles else None


def team_panel(actor: Actor, moment: datetime) -> dict[str, Any] | None:
    """The four KPIs defined first, of everybody in the manager's care together."""
    if not actor.can(Permission.KPI_READ):
        return None
    every = queries.kpis(actor)
    last = series.latest(actor, [kpi.id for kpi in every])
    kpis = [kpi for kpi in every if kpi.id in last][:TILES]
    since = pages.chart_start(kpis, last)
    if since is None:
        return None
    totals = series.totals(actor, [kpi.id for kpi in kpis], since)
    tiles = pages.team_tiles(kpis, totals, goals.in_care(actor, moment.date()))
    shown = [tile for tile in tiles if tile.start is not None]
    return {"tiles": shown, "wording": wording} if shown else None


def imports_panel(actor: Actor, _moment: datetime) -> dict[str, Any] | None:
    """KPI files that were previewed and neither accepted nor replaced."""
    waiting = series.open_previews(actor)
    return {"waiting": waiting} if waiting else None
