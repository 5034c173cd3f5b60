"""How people were chosen decides what may be claimed: the routing table, the refusals and the grade, as rules.

No estimator is right for every way of choosing people (see docs/methodology.md for the measured table), so the
answer to "how were they chosen?" picks the estimator, and where the records contradict it the careful route is
taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from scipy import stats

from courses.chosen import Chosen as Chosen
from effects.stats.facts import Facts
from effects.stats.options import Options
from effects.stats.results import Check, Effect


class Grade(StrEnum):
    """A measured, B estimated, C suggestive, D cannot be known yet."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


FEWEST_TRAINED = 5
FEWEST_TEAMS_A_SIDE = 2
FEWEST_TEAMS = 6
FEWEST_PERIODS_BEFORE = 6
FEWEST_PERIODS_FOR_TRENDS = 8
ENOUGH_WHOLE_TEAMS = 8
ENOUGH_FOR_ONE_TEAM = 10
PLAUSIBLE_SHARE = 0.5
"""Unless told otherwise, an effect beyond half the level before training is not plausible."""
POWER = 0.8
SHAPED_BY_SELECTION = frozenset({"event_study", "placebo_date"})
"""Checks that look at the periods before the start: where people were sent for these, they differ by choice."""


class Route(Struct, frozen=True):
    """``row`` of the routing table, the ``primary`` estimator, those shown ``beside`` it, the ``best`` grade, and
    the ``reasons`` in the order they were found (codes of sentences)."""

    row: str
    primary: str
    beside: tuple[str, ...]
    best: Grade
    reasons: tuple[str, ...] = ()


class Refusal(Struct, frozen=True):
    """One reason why the question cannot be answered yet."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


ROUTES = {
    Chosen.RANDOM: Route("random", "bjs", ("gcomp", "cs"), Grade.A),
    Chosen.WAVES: Route("waves", "bjs", ("cs", "gcomp"), Grade.B),
    Chosen.LOW_KPI: Route("low_kpi", "gcomp", ("bjs", "cs"), Grade.B),
    Chosen.VOLUNTEERS: Route("volunteers", "bjs-trends", ("bjs", "gcomp"), Grade.C),
    Chosen.TEAMS: Route("teams", "bjs", ("cs", "gcomp"), Grade.B),
    Chosen.EVERYONE: Route("everyone", "its", ("prepost",), Grade.C),
    Chosen.UNKNOWN: Route("unknown", "union", ("gcomp", "bjs", "bjs-trends"), Grade.C),
}
ONE_TEAM = Route("one_team", "sdid", ("bjs", "sc"), Grade.C)


def route(chosen: Chosen, facts: Facts, dip: Check) -> Route:
    """The row of the table for this answer and these records."""
    if chosen is not Chosen.EVERYONE and facts.nobody_to_compare:
        return replace(ROUTES[Chosen.EVERYONE], reasons=("stated_" + chosen, "records_show_everyone_at_once"))
    if facts.one_team and chosen is not Chosen.EVERYONE:
        return replace(ONE_TEAM, reasons=("stated_" + chosen, "one_team_trained"))
    stated = replace(ROUTES[chosen], reasons=("stated_" + chosen,))
    if chosen is Chosen.EVERYONE:
        return stated
    if chosen is Chosen.TEAMS and facts.n_clusters < ENOUGH_WHOLE_TEAMS:
        stated = replace(stated, best=Grade.C, reasons=(*stated.reasons, "few_whole_teams"))
    return heed_the_dip(chosen, stated, dip)


def planned_route(method: str, dip: Check) -> Route:
    """The route of a stored lottery: the method locked with it, whatever the records look like. One lottery in twenty
    fails the dip test by chance; to change the method then would be to choose it by the data."""
    row = ROUTES[Chosen.RANDOM]
    primary = row.primary if method == "auto" else method
    beside = tuple(name for name in (row.primary, *row.beside) if name != primary)
    kept = ("lottery_kept",) if dip.verdict == "fail" else ()
    return replace(row, primary=primary, beside=beside, reasons=("stated_random", *kept))


def in_kind(method: str, options: Options) -> str:
    """The estimator in the KPI's own kind: imputation of counts multiplies (Poisson), unless told to stay in levels."""
    counts = options.kind == "count" and options.transform == "auto"
    return "poisson" if counts and method == "bjs" else method


def for_kind(taken: Route, options: Options) -> Route:
    """The route with each estimator in the KPI's kind; plain imputation then stands beside."""
    primary, beside = in_kind(taken.primary, options), tuple(in_kind(name, options) for name in taken.beside)
    if "poisson" in (primary, *beside):
        beside = (*beside, "bjs")
    return replace(taken, primary=primary, beside=beside)


