"""Bias and coverage of every estimator on simulated companies whose true effect is known.

A *row* is a kind of company: how people were chosen, what is wrong with the records, and what HR says about it. For
each company of a row the estimators are run as in a study and held against the effect that happened in that very
company. Results come in *batches* of companies with consecutive seeds, which add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from msgspec import Struct, field
from msgspec.structs import asdict, replace

from effects.stats.design import Chosen, for_kind, route
from effects.stats.dip import dip_test
from effects.stats.facts import facts_of
from effects.stats.methods import run
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.results import Effect
from effects.stats.simulate import Company, Selection, Settings, Trouble, company
from effects.stats.study import analyse
from lms.values import NotEstimable

ESTIMATORS = ("prepost", "twfe", "cs", "bjs", "gcomp", "bjs-trends")
BRIEF = ("bjs", "gcomp")
OPTIONS = Options(horizon=6, leads=0, transform="none")
STUDY = "whole study"

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


class Row(Struct, frozen=True):
    """A row of the table: how people were chosen, what is wrong with the records, and what HR says.

    ``settings``   sizes other than the usual ones; ``estimators`` those shown beside the routed one; none of them and
                   ``whole`` True: the whole study with its refusals, one figure or none.
    """

    name: str
    selection: Selection
    trouble: Trouble = Trouble.NONE
    stated: Chosen | None = None
    estimators: tuple[str, ...] = ESTIMATORS
    settings: Settings | None = None
    whole: bool = False

    @property
    def options(self) -> Options:
        """The analysis plan: everything in levels (amounts are logs already), counts in their own kind."""
        if self.trouble is Trouble.COUNTS:
            return replace(OPTIONS, kind="count", transform="auto")
        return replace(OPTIONS, kind="rate") if self.trouble is Trouble.RATES else OPTIONS

    @property
    def answer(self) -> Chosen:
        """The stated way of choosing."""
        return self.stated or STATED[self.selection]


def _null(name: str, selection: Selection, stated: Chosen | None = None, teams: int = 20) -> Row:
    """The same choice of people for a course that does nothing."""
    return Row(name, selection, Trouble.NONE, stated, BRIEF, Settings(effect=0.0, teams=teams))


def _refused(name: str, selection: Selection = Selection.RANDOM, **sizes: object) -> Row:
    """A company under a threshold of the routing table."""
    settings = replace(Settings(), **sizes)  # type: ignore[arg-type]
    return Row(f"under a threshold: {name}", selection, Trouble.NONE, Chosen.WAVES, (), settings, whole=True)


ROWS = (
    *(Row(selection.value, selection) for selection in Selection),
    *(
        Row(f"random, {t.value}", Selection.RANDOM, t, None, (*BRIEF, "poisson") if t is Trouble.COUNTS else BRIEF)
        for t in Trouble
        if t is not Trouble.NONE
    ),
    Row("low_recent, leavers", Selection.LOW_RECENT, Trouble.LEAVERS, None, BRIEF),
    Row("low_recent, heavy_tails", Selection.LOW_RECENT, Trouble.HEAVY_TAILS, None, BRIEF),
    Row("said random, was low_recent", Selection.LOW_RECENT, Trouble.NONE, Chosen.RANDOM, BRIEF),
    *(
        Row(f"not known ({s.value})", s, Trouble.NONE, Chosen.UNKNOWN, BRIEF)
        for s in (Selection.RANDOM, Selection.LOW_RECENT, Selection.LOW_LEVEL, Selection.GROWING)
    ),
    _null("no effect, low_recent", Selection.LOW_RECENT),
    _null("no effect, growing", Selection.GROWING),
    _null("no effect, whole_teams", Selection.WHOLE_TEAMS, teams=8),
    _null("no effect, not known (random)", Selection.RANDOM, Chosen.UNKNOWN),
    _null("no effect, not known (low_recent)", Selection.LOW_RECENT, Chosen.UNKNOWN),
    _refused("four trained", share_per_wave=0.005),
    _refused("five teams", teams=5),
    _refused("five months before", waves=(3, 4, 5)),
    _refused("one comparison team", Selection.WHOLE_TEAMS, teams=6, waves=(9, 9, 9, 9, 9), share_teams=5 / 6),
)


class Tally(Struct, frozen=True):
    """One estimator over a batch: ``errors`` estimate less truth of each company with an interval; how many of these
    cover the truth, lie above zero (``wins``), lie clear of zero on the wrong side of it; companies without a figure."""

    errors: tuple[float, ...]
    covered: int
    wins: int
    wrong: int
    missing: int


class Batch(Struct, frozen=True):
    """``companies`` of a row with the seeds ``seed``, ``seed`` + 1, …"""

    row: str
    seed: int
    companies: int
    tallies: dict[str, Tally] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """For JSON, with errors to six places."""
        tallies = {n: asdict(tally) | {"errors": [round(e, 6) for e in tally.errors]} for n, tally in self.tallies.items()}
        return asdict(self) | {"tallies": tallies}

    @classmethod
    def from_dict(cls, found: dict[str, object]) -> Batch:
        """The batch that ``as_dict`` wrote."""
        tallies: dict[str, dict[str, object]] = found["tallies"]  # type: ignore[assignment]
        made = {n: Tally(**t | {"errors": tuple(t["errors"])}) for n, t in tallies.items()}  # type: ignore[arg-type]
        return cls(found["row"], found["seed"], found["companies"], made)  # type: ignore[arg-type]


class Score(Struct, frozen=True):
    """One estimator in one row. ``bias`` against each company's own true average effect; ``coverage`` of the 95 %
    interval; ``wins`` share of intervals above zero; ``wrong`` share clear of zero on the wrong side of it;
    ``missing`` companies without a figure; ``error`` Monte-Carlo standard error of the bias. Shares of those with a
    figure, but ``wrong`` of all companies: what is not said cannot mislead."""

    row: str
    estimator: str
    companies: int
    bias: float | None
    error: float | None
    coverage: float | None
    wins: float | None
    wrong: float
    missing: int

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def routed(panel: Panel, chosen: Chosen, options: Options = OPTIONS) -> str:
    """The estimator that the routing table picks for this answer and these records."""
    return for_kind(route(chosen, facts_of(panel, options), dip_test(panel, options)), options).primary


def figures(made: Company, row: Row) -> dict[str, Effect | None]:
    """Every estimator of the row on one company, and under "routed" the one that the routing picked."""
    if row.whole:
        return {STUDY: _kept(analyse(made.panel, row.answer, row.options).headline)}
    pick = routed(made.panel, row.answer, row.options)
    found = {name: _kept(run(name, made.panel, row.options)) for name in {*row.estimators, pick}}
    return {name: found[name] for name in row.estimators} | {"routed": found[pick]}


def _kept(found: Effect | NotEstimable) -> Effect | None:
    return found if isinstance(found, Effect) and found.interval is not None else None


def batch(row: Row, companies: int, seed: int) -> Batch:
    """The tallies of one row over fresh companies seed, seed + 1, …"""
    pairs: dict[str, list[tuple[float, Effect | None]]] = {}
    for i in range(companies):
        made = company(seed + i, row.selection, row.trouble, row.settings)
        truth = made.truth(OPTIONS.horizon)
        for name, effect in figures(made, row).items():
            pairs.setdefault(name, []).append((truth, effect))
    return Batch(row.name, seed, companies, {name: _tally(found) for name, found in pairs.items()})


def _tally(pairs: Sequence[tuple[float, Effect | None]]) -> Tally:
    known = [
        (truth, e.estimate, e.interval) for truth, e in pairs if e is not None and e.interval is not None
    ]
    return Tally(
        tuple(estimate - truth for truth, estimate, _ in known),
        sum(truth in interval for truth, _, interval in known),
        sum(interval.low > 0 for _, _, interval in known),
        sum(interval.high < 0 if truth > 0 else 0.0 not in interval for truth, _, interval in known),
        len(pairs) - len(known),
    )


def scores(batches: Iterable[Batch]) -> list[Score]:
    """The table of any batches, in the order of the rows."""
    of: dict[tuple[str, str], list[Tally]] = {}
    for one in batches:
        for name, tally in one.tallies.items():
            of.setdefault((one.row, name), []).append(tally)
    place = {row.name: i for i, row in enumerate(ROWS)}
    order = sorted(of, key=lambda pair: place.get(pair[0], len(place)))
    return [_score(row, name, of[row, name]) for row, name in order]


def _score(row: str, estimator: str, tallies: Sequence[Tally]) -> Score:
    errors = np.array([e for tally in tallies for e in tally.errors])
    n, missing = len(errors), sum(tally.missing for tally in tallies)
    wrong = sum(tally.wrong for tally in tallies) / (n + missing)
    if n == 0:
        return Score(row, estimator, missing, None, None, None, None, wrong, missing)
    return Score(
        row,
        estimator,
        n + missing,
        float(errors.mean()),
        float(errors.std(ddof=1) / np.sqrt(n)) if n > 1 else None,
        sum(tally.covered for tally in tallies) / n,
        sum(tally.wins for tally in tallies) / n,
        wrong,
        missing,
    )


def measure(row: Row, companies: int, seed: int) -> Iterator[Score]:
    """The scores of one row over fresh companies seed, seed + 1, …"""
    yield from scores([batch(row, companies, seed)])
