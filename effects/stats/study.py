"""One function from a panel to everything a report says: page, PDF, command line and JSON read this value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from effects.stats import checks, methods
from effects.stats.before_after import Decomposition, decompose
from effects.stats.design import (
    FEWEST_TEAMS,
    SHAPED_BY_SELECTION,
    Chosen,
    Grade,
    Refusal,
    Route,
    detectable,
    for_kind,
    grade,
    in_kind,
    planned_route,
    plausible,
    refusals,
    route,
    too_small_to_see,
)
from effects.stats.dip import dip_test
from effects.stats.facts import Facts, facts_of
from effects.stats.options import Kind, Options
from effects.stats.panel import Panel
from effects.stats.results import Check, Effect
from effects.stats.scale import Scale, scale_of, scaled
from effects.stats.union import OPTIONAL, REQUIRED, union
from lms.arrays import IntArray, NDArray
from lms.values import NotEstimable

Found = Effect | NotEstimable
BEFORE_THE_START = SHAPED_BY_SELECTION | {"dip"}
"""Checks that look at the periods before the start alone."""


class Untouchable(Struct, frozen=True):
    """A KPI that the course cannot touch: its name, its kind, and the panel of its records with the same starts; no
    panel: none can be made of them."""

    kpi: str
    kind: Kind
    panel: Panel | None


class Known(Struct, frozen=True):
    """What else is known of the N reps of a panel: ``moved`` (N,) who changed team in its periods; ``other_courses``
    name -> (N,) period index of the start of another course, ``NEVER`` where not taken; ``untouchable`` a KPI that
    was named as one the course cannot touch."""

    moved: NDArray[np.bool_]
    other_courses: Mapping[str, IntArray]
    untouchable: Untouchable | None = None


class StudyResult(Struct, frozen=True):
    """Everything a report says.

    ``headline``       the one figure, or why there is none; in KPI units or, with ``scale`` "log", log points.
    ``method``         the estimator behind the headline (the routed one, or the one named by hand).
    ``besides``        the other estimators of the route, by name, in order.
    ``naive``          before/after; ``decomposition`` what it is made of.
    ``checks``         the dip test first.
    ``refusals``       why the thresholds forbid an answer; in "auto" they replace the headline.
    ``smallest``       smallest effect this study could have seen (80 % power), in the headline's units.
    ``by_hand``        a method was named, and not locked with a lottery: the figure is shown whatever the refusals say, at its grade.
    """

    headline: Found
    method: str
    grade: Grade
    chosen: Chosen
    route: Route
    besides: dict[str, Found]
    naive: Found
    decomposition: Decomposition | NotEstimable
    checks: tuple[Check, ...]
    refusals: tuple[Refusal, ...]
    facts: Facts
    smallest: float | None
    scale: Scale
    by_hand: bool
    options: Options


def analyse(
    panel: Panel,
    chosen: Chosen,
    options: Options | None = None,
    *,
    cycle: int | None = None,
    known: Known | None = None,
) -> StudyResult:
    """The study of one course and KPI. ``cycle``: periods in a year (``Calendar.cycle``), for the season; ``known``:
    team changes and other courses of the panel's reps, for the checks that ask about them."""
    options = options or Options()
    facts = facts_of(panel, options)
    scale = scale_of(facts, options)
    by_hand = options.method != "auto" and not options.lottery
    p = scaled(panel, "level" if isinstance(scale, NotEstimable) else scale)
    dip = dip_test(p, options)
    taken = for_kind(planned_route(options.method, dip) if options.lottery else route(chosen, facts, dip), options)
    method = options.method if by_hand else taken.primary
    stop = impossible(facts, options) or (scale if isinstance(scale, NotEstimable) else None)
    found = Estimates(p, options, stop)
    headline = found.of(method)
    if isinstance(headline, Effect) and headline.interval is None and not by_hand:
        headline = NotEstimable("no_standard_error" if panel.n_clusters < FEWEST_TEAMS else "no_chance_in_records")
    refused = refusals(facts, taken)
    smallest = detectable(headline, options.level) if isinstance(headline, Effect) else None
    in_logs = scale == "log"
    if isinstance(headline, Effect):
        unseen = too_small_to_see(headline, plausible(facts, options, in_logs), options.level)
        refused = (*refused, unseen) if unseen else refused
    asked = (dip, *_checks(p, options, headline), *_known_checks(p, options, headline, known))
    asked = tuple(by_chance(check) for check in asked) if options.lottery else asked
    unsure = isinstance(headline, NotEstimable) or headline.interval is None
    graded = Grade.D if unsure else grade(taken, method, asked, refused)
    return StudyResult(
        headline=headline if stop or by_hand or not refused else _refused(refused),
        method=method,
        grade=graded,
        chosen=chosen,
        route=taken,
        besides={name: found.of(name) for name in _besides(taken, method)},
        naive=found.of("prepost"),
        decomposition=stop or decompose(p, options, headline if isinstance(headline, Effect) else None, cycle),
        checks=asked,
        refusals=refused,
        facts=facts,
        smallest=smallest,
        scale="log" if in_logs else "level",
        by_hand=by_hand,
        options=options,
    )


