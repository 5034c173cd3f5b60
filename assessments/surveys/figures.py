"""Figures of survey results as ECharts options, drawn in the page and as SVG on the server. Pure but for the words given in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from assessments.grading.estimates import Estimate
from assessments.surveys.items import Item
from assessments.surveys.summary import Result
from lms.figure_options import bars, number_format

Option = dict[str, Any]
STEP = 0.25
NARROW = 440
"""Up to this width, in px, a figure is drawn for a phone."""
SHADES = (("$bad", 0.9), ("$bad", 0.5), ("$soft", 0.35), ("$accent", 0.5), ("$accent", 0.95))
"""From least to most: what speaks against, neither, what speaks for; told apart by lightness, too."""


def distribution(result: Result, label: Callable[[Item, str], str]) -> Option:
    """A bar per answer with the interval of its share."""
    known = [bar.share if isinstance(bar.share, Estimate) else None for bar in result.bars]
    return bars(
        [_wrapped(label(result.item, bar.key)) for bar in result.bars],
        [each.value if each else None for each in known],
        intervals=[(each.interval.low, each.interval.high) if each and each.interval else None for each in known],
        value_format=number_format("percent"),
    )


def diverging(results: Sequence[Result], label: Callable[[Item, str], str], heading: Callable[[Result], str]) -> Option:
    """A Likert grid as stacked bars that part at the middle: disagreement to the left, agreement to the right.

    The middle point, if there is one, lies half on either side (Robbins & Heiberger 2011).
    """
    item = results[0].item
    points = [option.id for option in item.options]
    middle = len(points) // 2 if len(points) % 2 else None
    left = [*points[: len(points) // 2][::-1]]
    right = [*points[(len(points) + 1) // 2 :]]
    between = None if middle is None else points[middle]
    series: list[Option] = []
    if middle is not None:
        halves = [_share(result, points[middle]) / 2 for result in results]
        series += [_stack(label(item, points[middle]), [-v for v in halves], middle, points, legend=False),
                   _stack(label(item, points[middle]), halves, middle, points)]  # fmt: skip
    series += [_stack(label(item, key), [-_share(result, key) for result in results], points.index(key), points) for key in left]
    series += [_stack(label(item, key), [_share(result, key) for result in results], points.index(key), points) for key in right]
    return {
        "animation": True,
        "animationDuration": 350,
        "backgroundColor": "transparent",
        "aria": {"enabled": False},
        "legend": {"top": 0, "left": 0, "itemWidth": 14, "itemHeight": 10, "textStyle": {"color": "$soft", "fontSize": 12},
                   "data": [label(item, key) for key in points], "selectedMode": False},
        "grid": {"left": 8, "right": 20, "top": 52, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": -_reach(results, left, between), "max": _reach(results, right, between),
                  "interval": STEP, "axisLabel": {"show": False},
                  "axisLine": {"show": False}, "axisTick": {"show": False}, "splitLine": {"lineStyle": {"color": "$hair"}}},
        "yAxis": {"type": "category", "inverse": True, "data": [_wrapped(heading(result)) for result in results],
                  "axisTick": {"show": False}, "axisLine": {"lineStyle": {"color": "$hair"}},
                  "axisLabel": {"color": "$ink", "fontSize": 12, "lineHeight": 16}},
        "series": series,
        "media": [{"query": {"maxWidth": NARROW}, "option": _statements_above([heading(result) for result in results])}],
    }  # fmt: skip


def _statements_above(statements: list[str]) -> Option:
    """On a phone: each statement over its bar, so that the bars have the whole width."""
    label = {"inside": True, "align": "left", "verticalAlign": "bottom", "padding": [0, 0, 14, 0], "margin": 0,
             "width": NARROW - 160, "overflow": "break"}  # fmt: skip
    return {"grid": {"left": 4, "right": 4, "bottom": 0, "top": 60}, "yAxis": {"data": statements, "axisLabel": label}}


def _reach(results: Sequence[Result], side: Sequence[str], middle: str | None) -> float:
    """How far the bars go on one side, in whole steps: an axis to 100 % on both leaves them half the room."""
    ends = (sum(_share(row, key) for key in side) + (_share(row, middle) / 2 if middle else 0) for row in results)
    return max(STEP, math.ceil(max(ends) / STEP) * STEP)


def _stack(name: str, values: list[float], at: int, points: Sequence[str], *, legend: bool = True) -> Option:
    place = round(at * (len(SHADES) - 1) / max(1, len(points) - 1))
    colour, strength = SHADES[place]
    return {
        "type": "bar",
        "name": name,
        "stack": "all",
        "stackStrategy": "samesign",
        "silent": True,
        "barMaxWidth": 22,
        "itemStyle": {"color": colour, "opacity": strength},
        "data": [round(value, 4) for value in values],
        "legendHoverLink": legend,
    }


def _share(result: Result, key: str) -> float:
    bar = next((each for each in result.bars if each.key == key), None)
    return bar.share.value if bar and isinstance(bar.share, Estimate) else 0.0


def _wrapped(text: str) -> str:
    """On two lines: a Chinese statement after 14 characters, a Latin one at a blank near 26."""
    if any(ord(character) > 0x2E80 for character in text):
        lines = [text[at : at + 14] for at in range(0, len(text), 14)]
    else:
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            lines = [*lines[:-1], longer] if len(longer) <= 28 else [*lines, word]
    return "\n".join(lines[:3]) + ("…" if len(lines) > 3 else "")


def height(block: Sequence[Result]) -> int:
    """In px: a grid's statements need more room than bars."""
    grid = block[0].item.kind == "likert"
    return 70 + 58 * len(block) if grid else 24 + 34 * max(1, len(block[0].bars))
