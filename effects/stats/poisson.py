"""Imputation for counts: what untrained rep-periods say, with effects that multiply instead of add.

    untrained cells:  E[Y_it] = x_it exp(alpha_i + delta_t)          (Poisson quasi-likelihood; x exposure, usually 1)
    trained cells:    tau_it = Y_it - mu_it,  mu_it = S_i q_it        effect = average of tau_it, in counts
                      q_it = x_it exp(delta_t) / sum over i's untrained s of x_is exp(delta_s)

with S_i the rep's untrained total: given the period effects, the likelihood is solved by the share of S_i that each
period would get. So mu is linear in S_i, and a rep who never sold before counts with mu = 0 instead of being dropped.
The answer is the plain average difference, in the unit of the KPI; it is right whenever the *mean* is (the counts need
not be Poisson), and it asks the untrained change to be the same *in per cent* for everybody, not the same number.

The equations for delta are sums over reps of equal start and records ("patterns"), and over teams: leaving a team out
is a subtraction and two or three small Newton steps. Where even that would take too long (`MOST_WORK`), one Newton step
and the derivative are used, exact to first order in the share of one team.

Source: Wooldridge (2023), "Simple approaches to nonlinear difference-in-differences with panel data", Econometrics
Journal 26; Santos Silva & Tenreyro (2006); Chen & Roth (2024), "Logs with zeros?", Quarterly Journal of Economics 139.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from effects.stats.cells import BoolArray, Cells, cells
from effects.stats.cohort_cells import CohortCells, constant, join, report
from effects.stats.imputation import anchored, connected_parts
from effects.stats.options import Options
from effects.stats.panel import NEVER, FloatArray, IntArray, Panel
from effects.stats.results import Effect
from lms.values import NotEstimable

METHOD = "poisson"
PLACEBOS = 6
STEPS = 60
LARGEST_STEP = 4.0
LOWEST = -40.0
"""Period effect of a period in which no untrained rep had a single count, beside the others' near 0."""
TOLERANCE = 1e-11
MOST_WORK = 4e9
"""Clusters x patterns x periods² above which leaving a team out is done to first order."""


def poisson(panel: Panel, options: Options) -> Effect | NotEstimable:
    """Average effect on the trained in counts, with team-jackknife inference and placebos before the start.

    With denominators (``panel.weight``), these are the exposure and the effect is per unit of it. Placebos: as if
    everybody had started ``options.leads`` (six) periods earlier.
    Codes: negative_counts, no_untrained_cells, no_trained_cells, nothing_to_compare, no_counts_before (nobody
    trained had a count before), constant_outcome.
    """
    if bool((panel.outcome[panel.observed] < 0).any()):
        return NotEstimable("negative_counts")
    if constant(panel):
        return NotEstimable("constant_outcome")
    found = _cells(panel, options)
    if isinstance(found, NotEstimable):
        return found
    table, reps = found
    reach = PLACEBOS if options.leads is None else options.leads
    if options.anticipation == 0 and reach > 0:
        early = replace(panel, start=np.where(panel.start < NEVER, panel.start - reach, NEVER))
        before = _cells(early, replace(options, horizon=reach))
        if not isinstance(before, NotEstimable):
            table = join(table, before[0].real_time(reach))
    return report(METHOD, panel, table, reps, options.level, aggregate=options.aggregate, seed=options.seed)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Reps of equal start and exposure added up. P patterns, T periods, R = pairs of team and pattern that exist.

    ``start`` (P,); ``exposure`` (P, T) of one rep, 0 where not recorded; ``fit``, ``known`` (P, T) untrained cells and
    trained cells with a counterfactual. Per pair, sorted by team: ``pattern`` (R,), ``counts`` (R, T) of every recorded
    cell, ``before`` (R,) their sum over untrained ones, ``reps`` (R,); team g has the pairs edges[g] to edges[g + 1].
    """

    start: IntArray
    exposure: FloatArray
    fit: BoolArray
    known: BoolArray
    pattern: IntArray
    counts: FloatArray
    before: FloatArray
    reps: FloatArray
    edges: IntArray

    def pairs(self, team: int) -> slice:
        return slice(int(self.edges[team]), int(self.edges[team + 1]))

    def added(self, values: FloatArray) -> FloatArray:
        """(P, …) values of pairs summed over the teams."""
        total = np.zeros((len(self.start), *values.shape[1:]))
        np.add.at(total, self.pattern, values)
        return total

    @property
    def all_before(self) -> FloatArray:
        return self.added(self.before)

    def untrained(self, pairs: slice = slice(None)) -> FloatArray:
        """(T,) counts of untrained cells."""
        return np.asarray((self.counts[pairs] * self.fit[self.pattern[pairs]]).sum(axis=0), np.float64)


def _cells(panel: Panel, options: Options) -> tuple[CohortCells, int] | NotEstimable:
    """Sums of actual - imputed per cohort and event time, of everybody and without each team; trained reps."""
    c = cells(panel, options)
    if not c.fit.any():
        return NotEstimable("no_untrained_cells")
    if not c.trained.any():
        return NotEstimable("no_trained_cells")
    known = _imputable(c)
    if not known.any():
        return NotEstimable("nothing_to_compare", {"trained_periods": int(c.trained.sum())})
    p = _patterns(panel, c, known)
    if not (p.all_before * p.known.any(axis=1)).any():
        return NotEstimable("no_counts_before")
    work = panel.n_clusters * len(p.start) * panel.n_periods**2
    return _table(p, (_exactly if work <= MOST_WORK else _to_first_order)(p)), int(known.any(axis=1).sum())


def _imputable(c: Cells) -> BoolArray:
    """(N, T) trained cells whose period is linked to the rep's untrained ones through reps with counts."""
    total = np.where(c.fit, c.weight * c.outcome, 0.0).sum(axis=1)
    part = connected_parts(np.where(c.fit & (total > 0)[:, None], c.weight, 0.0))
    own = np.where(c.fit.any(axis=1), part[np.argmax(c.fit, axis=1)], -1)
    nothing = np.outer(c.fit.any(axis=1) & (total == 0), c.fit.any(axis=0))
    known: BoolArray = c.trained & ((own[:, None] == part[None, :]) | nothing)
    return known