def by_chance(check: Check) -> Check:
    """A check of a stored lottery. What one that looks at the periods before the start finds there is to be looked at; it is no
    reason for another method nor against the figure: the lot knows nothing of those periods, so that a difference between
    the groups is chance by design (Senn 1994, Statistics in Medicine 13)."""
    if check.verdict != "fail" or check.name not in BEFORE_THE_START:
        return check
    return replace(check, verdict="warn", params=check.params | {"lottery": True})


def impossible(facts: Facts, options: Options) -> NotEstimable | None:
    """Panels on which no method has anything to say."""
    if facts.n_units < 2:
        return NotEstimable("one_unit")
    if facts.n_periods < 2:
        return NotEstimable("one_period")
    if facts.n_trained == 0:
        return NotEstimable("none_trained")
    if facts.constant:
        return NotEstimable("constant_outcome")
    if options.kind == "count" and facts.lowest is not None and facts.lowest < 0:
        return NotEstimable("negative_counts")
    return None


class Estimates:
    """The estimators on one panel, each run at most once."""

    def __init__(self, panel: Panel, options: Options, stop: NotEstimable | None) -> None:
        self._panel, self._options, self._stop = panel, options, stop
        self._known: dict[str, Found] = {}

    def of(self, name: str) -> Found:
        """The named estimator; "union" is made of others."""
        if name not in self._known:
            self._known[name] = self._run(name)
        return self._known[name]

    def _run(self, name: str) -> Found:
        if self._stop is not None:
            return self._stop
        if name == "union":
            return union({part: self.of(in_kind(part, self._options)) for part in (*REQUIRED, *OPTIONAL)})
        return methods.run(name, self._panel, self._options)


def _besides(taken: Route, method: str) -> list[str]:
    names = dict.fromkeys((taken.primary, *taken.beside))
    return [name for name in names if name != method]


def _checks(panel: Panel, options: Options, headline: Found) -> Iterable[Check]:
    if isinstance(headline, NotEstimable):
        return ()
    return [
        check(panel, options, headline)
        for name, check in methods.CHECKS.items()
        if methods.ONLY_FOR.get(name, headline.method) == headline.method
    ]


def _known_checks(panel: Panel, options: Options, headline: Found, known: Known | None) -> Iterable[Check]:
    if isinstance(headline, NotEstimable) or known is None:
        return ()
    again = methods.METHODS[headline.method]
    asked = (
        checks.other_courses(panel, options, headline, again, known.other_courses),
        checks.territory_changes(panel, options, headline, again, known.moved),
    )
    return (*asked, untouched(panel, options, headline.method, known.untouchable)) if known.untouchable else asked


def untouched(panel: Panel, options: Options, method: str, other: Untouchable) -> Check:
    """The headline's method on the KPI that the course cannot touch: in that KPI's own kind and scale (``params``),
    on the reps of the study."""
    if other.panel is None:
        return Check("untouchable_kpi", "unknown", params={"kpi": other.kpi, "code": "no_records"})
    same = other.panel.select(np.isin(other.panel.units, panel.units))
    own = replace(options, kind=other.kind, transform="auto", method="auto")
    facts = facts_of(same, own)
    scale = scale_of(facts, own)
    stop = impossible(facts, own) or (scale if isinstance(scale, NotEstimable) else None)
    if stop is not None or isinstance(scale, NotEstimable):
        return Check("untouchable_kpi", "unknown", params={"kpi": other.kpi, "code": stop.code if stop else scale})
    again = methods.METHODS[in_kind("bjs" if method == "poisson" else method, own)]
    found = checks.untouchable_kpi(scaled(same, scale), own, again, kpi=other.kpi)
    return replace(found, params=found.params | {"scale": scale})


def _refused(refused: tuple[Refusal, ...]) -> NotEstimable:
    """A headline that the thresholds forbid: the first reason, with all of them in ``params["all"]``."""
    return NotEstimable(refused[0].code, refused[0].params | {"all": [r.code for r in refused]})
