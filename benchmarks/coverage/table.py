"""Bias and coverage of every estimator on simulated companies whose true effect is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from effects.stats.design import Chosen, route
from effects.stats.dip import dip_test
from effects.stats.facts import facts_of
from effects.stats.methods import run
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.results import Effect
from effects.stats.simulate import Company, Selection, Trouble, company

ESTIMATORS = ("prepost", "twfe", "cs", "bjs", "gcomp", "bjs-trends")
OPTIONS = Options(horizon=6, leads=0, transform="none")

STATED = {
    Selection.RANDOM: Chosen.RANDOM,
    Selection.NULL: Chosen.RANDOM,
    Selection.LOW_RECENT: Chosen.LOW_KPI,
    Selection.LOW_OWN_NORM: Chosen.LOW_KPI,
    Selection.LOW_LEVEL: Chosen.WAVES,
    Selection.GROWING: Chosen.VOLUNTEERS,
    Selection.WHOLE_TEAMS: Chosen.TEAMS,
}
"""What an honest HR department would answer to "how were they chosen?"."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: how people were chosen, what is wrong with the records, and what HR says."""

    name: str
    selection: Selection
    trouble: Trouble = Trouble.NONE
    stated: Chosen | None = None
    estimators: tuple[str, ...] = ESTIMATORS

    @property
    def answer(self) -> Chosen:
        """The stated way of choosing."""
        return self.stated or STATED[self.selection]


BRIEF = ("bjs", "gcomp")
ROWS = (
    *(Row(selection.value, selection) for selection in Selection),
    *(Row(f"random, {t.value}", Selection.RANDOM, t, None, BRIEF) for t in Trouble if t is not Trouble.NONE),
    Row("low_recent, leavers", Selection.LOW_RECENT, Trouble.LEAVERS, None, BRIEF),
    Row("not known (low_recent)", Selection.LOW_RECENT, Trouble.NONE, Chosen.UNKNOWN, BRIEF),
    Row("said random, was low_recent", Selection.LOW_RECENT, Trouble.NONE, Chosen.RANDOM, BRIEF),
)


@dataclass(frozen=True, slots=True)
class Score:
    """One estimator in one row. ``bias`` against each company's own true average effect; ``coverage`` of the 95 %
    interval; ``wins`` share of intervals above zero; ``wrong`` share clear of zero on the wrong side of it;
    ``missing`` companies without a figure; ``error`` Monte-Carlo standard error of the bias."""

    row: str
    estimator: str
    companies: int
    bias: float
    error: float
    coverage: float
    wins: float
    wrong: float
    missing: int

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def routed(panel: Panel, chosen: Chosen) -> str:
    """The estimator that the routing table picks for this answer and these records."""
    return route(chosen, facts_of(panel, OPTIONS), dip_test(panel, OPTIONS)).primary


def figures(made: Company, row: Row) -> dict[str, Effect | None]:
    """Every estimator of the row on one company, and under "routed" the one that the routing picked."""
    pick = routed(made.panel, row.answer)
    found = {name: run(name, made.panel, OPTIONS) for name in {*row.estimators, pick}}
    kept = {name: effect if isinstance(effect, Effect) else None for name, effect in found.items()}
    return {name: kept[name] for name in row.estimators} | {"routed": kept[pick]}


def measure(row: Row, companies: int, seed: int) -> Iterator[Score]:
    """The scores of one row over fresh companies seed, seed + 1, …"""
    records: dict[str, list[tuple[float, Effect | None]]] = {}
    for i in range(companies):
        made = company(seed + i, row.selection, row.trouble)
        truth = made.truth(OPTIONS.horizon)
        for name, effect in figures(made, row).items():
            records.setdefault(name, []).append((truth, effect))
    for name, pairs in records.items():
        yield score(row.name, name, pairs)


def score(row: str, estimator: str, pairs: Iterable[tuple[float, Effect | None]]) -> Score:
    """Summary of (truth, effect) pairs."""
    listed = list(pairs)
    known = [(truth, e, e.interval) for truth, e in listed if e is not None and e.interval is not None]
    errors = np.array([e.estimate - truth for truth, e, _ in known]) if known else np.zeros(1)
    covered = [truth in interval for truth, _, interval in known]
    wins = [interval.low > 0 for _, _, interval in known]
    wrong = [interval.high < 0 if truth > 0 else 0.0 not in interval for truth, _, interval in known]
    n = max(len(known), 1)
    return Score(
        row,
        estimator,
        len(listed),
        float(errors.mean()),
        float(errors.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0,
        sum(covered) / n,
        sum(wins) / n,
        sum(wrong) / n,
        len(listed) - len(known),
    )
