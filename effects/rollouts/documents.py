"""A rollout as figure, list in XLSX or CSV, and the locked plan as PDF and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from effects.rollouts import words
from effects.rollouts.models import Rollout
from effects.rollouts.queries import Listed
from lms import canonical, pdf, tables
from lms.figure_options import Option, Series, line_series, number_format
from lms.i18n import current_locale, day, local, moment, number

COLOURS = ("$soft", "$accent", "$ok", "$ink", "$warn", "$bad")
COLUMNS = (
    tables.Column("number", _l("Person number")),
    tables.Column("name", _l("Name")),
    tables.Column("name_latin", _l("Name in Latin letters")),
    tables.Column("team", _l("Team"), value=lambda row: local(row.team)),
    tables.Column("tercile", _l("KPI before the draw"), value=lambda row: words.tercile(row.tercile)),
    tables.Column("wave", _l("Group"), value=lambda row: words.group(row.wave)),
    tables.Column("starts_on", _l("Starts on"), tables.Kind.DATE),
    tables.Column("outcome", _l("What became of it"), value=lambda row: words.outcome(row.outcome)),
    tables.Column("enrolled_at", _l("Enrolled on"), tables.Kind.DATETIME),
    tables.Column("started_on", _l("Started on"), tables.Kind.DATE),
)


def curve(rollout: Rollout, result: dict[str, Any]) -> Option | None:
    """The smallest effect that can be seen, by periods between waves; one line for each number of waves."""
    known = [point for point in result["curve"] if "effect" in point]
    if len(known) < 2:
        return None
    unit = words.measure(rollout.kpi, result["scale"])
    gaps = sorted({point["gap"] for point in result["curve"]})
    at = {(p["waves"], p["gap"]): unit.plain(p["effect"]) for p in known}
    many = sorted({waves for waves, _gap in at})
    series = [
        Series(
            ngettext("%(num)s wave", "%(num)s waves", waves),
            [at.get((waves, gap)) for gap in gaps],
            "$accent" if waves == rollout.waves else "$soft",
            dashed=waves != rollout.waves and n % 2 == 0,
        )
        for n, waves in enumerate(many)
    ]
    share = unit.share or unit.unit == "share"
    form = number_format("percent", 1) if share else number_format("decimal", _digits(at.values()))
    option = line_series([unit.periods(gap) for gap in gaps], series, value_format=form, from_zero=True)
    for line in option["series"]:
        line["labelLayout"] = {"moveOverlap": "shiftY"}
    return option


def _digits(values: Iterable[float]) -> int:
    largest = max(map(abs, values), default=0.0)
    return 0 if largest >= 10 else 1 if largest >= 1 else 2


def table(rollout: Rollout, result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The curve as rows: (waves, periods between, smallest effect or why there is none)."""
    unit = words.measure(rollout.kpi, result["scale"])
    return [
        (
            ngettext("%(num)s wave", "%(num)s waves", point["waves"]),
            unit.periods(point["gap"]),
            unit.size(point["effect"]) if "effect" in point else _("cannot be said"),
        )
        for point in sorted(result["curve"], key=lambda p: (p["waves"], p["gap"]))
    ]


def list_file(rollout: Rollout, rows: list[Listed], format_: str, zone: Any) -> bytes:
    """The drawn list as it may be shown to its reader."""
    return b"".join(tables.export(rows, COLUMNS, format_, title=_("Rollout %(number)s", number=rollout.id), zone=zone))


def facts(rollout: Rollout) -> list[tuple[str, Any]]:
    """The locked plan as pairs for page and PDF."""
    draw = rollout.draw
    if draw is None:
        return []
    plan, unit = draw.plan, words.measure(rollout.kpi, draw.plan["scale"])
    waves = _("; ").join(
        _("%(wave)s: %(day)s, %(n)s people", wave=words.group(w["number"]), day=day(date.fromisoformat(w["starts_on"])), n=number(w["people"]))
        for w in plan["waves"]
    )
    seen = plan["detectable"] or {}
    return [
        (_("Course"), local(plan["course"]["title"])),
        (_("Primary KPI"), local(plan["kpi"]["name"])),
        (_("What is drawn"), words.UNITS[plan["unit"]]),
        (_("Waves"), waves),
        (_("Waits until the end"), number(plan["waiting"])),
        (_("Window"), unit.first_periods(plan["horizon"])),
        (_("Last window closes"), day(draw.closes_on)),
        (_("Method"), words.ESTIMATORS[plan["estimator"]]),
        (_("Scale"), words.SCALES[plan["scale"]]),
        (_("Range"), _("95%, by leaving out one team at a time")),
        (_("Test"), _("the stored lottery drawn again 999 times, whoever came when")),
        (_("Smallest effect that can be seen"), unit.size(seen["effect"]) if "effect" in seen else _("was not known")),
        (_("Subgroups"), _("; ").join(plan["subgroups"]) or _("none")),
        (_("Plan in words"), plan["notes"]),
        (_("Drawn"), moment(draw.drawn_at)),
        (_("Seed"), plan["seed"]),
    ]


def plan_pdf(rollout: Rollout) -> bytes:
    """The locked plan for the files."""
    return pdf.render("rollouts/plan.html", rollout=rollout, facts=facts(rollout), locale=current_locale())


def plan_json(rollout: Rollout) -> str:
    """The canonical text of the locked plan: its SHA-256 is the hash that is shown."""
    return canonical.text(rollout.draw.plan) if rollout.draw else ""


def file_name(rollout: Rollout, ending: str) -> str:
    """Like "Rollout 3 Iron triangle.pdf"."""
    title = local(rollout.course.title).replace("/", " ")
    return _("Rollout %(number)s", number=rollout.id) + f" {title}.{ending}"
