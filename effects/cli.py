"""``flask effects …``: the engine by hand, on a panel from a CSV file or on a stored study."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from flask_babel import gettext as _
from msgspec.structs import replace

from effects import words
from effects.reports import Context, Report, worded
from effects.stats.coverage import ROWS, Score, measure
from effects.stats.design import Chosen
from effects.stats.methods import METHODS, misfit
from effects.stats.options import Options
from effects.stats.reading import PanelError, Reading, Rows, read_rows
from effects.stats.results import Effect
from effects.stats.simulate import Selection
from effects.stats.study import analyse
from lms.cli import fail, show
from lms.db import LocalText
from lms.i18n import LOCALES, speaking, translate_to_all

effects_cli = AppGroup("effects", help="What a course did to a KPI: estimates on panels.")


@effects_cli.command("estimate")
@click.argument("panel", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--unit", required=True, metavar="COL", help="Who: one rep, store or firm per value.")
@click.option("--period", required=True, metavar="COL", help="When: 1..T, years, 2024-03, 2024-Q1, 2024-W05 or dates.")
@click.option("--outcome", required=True, metavar="COL", help="The KPI; empty where it is missing.")
@click.option("--first-treated", required=True, metavar="COL", help="First trained period; empty or 0: never.")
@click.option("--cluster", metavar="COL", help="Team at baseline; without it every unit stands alone.")
@click.option("--covariates", metavar="A,B", default="", help="Characteristics fixed before training, for cs.")
@click.option("--denominator", metavar="COL", help="For a rate: --outcome is the numerator; for a count: the exposure.")
@click.option("--control", type=click.Choice(["notyet", "never"]), default="notyet", show_default=True)
@click.option("--method", default="auto", show_default=True, help=f"auto, or by name: {', '.join(sorted(METHODS))}.")
@click.option(
    "--aggregate", type=click.Choice(["simple", "group", "calendar", "event"]), default="simple", show_default=True
)
@click.option(
    "--chosen", default="unknown", show_default=True, help="How they were chosen: random, waves, low-kpi, volunteers, teams, everyone, unknown."
)
@click.option("--kind", type=click.Choice(["amount", "count", "rate"]), default="amount", show_default=True)
@click.option("--direction", type=click.Choice(["higher", "lower"]), default="higher", help="Which way is better.")
@click.option("--transform", type=click.Choice(["auto", "none", "log"]), default="auto", show_default=True)
@click.option("--horizon", type=click.IntRange(1, 10_000), help="Average over the first H periods from the start.")
@click.option("--anticipation", type=click.IntRange(0, 10_000), default=0, help="Periods before the start that may be touched already.")
@click.option("--window", type=click.IntRange(1, 10_000), default=6, show_default=True, help="Periods each side for before/after.")
@click.option("--inference", type=click.Choice(["auto", "jackknife", "influence"]), default="auto", show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout.")
def estimate(panel: Path, as_json: bool, **given: Any) -> None:
    """Estimate the effect of training from PANEL.csv, one row per unit and period.

    "auto" follows how people were chosen and refuses where no honest answer exists; a method named by hand computes
    whatever is defined and states its grade. Exit code 2 for input that cannot be read.
    """
    chosen = _chosen(given.pop("chosen"))
    method = given["method"]
    if given["kind"] == "rate" and not given["denominator"]:
        fail("a rate needs --denominator: rates are sums over sums, never means of rates")
    if method != "auto" and method not in METHODS:
        fail(f"unknown method {method!r}; known are auto, {', '.join(sorted(METHODS))}")
    reading = _read(panel, given)
    names = ("method", "control", "aggregate", "horizon", "anticipation", "window", "transform", "kind", "direction", "inference", "seed")
    options = Options(**{name: given[name] for name in names})
    _refuse_misfit(method, options, covariates=bool(reading.panel.covariates))
    result = analyse(reading.panel, chosen, options, cycle=reading.calendar.cycle)
    if method == "auto" and isinstance(result.headline, Effect):
        _refuse_misfit(result.method, replace(options, control="notyet"), covariates=False)
    report = worded(_context(given, reading), result)
    show(_json(report, reading), as_json=as_json, text=lambda: _text(report))


@effects_cli.command("coverage")
@click.option("--companies", type=click.IntRange(1, 1000), default=10, show_default=True, help="Per row.")
@click.option("--rows", help="Names separated by ';' (default: the seven ways of choosing people).")
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True, help="Of the first company.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout.")
def coverage_command(companies: int, rows: str | None, seed: int, as_json: bool) -> None:
    """Bias and coverage of the estimators on simulated companies whose true effect is known: a small version of the
    published table, on this machine and with this version."""
    names = [name.strip() for name in rows.split(";")] if rows else [str(selection) for selection in Selection]
    known = {row.name: row for row in ROWS}
    unknown = [name for name in names if name not in known]
    if unknown:
        fail(f"unknown rows {', '.join(unknown)}; known are {'; '.join(known)}")
    found = [score for name in names for score in measure(known[name], companies, seed)]
    body = {"companies": companies, "seed": seed, "scores": [score.as_dict() for score in found]}
    show(body, as_json=as_json, text=lambda: "\n".join(_score(score) for score in found))


def _score(s: Score) -> str:
    if s.bias is None or s.coverage is None:
        return f"{s.row:28} {s.estimator:12} no figure in {s.missing} of {s.companies}"
    return (
        f"{s.row:28} {s.estimator:12} bias {s.bias:+.3f}  coverage {100 * s.coverage:3.0f} %  "
        f"clear on the wrong side {100 * s.wrong:3.0f} %  no figure {s.missing}"
    )


def _refuse_misfit(method: str, options: Options, *, covariates: bool) -> None:
    """Ends the command if an option says nothing to the method: a figure that passed over it would be misread."""
    found = misfit(method, options, covariates)
    if found is not None:
        with speaking("en"):
            fail(_("%(option)s has no meaning for the method %(method)s.", **found.params))


def _chosen(text: str) -> Chosen:
    try:
        return Chosen.parse(text)
    except ValueError:
        fail(f"unknown way of choosing {text!r}; known are {', '.join(c.replace('_', '-') for c in Chosen)}")


def _read(path: Path, given: dict[str, Any]) -> Reading:
    header, rows, lines = _table(path)
    covariates = [name.strip() for name in given["covariates"].split(",") if name.strip()]
    wanted = [given["unit"], given["period"], given["outcome"], given["first_treated"], *covariates]
    wanted += [given[name] for name in ("cluster", "denominator") if given[name]]
    missing = [name for name in wanted if name not in header]
    if missing:
        fail(f"{path}: no column {', '.join(map(repr, missing))}; there are {', '.join(map(repr, header))}")
    columns = {name: [row[header.index(name)] for row in rows] for name in wanted}
    try:
        return read_rows(
            Rows(
                unit=columns[given["unit"]],
                period=columns[given["period"]],
                outcome=columns[given["outcome"]],
                first_treated=columns[given["first_treated"]],
                cluster=columns[given["cluster"]] if given["cluster"] else None,
                covariates={name: columns[name] for name in covariates},
                denominator=columns[given["denominator"]] if given["denominator"] else None,
            )
        )
    except PanelError as error:
        params = _as_in_file(error.params, given, lines)
        with speaking("en"):
            reason = words.reason(error.code, params, _context(given, None).measure("level"))
        fail(f"{path}: {reason} ({error.code})")


def _as_in_file(params: dict[str, Any], given: dict[str, Any], lines: list[int]) -> dict[str, Any]:
    """What a problem says, in the line numbers and column names of the file."""
    said = dict(params)
    if "row" in said:
        said["row"] = lines[said["row"] - 1]
    if said.get("column") in ("outcome", "denominator"):
        said["column"] = given[said["column"]]
    return said


def _table(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    """Header, rows, and the line of the file on which each row ends."""
    try:
        data = path.read_bytes()
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    if b"\0" in data[:4096]:
        fail(f"{path}: this is no CSV text file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        fail(f"{path}: neither UTF-8 nor GB18030 text")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        found = [(row, reader.line_num) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        fail(f"{path}: no CSV text: {error}")
    rows, lines = [row for row, _line in found], [line for _row, line in found]
    if len(rows) < 2:
        fail(f"{path}: no rows under a header")
    header = [name.strip() for name in rows[0]]
    if len(set(header)) < len(header):
        fail(f"{path}: two columns have the same name")
    for row, line in found[1:]:
        if len(row) != len(header):
            fail(f"{path}: row {line} has {len(row)} cells, the header {len(header)}")
    return header, rows[1:], lines[1:]


def _context(given: dict[str, Any], reading: Reading | None) -> Context:
    outcome = given["outcome"]
    name: LocalText = dict.fromkeys(LOCALES, outcome)
    unit = "share" if given["kind"] == "rate" else outcome
    period = reading.calendar.unit if reading else "period"
    return Context(
        course=translate_to_all(lambda: _("the training")),
        kpi=name,
        kind=given["kind"],
        unit=unit,
        digits=0,
        direction=given["direction"],
        period=period,
    )


def _json(report: Report, reading: Reading) -> dict[str, Any]:
    body = dict(report.numbers)
    body["periods"] = list(reading.panel.periods)
    body["left_out"] = [{"unit": d.unit, "reason": d.reason} for d in reading.dropped]
    sentence = {locale: report.words[locale]["headline"] for locale in LOCALES}
    if "not_estimable" in body:
        body["not_estimable"] = body["not_estimable"] | {"sentence": sentence}
    body["diagnostics"] = [c | {"sentence": _check_sentence(report, c["name"])} for c in body["diagnostics"]]
    body["sentence"] = sentence
    return body


def _check_sentence(report: Report, name: str) -> LocalText:
    return {
        locale: next((c["answer"] for c in report.words[locale]["checks"] if c["name"] == name), "")
        for locale in LOCALES
    }


def _text(report: Report) -> str:
    said = report.words["en"]
    lines = [said["headline"], "", f"Grade {report.grade} ({said['grade']})", *(f"  {line}" for line in said["grade_why"]), ""]
    lines += [f"{row['method']}: {row['value']}  {row['range']}  {row['note']}".rstrip() for row in said["besides"]]
    lines += ["", *(f"[{check['word']}] {check['question']} {check['answer']}" for check in said["checks"])]
    return "\n".join(lines)