def heed_the_dip(chosen: Chosen, stated: Route, dip: Check) -> Route:
    """Where the records show selection on recent results, the careful route."""
    if dip.verdict != "fail":
        return stated
    seen = dip.params["direction"]
    if chosen is Chosen.LOW_KPI:
        if seen == "low":
            return replace(stated, reasons=(*stated.reasons, "dip_confirms"))
        return replace(ROUTES[Chosen.UNKNOWN], reasons=(*stated.reasons, "dip_contradicts_rising"))
    if chosen is Chosen.VOLUNTEERS and seen == "high":
        return replace(stated, reasons=(*stated.reasons, "rise_confirms"))
    careful = ROUTES[Chosen.LOW_KPI if seen == "low" else Chosen.VOLUNTEERS]
    found = "dip_found" if seen == "low" else "rise_found"
    return replace(careful, best=Grade.C, reasons=(*stated.reasons, found))


def refusals(facts: Facts, taken: Route) -> tuple[Refusal, ...]:
    """What stands in the way, before any estimate. Counts of teams read on reps where no teams were given."""
    what = "teams" if facts.clusters_given else "reps"
    found = []
    if facts.constant:
        found.append(Refusal("constant_outcome"))
    if facts.n_trained < FEWEST_TRAINED:
        found.append(Refusal("few_trained", {"n": facts.n_trained, "fewest": FEWEST_TRAINED}))
    needed = FEWEST_PERIODS_FOR_TRENDS if taken.primary == "bjs-trends" else FEWEST_PERIODS_BEFORE
    if facts.periods_before < needed:
        found.append(Refusal("short_history", {"periods": facts.periods_before, "fewest": needed}))
    if taken.row == "everyone":
        return tuple(found)
    comparison = ENOUGH_FOR_ONE_TEAM if taken.row == "one_team" else FEWEST_TEAMS_A_SIDE
    trained = 1 if taken.row == "one_team" else FEWEST_TEAMS_A_SIDE
    for code, n, fewest in (
        ("few_trained_teams", facts.n_trained_clusters, trained),
        ("few_comparison_teams", facts.n_comparison_clusters, comparison),
        ("few_teams", facts.n_clusters, FEWEST_TEAMS),
    ):
        if n < fewest:
            found.append(Refusal(code, {"n": n, "fewest": fewest, "of": what}))
    return tuple(found)


def detectable(effect: Effect, level: float) -> float | None:
    """Smallest true effect found with 80 % power at this standard error, in the effect's units.

    Degrees of freedom are those of the interval: teams less one, unless the effect names its own.
    """
    if effect.se is None:
        return None
    t = stats.t(max(effect.n_clusters - 1 if effect.degrees is None else effect.degrees, 1))
    return float((t.ppf((1 + level) / 2) + t.ppf(POWER)) * effect.se)


def plausible(facts: Facts, options: Options, in_logs: bool) -> float | None:
    """Largest effect anyone would believe, in the effect's units."""
    if options.plausible is not None:
        return options.plausible
    if in_logs:
        return math.log1p(PLAUSIBLE_SHARE)
    return None if not facts.level_before else abs(facts.level_before) * PLAUSIBLE_SHARE


def too_small_to_see(effect: Effect, largest: float | None, level: float) -> Refusal | None:
    """Refused if only an effect beyond any plausible one could be seen."""
    smallest = detectable(effect, level)
    if smallest is None or largest is None or smallest <= largest:
        return None
    return Refusal("detectable_above_plausible", {"detectable": smallest, "plausible": largest})


def grade(taken: Route, method: str, checks: Iterable[Check], refused: Iterable[Refusal]) -> Grade:
    """The grade of a figure by ``method`` on this route.

    D where anything refuses, and for a bare before/after; at best C for a method the route would not use and
    where a check fails that `counts_against` it.
    """
    if tuple(refused) or (method == "prepost"):
        return Grade.D
    best = taken.best
    if method not in (taken.primary, *taken.beside) or method == "twfe":
        best = max(best, Grade.C)
    if taken.row == "low_kpi" and method != "gcomp":
        return Grade.D
    if any(counts_against(check, taken) for check in checks):
        best = max(best, Grade.C)
    return best


def counts_against(check: Check, taken: Route) -> bool:
    """Whether a failed check lowers the grade. The dip test does not, since it already chose the route; nor does,
    where people were sent for low recent results, what looks at those very results."""
    if check.verdict != "fail" or check.name == "dip":
        return False
    return not (taken.row == "low_kpi" and check.name in SHAPED_BY_SELECTION)
