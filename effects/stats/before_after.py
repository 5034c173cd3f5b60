"""Before and after, as it is usually shown, and what that figure is made of.

    naive = mean over trained reps of (mean of the W periods from the start on - mean of the W before)

    naive = came to everyone + season + own path + course

*Came to everyone* and *season* are the change of the period effects of untrained rep-periods between the two spans
(season: their part that repeats each year, where two years are on record). *Course* is the effect on the same
periods by the method of the headline. *Own path* is what is left: recovery from a weak spell or growth that was
under way. The parts add up exactly.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from scipy import stats

from effects.stats import imputation
from effects.stats.cells import cells
from effects.stats.jackknife import effect_from
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.point import PointEstimate
from effects.stats.results import Effect
from lms.arrays import BoolArray, FloatArray
from lms.values import NotEstimable


class Decomposition(Struct, frozen=True):
    """Parts of the naive before/after figure in KPI units; ``naive`` is their sum. None: cannot be told.

    ``season`` None: under two years of history, so it is within ``everyone``. ``own`` and ``course`` None:
    the headline has no effect for these periods; ``rest`` is then both together.
    """

    naive: float
    before: float
    after: float
    everyone: float | None
    season: float | None
    own: float | None
    course: float | None
    rest: float | None
    window: int
    n_reps: int


class Spans(Struct, frozen=True):
    """Reps with records on both sides, and the weight of every cell, (n, T) each; the mean over reps of the weighted
    sums is the company's figure: each rep once, or for a rate the sum of numerators over that of denominators.
    ``influence`` (n,) what each rep adds to the error of the difference; it sums to zero."""

    reps: BoolArray
    before: FloatArray
    after: FloatArray
    difference: FloatArray
    influence: FloatArray


def spans(panel: Panel, options: Options) -> Spans | NotEstimable:
    """The cells of the comparison; "no_before_and_after" if nobody has both."""
    c = cells(panel, Options())
    relative, w = panel.relative, options.window
    late = relative < w if options.horizon is None else relative < min(w, options.horizon)
    sides = [np.where(side, c.weight, 0.0) for side in ((relative >= -w) & (relative < 0), (relative >= 0) & late)]
    seen = [(side > 0).sum(axis=1) > 0 for side in sides]
    reps: BoolArray = seen[0] & seen[1] & panel.trained_units
    if not reps.any():
        return NotEstimable("no_before_and_after", {"window": w})
    before, after = (_shares(side[reps], rate=panel.weight is not None) for side in sides)
    y = c.outcome[reps]
    influence = ((after * (y - _level(after, y))) - before * (y - _level(before, y))).sum(axis=1)
    return Spans(reps, before, after, ((after - before) * y).sum(axis=1), influence)


def _shares(weight: FloatArray, *, rate: bool) -> FloatArray:
    """(n, T) weights that sum to 1 for each rep, or for a rate to 1 on average, by denominators."""
    if rate:
        return np.asarray(weight * (len(weight) / weight.sum()), np.float64)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), np.float64)


def _level(share: FloatArray, outcome: FloatArray) -> float:
    """The company's figure on one side."""
    return float((share * outcome).sum() / len(outcome))


def prepost(panel: Panel, options: Options) -> Effect | NotEstimable:
    """The naive figure with the paired-difference standard error clustered on teams, t(G-1)."""
    found = spans(panel, options)
    if isinstance(found, NotEstimable):
        return found
    d = found.difference
    labels = panel.cluster[found.reps]
    g = len(np.unique(labels))
    point = PointEstimate.of("prepost", float(d.mean()), int((found.after > 0).sum()), len(d))
    error = np.array([np.nan])
    if g > 1:
        summed = np.bincount(labels, found.influence)
        value = float(np.sqrt(g / (g - 1) * (summed**2).sum()) / len(d))
        error = np.array([value if value > 0 else np.nan])
    t = stats.t(max(g - 1, 1))
    half = float(t.ppf((1 + options.level) / 2)) * error
    return effect_from(panel, point, error, half, "cluster", t.sf, float("nan"), level=options.level)


def decompose(
    panel: Panel, options: Options, headline: Effect | None, cycle: int | None
) -> Decomposition | NotEstimable:
    """What the naive figure is made of. ``cycle``: periods in a year (``Calendar.cycle``)."""
    found = spans(panel, options)
    if isinstance(found, NotEstimable):
        return found
    naive = float(found.difference.mean())
    outcome = np.where(panel.observed, panel.outcome, 0.0)[found.reps]
    before, after = (float((side * outcome).sum(axis=1).mean()) for side in (found.before, found.after))
    everyone, season = _common(panel, options, found, cycle)
    course = None if headline is None else _course(headline, options)
    rest = None if everyone is None else naive - everyone - (season or 0.0)
    own = rest - course if rest is not None and course is not None else None
    return Decomposition(
        naive,
        before,
        after,
        everyone,
        season,
        own,
        course if own is not None else None,
        rest,
        options.window,
        len(found.difference),
    )


def _common(
    panel: Panel, options: Options, found: Spans, cycle: int | None
) -> tuple[float | None, float | None]:
    """Change of the period effects between the spans, without the season, and the season."""
    c = cells(panel, options)
    if not c.fit.any():
        return None, None
    fit = imputation.fit_untrained(c)
    shift = (found.after - found.before).mean(axis=0)
    used = np.abs(shift) > 0
    if len(np.unique(fit.part[used])) != 1:
        return None, None
    total = float(shift @ fit.delta)
    known = fit.part == fit.part[used][0]
    pattern = seasonal_pattern(fit.delta, known, cycle)
    if pattern is None:
        return total, None
    season = float(shift @ pattern)
    return total - season, season


def seasonal_pattern(delta: FloatArray, known: BoolArray, cycle: int | None) -> FloatArray | None:
    """(T,) what repeats every ``cycle`` periods beside a straight trend; None under two full cycles."""
    if cycle is None or known.sum() < 2 * cycle or cycle > 12:
        return None
    t = np.arange(len(delta))
    phase = (t[:, None] % cycle == np.arange(cycle)[None, :]).astype(np.float64)
    design = np.column_stack([phase - phase.mean(axis=0), np.ones(len(t)), t])
    solved = np.linalg.lstsq(design[known], delta[known], rcond=None)[0]
    pattern = phase @ solved[:cycle]
    return np.asarray(pattern - pattern.mean(), np.float64)


def _course(headline: Effect, options: Options) -> float | None:
    """The headline's mean effect over the first W periods."""
    last = options.window if options.horizon is None else min(options.window, options.horizon)
    found = [(e.estimate, e.n) for e in headline.event_study if 0 <= e.key < last]
    total = sum(n for _, n in found)
    return sum(v * n for v, n in found) / total if total else None
