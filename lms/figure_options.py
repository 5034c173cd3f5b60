"""Figures as ECharts options: plain values in, a plain dict out that JSON can carry. Pure.

Colours are names from the style sheet ("$accent", "$soft", "$hair" …); page and server put in those of the
theme. Numbers on axes are formatted by ``{"$format": {"style": "percent"|"decimal"|"compact", "digits": n, "sign": bool}}``.
Words come from the caller, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

Option = dict[str, Any]

SMALL = 12
LABEL = 15


class Point(Struct, frozen=True):
    """One point of an event study: period ``k`` relative to the start, the estimate and its interval (in the outcome's unit)."""

    k: int
    estimate: float | None
    low: float | None
    high: float | None


class Series(Struct, frozen=True):
    """A named line; ``values`` as long as the figure's categories, None where nothing is known."""

    name: str
    values: Sequence[float | None]
    colour: str = "$accent"
    dashed: bool = False


def number_format(style: str = "decimal", digits: int = 0, *, sign: bool = False) -> Option:
    """The mark that stands for a number format in an option."""
    return {"$format": {"style": style, "digits": digits, "sign": sign}}


def event_study(
    points: Sequence[Point],
    *,
    start_label: str,
    period_label: str,
    end_label: str = "",
    end_note: str = "",
    before_note: str = "",
    value_format: Option | None = None,
) -> Option:
    """The effect by period before and after the start, with its band. Gaps in the estimates stay gaps."""
    shown = sorted(points, key=lambda point: point.k)
    periods = [point.k for point in shown]
    form = value_format or number_format("percent", sign=True)
    last = next((point for point in reversed(shown) if point.estimate is not None), None)
    line: Option = {
        "type": "line",
        "id": "effect",
        "data": [[point.k, point.estimate] for point in shown],
        "symbol": "circle",
        "symbolSize": 7,
        "z": 4,
        "itemStyle": {"color": "$card", "borderColor": "$accent", "borderWidth": 2},
        "lineStyle": {"color": "$accent", "width": 2.2},
        "connectNulls": False,
        "markLine": _start_line(start_label),
    }
    if last is not None and end_label:
        line["markPoint"] = _end_label(last, end_label, end_note)
    return _frame() | {
        "grid": {"left": 8, "right": max(96, 28 + _width(end_label)), "top": 26, "bottom": 10, "containLabel": True},
        "graphic": [_corner(period_label)],
        "xAxis": _axis() | {
            "type": "value",
            "min": periods[0] if periods else 0,
            "max": periods[-1] if periods else 1,
            "interval": _step(periods),
            "axisLine": {"show": True, "onZero": True, "lineStyle": {"color": "$soft"}},
        },
        "yAxis": _value_axis(form) | {"scale": True},
        "series": [*_bands(shown), line, *_notes(shown, before_note)],
        "media": _narrow(before_note, end_label),
        "tooltip": _tooltip(form),
    }


def line_series(
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    target: float | None = None,
    target_label: str = "",
    value_format: Option | None = None,
    from_zero: bool = False,
) -> Option:
    """Lines over periods, each labelled at its end instead of in a legend; a target as a dashed line."""
    form = value_format or number_format()
    drawn = [_line(item, form) for item in series]
    if target is not None and drawn:
        drawn[0]["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "$soft", "type": [3, 4]},
            "data": [{"yAxis": target}],
            "label": {"formatter": target_label, "position": "insideStartTop", "color": "$soft", "fontSize": SMALL},
        }
    room = 14 + max((_width(item.name) for item in series), default=0)
    return _frame() | {
        "grid": {"left": 8, "right": room, "top": 24, "bottom": 8, "containLabel": True},
        "xAxis": _axis() | {"type": "category", "data": list(categories), "boundaryGap": False},
        "yAxis": _value_axis(form) | {"scale": not from_zero},
        "series": drawn,
        "tooltip": _tooltip(form),
    }


def bars(
    categories: Sequence[str],
    values: Sequence[float | None],
    *,
    intervals: Sequence[tuple[float, float] | None] | None = None,
    value_format: Option | None = None,
    colours: Sequence[str] | None = None,
    name: str = "",
) -> Option:
    """Horizontal bars from zero, the value written at each end; whiskers where ``intervals`` (low, high) are given."""
    form = value_format or number_format()
    chosen = colours or ["$accent"] * len(categories)
    data = [{"value": value, "itemStyle": {"color": colour}} for value, colour in zip(values, chosen, strict=True)]
    series: list[Option] = [
        {
            "type": "bar",
            "name": name,
            "data": data,
            "barMaxWidth": 22,
            "itemStyle": {"borderRadius": 3},
            "label": {"show": intervals is None, "position": "right", "color": "$ink", "fontSize": 13, "formatter": form},
        }
    ]
    if intervals is not None:
        series += _whiskers(categories, intervals)
    return _frame() | {
        "grid": {"left": 8, "right": 64, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": _value_axis(form) | {"min": None},
        "yAxis": _axis()
        | {"type": "category", "data": list(categories), "inverse": True, "axisLabel": {"color": "$ink", "fontSize": 13, "lineHeight": 16}},
        "series": series,
        "tooltip": _tooltip(form),
    }


def sparkline_points(
    values: Sequence[float | None], width: float, height: float, *, target: float | None = None, margin: float = 3
) -> dict[str, Any]:
    """Where to draw a small line: ``{"lines": ["x,y x,y …"], "last": (x, y)|None, "target": y|None}``, each a number with one digit.

    A missing value breaks the line in two; a flat series lies in the middle.
    """
    known = [value for value in (*values, target) if value is not None]
    if not known:
        return {"lines": [], "last": None, "target": None, "width": width, "height": height}
    low, high = min(known), max(known)
    step = (width - 2 * margin) / max(1, len(values) - 1)

    scale = (height - 2 * margin) / (high - low) if high > low else 0.0
    bottom = height - margin if high > low else height / 2

    runs: list[list[tuple[str, str]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((f"{margin + index * step:.1f}", f"{bottom - (value - low) * scale:.1f}"))
    drawn = [run for run in runs if run]
    return {
        "lines": [" ".join([f"{x},{y}" for x, y in run]) for run in drawn if len(run) > 1],
        "dots": [run[0] for run in drawn if len(run) == 1],
        "last": drawn[-1][-1] if drawn else None,
        "target": None if target is None else f"{bottom - (target - low) * scale:.1f}",
        "width": width,
        "height": height,
    }


# --- parts ----------------------------------------------------------------------------------------


def _frame() -> Option:
    return {"animation": True, "animationDuration": 350, "backgroundColor": "transparent", "aria": {"enabled": False}}


def _axis() -> Option:
    return {
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": "$hair"}},
        "axisLabel": {"color": "$soft", "fontSize": SMALL, "hideOverlap": True},
        "splitLine": {"show": False},
    }


def _value_axis(form: Option) -> Option:
    return {
        "type": "value",
        "splitNumber": 4,
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "axisLabel": {"color": "$soft", "fontSize": SMALL, "formatter": form, "hideOverlap": True, "showMinLabel": True},
        "splitLine": {"lineStyle": {"color": "$hair"}},
    }


def _tooltip(form: Option) -> Option:
    """Drawn as part of the figure: an HTML tooltip would need inline styles, which the pages' policy forbids."""
    return {
        "trigger": "axis",
        "renderMode": "richText",
        "confine": True,
        "backgroundColor": "$card",
        "borderColor": "$hair",
        "textStyle": {"color": "$ink", "fontSize": 13},
        "valueFormatter": form,
        "axisPointer": {"lineStyle": {"color": "$edge"}},
    }


def _start_line(label: str) -> Option:
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": "$soft", "type": [3, 4], "width": 1},
        "data": [{"xAxis": -0.5}],
        "label": {"formatter": label, "position": "end", "align": "left", "color": "$soft", "fontSize": SMALL},
    }


def _corner(text: str) -> Option:
    """What the horizontal axis counts, at its end, level with its numbers."""
    style = {"text": text, "fill": "$soft", "fontSize": SMALL}
    return {"type": "text", "right": 40, "bottom": 12, "silent": True, "style": style}


def _end_label(last: Point, label: str, note: str) -> Option:
    text = f"{{value|{label}}}" + (f"\n{{note|{note}}}" if note else "")
    return {
        "silent": True,
        "symbol": "circle",
        "symbolSize": 1,
        "data": [{"coord": [last.k, last.estimate]}],
        "label": {
            "formatter": text,
            "position": "right",
            "align": "left",
            "distance": 8,
            "rich": {
                "value": {"color": "$accent", "fontSize": LABEL, "fontWeight": 600, "lineHeight": 20},
                "note": {"color": "$soft", "fontSize": SMALL, "lineHeight": 16},
            },
        },
    }


def _bands(points: Sequence[Point]) -> list[Option]:
    """The interval as an invisible lower line with the width stacked on it, once per unbroken run of points."""
    drawn: list[Option] = []
    for number, run in enumerate(_runs(points)):
        stack = f"band{number}"
        shared = {
            "type": "line",
            "stack": stack,
            "stackStrategy": "all",
            "symbol": "none",
            "silent": True,
            "lineStyle": {"opacity": 0},
            "tooltip": {"show": False},
            "z": 2,
        }
        drawn.append(shared | {"data": [[point.k, point.low] for point in run]})
        drawn.append(
            shared
            | {
                "data": [[point.k, (point.high or 0) - (point.low or 0)] for point in run],
                "areaStyle": {"color": "$accent", "opacity": 0.16},
            }
        )
    return drawn


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    runs: list[list[Point]] = [[]]
    for point in points:
        if point.low is None or point.high is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _notes(points: Sequence[Point], text: str) -> list[Option]:
    """A remark above the part before the start."""
    before = [point for point in points if point.k < 0 and point.high is not None]
    if not text or not before:
        return []
    height = max(point.high or 0.0 for point in before)
    label = {
        "show": True,
        "formatter": text,
        "position": "right",
        "align": "left",
        "verticalAlign": "bottom",
        "offset": [-6, -10],
        "color": "$soft",
        "fontSize": SMALL,
    }
    return [
        {
            "type": "scatter",
            "id": "before",
            "silent": True,
            "symbolSize": 0.1,
            "itemStyle": {"opacity": 1},
            "data": [[before[0].k, height]],
            "label": label,
            "tooltip": {"show": False},
        }
    ]


def _narrow(before_note: str, end_label: str) -> list[Option]:
    """On a phone the remark gives way: there it would run into the part after the start. The last figure stands over its point
    instead of beside it, where it would take half of the room."""
    series: list[Option] = [{"id": "before", "label": {"show": False}}] if before_note else []
    option: Option = {"series": series}
    if end_label:
        series.append({"id": "effect", "markPoint": {"label": {"position": "top", "align": "right", "distance": 10}}})
        option["grid"] = {"right": 28, "bottom": 26}
    return [{"query": {"maxWidth": 480}, "option": option}] if series else []


def _whiskers(categories: Sequence[str], intervals: Sequence[tuple[float, float] | None]) -> list[Option]:
    """Intervals as short lines with caps, one series each: JSON carries no drawing function."""
    return [
        {
            "type": "line",
            "silent": True,
            "z": 5,
            "data": [[interval[0], category], [interval[1], category]],
            "symbol": "rect",
            "symbolSize": [2, 10],
            "itemStyle": {"color": "$ink"},
            "lineStyle": {"color": "$ink", "width": 2},
            "tooltip": {"show": False},
        }
        for category, interval in zip(categories, intervals, strict=True)
        if interval is not None
    ]


def _line(item: Series, form: Option) -> Option:
    """Every point is drawn where some are missing: one between two gaps has no line to lie on."""
    gaps = any(value is None for value in item.values)
    return {
        "type": "line",
        "name": item.name,
        "data": list(item.values),
        "symbol": "circle",
        "symbolSize": 5,
        "showSymbol": gaps,
        "showAllSymbol": gaps,
        "connectNulls": False,
        "itemStyle": {"color": item.colour},
        "lineStyle": {"color": item.colour, "width": 2.2, "type": [5, 4] if item.dashed else "solid"},
        "endLabel": {"show": True, "formatter": "{a}", "color": item.colour, "fontSize": 13, "fontWeight": 600, "distance": 8},
        "emphasis": {"disabled": True},
        "tooltip": {"valueFormatter": form},
    }


def _step(periods: Sequence[int]) -> int:
    span = (periods[-1] - periods[0]) if periods else 1
    return next((step for step in (1, 2, 3, 6, 12, 24) if span / step <= 10), 24)


def _width(text: str) -> int:
    """Roughly how wide a label of 13 px is: a Chinese character takes its full height, a Latin one some 60 %."""
    return round(sum(13.5 if ord(character) > 0x2E80 else 7.8 for character in text)) + 10
