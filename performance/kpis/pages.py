"""What the pages and panels of KPIs show, put together from the queries: charts, tiles, periods to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lms import figure_options
from lms.authz import Actor
from lms.i18n import local
from performance.kpis import goals, series, wording
from performance.kpis.goals import Beside, Goal, beside
from performance.kpis.measures import Entry, Sums, Trend, by_period, figure_of, trend
from performance.kpis.models import Kpi
from performance.kpis.periods import day_asked, shift, start_of

SHOWN = {"week": 26, "month": 13, "quarter": 9, "year": 6}
"""How many periods a chart and a sparkline show: for months one more than a year."""


class Tile(Struct, frozen=True, dict=True):
    """A KPI with its latest figure, when it is from, the line behind it and its trend."""

    kpi: Kpi | series.NamedKpi
    entries: Sequence[Entry]
    start: date | None
    value: float | None
    values: Sequence[float | None]
    n: int
    goal: Beside | None = None

    @property
    def line(self) -> float | None:
        """The target, where it is one of the periods that are drawn."""
        return self.goal.target if self.goal is not None and self.goal.same else None

    @cached_property
    def trend(self) -> Trend | None:
        return trend(self.kpi.kind, self.kpi.unit, self.kpi.period, self.entries)


def _since(kpis: Sequence[Kpi], day: date) -> date:
    """The first day that the longest of their charts can show, were their latest period a year old."""
    starts = [shift(kpi.period, start_of(kpi.period, day), -2 * SHOWN[kpi.period]) for kpi in kpis]
    return min(starts, default=day)


def chart_start(kpis: Sequence[Kpi], last: Mapping[int, date]) -> date | None:
    """The first day that a chart up to each KPI's latest period shows; None if none has records."""
    starts = [shift(kpi.period, last[kpi.id], 1 - SHOWN[kpi.period]) for kpi in kpis if kpi.id in last]
    return min(starts, default=None)


def own_tiles(viewer: Actor, kpis: Sequence[Kpi], day: date) -> list[Tile]:
    """The viewer's own: a tile for each KPI that has records, and for each that is still in use."""
    entries = series.own(viewer, [kpi.id for kpi in kpis], _since(kpis, day))
    targets = goals.own(viewer, day)
    shown = [kpi for kpi in kpis if kpi.id in entries or kpi.retired_at is None]
    return [_tile(kpi, entries.get(kpi.id, ()), targets) for kpi in shown]


def first_own_tiles(viewer: Actor, day: date, at_most: int) -> list[Tile]:
    """Tiles of the KPIs in use, defined first, that the viewer has records in."""
    since = {period: shift(period, start_of(period, day), -2 * SHOWN[period]) for period in SHOWN}
    found = series.first_own(viewer, since, at_most)
    targets = goals.own(viewer, day) if found else ()
    return [_tile(kpi, entries, targets) for kpi, entries in found]


def team_tiles(
    kpis: Sequence[Kpi], totals: Mapping[int, Mapping[date, Sums]], targets: Sequence[Goal] = ()
) -> list[Tile]:
    """A tile for each KPI with the figures of everybody together; n is the number of people in the latest."""
    found = []
    for kpi in kpis:
        sums = totals.get(kpi.id, {})
        tile = _tile(kpi, entries_of(kpi, sums), targets)
        found.append(replace(tile, n=sums[tile.start].n if tile.start else 0))
    return found


def entries_of(kpi: Kpi, sums: Mapping[date, Sums]) -> list[Entry]:
    """The figures of a group as a series."""
    figures = ((start, figure_of(kpi.kind, kpi.unit, some), some) for start, some in sorted(sums.items()))
    return [Entry(start, value, s.numerator, s.denominator) for start, value, s in figures if value is not None]


def _tile(kpi: Kpi | series.NamedKpi, entries: Sequence[Entry], targets: Sequence[Goal] = ()) -> Tile:
    if not entries:
        return Tile(kpi, (), None, None, (), 0)
    last = entries[-1]
    shown = by_period(kpi.period, entries, last.period_start, SHOWN[kpi.period])
    values = [entry.value if entry else None for _start, entry in shown]
    goal = beside(kpi, entries, targets) if targets else None
    return Tile(kpi, entries, last.period_start, last.value, values, len(entries), goal)


class Chart(Struct, frozen=True):
    """A KPI's series as a figure, its sentence and its rows (latest first)."""

    sentence: str
    option: figure_options.Option | None
    rows: Sequence[tuple[date, Entry | None]]


def chart(kpi: Kpi, entries: Sequence[Entry]) -> Chart:
    """The last periods up to the latest record; None for the option if there is none."""
    sentence = wording.trend(kpi, trend(kpi.kind, kpi.unit, kpi.period, entries))
    if not entries:
        return Chart(sentence, None, ())
    shown = by_period(kpi.period, entries, entries[-1].period_start, SHOWN[kpi.period])
    option = figure_options.line_series(
        [wording.period(kpi.period, start) for start, _entry in shown],
        [figure_options.Series(local(kpi.name), [entry.value if entry else None for _start, entry in shown])],
        value_format=wording.axis_format(kpi),
        from_zero=kpi.kind != "rate",
    )
    return Chart(sentence, option, list(reversed(shown)))


def chosen_start(kind: str, said: str | None, latest: Mapping[int, date], day: date) -> date:
    """The period asked for, else the latest that has records, else the running one."""
    asked = day_asked(said)
    return start_of(kind, asked) if asked else max(latest.values(), default=start_of(kind, day))


def overview(viewer: Actor, kpis: Sequence[Kpi], said: str | None, day: date) -> dict[str, Any]:
    """Teams × KPIs for one period: the template's values."""
    kind = kpis[0].period
    last = series.latest(viewer, [kpi.id for kpi in kpis])
    start = chosen_start(kind, said, last, day)
    rows = series.teams(viewer, [kpi.id for kpi in kpis], start, day)
    return {
        "kind": kind,
        "start": start,
        "previous": shift(kind, start, -1),
        "next": shift(kind, start, 1) if shift(kind, start, 1) <= day else None,
        "rows": rows,
    }
