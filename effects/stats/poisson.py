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

from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from scipy import sparse

from effects.stats.cells import Cells, cells
from effects.stats.cohort_cells import CohortCells, constant, join, report
from effects.stats.imputation import anchored, connected_parts, parts_of
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.results import Effect
from lms.arrays import BoolArray, FloatArray, IntArray, NDArray
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


class Patterns(Struct, frozen=True):
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

    @property
    def team(self) -> IntArray:
        """(R,) of each pair."""
        return np.repeat(np.arange(len(self.edges) - 1), np.diff(self.edges))

    def by_team(self, values: FloatArray) -> sparse.csr_array:
        """(G, P) values of pairs."""
        return sparse.csr_array((values, self.pattern, self.edges), shape=(len(self.edges) - 1, len(self.start)))

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
    work, slots = panel.n_clusters * len(p.start) * panel.n_periods**2, _slots(p)
    imputed = (_exactly if work <= MOST_WORK else _to_first_order)(p, slots)
    return _table(p, slots, imputed), int(known.any(axis=1).sum())


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


def solve(
    p: Patterns, counts: FloatArray, before: FloatArray, guess: FloatArray | None = None, part: IntArray | None = None
) -> FloatArray:
    """(T,) period effects: the root of  counts_t = sum over patterns of before_p q_pt, by Newton's method. ``part`` (T,)
    the parts of the calendar that hang together, where they are known."""
    delta = np.where(counts > 0, _crude(p, counts) if guess is None else guess, LOWEST)
    part = _parts(p, before) if part is None else part
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


class Slots(Struct, frozen=True):
    """Where the cells with a counterfactual are added up: ``of`` (P, T) cohort and event time as one number, and as
    the last one, S, whatever has none; ``period`` (S,) the calendar period of each (the last one, for those past it, which stay empty)."""

    cohorts: IntArray
    width: int
    of: IntArray
    period: IntArray

    def __len__(self) -> int:
        return len(self.period)

    def added(self, values: FloatArray) -> FloatArray:
        """(S,) of (P, T) values."""
        return np.bincount(self.of.reshape(-1), values.reshape(-1), len(self) + 1)[:-1].astype(float)

    def by_pattern(self, values: FloatArray) -> sparse.csr_array:
        """(P, S) of (P, T) values."""
        i, t = np.nonzero(self.of < len(self))
        return sparse.csr_array((values[i, t], (i, self.of[i, t])), shape=(len(self.of), len(self)))


def _slots(p: Patterns) -> Slots:
    cohorts = np.unique(p.start[p.known.any(axis=1)])
    k = np.arange(p.known.shape[1])[None, :] - p.start[:, None]
    width = int(k[p.known].max()) + 1
    place = np.searchsorted(cohorts, p.start).clip(max=len(cohorts) - 1)
    of = np.where(p.known, place[:, None] * width + k, len(cohorts) * width)
    period = (cohorts[:, None] + np.arange(width)[None, :]).clip(max=p.known.shape[1] - 1)
    return Slots(cohorts, width, of, period.reshape(-1))


def _exactly(p: Patterns, slots: Slots) -> FloatArray:
    """(1 + G, S) imputed sums of everybody, then without each team, solved afresh each time."""
    counts, before = p.untrained(), p.all_before
    delta = solve(p, counts, before)
    rows = [slots.added(before[:, None] * shares(p, delta))]
    used = (p.fit & (p.exposure > 0)).astype(np.float64)
    links = used[before > 0].T @ used[before > 0]
    for g in range(len(p.edges) - 1):
        mine = p.pairs(g)
        own, left = p.pattern[mine], before.copy()
        left[own] -= p.before[mine]
        gone = used[own[(before[own] > 0) & (left[own] <= 0)]]
        other = solve(p, counts - p.untrained(mine), left, delta, parts_of(links - gone.T @ gone))
        rows.append(slots.added(left[:, None] * shares(p, other)))
    return np.stack(rows)


def _to_first_order(p: Patterns, slots: Slots) -> FloatArray:
    """The same by one Newton step d (T,) from the full solution and the derivative of the imputed sums:

    without a team   sum over cells of left_p q_pt (1 + d_t - sum over untrained s of q_ps d_s)

    which is linear in what is left, so that all teams are sums of their own patterns taken off the whole."""
    counts, before = p.untrained(), p.all_before
    delta = solve(p, counts, before)
    q = shares(p, delta)
    inside = np.where(p.fit, q, 0.0)
    steps = _steps(p, inside, before)
    placed = slots.by_pattern(q)
    drift = (placed.T * before) @ inside  # (S, T) before x q x inside, summed over patterns
    own = p.by_team(p.before) @ placed
    own_drift = p.by_team(p.before * (inside[p.pattern] * steps[p.team]).sum(axis=1)) @ placed
    whole = slots.added(before[:, None] * q)
    without = (whole - own.toarray()) * (1.0 + steps[:, slots.period]) - (steps @ drift.T - own_drift.toarray())
    return np.vstack([whole, without])


def _steps(p: Patterns, inside: FloatArray, before: FloatArray) -> FloatArray:
    """(G, T) Newton step from the full solution without each team."""
    hessian, part = _spread(inside, before), _parts(p, before)
    steps = np.zeros((len(p.edges) - 1, inside.shape[1]))
    for g in range(len(steps)):
        mine = p.pairs(g)
        own, own_before = inside[p.pattern[mine]], p.before[mine]
        surplus = own_before @ own - p.untrained(mine)
        steps[g] = np.linalg.solve(_regular(hessian - _spread(own, own_before), part), surplus)
    return steps


def _table(p: Patterns, slots: Slots, imputed: FloatArray) -> CohortCells:
    """Sums per cohort and event time of the cells with a counterfactual: actual less imputed (1 + G, S)."""
    teams, size = len(p.edges) - 1, len(slots) + 1
    cell = (p.team[:, None] * size + slots.of[p.pattern]).reshape(-1)
    actual = _without(np.bincount(cell, p.counts.reshape(-1), teams * size).reshape(teams, size)[:, :-1])
    weight = _without((p.by_team(p.reps) @ slots.by_pattern(p.exposure)).toarray())
    own_cohort = np.searchsorted(slots.cohorts, p.start).clip(max=len(slots.cohorts) - 1)
    has = np.asarray(p.known.any(axis=1))[p.pattern]
    member = p.team[has] * len(slots.cohorts) + own_cohort[p.pattern[has]]
    members = _without(np.bincount(member, p.reps[has], teams * len(slots.cohorts)).reshape(teams, -1))
    shape = (-1, len(slots.cohorts), slots.width)
    count = slots.added(np.broadcast_to(p.added(p.reps)[:, None], p.known.shape)).reshape(shape[1:])
    total = (actual - imputed).reshape(shape)
    return CohortCells(slots.cohorts, np.arange(slots.width), total, weight.reshape(shape), count, members)


def _without(own: NDArray[Any]) -> FloatArray:
    """(1 + G, S): the sum over all teams, then without each."""
    whole = own.sum(axis=0, keepdims=True).astype(float)
    return np.vstack([whole, whole - own])
