"""A finished run as figure, PDF and JSON: all from its one report value."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from effects.measure import Measure
from effects.models import Study, StudyRun
from lms.figure_options import SMALL, Option, Point, event_study, number_format
from lms.i18n import current_locale, local, number
from lms.values import Interval


def measure_of(study: Study, run: StudyRun) -> Measure:
    kpi = study.kpi
    interval = Interval(run.low, run.high) if run.low is not None and run.high is not None else None
    plain = Measure(kpi.kind, kpi.unit, kpi.digits, kpi.direction, kpi.period, run.scale or "level")
    return plain.as_sure_as(interval)


def words_of(run: StudyRun) -> dict[str, Any]:
    """The report in the reader's language."""
    report = run.report or {}
    words: dict[str, Any] = report["words"][current_locale()]
    return words


def points(study: Study, run: StudyRun) -> list[dict[str, Any]]:
    """The event study as shown: in shares where the run is in logs, in points where the KPI is a rate; the band over
    all periods where there is one. ``…_cell`` are figures for the table, whose heading names the unit."""
    measure = measure_of(study, run)
    numbers = (run.report or {}).get("numbers") or {}

    def shown(value: float | None) -> float | None:
        return None if value is None else measure.plain(value) * (100 if measure.in_points else 1)

    def cell(value: float | None) -> str:
        return "–" if value is None else measure.signed(value)

    found = []
    for at in numbers.get("event_study", ()):
        low, high = ("band_low", "band_high") if at["band_low"] is not None else ("low", "high")
        found.append(
            {
                "k": at["k"],
                "k_text": number(at["k"]).replace("-", "−"),
                "n": at["n"],
                "estimate": shown(at["estimate"]),
                "low": shown(at[low]),
                "high": shown(at[high]),
                "text": measure.effect(at["estimate"]),
                "cell": cell(at["estimate"]),
                "low_cell": cell(at[low]),
                "high_cell": cell(at[high]),
            }
        )
    return found


def chart(study: Study, run: StudyRun) -> Option | None:
    """The event study as one figure for page and PDF; None where there is none."""
    words = words_of(run)
    if not words.get("chart"):
        return None
    found = points(study, run)
    measure = measure_of(study, run)
    form = number_format("percent", 0, sign=True) if measure.share else number_format("decimal", _digits(found), sign=True)
    last = next((p for p in reversed(found) if p["estimate"] is not None), None)
    option = event_study(
        [Point(p["k"], p["estimate"], p["low"], p["high"]) for p in found],
        start_label=words["chart"]["start"],
        period_label=words["chart"]["axis"],
        end_label=last["text"] if last else "",
        value_format=form,
    )
    if measure.axis_unit:
        option["yAxis"] |= {"axisLine": {"show": False, "onZero": False}}
        option["yAxis"] |= {"name": measure.axis_unit, "nameTextStyle": {"color": "$soft", "fontSize": SMALL, "align": "left"}}
    return option


def _digits(found: list[dict[str, Any]]) -> int:
    largest = max((abs(p["estimate"]) for p in found if p["estimate"] is not None), default=0.0)
    return 0 if largest >= 10 else 1 if largest >= 1 else 2


def file_name(study: Study, run: StudyRun, ending: str) -> str:
    """Like "效果 异议处理 × 销售额 3.pdf"."""
    title = f"{local(study.title)} × {local(study.kpi.name)}".replace("/", " ")
    return _("Evidence") + f" {title} {run.number}.{ending}"
