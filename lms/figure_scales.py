"""Figures along a scale: smooth curves over numbers, and people and things side by side on one scale, as ECharts options. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from lms.figure_options import SMALL, Option, _axis, _corner, _frame, _tooltip, _value_axis, number_format


class Curve(Struct, frozen=True):
    """A named curve through (x, y) points; ``label`` whether its name stands at its end."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str = "$accent"
    label: bool = True
    filled: bool = False


def curves(
    drawn: Sequence[Curve], *, axis_label: str, mark: float | None = None, mark_label: str = "", value_format: Option | None = None
) -> Option:
    """Curves over a scale, with a dashed line where ``mark`` lies on it."""
    form = value_format or number_format(digits=1)
    series = [_curve(each) for each in drawn]
    if mark is not None and series:
        series[0]["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "$ink", "type": [3, 4], "width": 1},
            "data": [{"xAxis": round(mark, 3)}],
            "label": {"formatter": mark_label, "position": "end", "color": "$ink", "fontSize": SMALL},
        }
    values = [x for each in drawn for x, _y in each.points]
    ends = {"min": min(values), "max": max(values)} if values else {}
    return _frame() | {
        "grid": {"left": 8, "right": 24, "top": 30, "bottom": 26, "containLabel": True},
        "graphic": [_corner(axis_label)],
        "xAxis": _axis() | {"type": "value", **ends},
        "yAxis": _value_axis(form) | {"min": 0},
        "series": series,
        "tooltip": _tooltip(number_format(digits=2)),
    }


def _curve(each: Curve) -> Option:
    drawn: Option = {
        "type": "line",
        "name": each.name,
        "data": [list(point) for point in each.points],
        "symbol": "none",
        "smooth": True,
        "lineStyle": {"color": each.colour, "width": 2.2 if each.label else 1.2, "opacity": 1 if each.label else 0.5},
        "itemStyle": {"color": each.colour},
        "emphasis": {"disabled": True},
    }
    if each.filled:
        drawn["areaStyle"] = {"color": each.colour, "opacity": 0.12}
    return drawn


class Rung(Struct, frozen=True):
    """A band of a scale: how many people lie in it, and the short names of the things that do."""

    label: str
    people: int
    things: Sequence[str]


def side_by_side(rungs: Sequence[Rung], *, people_label: str, mark: str | None = None, mark_label: str = "") -> Option:
    """People as bars and things as names beside them, from the highest rung down (a person-item map).

    ``mark``: the label of a rung that is tinted and named, behind all that stands on it.
    """
    most = max((rung.people for rung in rungs), default=1) or 1
    whole = round(most * 2.5)
    names = [{"value": [most * 1.28, rung.label], "label": {"formatter": "  ".join(rung.things)}} for rung in rungs if rung.things]
    things: Option = {
        "type": "scatter",
        "silent": True,
        "symbolSize": 0.1,
        "data": names,
        "label": {"show": True, "position": "right", "align": "left", "color": "$accent", "opacity": 1, "fontSize": SMALL, "distance": 0},
        "tooltip": {"show": False},
    }
    bars: Option = {
        "type": "bar",
        "data": [rung.people for rung in rungs],
        "barWidth": "86%",
        "itemStyle": {"color": "$soft", "opacity": 0.55, "borderRadius": 2},
        "label": {"show": True, "position": "right", "color": "$soft", "opacity": 1, "fontSize": SMALL, "formatter": number_format()},
    }
    marked: Option = {
        "type": "bar",
        "silent": True,
        "z": 1,
        "barGap": "-100%",
        "barWidth": "86%",
        "data": [whole if rung.label == mark else None for rung in rungs],
        "itemStyle": {"color": "$tint"},
        "label": {"show": True, "position": "insideRight", "color": "$ink", "fontSize": SMALL, "formatter": mark_label},
        "tooltip": {"show": False},
    }
    return _frame() | {
        "grid": {"left": 8, "right": 12, "top": 12, "bottom": 26, "containLabel": True},
        "graphic": [_corner(people_label)],
        "xAxis": _value_axis(number_format()) | {"max": whole, "splitLine": {"show": False}, "axisLabel": {"show": False}},
        "yAxis": _axis() | {"type": "category", "data": [rung.label for rung in rungs], "inverse": True},
        "series": [bars, things, *([marked] if mark is not None else [])],
    }
