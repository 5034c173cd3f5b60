"""The portfolio as one value: page, CSV, XLSX, PDF, JSON and mail show this and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from effects.measure import Measure
from effects.portfolio import queries, words
from effects.portfolio.changes import changes
from effects.portfolio.models import PortfolioEntry, PortfolioRun
from effects.words import grade_word
from lms import tables
from lms.authz import Actor
from lms.figure_options import Option, number_format
from lms.figure_ranges import Ranged, ranges
from lms.i18n import day, local, money, number, percent
from lms.tables import Kind
from lms.values import Interval

SHOWN_IN_CHART = 14
COLOURS = {"keep": "$ok", "fix": "$warn", "stop": "$bad", "cannot_know": "$soft"}


class Row(Struct, frozen=True):
    """An entry, worded in the reader's language."""

    entry: PortfolioEntry
    subject: str
    kpi: str
    grade: str
    effect: str
    range: str
    standard: str
    worth: str
    worth_range: str
    cost: str
    benefit: str
    verdict: str
    state: str
    why: str
    badge: str
    chosen_by: str

    @property
    def name(self) -> str:
        return f"{self.subject} × {self.kpi}"


class Portfolio(Struct, frozen=True):
    """A finished run: its sentence, all its rows that fit the filter, the figure, and what changed since the last."""

    run: PortfolioRun
    before: PortfolioRun | None
    sentence: str
    rows: Sequence[Row]
    refused: Sequence[Row]
    counts: dict[str, int]
    kpis: Sequence[tuple[int, str]]
    changes: Sequence[str]

    @property
    def every(self) -> list[Row]:
        return [*self.rows, *self.refused]

    @property
    def charted(self) -> list[Row]:
        """The rows of the figure, by rank whatever the order of the table."""
        return sorted(self.rows, key=lambda row: row.entry.rank or 0)[:SHOWN_IN_CHART]

    @property
    def chart_sentence(self) -> str:
        return words.chart_sentence(sum(row.entry.badge for row in self.rows), len(self.rows))

    def chart(self) -> Option | None:
        """The caterpillar: the effects with a rank, the best at the top."""
        if not self.rows:
            return None
        return ranges([_ranged(row) for row in self.charted], value_format=number_format(digits=2, sign=True))


def _ranged(row: Row) -> Ranged:
    entry = row.entry
    value, half = entry.shrunken or 0.0, 1.96 * (entry.spread or 0.0)
    return Ranged(f"{row.subject}\n{row.kpi}", value, value - half, value + half, COLOURS[entry.verdict or "cannot_know"])


class Wanted(Struct, frozen=True):
    """Which rows, in which order."""

    kpi: int | None = None
    verdict: str | None = None
    sort: str = "rank"


def portfolio(viewer: Actor, number: int | None = None, wanted: Wanted | None = None) -> Portfolio | None:
    """The last finished run, or that of this number. None while there is none.

    :raises lms.errors.Unknown: there is no finished run of this number.
    """
    run = queries.finished(viewer, number)
    return composed(run, wanted or Wanted()) if run is not None else None


def composed(run: PortfolioRun, wanted: Wanted) -> Portfolio:
    """The value of a finished run in the language of the moment."""
    every = queries.entries(run)
    counts = Counter(entry.verdict for entry in every if entry.verdict)
    previous = queries.before(run)
    rows = [row_of(entry) for entry in every if _fits(entry, wanted)]
    known = [row for row in rows if row.entry.rank is not None]
    return Portfolio(
        run=run,
        before=previous,
        sentence=words.headline(dict(counts), len(every)),
        rows=_sorted(known, wanted.sort),
        refused=[row for row in rows if row.entry.rank is None],
        counts=dict(counts),
        kpis=list(dict.fromkeys((e.kpi_id, local(e.kpi.name)) for e in sorted(every, key=lambda e: e.kpi_id))),
        changes=_changes(previous, every) if previous else [],
    )


def _fits(entry: PortfolioEntry, wanted: Wanted) -> bool:
    return (wanted.kpi is None or entry.kpi_id == wanted.kpi) and wanted.verdict in (None, "", entry.verdict)


SORTS: dict[str, Callable[[Row], Any]] = {
    "rank": lambda row: row.entry.rank,
    "subject": lambda row: row.subject,
    "kpi": lambda row: row.kpi,
    "grade": lambda row: row.entry.grade,
    "effect": lambda row: row.entry.effect,
    "worth": lambda row: row.entry.worth,
    "cost": lambda row: row.entry.cost,
    "verdict": lambda row: words.VERDICTS.index(row.entry.verdict or "cannot_know"),
}


def _sorted(rows: Sequence[Row], sort: str) -> list[Row]:
    """By a column, "-" for descending; what has no value there stays last either way."""
    key = SORTS.get(sort.lstrip("-"), SORTS["rank"])
    with_value = [row for row in rows if key(row) is not None]
    without = [row for row in rows if key(row) is None]
    return sorted(with_value, key=key, reverse=sort.startswith("-")) + without


def measure_of(entry: PortfolioEntry) -> Measure:
    kpi = entry.kpi
    plain = Measure(kpi.kind, kpi.unit, kpi.digits, kpi.direction, kpi.period, entry.scale or "level")
    if entry.low is None or entry.high is None:
        return plain
    return plain.as_sure_as(Interval(entry.low, entry.high))


