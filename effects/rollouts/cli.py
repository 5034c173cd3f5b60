"""``flask effects power``, ``plan`` and ``waves``: the planner by hand, on a panel from a CSV file or on what is due."""

from __future__ import annotations

import csv
import io
from datetime import datetime, time
from pathlib import Path
from typing import Any

import click
import numpy as np
from flask_babel import ngettext
from msgspec.structs import replace

from effects import words as effect_words
from effects.cli import _table as csv_table
from effects.measure import Measure
from effects.rollouts import dealing, estimators, jobs, timing
from effects.stats.calendar import Calendar, UnreadablePeriod, read
from effects.stats.detectable import Detectable, Shape, smallest_detectable
from effects.stats.lottery import without_training
from effects.stats.panel import NEVER, Panel
from effects.stats.reading import PanelError, Reading, Rows, read_rows
from effects.stats.scale import scaled
from lms import canonical
from lms.cli import fail, refusals_as_exit_code, show
from lms.clock import now
from lms.i18n import speaking
from lms.values import NotEstimable

PANEL = click.argument("panel", type=click.Path(dir_okay=False, path_type=Path))


def _options(command: Any) -> Any:
    """What both commands ask of the panel and of the plan."""
    for option in reversed(
        [
            click.option("--unit", required=True, metavar="COL", help="Who: one rep per value."),
            click.option("--period", required=True, metavar="COL", help="When: 2024-03, 2024-Q1, 2024-W05, 1..T or dates."),
            click.option("--outcome", required=True, metavar="COL", help="The KPI; empty where it is missing."),
            click.option("--first-treated", metavar="COL", help="First trained period; what follows is not used."),
            click.option("--cluster", metavar="COL", help="Team; without it every unit stands alone."),
            click.option("--denominator", metavar="COL", help="For a rate: --outcome is the numerator."),
            click.option("--waves", type=click.IntRange(1, 6), default=3, show_default=True),
            click.option("--gap", type=click.IntRange(1, 12), default=3, show_default=True, help="Periods between waves."),
            click.option("--horizon", type=click.IntRange(1, 24), default=6, show_default=True, help="Periods after each start."),
            click.option("--waiting/--no-waiting", default=True, show_default=True, help="A group that waits until the end."),
            click.option("--draw", "what", type=click.Choice(["reps", "teams"]), default="reps", show_default=True),
            click.option("--seed", type=click.IntRange(0, 2**62), default=1, show_default=True),
            click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout."),
        ]
    ):
        command = option(command)
    return command


@click.command("power")
@PANEL
@_options
@click.option("--method", type=click.Choice(["bjs", "gcomp"]), default="bjs", show_default=True)
@click.option("--transform", type=click.Choice(["auto", "none", "log"]), default="auto", show_default=True)
@click.option("--draws", type=click.IntRange(100, 10_000), default=100, show_default=True, help="Placebo lotteries.")
@click.option("--effect", type=float, help="Also: the chance of finding this effect, in the KPI's unit or in logs.")
def power_command(panel: Path, as_json: bool, **given: Any) -> None:
    """The smallest effect that a rollout could see (80 % power), from placebo lotteries over PANEL.csv's history.

    Exit code 2 for input that cannot be read.
    """
    history, _calendar = _history(panel, given)
    positive = bool(np.nanmin(history.outcome) > 0)
    if given["transform"] == "log" and not positive:
        fail(f"{panel}: there are values of zero or less, so logs are not lawful (log_of_nonpositive)")
    wants_log = given["transform"] == "log" or (given["transform"] == "auto" and not given["denominator"])
    scale = "log" if wants_log and positive else "level"
    shape = _shape(given)
    found = smallest_detectable(
        scaled(history, "log" if scale == "log" else "level"),
        shape,
        estimators.planned(given["method"]),
        draws=given["draws"],
        seed=given["seed"],
        deal=lambda before, starts: dealing.placebo(before, starts, teams=given["what"] == "teams"),
    )
    body = _power_body(found, history, given, scale)
    show(body, as_json=as_json, text=lambda: _power_text(body))


def _power_body(
    found: Detectable | NotEstimable, history: Panel, given: dict[str, Any], scale: str
) -> dict[str, Any]:
    names = ("waves", "gap", "horizon", "waiting", "seed", "method")
    body: dict[str, Any] = {name: given[name] for name in names} | {"draw": given["what"], "scale": scale}
    body |= {"units": history.n_units, "teams": history.n_clusters, "periods": history.n_periods}
    if isinstance(found, NotEstimable):
        return body | {"not_estimable": {"code": found.code} | found.params}
    body |= {"smallest_detectable": found.effect, "power": found.power, "level": found.level}
    body |= {"draws": found.draws, "spread": found.spread, "false_alarms": found.false_alarms}
    if given["effect"] is not None:
        body["power_at"] = {"effect": given["effect"], "power": found.power_at(given["effect"])}
    return body


def _power_text(body: dict[str, Any]) -> str:
    if "not_estimable" in body:
        why = body["not_estimable"]
        more = ", ".join(f"{key} {value}" for key, value in why.items() if key != "code")
        return f"cannot be said: {why['code']} ({more})"
    measure = Measure("amount", "", 0, "higher", "period", body["scale"])
    with speaking("en"):
        size = measure.size(body["smallest_detectable"])
        waves = ngettext("%(num)s wave", "%(num)s waves", body["waves"])
    lines = [
        f"{waves}, {body['gap']} periods apart, {body['horizon']} periods each: 80 % power from {size} on "
        f"({body['smallest_detectable']:.6g} {'in logs' if body['scale'] == 'log' else 'in the KPI’s unit'})",
        f"{body['units']} units in {body['teams']} teams over {body['periods']} periods; {body['draws']} placebo draws, "
        f"{body['false_alarms']:.0%} of them false alarms",
    ]
    if "power_at" in body:
        lines.append(f"an effect of {body['power_at']['effect']:g} is found with {body['power_at']['power']:.0%}")
    return "\n".join(lines)


