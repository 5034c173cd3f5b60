"""The table under the event study says what the figure draws: the same band, its unit once, in the heading."""

from __future__ import annotations

from types import SimpleNamespace as Given
from typing import Any

import pytest
from flask import Flask, render_template_string

from effects import documents

COLUMNS = {"columns": ["Period", "Effect", "from", "to", "Reps"]}
RATE = Given(kpi=Given(kind="rate", unit="share", digits=0, direction="higher", period="month"))


def run_with(*, n: int, low: float | None, band_low: float | None) -> Any:
    at = {"k": 1, "n": n, "estimate": 0.043, "low": low, "high": 0.06, "band_low": band_low, "band_high": 0.071}
    return Given(low=None, high=None, scale="level", report={"numbers": {"event_study": [at]}})


def table(points: list[dict[str, Any]], unit: str) -> str:
    source = '{% import "effects/_evidence.html" as evidence with context %}{{ evidence.points_table(words, points, option) }}'
    return render_template_string(source, words={"chart": COLUMNS}, points=points, option={"yAxis": {"name": unit}})


def test_the_table_has_the_band_of_the_figure_and_names_the_unit_once(app: Flask) -> None:
    found = documents.points(RATE, run_with(n=80, low=0.02, band_low=0.015))  # type: ignore[arg-type]
    assert found[0]["low"] == pytest.approx(1.5)
    with app.test_request_context():
        shown = table(found, "percentage points")
    assert "+1.5<" in shown and "+2.0<" not in shown, "the range of the figure, not that of one period alone"
    assert shown.count("percentage points") == 1
    assert ">80<" in shown


def test_one_series_has_no_range_and_no_number_of_reps_to_show(app: Flask) -> None:
    found = documents.points(RATE, run_with(n=1, low=None, band_low=None))  # type: ignore[arg-type]
    with app.test_request_context():
        shown = table(found, "")
    assert "from" not in shown and "Reps" not in shown
    assert "+4.3" in shown
