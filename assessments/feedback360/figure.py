"""The figure of a report as an ECharts option: per competency the others' level with its interval, and the own beside it. Pure but for words given in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assessments.feedback360.questionnaire import LEVELS
from assessments.feedback360.scoring import Figure, Score

Option = dict[str, Any]


def profile(rows: Sequence[tuple[str, Figure, Figure]], own_label: str, others_label: str) -> Option:
    """``rows``: (name, own level, others' level). The own is a diamond, the others a dot on its interval, told apart by shape, too."""
    text = {"color": "$soft", "fontSize": 12}
    return {
        "animation": True,
        "animationDuration": 350,
        "backgroundColor": "transparent",
        "aria": {"enabled": False},
        "legend": {"top": 0, "left": 0, "itemWidth": 14, "itemHeight": 12, "textStyle": text, "selectedMode": False,
                   "data": [others_label, own_label]},
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": LEVELS[0], "max": LEVELS[-1], "interval": 1, "axisLabel": text, "axisLine": {"show": False},
                  "axisTick": {"show": False}, "splitLine": {"lineStyle": {"color": "$hair"}}},
        "yAxis": {"type": "category", "inverse": True, "data": [wrapped(name) for name, _own, _others in rows], "axisTick": {"show": False},
                  "axisLine": {"lineStyle": {"color": "$hair"}}, "axisLabel": {"color": "$ink", "fontSize": 12, "lineHeight": 16}},
        "series": [
            *(_whisker(at, others) for at, (_name, _own, others) in enumerate(rows) if isinstance(others, Score) and others.interval),
            _dots(others_label, [others for _name, _own, others in rows], "circle", 13, "$accent"),
            _dots(own_label, [own for _name, own, _others in rows], "diamond", 15, "$ink"),
        ],
    }  # fmt: skip


def height(rows: int) -> int:
    """In px."""
    return 60 + 46 * max(2, rows)


def _dots(name: str, figures: Sequence[Figure], symbol: str, size: int, colour: str) -> Option:
    data = [[round(figure.value, 2), at] for at, figure in enumerate(figures) if isinstance(figure, Score)]
    return {"type": "scatter", "name": name, "symbol": symbol, "symbolSize": size, "z": 6, "silent": True,
            "itemStyle": {"color": colour}, "data": data}  # fmt: skip


def _whisker(at: int, figure: Score) -> Option:
    ends = figure.interval
    data = [] if ends is None else [[round(ends.low, 2), at], [round(ends.high, 2), at]]
    return {"type": "line", "silent": True, "symbol": "rect", "symbolSize": [2, 10], "z": 4, "data": data,
            "itemStyle": {"color": "$accent"}, "lineStyle": {"color": "$accent", "width": 3, "opacity": 0.5}}  # fmt: skip


def wrapped(text: str, widest: int = 18) -> str:
    """A name on two lines: Latin at a blank, Chinese after eight characters."""
    if any(ord(character) > 0x2E80 for character in text):
        return "\n".join(text[at : at + 8] for at in range(0, len(text), 8))
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if len(longer) <= widest else [*lines, word]
    return "\n".join(line for line in lines if line)