def _patterns(panel: Panel, c: Cells, known: BoolArray) -> Patterns:
    exposure = np.where(c.fit | known, c.weight, 0.0)
    rows = np.column_stack([panel.start, exposure, c.fit, known])
    _, first, of = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    pairs, pair = np.unique(panel.cluster * len(first) + of.reshape(-1), return_inverse=True)
    counts = np.zeros((len(pairs), panel.n_periods))
    np.add.at(counts, pair, exposure * c.outcome)
    team, pattern = np.divmod(pairs, len(first))
    return Patterns(
        panel.start[first],
        exposure[first],
        c.fit[first],
        known[first],
        pattern,
        counts,
        (counts * c.fit[first][pattern]).sum(axis=1),
        np.bincount(pair).astype(float),
        np.searchsorted(team, np.arange(panel.n_clusters + 1)),
    )


def shares(p: Patterns, delta: FloatArray) -> FloatArray:
    """(P, T) q: what each recorded period would get, as a multiple of the untrained total."""
    rate = p.exposure * np.exp(delta - delta.max())
    total = np.where(p.fit, rate, 0.0).sum(axis=1)
    share: FloatArray = rate / np.where(total > 0, total, 1.0)[:, None]
    return share


def solve(p: Patterns, counts: FloatArray, before: FloatArray, guess: FloatArray | None = None) -> FloatArray:
    """(T,) period effects: the root of  counts_t = sum over patterns of before_p q_pt, by Newton's method."""
    delta = np.where(counts > 0, _crude(p, counts) if guess is None else guess, LOWEST)
    part = _parts(p, before)
    for _ in range(STEPS):
        gradient, hessian = _slope(p, delta, counts, before)
        if np.abs(gradient).max() <= TOLERANCE * counts.sum():
            break
        step = np.where(counts > 0, np.linalg.solve(_regular(hessian, part), gradient), 0.0)
        delta = delta + np.clip(step, -LARGEST_STEP, LARGEST_STEP)
    return delta


def _crude(p: Patterns, counts: FloatArray) -> FloatArray:
    """(T,) logs of counts per untrained exposure: where Newton's method starts."""
    exposed = p.added(p.reps) @ np.where(p.fit, p.exposure, 0.0)
    return np.asarray(np.log(np.maximum(counts, 1e-300) / np.maximum(exposed, 1e-300)), np.float64)


