"""Values with their ranges, one under the other: a caterpillar plot as an ECharts option. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from lms.figure_options import Option, _axis, _corner, _frame, _value_axis, number_format


class Ranged(Struct, frozen=True):
    """A named value with its range (a name may have two lines); ``colour`` marks what the words beside the figure say of it."""

    name: str
    value: float
    low: float
    high: float
    colour: str = "$accent"


def ranges(rows: Sequence[Ranged], *, value_format: Option | None = None, axis_label: str = "") -> Option:
    """A dot on its range for each row, the first at the top, against a line at zero (a caterpillar plot)."""
    form = value_format or number_format(digits=2, sign=True)
    names = [row.name for row in rows]
    label = {"color": "$ink", "fontSize": 12, "lineHeight": 15, "width": 130, "overflow": "truncate"}
    dots = {
        "type": "scatter",
        "symbolSize": 9,
        "z": 6,
        "data": [{"value": [row.value, at], "itemStyle": {"color": row.colour}} for at, row in enumerate(rows)],
        "markLine": {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "$soft", "type": "solid", "width": 1},
            "label": {"show": False},
            "data": [{"xAxis": 0}],
        },
    }
    lines = [
        {
            "type": "line",
            "silent": True,
            "symbol": "none",
            "z": 4,
            "data": [[row.low, at], [row.high, at]],
            "lineStyle": {"color": row.colour, "width": 3, "opacity": 0.45},
            "tooltip": {"show": False},
        }
        for at, row in enumerate(rows)
    ]
    return _frame() | {
        "grid": {"left": 8, "right": 20, "top": 8, "bottom": 26 if axis_label else 8, "containLabel": True},
        "graphic": [_corner(axis_label)] if axis_label else [],
        "xAxis": _value_axis(form),
        "yAxis": _axis() | {"type": "category", "data": names, "inverse": True, "axisLabel": label},
        "series": [*lines, dots],
        "media": [{"query": {"minWidth": 640}, "option": {"yAxis": {"axisLabel": {"width": 280}}}}],
    }