@click.command("plan")
@PANEL
@_options
@click.option("--first", required=True, metavar="PERIOD", help="The period in which the first wave starts.")
def plan_command(panel: Path, as_json: bool, **given: Any) -> None:
    """Draw the waves of a rollout from PANEL.csv: stratified by team and KPI tercile, decided by --seed alone.

    Prints the list as CSV, or everything with the plan's SHA-256 as JSON. The same seed draws the same list.
    """
    history, calendar = _history(panel, given)
    shape, whole = _shape(given), given["what"] == "teams"
    if given["waves"] == 1 and not given["waiting"]:
        fail("with one wave and nobody who waits there is nobody to compare with")
    groups = shape.waves + int(shape.waiting)
    if history.n_units < groups:
        fail(f"{panel}: {history.n_units} units cannot be dealt to {groups} groups")
    tercile = dealing.terciles(history, teams=whole)
    drawn = dealing.plan_of(history.cluster, tercile, tuple(range(1, groups + 1)), teams=whole).assign(given["seed"])
    starts = _wave_labels(calendar, given)
    members = [
        {
            "unit": unit,
            "team": history.clusters[history.cluster[i]],
            "tercile": int(tercile[i]) + 1,
            "wave": int(drawn[i]) if drawn[i] <= shape.waves else None,
            "starts": starts[int(drawn[i]) - 1] if drawn[i] <= shape.waves else None,
        }
        for i, unit in enumerate(history.units)
    ]
    body: dict[str, Any] = {name: given[name] for name in ("waves", "gap", "horizon", "waiting", "seed")}
    body |= {"draw": given["what"], "starts": starts, "warnings": timing.warnings(shape), "members": members}
    body["sha256"] = canonical.sha256(body)
    show(body, as_json=as_json, text=lambda: _as_csv(members))


def _wave_labels(calendar: Calendar, given: dict[str, Any]) -> list[str]:
    """The period of each wave, written as in the panel."""
    try:
        at = calendar.index(given["first"])
    except UnreadablePeriod:
        fail(f"--first {given['first']!r} is not written as the panel's periods are, like {calendar.label(0)!r}")
    if at < calendar.length:
        fail(f"--first {given['first']!r} does not lie after the history, which ends with {calendar.label(calendar.length - 1)!r}")
    return [calendar.label(at + given["gap"] * wave) for wave in range(given["waves"])]


def _as_csv(members: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["unit", "team", "tercile", "wave", "starts"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: "" if v is None else v for k, v in member.items()} for member in members)
    return out.getvalue().rstrip("\n")


@click.command("waves")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="As if it were this day; today by default.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout.")
def waves_command(day: datetime | None, as_json: bool) -> None:
    """Do what is due for planned rollouts: enrol waves whose day has come, report where the last window has closed."""
    moment = now() if day is None else datetime.combine(day, time(12), now().tzinfo)
    with refusals_as_exit_code():
        done = jobs.do_what_is_due(moment, lambda line: click.echo(line, err=True))
    text = f"{len(done['enrolled'])} waves enrolled, {len(done['reports'])} reports made"
    show(done, as_json=as_json, text=lambda: text)


def _shape(given: dict[str, Any]) -> Shape:
    return Shape(given["waves"], given["gap"], given["horizon"], given["waiting"])


def _history(path: Path, given: dict[str, Any]) -> tuple[Panel, Calendar]:
    """The panel of the file with every trained period taken out."""
    header, rows = csv_table(path)[:2]
    wanted = {name: given[name] for name in ("unit", "period", "outcome", "first_treated", "cluster", "denominator")}
    missing = [column for column in wanted.values() if column and column not in header]
    if missing:
        fail(f"{path}: no column {', '.join(map(repr, missing))}; there are {', '.join(map(repr, header))}")
    columns = {name: [row[header.index(c)] for row in rows] for name, c in wanted.items() if c}
    try:
        reading, trained = _read(columns)
    except PanelError as error:
        with speaking("en"):
            reason = effect_words.reason(error.code, error.params, Measure("amount", "", 0, "higher", "period"))
        fail(f"{path}: {reason} ({error.code})")
    never = np.full(reading.panel.n_units, NEVER, dtype=np.int64)
    panel = without_training(reading.panel) if trained else replace(reading.panel, start=never)
    return panel, reading.calendar


def _read(columns: dict[str, list[str]]) -> tuple[Reading, bool]:
    """Read as a study's panel is, and whether anybody was trained. Where nobody was, one unit is called so for the
    reading alone: a study's panel has to have somebody trained, a history need not."""
    given = {name: columns.get(name) for name in ("unit", "period", "outcome", "cluster", "denominator")}
    treated = columns.get("first_treated", [""] * len(columns["unit"]))
    try:
        return read_rows(Rows(first_treated=treated, **given)), True  # type: ignore[arg-type]
    except PanelError as error:
        if error.code != "none_trained":
            raise
    last = max(columns["period"], key=lambda label: read(label)[1])
    marked = [last if unit == columns["unit"][0] else "" for unit in columns["unit"]]
    return read_rows(Rows(first_treated=marked, **given)), False  # type: ignore[arg-type]


COMMANDS = (power_command, plan_command, waves_command)