def _parts(p: Patterns, before: FloatArray) -> IntArray:
    return connected_parts(np.where(p.fit & (before > 0)[:, None], p.exposure, 0.0))


def _slope(
    p: Patterns, delta: FloatArray, counts: FloatArray, before: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(T,) counts less expectation, and (T, T) the derivative of the expectation."""
    inside = np.where(p.fit, shares(p, delta), 0.0)
    expected = before @ inside
    return np.where(counts > 0, counts - expected, 0.0), _spread(inside, before)


def _spread(inside: FloatArray, before: FloatArray) -> FloatArray:
    spread: FloatArray = np.diag(before @ inside) - (inside * before[:, None]).T @ inside
    return spread


def _regular(hessian: FloatArray, part: IntArray) -> FloatArray:
    """Invertible: each connected part's effects have no common level, periods without counts stay where they are."""
    empty = np.diag(hessian) <= 1e-12 * max(float(np.trace(hessian)), 1e-300)
    made: FloatArray = anchored(hessian, part) + np.diag(np.where(empty, 1.0, 0.0))
    return made


def _exactly(p: Patterns) -> Iterator[FloatArray]:
    """(P, T) imputed sums of everybody, then without each team, solved afresh each time."""
    counts, before = p.untrained(), p.all_before
    delta = solve(p, counts, before)
    yield before[:, None] * shares(p, delta)
    for g in range(len(p.edges) - 1):
        mine = p.pairs(g)
        left = before.copy()
        np.subtract.at(left, p.pattern[mine], p.before[mine])
        other = solve(p, counts - p.untrained(mine), left, delta)
        yield left[:, None] * shares(p, other)


def _to_first_order(p: Patterns) -> Iterator[FloatArray]:
    """The same by one Newton step from the full solution and the derivative of the imputed sums."""
    counts, before = p.untrained(), p.all_before
    delta, part = solve(p, counts, before), _parts(p, before)
    q = shares(p, delta)
    inside = np.where(p.fit, q, 0.0)
    hessian = _spread(inside, before)
    yield before[:, None] * q
    for g in range(len(p.edges) - 1):
        mine = p.pairs(g)
        own, own_before = inside[p.pattern[mine]], p.before[mine]
        surplus = own_before @ own - p.untrained(mine)
        step = np.linalg.solve(_regular(hessian - _spread(own, own_before), part), surplus)
        left = before.copy()
        np.subtract.at(left, p.pattern[mine], own_before)
        yield left[:, None] * q * (1.0 + step[None, :] - (inside @ step)[:, None])


def _table(p: Patterns, imputed: Iterator[FloatArray]) -> CohortCells:
    """Sums per cohort and event time of the cells with a counterfactual."""
    i, t = np.nonzero(p.known)
    k = t - p.start[i]
    cohorts, cohort = np.unique(p.start[i], return_inverse=True)
    width, slot = int(k.max()) + 1, cohort * (int(k.max()) + 1) + k
    shape = (len(cohorts), width)

    def placed(values: FloatArray) -> FloatArray:
        return np.bincount(slot, values[i, t], len(cohorts) * width).reshape(shape).astype(float)

    actual, reps = p.added(p.counts), p.added(p.reps)
    has, own_cohort = p.known.any(axis=1), np.searchsorted(cohorts, p.start).clip(max=len(cohorts) - 1)
    total, weight, members = [], [], []
    for g, expected in enumerate(imputed):
        seen, there = actual, reps
        if g > 0:
            mine = p.pairs(g - 1)
            seen, there = actual.copy(), reps.copy()
            np.subtract.at(seen, p.pattern[mine], p.counts[mine])
            np.subtract.at(there, p.pattern[mine], p.reps[mine])
        alive = there[:, None] > 0
        total.append(placed(np.where(alive, seen - expected, 0.0)))
        weight.append(placed(there[:, None] * p.exposure))
        members.append(np.bincount(own_cohort[has], there[has], len(cohorts)))
    count = placed(np.broadcast_to(reps[:, None], p.known.shape))
    return CohortCells(cohorts, np.arange(width), np.stack(total), np.stack(weight), count, np.stack(members))
