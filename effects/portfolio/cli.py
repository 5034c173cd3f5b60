"""``flask effects portfolio``: many courses by many KPIs from files, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from effects import words as effect_words
from effects.cli import _chosen, _table
from effects.measure import Measure
from effects.numbers import clean
from effects.portfolio import findings
from effects.stats import portfolio
from effects.stats.design import Chosen
from effects.stats.options import Options
from effects.stats.reading import PanelError, Rows, read_rows
from effects.stats.study import analyse
from lms.cli import fail, show
from lms.i18n import speaking

Cells = dict[str, list[str]]


class Found(Struct, frozen=True):
    """One pair as computed from its rows."""

    course: str
    kpi: str
    finding: findings.Finding
    standard: findings.Standard | None


@click.command("portfolio")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--course", default="course", show_default=True, metavar="COL", help="Which course; in a folder without this column each file is a course.")
@click.option("--kpi", default="kpi", show_default=True, metavar="COL", help="Which KPI.")
@click.option("--unit", default="unit", show_default=True, metavar="COL", help="Who.")
@click.option("--period", default="period", show_default=True, metavar="COL", help="When.")
@click.option("--outcome", default="outcome", show_default=True, metavar="COL", help="The KPI's value; empty where it is missing.")
@click.option("--first-treated", default="first_treated", show_default=True, metavar="COL", help="First trained period; empty or 0: never.")
@click.option("--cluster", metavar="COL", help="Team at baseline.")
@click.option("--denominator", metavar="COL", help="For rates: the outcome is the numerator where this is filled.")
@click.option("--lower", default="", metavar="A,B", help="KPIs of which less is better.")
@click.option("--chosen", default="unknown", show_default=True, help="How they were chosen: random, waves, low-kpi, volunteers, teams, everyone, unknown.")
@click.option("--horizon", type=click.IntRange(1), default=6, show_default=True, help="Average over the first H periods from the start.")
@click.option("--false-discovery", type=click.FloatRange(0.001, 0.5), default=portfolio.FALSE_DISCOVERY, show_default=True, help="Expected share of false wins among the badges.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout.")
def portfolio_command(source: Path, chosen: str, false_discovery: float, as_json: bool, **given: Any) -> None:
    """Rank many courses by many KPIs from SOURCE: one long CSV file, or a folder of them.

    Effects are put on one yardstick (standard deviations, more is better), shrunk for the ranking, and badged by
    Benjamini and Hochberg. Pairs that cannot be judged are listed with their reason. Exit code 2 for input that
    cannot be read.
    """
    how = _chosen(chosen)
    parts = _parts(_read(source, given), given)
    found = [_look(course, kpi, cells, how, given) for (course, kpi), cells in parts.items()]
    ranked = portfolio.rank([_pair(str(i), each) for i, each in enumerate(found)], false_discovery=false_discovery)
    rows = [_row(each, found[int(each.pair.name)]) for each in ranked]
    show({"pairs": rows, "false_discovery": false_discovery}, as_json=as_json, text=lambda: _text(rows))


def _read(source: Path, given: dict[str, Any]) -> Cells:
    """All rows as columns; of a folder all its CSV files, in order of name."""
    files = sorted(source.glob("*.csv")) if source.is_dir() else [source]
    if not files:
        fail(f"{source}: no CSV files in this folder")
    wanted = [given[name] for name in ("course", "kpi", "unit", "period", "outcome", "first_treated")]
    wanted += [given[name] for name in ("cluster", "denominator") if given[name]]
    columns: Cells = {name: [] for name in wanted}
    for path in files:
        header, rows, *_lines = _table(path)
        by_file = source.is_dir() and given["course"] not in header
        missing = [name for name in wanted if name not in header and not (by_file and name == given["course"])]
        if missing:
            fail(f"{path}: no column {', '.join(map(repr, missing))}; there are {', '.join(map(repr, header))}")
        for name in wanted:
            of_file = by_file and name == given["course"]
            columns[name] += [path.stem] * len(rows) if of_file else [row[header.index(name)] for row in rows]
    return columns


def _parts(columns: Cells, given: dict[str, Any]) -> dict[tuple[str, str], Cells]:
    """The rows of each course and KPI, in order of appearance."""
    found: dict[tuple[str, str], Cells] = {}
    for at, pair in enumerate(zip(columns[given["course"]], columns[given["kpi"]], strict=True)):
        course, kpi = (text.strip() for text in pair)
        if not course or not kpi:
            fail(f"row {at + 1}: course or KPI is empty")
        cells = found.setdefault((course, kpi), {name: [] for name in columns})
        for name, values in columns.items():
            cells[name].append(values[at])
    return found


def _look(course: str, kpi: str, cells: Cells, chosen: Chosen, given: dict[str, Any]) -> Found:
    below = cells[given["denominator"]] if given["denominator"] else []
    rate = any(cell.strip() for cell in below)
    lower = kpi in {name.strip() for name in given["lower"].split(",")}
    direction = "lower" if lower else "higher"
    rows = Rows(
        unit=cells[given["unit"]],
        period=cells[given["period"]],
        outcome=cells[given["outcome"]],
        first_treated=cells[given["first_treated"]],
        cluster=cells[given["cluster"]] if given["cluster"] else None,
        denominator=below if rate else None,
    )
    try:
        reading = read_rows(rows)
    except PanelError as error:
        if error.code in BAD_INPUT:
            fail(f"{course} × {kpi}: {_why(error.code, error.params)} ({error.code})")
        return Found(course, kpi, findings.Finding("none", "D", "level", 0, 0, refusal=error.code, params=error.params), None)
    options = Options(
        horizon=given["horizon"], kind="rate" if rate else "amount", direction="lower" if lower else "higher", seed=given["seed"]
    )
    result = analyse(reading.panel, chosen, options, cycle=reading.calendar.cycle)
    finding = findings.of_result(result, "", direction)
    return Found(course, kpi, finding, findings.standard(finding, reading.panel, direction, None))


BAD_INPUT = frozenset({
    "columns_unequal", "unit_missing", "period_missing", "period_unreadable", "periods_mixed", "text_in_numbers",
    "infinite_value", "value_too_large", "negative_denominator", "duplicate_rows", "first_treated_unreadable",
    "first_treated_varies", "cluster_missing", "cluster_varies",
})  # fmt: skip
"""What is wrong with the file, and not with the question: the command stops. All else is a refused pair."""


def _pair(name: str, found: Found) -> portfolio.Pair:
    finding, standard = found.finding, found.standard
    if standard is None or finding.p_value is None:
        return portfolio.Pair(name, 0.0, 1.0, 1.0, "D")
    return portfolio.Pair(name, standard.effect, standard.error, finding.p_value, finding.grade)  # type: ignore[arg-type]


def _row(ranked: portfolio.Ranked, found: Found) -> dict[str, Any]:
    finding, standard = found.finding, found.standard
    body: dict[str, Any] = {
        "course": found.course,
        "kpi": found.kpi,
        "rank": ranked.rank or None,
        "verdict": ranked.advice,
        "reason": ranked.reason,
        "grade": finding.grade if standard else "D",
        "badge": ranked.badge,
        "method": finding.method,
        "scale": finding.scale,
        "n_treated": finding.n_trained,
    }
    if standard is None:
        code = finding.refusal or "no_yardstick"
        return body | {"refusal": {"code": code, "params": clean(dict(finding.params)), "sentence": _why(code, finding.params)}}
    return body | {
        "estimate": finding.estimate,
        "interval": {"low": finding.low, "high": finding.high, "level": finding.level},
        "p_value": finding.p_value,
        "q_value": ranked.q_value,
        "standard": {"effect": standard.effect, "error": standard.error, "deviation": standard.deviation},
        "shrunken": {"effect": ranked.shrunken, "spread": ranked.spread, "weight": ranked.weight},
    }


def _why(code: str, params: Any) -> str:
    with speaking("en"):
        if code == "no_yardstick":
            return "Too few untrained reps to say how much this KPI usually differs from rep to rep."
        return effect_words.reason(code, params, Measure("amount", "", 0, "higher", "period"))


def _text(rows: Sequence[dict[str, Any]]) -> str:
    lines = [f"{'rank':>4}  {'verdict':<12} {'grade':<5} {'sd':>7} {'shrunk':>7} {'q':>6}  course × KPI"]
    for row in rows:
        name = f"{row['course']} × {row['kpi']}"
        if "refusal" in row:
            lines.append(f"{'–':>4}  {row['verdict']:<12} {row['grade']:<5} {'':>7} {'':>7} {'':>6}  {name}: {row['refusal']['sentence']}")
            continue
        mark = "*" if row["badge"] else " "
        lines.append(
            f"{row['rank']:>4}{mark} {row['verdict']:<12} {row['grade']:<5} {row['standard']['effect']:>+7.3f}"
            f" {row['shrunken']['effect']:>+7.3f} {row['q_value']:>6.3f}  {name}"
        )
    return "\n".join([*lines, "", "* stands out after correcting for the number of pairs (Benjamini and Hochberg)"])
