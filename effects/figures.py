"""The figures of a report that no other page has. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from lms.figure_options import SMALL, Option


class Span(Struct, frozen=True):
    """A bar of a tornado: from ``low`` to ``high``, with both ends as they are written."""

    name: str
    low: float
    high: float
    low_text: str
    high_text: str


def tornado(spans: Sequence[Span], *, middle: float, middle_label: str, form: Option) -> Option:
    """Bars around the middle, the widest first; each end says its figure."""
    names = [span.name for span in spans]
    longest = max((len(text) for span in spans for text in (span.low_text, span.high_text)), default=4)
    return {
        "animation": True,
        "animationDuration": 350,
        "backgroundColor": "transparent",
        "aria": {"enabled": False},
        "grid": {"left": 8, "right": 24 + 7 * longest, "top": 30, "bottom": 8, "containLabel": True},
        "xAxis": {
            "type": "value",
            "scale": True,
            "splitNumber": 4,
            "boundaryGap": ["14%", "4%"],
            "axisTick": {"show": False},
            "axisLine": {"show": False},
            "axisLabel": {"color": "$soft", "fontSize": SMALL, "formatter": form, "hideOverlap": True},
            "splitLine": {"lineStyle": {"color": "$hair"}},
        },
        "yAxis": {
            "type": "category",
            "data": names,
            "inverse": True,
            "axisTick": {"show": False},
            "axisLine": {"show": False},
            "axisLabel": {"color": "$ink", "fontSize": 13},
        },
        "series": [*(_bar(span) for span in spans), _middle(middle, middle_label, names)],
        "tooltip": {"show": False},
    }


def _bar(span: Span) -> Option:
    def end(value: float, text: str, side: str) -> Option:
        label = {"show": True, "formatter": text, "position": side, "distance": 8, "color": "$ink", "fontSize": SMALL}
        return {"value": [value, span.name], "label": label}

    return {
        "type": "line",
        "silent": True,
        "symbol": "circle",
        "symbolSize": 1,
        "itemStyle": {"color": "$accent"},
        "lineStyle": {"color": "$accent", "width": 16, "opacity": 0.75, "cap": "butt"},
        "data": [end(span.low, span.low_text, "left"), end(span.high, span.high_text, "right")],
    }


def _middle(value: float, text: str, names: Sequence[str]) -> Option:
    """The line that all bars stand around."""
    return {
        "type": "line",
        "silent": True,
        "symbol": "none",
        "data": [[value, names[0]]] if names else [],
        "markLine": {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "$ink", "type": "solid", "width": 1},
            "data": [{"xAxis": value}],
            "label": {"formatter": text, "position": "start", "color": "$soft", "fontSize": SMALL},
        },
    }