def row_of(entry: PortfolioEntry) -> Row:
    measure = measure_of(entry)
    told = entry.estimate is not None and entry.low is not None and entry.high is not None
    code = entry.verdict or "cannot_know"
    return Row(
        entry=entry,
        subject=local(entry.subject),
        kpi=local(entry.kpi.name),
        grade=f"{entry.grade} · {grade_word(entry.grade)}",
        effect=measure.effect(entry.estimate) if told and entry.estimate is not None else "–",
        range=measure.range(entry.low, entry.high) if told and entry.low is not None and entry.high is not None else "",
        standard="–" if entry.shrunken is None else ("+" if entry.shrunken > 0 else "") + number(entry.shrunken, 2).replace("-", "−"),
        worth="–" if entry.worth is None else _money(entry, entry.worth),
        worth_range="" if entry.worth_low is None or entry.worth_high is None else f"{_money(entry, entry.worth_low)} … {_money(entry, entry.worth_high)}",
        cost="–" if entry.cost is None else money(entry.cost),
        benefit="" if entry.benefit is None else money(_rounded(entry.benefit)),
        verdict=words.verdict(code),
        state=words.STATES[code],
        why=words.why(entry, measure),
        badge=words.badge(entry),
        chosen_by=words.chosen_by(entry.chosen_by),
    )


def _money(entry: PortfolioEntry, value: float) -> str:
    return ("−" if value < 0 else "") + money(abs(_rounded(value)), entry.kpi.unit)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _changes(previous: PortfolioRun, now: Sequence[PortfolioEntry]) -> list[str]:
    lines = []
    for change in changes(queries.entries(previous), now):
        entry = change.now or change.before
        if entry is None:
            continue
        values = {"pair": f"{local(entry.subject)} × {local(entry.kpi.name)}"}
        for name, side in (("before", change.before), ("now", change.now)):
            values[name] = words.verdict(side.verdict) if side is not None and side.verdict else "–"
        lines.append(words.change(change.kind, values))
    return lines


def columns() -> list[tables.Column]:
    """The same rows as a file: words where people read words, numbers as numbers."""
    labels = words.column_labels()
    made = [
        ("rank", Kind.INTEGER, lambda row: row.entry.rank),
        ("subject", Kind.TEXT, lambda row: row.subject),
        ("kpi", Kind.TEXT, lambda row: row.kpi),
        ("verdict", Kind.TEXT, lambda row: row.verdict),
        ("why", Kind.TEXT, lambda row: row.why),
        ("grade", Kind.TEXT, lambda row: row.entry.grade),
        ("primary", Kind.BOOLEAN, lambda row: row.entry.is_primary),
        ("primary_after", Kind.BOOLEAN, lambda row: row.entry.primary_after_start),
        ("badge", Kind.BOOLEAN, lambda row: row.entry.badge),
        ("q_value", Kind.NUMBER, lambda row: row.entry.q_value),
        ("p_value", Kind.NUMBER, lambda row: row.entry.p_value),
        ("scale", Kind.TEXT, lambda row: words.scale(row.entry.scale) if row.entry.estimate is not None else None),
        ("estimate", Kind.NUMBER, lambda row: row.entry.estimate),
        ("low", Kind.NUMBER, lambda row: row.entry.low),
        ("high", Kind.NUMBER, lambda row: row.entry.high),
        ("standard", Kind.NUMBER, lambda row: row.entry.effect),
        ("error", Kind.NUMBER, lambda row: row.entry.error),
        ("shrunken", Kind.NUMBER, lambda row: row.entry.shrunken),
        ("spread", Kind.NUMBER, lambda row: row.entry.spread),
        ("deviation", Kind.NUMBER, lambda row: row.entry.deviation),
        ("n_trained", Kind.INTEGER, lambda row: row.entry.n_trained),
        ("n_comparison", Kind.INTEGER, lambda row: row.entry.n_comparison),
        ("worth", Kind.NUMBER, lambda row: row.entry.worth),
        ("worth_low", Kind.NUMBER, lambda row: row.entry.worth_low),
        ("worth_high", Kind.NUMBER, lambda row: row.entry.worth_high),
        ("benefit", Kind.NUMBER, lambda row: row.entry.benefit),
        ("cost", Kind.NUMBER, lambda row: row.entry.cost),
        ("probability", Kind.PERCENT, lambda row: row.entry.probability),
        ("chosen_by", Kind.TEXT, lambda row: row.chosen_by),
    ]
    return [tables.Column(key, labels[key], kind, value) for key, kind, value in made]


def as_json(value: Portfolio) -> dict[str, Any]:
    """Every figure, with codes and with words."""
    run = value.run
    made = columns()
    return {
        "format": 1,
        "run": run.number,
        "fingerprint": run.fingerprint,
        "seed": run.seed,
        "version": run.version,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "prior": {"mean": run.prior_mean, "spread": run.prior_spread},
        "sentence": value.sentence,
        "changes": list(value.changes),
        "pairs": [_pair(row, made) for row in value.every],
    }


def _pair(row: Row, made: Sequence[tables.Column]) -> dict[str, Any]:
    entry = row.entry
    codes = {"verdict_code": entry.verdict, "reason_code": entry.verdict_reason, "refusal_code": entry.refusal}
    return {column.key: column.of(row) for column in made} | codes


def about(run: PortfolioRun) -> str:
    """When and by which data a run was made."""
    return words.about(number(run.number), day(run.finished_at), (run.fingerprint or "")[:12], run.seed, run.version)


def share(value: float | None) -> str:
    return percent(value)
